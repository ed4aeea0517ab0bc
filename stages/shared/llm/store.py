"""The answer store: every answer that was ever paid for, shared by all clones, branches and experiments of a machine.

An SQLite database at $SAUROPOD_ANSWERS, by default in the user's data folder. It lies outside every DVC output, so
neither a rerun nor a checkout can take answers away. What is done to its tables is in books.py, how it is committed in
writer.py, and how a damaged one is rebuilt in salvage.py.
"""

import contextlib
import fcntl
import os
import sqlite3
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import platformdirs

from stages.shared import files
from stages.shared.errors import InputError, StoreError
from stages.shared.llm import books, salvage
from stages.shared.llm.books import COLUMNS, Stored
from stages.shared.llm.owners import BATCH, Owner, is_alive
from stages.shared.llm.writer import Writer, connect
from stages.shared.records import Answer

VARIABLE = "SAUROPOD_ANSWERS"
GROUP = 500
"""Rows that are read or written in one go."""

DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}


class DamagedError(StoreError):
    """The store has met damage in its file; opened again, it is rebuilt."""


def default_path() -> Path:
    """Where the store is: $SAUROPOD_ANSWERS, or `answers.sqlite` in the user's data folder."""
    named = os.environ.get(VARIABLE, "")
    path = Path(named).expanduser() if named else platformdirs.user_data_path("sauropod") / "answers.sqlite"
    if path.is_dir():
        raise StoreError("a file", "a folder", f"{VARIABLE}, {path}", "name a file in it")
    if path.is_file():
        with path.open("rb") as file:
            if file.read(1) == b"{":  # else it would be taken for a damaged store, and set aside
                remedy = "name another file, and read this one with `sauropod answers --refill`"
                raise StoreError("a store", "a file of JSON", f"{VARIABLE}, {path}", remedy)
    return path


class Store:
    """An open store; made by `open_store`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.owners = path.with_name(f"{path.name}.owners")
        self.writer = Writer(path)
        self._reader = connect(path)
        self.owner = Owner(self.owners)
        self.unsealed: set[str] = set()
        """Keys whose row is not the one that was sealed: taken as absent, and replaced when answered again."""

    def find(self, key: str) -> Stored | None:
        """The answer to a request; None where there is none, or none that can be trusted."""
        row = self._reader.execute(f"SELECT {COLUMNS} FROM answers WHERE key = ?", (key,)).fetchone()  # noqa: S608
        entry = books.stored(row) if row else None
        if row and entry is None and key not in self.unsealed:
            self.unsealed.add(key)
            self.writer.do(lambda db: db.execute("DELETE FROM answers WHERE key = ?", (key,)))
            _say(f"the answer {key[:16]} in {self.path} is damaged; it counts as missing")
        return entry

    def entries(self) -> Iterator[tuple[str, Stored | None]]:
        """Every key in order with its record, None where the row is not the one that was sealed."""
        for row in self._reader.execute(f"SELECT {COLUMNS} FROM answers ORDER BY key"):  # noqa: S608
            yield row[0], books.stored(row)

    def refill(self, answers: Iterable[Answer]) -> int:
        """Take in answers that were paid for elsewhere; return how many were new."""
        new, group = 0, []
        now = int(time.time())
        for answer in answers:
            group.append(Stored(answer=answer, cost=None, budget=None, at=now))
            if len(group) == GROUP:
                new, group = new + self._put(group), []
        return new + self._put(group)

    def _put(self, group: list[Stored]) -> int:
        return self.writer.do(lambda db: sum(books.put(db, entry) for entry in group))

    def paid(self, budget: str) -> tuple[int, int, int]:
        """What was paid under a budget, how much of that for calls that broke off, and what is held back now."""
        found = self._reader.execute("SELECT paid, uncertain, reserved FROM budgets WHERE id = ?", (budget,)).fetchone()
        return tuple(found) if found else (0, 0, 0)

    def batch_of(self, key: str) -> str | None:
        """The batch that a request is part of and waits for; None where a process asks it, or nobody."""
        found = self.query("SELECT owner FROM claims WHERE key = ?", key)
        return str(found[0][0]).removeprefix(BATCH) if found and str(found[0][0]).startswith(BATCH) else None

    def is_held_by_batches(self, budget: str) -> bool:
        """Whether all that is held back of a budget waits for batches, which take a day, and somebody to fetch them."""
        held = self.query("SELECT DISTINCT owner FROM claims WHERE budget = ? AND amount > 0", budget)
        return bool(held) and all(str(owner).startswith(BATCH) for (owner,) in held)

    def query(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        """The rows that a SELECT finds."""
        return self._reader.execute(sql, values).fetchall()

    def check(self) -> None:
        """Have SQLite look through the whole file; raise DamagedError where it is not as it should be."""
        [first, *_] = self._reader.execute("PRAGMA quick_check(1)").fetchall()
        if first != ("ok",):
            raise _damaged(self.path, first[0])

    def bury_the_dead(self) -> int:
        """Settle the claims of processes that are gone; return how many there were."""
        claimed = self._reader.execute("SELECT DISTINCT owner FROM claims WHERE owner != ?", (self.owner.id,))
        gone = [owner for (owner,) in claimed.fetchall() if not is_alive(self.owners, owner)]
        return self.writer.do(lambda db: sum(books.bury(db, owner) for owner in gone)) if gone else 0

    def close(self) -> None:
        """Finish what is being written, and close; claims of this process that are left are settled as a dead one's."""
        with suppress(sqlite3.Error):
            self.writer.do(lambda db: books.bury(db, self.owner.id))
        self.writer.close()
        self._reader.close()
        self.owner.leave()


