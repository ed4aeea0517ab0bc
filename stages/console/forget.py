"""`sauropod forget DATASET`: one source leaves the dataset, or comes back, without a wave being written anew.

It writes the name into `merge.drop` of params.yaml; the next merge leaves its rows out. Rows of other sources that had
given way to it come back, each under its own licence.
"""

import argparse
import csv
import difflib
import json
from collections import Counter
from pathlib import Path

from stages.console import change, pipeline
from stages.shared import params
from stages.shared.errors import InputError

LICENSES = Path("data/dataset/licenses.csv")

Told = Counter[tuple[str, str]]
"""Instances of corpora by part and taskname."""


def run(arguments: argparse.Namespace) -> None:
    """Write params.yaml, or say what would be written."""
    name, undo = arguments.dataset, arguments.undo
    dropped = list(params.value("merge.drop"))
    held, told = sources(), Counter() if undo else tasknames()
    _check(name, dropped, held, told, undo=undo)
    document = pipeline.load(params.PARAMS_FILE)
    if undo:
        change.take_out(document["merge"], "drop", name)
    else:
        change.append(document["merge"], "drop", name)
    if not arguments.dry_run:
        change.carry_out(change.Change({params.PARAMS_FILE: pipeline.text(document)}))
    parts = {} if undo else dict(held.get(name, Counter()) + told_of(name, told))
    if arguments.json:
        said = {"dataset": name, "forgotten": not undo, "instances": parts, "dry_run": arguments.dry_run}
        print(json.dumps(said, indent=2))
        return
    where = "would be" if arguments.dry_run else "is"
    print(f"{name} {where} {'taken off' if undo else 'in'} `merge.drop` of params.yaml")
    for part, count in parts.items():
        print(f"  {count:,} instances of {part} leave with the next merge")
    if not arguments.dry_run:
        print("next: dvc repro, which makes the dataset anew")


def sources() -> dict[str, Counter[str]]:
    """How many instances of each source dataset the dataset holds, by part; nothing where it is not there."""
    found: dict[str, Counter[str]] = {}
    if LICENSES.is_file():
        with LICENSES.open(encoding="utf-8", newline="") as file:
            for line in csv.DictReader(file):
                found.setdefault(line["dataset"], Counter())[line["part"]] += int(line["instances"])
    return found


def tasknames() -> Told:
    """What the rows of corpora tell: how many instances there are by part and taskname."""
    # Loaded here: reading shards takes a library that `--undo` can do without.
    from stages.shared.files import open_parquet  # noqa: PLC0415

    found: Told = Counter()
    for shard in sorted(LICENSES.parent.glob("corpus-*.parquet")):
        with open_parquet(shard, ("part", "taskname")) as file:
            for batch in file.iter_batches(columns=["part", "taskname"]):
                found.update(zip(*(batch.column(name).to_pylist() for name in ("part", "taskname")), strict=True))
    return found


def told_of(name: str, told: Told) -> Counter[str]:
    """How many instances of corpora merge would leave out with a dataset, by part, since they tell it as taskname."""
    # Loaded here: so is what decides it.
    from stages.dataset.inventory import dataset_of  # noqa: PLC0415
    from stages.dataset.survey import forgotten  # noqa: PLC0415

    found: Counter[str] = Counter()
    for (part, task), count in sorted(told.items()):
        own = dataset_of(part, "")
        if own != name and forgotten({"part": part, "taskname": task}, own, {name}):
            found[part] += count
    return found


def _check(name: str, dropped: list[str], held: dict[str, Counter[str]], told: Told, *, undo: bool) -> None:
    if undo and name not in dropped:
        came = ", ".join(dropped) or "none"
        raise InputError(
            f"a dataset that was forgotten ({came})", name, "params.yaml, key merge.drop", "name one of them"
        )
    if undo:
        return
    if name in dropped:
        raise InputError(
            "a dataset that is not forgotten yet", name, "params.yaml, key merge.drop", "nothing is left to do"
        )
    if name not in held and not told_of(name, told):
        known = sorted({*held, *(task for _, task in told)})
        near = ", ".join(difflib.get_close_matches(name, known, 3)) or f"see {LICENSES}"
        remedy = f"name it as that file does, or as rows of a corpus tell it: {near}"
        raise InputError("a source dataset of the dataset", name, str(LICENSES), remedy)
