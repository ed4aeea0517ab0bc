"""`sauropod show difference`: whether two models differ on a benchmark, or could be alike but for chance.

Both answered the same questions, so what counts is the difference on each: its mean with a bootstrap interval, and how
often models that are alike would differ as much (approximate randomisation, stages/model/intervals.py).
"""

import argparse
import json
from pathlib import Path
from typing import Any

from stages.console.show import metrics, print_table
from stages.shared import params
from stages.shared.errors import InputError

SCORES = "data/evaluate/{name}/scores.jsonl"
"""The scores of each instance of a measure."""

METRICS = "metrics/evaluate/{name}.json"


def run(arguments: argparse.Namespace) -> None:
    """Compare the scores of two measures, and print what differs."""
    names: list[str] = arguments.measures
    found = differences(names[0], names[1])
    if arguments.json:
        print(json.dumps({"measures": names, "metrics": found}, indent=2))
        return
    rows = [
        [
            metric,
            f"{one['first']:.2f}",
            f"{one['second']:.2f}",
            f"{one['difference']:+.2f}",
            f"{one['low']:+.2f} to {one['high']:+.2f}",
            f"{one['p_value']:.4f}",
        ]
        for metric, one in found.items()
    ]
    header = ["metric", "first", "second", "difference", "95 % interval", "p"]
    print_table(f"{names[0]} less {names[1]}", header, rows)
    instances = next(iter(found.values()))["instances"]
    print(f"  {instances:,} instances; p: how often models that are alike would differ at least as much")


def differences(first: str, second: str) -> dict[str, dict[str, Any]]:
    """By metric, the means of two measures in percent, their difference with its interval, and its p-value.

    Raises InputError for an unknown measure, one that has not run, and for measures of other questions.
    """
    # Imported here: the command line is there at once.
    from stages.model.instancescores import InstanceScores  # noqa: PLC0415
    from stages.model.intervals import difference  # noqa: PLC0415
    from stages.model.measuring import OF_TASKS  # noqa: PLC0415
    from stages.shared.files import read_jsonl  # noqa: PLC0415

    kinds, scored = [], []
    known = params.value("measures") or {}
    for name in (first, second):
        if name not in known:
            where, remedy = "sauropod show difference", "name two of them"
            raise InputError(f"a measure of params.yaml ({', '.join(known) or 'none'})", name, where, remedy)
        path = Path(SCORES.format(name=name))
        if not path.exists():
            remedy = "run `dvc pull` or `dvc repro` first"
            raise InputError("the scores of each instance", "none", str(path), remedy)
        kinds.append(metrics(Path(METRICS.format(name=name)))["benchmark"])
        scored.append([one for one in read_jsonl(path, InstanceScores) if one.scores])
    ones, others = scored
    if kinds[0]["sha256"] != kinds[1]["sha256"]:
        came = f"{kinds[0]['name']} and {kinds[1]['name']}, which ask other questions"
        raise InputError("two measures of the same questions", came, "sauropod show difference", "name two of those")
    tasks = [one.task for one in ones] if kinds[0]["kind"] in OF_TASKS else None
    found = {}
    for metric in ones[0].scores:
        pair = [[100 * one.scores[metric] for one in some] for some in (ones, others)]
        told = difference(pair[0], pair[1], tasks)
        found[metric] = {
            "first": round(sum(pair[0]) / len(pair[0]), 4),
            "second": round(sum(pair[1]) / len(pair[1]), 4),
            "difference": round(told.mean, 4),
            "low": round(told.low, 4),
            "high": round(told.high, 4),
            "p_value": round(told.p_value, 6),
            "instances": told.instances,
        }
    return found