@contextmanager
def open_store(path: Path | None = None) -> Iterator[Store]:
    """Open the store, making it where there is none and rebuilding it where it is damaged.

    Raises StoreError, also for what SQLite says inside the block: a full disk, missing rights, or damage, which the
    next opening repairs.
    """
    path = path or default_path()
    with _explained(path), ExitStack() as held:
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            held.enter_context(_shared(path))
            with _turn(path):
                store = Store(path)
        except OSError as error:
            came, remedy = error.strerror or str(error), f"mend that, or name another place in {VARIABLE}"
            raise StoreError("a folder that can be written", came, str(path), remedy) from error
        try:
            store.bury_the_dead()
            yield store
        finally:
            with _turn(path):
                store.close()


@contextmanager
def _turn(path: Path) -> Iterator[None]:
    """Let one process after another open or close the database.

    SQLite waits for nobody while it turns the journal of a new file into a WAL, or removes it with the last connection.
    """
    with path.with_name(f"{path.name}.turn").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _shared(path: Path) -> Iterator[None]:
    """Hold the store open beside others; where it is damaged, rebuild it first, which takes being alone."""
    with path.with_name(f"{path.name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        if not _is_sound(path):
            fcntl.flock(lock, fcntl.LOCK_UN)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise StoreError(
                    "a sound answer store", "a damaged one that other processes use", str(path), "stop them, run again"
                ) from error
            if not _is_sound(path):
                _say(salvage.rebuild(path))
                _marker(path).unlink(missing_ok=True)
            fcntl.flock(lock, fcntl.LOCK_SH)
        yield


def _is_sound(path: Path) -> bool:
    """Whether the file opens as a store and nobody has met damage in it; makes the tables of a new one."""
    if _marker(path).exists():
        return False
    try:
        with _turn(path), contextlib.closing(connect(path)) as db:
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version > books.VERSION:
                raise StoreError(
                    f"an answer store of version {books.VERSION}", str(version), str(path), "use a newer Sauropod"
                )
            if version < books.VERSION:
                db.executescript(f"BEGIN IMMEDIATE; {books.TABLES} PRAGMA user_version = {books.VERSION}; COMMIT;")
            db.execute("SELECT count(*) FROM budgets").fetchone()
    except sqlite3.DatabaseError as error:
        if _code(error) in DAMAGED:
            return False
        raise
    return True


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn what SQLite raises into a StoreError."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = _code(error)
        if code in DAMAGED:
            raise _damaged(path, error) from error
        if code in FULL:
            raise StoreError(
                "room for another answer",
                f"none ({error})",
                str(path),
                "free disk space and run it again: every answer that was stored is kept",
            ) from error
        raise StoreError("a store that can be used", str(error), str(path), "mend what is said here") from error


def _damaged(path: Path, what: object) -> DamagedError:
    """The error for damage that was met; a mark beside the store lets the next opening repair it."""
    _marker(path).touch()
    remedy = "run it again: what is readable is kept, the damaged file is set aside"
    return DamagedError("a sound answer store", f"damage ({what})", str(path), remedy)


def _code(error: sqlite3.DatabaseError) -> int | None:
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else int(code) & 0xFF


def _marker(path: Path) -> Path:
    return path.with_name(f"{path.name}.damaged")


def _say(sentence: str) -> None:
    sys.stderr.write(f"answers: {sentence}.\n")


def read_answers(path: Path) -> Iterator[Answer]:
    """The answers of an answers.jsonl file; raise InputError for one that is none."""
    if not path.is_file():
        raise InputError("a file of answers", "none", str(path), "name an answers.jsonl")
    yield from files.read_jsonl(path, Answer)
