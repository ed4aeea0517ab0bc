"""`sauropod answers`: the store of answers that were paid for: its size, cost and age; verified, exported, refilled.

It needs no repository: the store belongs to the user, and all clones on a machine share it.
"""

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from stages.console.show import print_table
from stages.shared import files
from stages.shared.errors import BusyError, InputError, StoreError
from stages.shared.llm import books, money
from stages.shared.llm.owners import BATCH, is_being_sent
from stages.shared.llm.salvage import SIDE_FILES
from stages.shared.llm.seam import FREE
from stages.shared.llm.store import DamagedError, Store, default_path, open_store, read_answers
from stages.shared.records import Answer

BY_MODEL = """
SELECT label, model, count(*), coalesce(sum(input), 0), coalesce(sum(cached_input), 0), coalesce(sum(output), 0),
  coalesce(sum(cost), 0), sum(cost IS NULL AND budget IS NOT NULL), sum(budget IS NULL), min(at), max(at)
FROM answers GROUP BY label, model ORDER BY label, model
"""
COLUMNS = {
    "endpoint": "endpoint", "model": "model", "answers": "answers", "tokens_in": "in", "cached": "cached",
    "tokens_out": "out", "usd": "dollars", "price_unknown": "no price", "paid_elsewhere": "paid elsewhere",
    "oldest": "oldest", "newest": "newest",
}  # fmt: skip
"""The columns of the table: in JSON, and for people."""


Found = dict[str, Any]
"""What came of an action, as it is printed with --json."""


def run(arguments: argparse.Namespace) -> None:
    """Do what was asked, and say what came of it."""
    path = default_path()
    work, say = action(path, arguments)
    found = work() if arguments.verify else mended(work)
    if arguments.json:
        print(json.dumps(found, indent=2))
    else:
        say(found)


def action(path: Path, arguments: argparse.Namespace) -> tuple[Callable[[], Found], Callable[[Found], None]]:
    """What the options ask for: the work, and how people are told of it."""
    if arguments.refill:
        return lambda: refilled(path, [Path(name) for name in arguments.refill]), say_refilled
    if not path.exists():
        return lambda: absent(path, arguments), say_absent
    if arguments.verify:
        return lambda: verified(path), say_verified
    if arguments.export:
        return lambda: exported(path, Path(arguments.export)), say_exported
    if arguments.forget_batch:
        return lambda: forgotten(path, arguments.forget_batch), say_forgotten
    return lambda: summed(path), say_summed


def mended(work: Callable[[], Found]) -> Found:
    """What comes of some work; where it meets damage it is done again, on what could be saved of the store."""
    try:
        return work()
    except DamagedError:
        return work()


def absent(path: Path, arguments: argparse.Namespace) -> Found:
    """What is said of a store that is not there; raise InputError where something was wanted of it."""
    if arguments.export or arguments.forget_batch:
        raise InputError("a store of answers", "none", str(path), "ask a model first, or take answers in with --refill")
    return {"store": str(path), "exists": False}


def say_absent(found: Found) -> None:
    """Tell people that there is no store."""
    print(f"No answers yet: {found['store']} is made when a model is asked that takes money or time.")


def summed(path: Path) -> Found:
    """What the store holds by endpoint and model, the budgets, and the batches that are not fetched yet."""
    with open_store(path) as store:
        models = [_by_model(*row) for row in store.query(BY_MODEL)]
        budgets = store.query("SELECT id, paid, uncertain, reserved FROM budgets ORDER BY id")
        batches = store.query("SELECT id, label, model, keys FROM batches ORDER BY id")
    sides = [path, *(path.with_name(path.name + suffix) for suffix in SIDE_FILES)]
    return {
        "store": str(path),
        "exists": True,
        "bytes": sum(side.stat().st_size for side in sides if side.exists()),
        "answers": sum(one["answers"] for one in models),
        "models": models,
        "budgets": [
            {"id": id, **dict(zip(("paid", "uncertain", "held_back"), map(_usd, amounts), strict=True))}
            for id, *amounts in budgets
        ],
        "batches": [
            {"id": id, "endpoint": label, "model": model, "requests": len(json.loads(str(keys)))}
            for id, label, model, keys in batches
        ],
    }


def say_summed(found: Found) -> None:
    """The tables for people."""
    print(f"{found['store']}: {found['answers']:,} answers, {_size(found['bytes'])}\n")
    if found["models"]:
        rows = [[{**one, "usd": _shown(one["usd"])}[key] for key in COLUMNS] for one in found["models"]]
        print_table("answers, with their tokens and cost", list(COLUMNS.values()), rows)
    if found["budgets"]:
        rows = [
            [one["id"], *(_shown(one[key]) for key in ("paid", "uncertain", "held_back"))] for one in found["budgets"]
        ]
        print_table("budgets", ["budget", "paid", "of it uncertain", "held back now"], rows)
    if found["batches"]:
        rows = [[one[key] for key in ("id", "endpoint", "model", "requests")] for one in found["batches"]]
        print_table("batches that are not fetched yet", ["batch", "endpoint", "model", "requests"], rows)


