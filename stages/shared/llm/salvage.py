"""Rebuilding a damaged answer store from whatever of it can be read.

The damaged file is never deleted: it is set aside under a name of its own, and the sentence that is returned says how
much came out of it.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from stages.shared.llm import books

SIDE_FILES = ("-wal", "-shm")
MAGIC, HEADER = b"SQLite format 3\0", 100
LONGEST = 2**40
"""Bytes; a header that promises more is damaged itself."""
SMALLEST_ROW = 200
"""Fewer bytes than an answer takes: its two hashes alone are 96."""


def rebuild(path: Path) -> str:
    """Make a new store of what is readable in the one at `path`, which must not be open; return what to tell people."""
    aside = _free_name(path)
    path.replace(aside)
    for suffix in SIDE_FILES:
        side = path.with_name(path.name + suffix)
        if side.exists():
            side.replace(aside.with_name(aside.name + suffix))
    _lengthen(aside)
    kept = 0
    new = sqlite3.connect(path, isolation_level=None)
    new.executescript(f"BEGIN; {books.TABLES} PRAGMA user_version = {books.VERSION}; COMMIT;")
    new.execute("BEGIN")
    for entry in _readable(aside):
        kept += books.put(new, entry)
    _budgets(aside, new)
    new.execute("COMMIT")
    new.close()
    total = _count(aside)
    lost = "an unknown number" if total is None else f"{total - kept:,}"
    return (
        f"{path} was damaged; {kept:,} answers were read out of it and kept, {lost} could not be read and will be "
        f"asked for again; the damaged file is {aside}"
    )


def _lengthen(path: Path) -> None:
    """Give a file that was cut short its length again, in zeros: SQLite reads nothing at all of a shorter one."""
    with path.open("r+b") as file:
        header = file.read(HEADER)
        size = int.from_bytes(header[16:18], "big") * int.from_bytes(header[28:32], "big")
        if header.startswith(MAGIC) and path.stat().st_size < size <= LONGEST:
            file.truncate(size)


def _free_name(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    return aside


def _readable(path: Path) -> Iterator[books.Stored]:
    """Each answer that can be read and is the one that was sealed."""
    db = _open(path)
    if db is None:
        return
    waiting = [_range(db, path)]
    while waiting:
        low, high = waiting.pop()
        if low > high:
            continue
        try:
            rows = db.execute(
                f"SELECT {books.COLUMNS} FROM answers NOT INDEXED WHERE rowid BETWEEN ? AND ?",  # noqa: S608
                (low, high),
            ).fetchall()
        except sqlite3.DatabaseError:
            if low < high:
                middle = (low + high) // 2
                waiting += [(middle + 1, high), (low, middle)]
            continue
        yield from filter(None, map(books.stored, rows))
    db.close()


def _range(db: sqlite3.Connection, path: Path) -> tuple[int, int]:
    """The first and last row number that may exist; where that can't be read, as many as the file has room for."""
    try:
        high = db.execute("SELECT max(rowid) FROM answers").fetchone()[0] or 0
    except sqlite3.DatabaseError:
        high = path.stat().st_size // SMALLEST_ROW
    return 1, high


def _count(path: Path) -> int | None:
    """How many answers the damaged store held, by its index of keys; None where that can't be read either."""
    db = _open(path)
    if db is None:
        return None
    try:
        return int(db.execute("SELECT count(*) FROM answers INDEXED BY answers_by_key").fetchone()[0])
    except sqlite3.DatabaseError:
        return None
    finally:
        db.close()


def _budgets(path: Path, new: sqlite3.Connection) -> None:
    """Carry over what was paid: the old books where they can be read, else the sum over the answers that are left.

    What claims held back counts as paid, since nobody can say what came of them.
    """
    db = _open(path)
    if db is not None:
        with suppress(sqlite3.DatabaseError):
            for id, paid, uncertain, reserved in db.execute("SELECT id, paid, uncertain, reserved FROM budgets"):
                values = (id, paid + reserved, uncertain + reserved)
                new.execute("INSERT OR REPLACE INTO budgets VALUES (?, ?, ?, 0)", values)
        db.close()
    for id, paid in new.execute(
        "SELECT budget, sum(coalesce(cost, 0)) FROM answers WHERE budget IS NOT NULL GROUP BY budget"
    ).fetchall():
        new.execute("INSERT OR IGNORE INTO budgets VALUES (?, ?, 0, 0)", (id, paid))
        new.execute("UPDATE budgets SET paid = max(paid, ?) WHERE id = ?", (paid, id))


def _open(path: Path) -> sqlite3.Connection | None:
    """The damaged database, read only; None where it is none at all."""
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    db.text_factory = _text
    try:
        db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except sqlite3.DatabaseError:
        db.close()
        return None
    return db


def _text(value: bytes) -> str:
    """Text as it is; bytes that are none become marks, which the seal of the row then gives away."""
    return value.decode("utf-8", "replace")
