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


def run(arguments: argparse.Namespace) -> None:
    """Write params.yaml, or say what would be written."""
    name, undo = arguments.dataset, arguments.undo
    dropped = list(params.value("merge.drop"))
    held = sources()
    _check(name, dropped, held, undo=undo)
    document = pipeline.load(params.PARAMS_FILE)
    if undo:
        change.take_out(document["merge"], "drop", name)
    else:
        change.append(document["merge"], "drop", name)
    if not arguments.dry_run:
        change.carry_out(change.Change({params.PARAMS_FILE: pipeline.text(document)}))
    parts = {} if undo else dict(held.get(name, Counter()))
    if arguments.json:
        told = {"dataset": name, "forgotten": not undo, "instances": parts, "dry_run": arguments.dry_run}
        print(json.dumps(told, indent=2))
        return
    where = "would be" if arguments.dry_run else "is"
    print(f"{name} {where} {'taken off' if undo else 'in'} `merge.drop` of params.yaml")
    for part, count in parts.items():
        print(f"  {count:,} instances of {part} leave with the next merge")
    print("run `dvc repro` to make the dataset anew")


def sources() -> dict[str, Counter[str]]:
    """How many instances of each source dataset the dataset holds, by part; nothing where it is not there."""
    found: dict[str, Counter[str]] = {}
    if LICENSES.is_file():
        with LICENSES.open(encoding="utf-8", newline="") as file:
            for line in csv.DictReader(file):
                found.setdefault(line["dataset"], Counter())[line["part"]] += int(line["instances"])
    return found


def _check(name: str, dropped: list[str], held: dict[str, Counter[str]], *, undo: bool) -> None:
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
    if name not in held:
        near = ", ".join(difflib.get_close_matches(name, held, 3)) or f"see {LICENSES}"
        raise InputError("a source dataset of the dataset", name, str(LICENSES), f"name it as that file does: {near}")
