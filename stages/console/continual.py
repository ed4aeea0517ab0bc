"""`sauropod show continual`: what runs still know stage by stage, in the form of Dynosaur's Table 6a (spec A13).

A row is a way through the stages: the runs from the first to one that no other starts from, named by how the last
replays. A column is a stage's ROUGE-L on the test tasks, on the held-out instances of its own parts, and on those of
earlier stages, the latest first. A run that learned all at once stands in the columns of the last stage.
"""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stages.console.show import metrics, print_table
from stages.model.continual import stages_of
from stages.shared import params

CONTINUAL = Path("metrics/continual.json")
METRIC = "rougeL"


def run(arguments: argparse.Namespace) -> None:
    """Read what summarize found, and print the table."""
    found = rows(metrics(CONTINUAL), params.value("runs"))
    if arguments.json:
        print(json.dumps(found, indent=2))
        return
    last = max((len(row["stages"]) for row in found), default=0)
    header = ["method", *(f"S{number} {what}" for number in range(1, last + 1) for what in columns(number))]
    print_table(
        "continual learning: ROUGE-L after each stage (S)",
        header,
        [[row["method"], *cells(row, last)] for row in found],
    )
    for row in found:
        print(f"  {row['method']}: {' > '.join(stage['run'] for stage in row['stages'] if stage)}")


def columns(number: int) -> list[str]:
    """What is shown of a stage, counted from 1: there is nothing earlier than the first."""
    return ["test", "held-out", "earlier"][: 2 if number == 1 else 3]


def rows(table: Mapping[str, Mapping[str, Any]], runs: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of the table: `method`, and `stages` with the run and its scores, None for a stage that it skipped.

    table: what summarize wrote, by run. runs: the section of params.yaml. Runs that were not measured have no scores.
    Raises ParamsError where runs start from each other in a ring.
    """
    chains = {run: stages_of(run, runs) for run in runs}
    earlier = {run for chain in chains.values() for run in chain[:-1]}
    ways = [chain for run, chain in chains.items() if run not in earlier and len(chain) > 1 and run in table]
    last = max(map(len, ways), default=1)
    found = [{"method": method(table[way[-1]]), "stages": [scores(run, way, table) for run in way]} for way in ways]
    for run, row in table.items():
        if "full" in row and run in runs:
            skipped: list[Any] = [None] * (last - 1)
            found.append({"method": "full", "stages": [*skipped, scores(run, [run], table)]})
    return named_apart(found)


def method(row: Mapping[str, Any]) -> str:
    """How a run replays, in the table's words."""
    return {"none": "no replay"}.get(row["replay"], str(row["replay"]))


def named_apart(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows, those of one method told apart by their last run."""
    methods = [row["method"] for row in found]
    return [
        {**row, "method": f"{row['method']} ({row['stages'][-1]['run']})"} if methods.count(row["method"]) > 1 else row
        for row in found
    ]


def scores(run: str, way: list[str], table: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """A run's scores on its way through the stages; None for what was not measured."""
    row = table.get(run, {})
    before = way[: way.index(run)]
    return {
        "run": run,
        "test": next((value for key, value in row.items() if key.startswith("test_")), None),
        "held_out": row.get(f"held_out_{METRIC}"),
        "earlier": {other: row.get(f"{other}_{METRIC}") for other in reversed(before)},
    }


def cells(row: Mapping[str, Any], last: int) -> list[str]:
    """The cells of a row, of as many stages as the table has."""
    found: list[str] = []
    for number in range(1, last + 1):
        stage = row["stages"][number - 1] if number <= len(row["stages"]) else None
        if stage is None:
            found += [""] * len(columns(number))
            continue
        before = " / ".join(map(shown, stage["earlier"].values()))
        found += [shown(stage["test"]), shown(stage["held_out"]), before][: len(columns(number))]
    return found


def shown(score: float | None) -> str:
    """A score with one decimal, as in the paper; a dash for one that was not measured."""
    return "-" if score is None else f"{score:.1f}"