def verified(path: Path) -> Found:
    """How many answers are sound; raise StoreError where any is not, or where the file is damaged."""
    with open_store(path) as store:
        store.check()
        broken = [key for key, entry in store.entries() if entry is None]
        [(count,)] = store.query("SELECT count(*) FROM answers")
    sound = int(str(count)) - len(broken)
    if broken:
        raise StoreError(
            "every answer as it was stored",
            f"{len(broken):,} that are not (the first: {str(broken[0])[:16]!r}), {sound:,} sound",
            str(path),
            "take them in again with `sauropod answers --refill` from an answers.jsonl that has them, or they count as "
            "missing and are asked for again when a stage needs them",
        )
    return {"store": str(path), "sound": sound, "damaged": 0}


def say_verified(found: Found) -> None:
    """Tell people how many answers are sound."""
    print(f"{found['store']}: all {found['sound']:,} answers are as they were stored.")


def exported(path: Path, out: Path) -> Found:
    """Write every answer, by key, into a file; damaged ones are left out and counted."""
    damaged = 0

    def sound(store: Store) -> Iterator[Answer]:
        nonlocal damaged
        for _, entry in store.entries():
            if entry is None:
                damaged += 1
            else:
                yield entry.answer

    with open_store(path) as store:
        try:
            count = files.write_jsonl(out, sound(store))
        except OSError as error:
            raise InputError("a file that can be written", str(error.strerror), str(out), "name another") from error
    return {"store": str(path), "file": str(out), "answers": count, "damaged": damaged}


def say_exported(found: Found) -> None:
    """Tell people what was written."""
    print(f"{found['file']}: {found['answers']:,} answers written.")
    if found["damaged"]:
        print(f"{found['damaged']:,} damaged ones are left out: see `sauropod answers --verify`.")


def refilled(path: Path, sources: list[Path]) -> Found:
    """Take in the answers of files, each whole or not at all; raise InputError for the first line that is no answer."""
    told = []
    for source in sources:
        # Read to its end before anything of it is taken.
        read = Counter("free" if answer.provider in FREE else "paid" for answer in read_answers(source))
        with open_store(path) as store:
            new = store.refill(_to_take(source, store))
        told.append({"file": str(source), "answers": read["paid"], "new": new, "left_out": read["free"]})
    return {"store": str(path), "files": told}


def _to_take(source: Path, store: Store) -> Iterator[Answer]:
    """The answers of a file that were paid for; whatever is damaged in the store gives way to them."""
    for answer in read_answers(source):
        if answer.provider not in FREE:
            store.find(answer.key)
            yield answer


def say_refilled(found: Found) -> None:
    """Tell people how many answers were new."""
    for one in found["files"]:
        free = f"; {one['left_out']:,} of {' or '.join(FREE)} left out, which cost nothing" if one["left_out"] else ""
        print(f"{one['file']}: {one['answers']:,} answers, {one['new']:,} of them new{free}.")


def forgotten(path: Path, batch: str) -> Found:
    """Close a batch: what it held back counts as paid, and what it left unanswered may be asked for again."""
    with open_store(path) as store:
        known = [str(id) for (id,) in store.query("SELECT id FROM batches ORDER BY id")]
        if batch not in known:
            came = ", ".join(known) or "none that is open"
            raise InputError("the id of an open batch", f"{batch!r}, not one of {came}", str(path), "correct the id")
        if is_being_sent(store.owners, batch):
            raise BusyError("a batch that nobody is sending", f"{batch!r}, just being sent", str(path), "wait for it")
        [(count, amount)] = store.query(
            "SELECT count(*), coalesce(sum(amount), 0) FROM claims WHERE owner = ?", BATCH + batch
        )
        store.writer.do(lambda db: books.close_batch(db, batch, billed=True))
    return {"store": str(path), "batch": batch, "requests": count, "paid": _usd(amount)}


def say_forgotten(found: Found) -> None:
    """Tell people what closing a batch means."""
    print(f"{found['batch']} is closed. {found['requests']:,} of its requests had no answer.")
    print(
        f"They will be asked again when a stage needs them; {_shown(found['paid'])}, what they may have cost at most, "
        "counts as paid, since the endpoint may have billed them."
    )


def _by_model(*row: Any) -> dict[str, Any]:
    *values, cost, unknown, elsewhere, oldest, newest = row
    return dict(zip(COLUMNS, (*values, _usd(cost), unknown, elsewhere, _day(oldest), _day(newest)), strict=True))


def _day(at: int) -> str:
    return datetime.fromtimestamp(at, tz=UTC).date().isoformat()


def _usd(amount: Any) -> float:
    return money.dollars(int(amount))


def _shown(usd: float) -> str:
    return money.shown(money.picodollars(usd))


def _size(count: int) -> str:
    return f"{count / 1e6:,.1f} MB" if count >= 1e6 else f"{count / 1e3:,.1f} kB"
