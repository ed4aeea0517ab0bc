"""`sauropod show suites`: what lm-evaluation-harness found of models, task by task."""

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from stages.console.show import metrics, print_table
from stages.shared import params

METRICS = "metrics/harness/{id}.json"
OF_TASK = ("version", "shots", "questions", "asked", "cut", "sha256")
"""What is said of a task beside its scores."""

ERROR = "_stderr"


def run(arguments: argparse.Namespace) -> None:
    """Read what harness found of every suite, and print the tables."""
    found = {id: metrics(Path(METRICS.format(id=id))) for id in params.value("suites") or {}}
    if arguments.json:
        print(json.dumps(found, indent=2, ensure_ascii=False))
        return
    if not found:
        print("No standard tasks are measured: name a model and its tasks under `suites` in params.yaml.")
        return
    for id, one in found.items():
        told = one["suite"]
        form = "in the model's own form" if told["template"] else "as plain text"
        print_table(
            f"{id}: {told['model']}",
            ["task", "metric", "score", "standard error", "shots", "questions"],
            list(rows(one)),
        )
        print(f"  questions {form}, by lm-evaluation-harness {one['harness']}")
        for line in cut(one["tasks"]):
            print(f"  {line}")


def rows(found: Mapping[str, Any]) -> Iterator[list[Any]]:
    """A row for each metric of each task, then of each group."""
    for task, one in found["tasks"].items():
        asked = f"{one['asked']:,}" if one["asked"] == one["questions"] else f"{one['asked']:,} of {one['questions']:,}"
        for metric in one:
            if metric not in OF_TASK and not metric.endswith(ERROR):
                yield [task, metric, *shown(one, metric), "" if one["shots"] is None else one["shots"], asked]
    for group, one in found.get("groups", {}).items():
        yield from ([f"{group} (group)", metric, *shown(one, metric), "", ""] for metric in one if ERROR not in metric)


def shown(one: Mapping[str, Any], metric: str) -> tuple[str, str]:
    """A score in its own unit, with its standard error where it has one."""
    error = one.get(f"{metric}{ERROR}")
    return f"{one[metric]:.4f}", "" if error is None else f"{error:.4f}"


def cut(tasks: Mapping[str, Any]) -> Iterator[str]:
    """A line for each task of which the model could not read all."""
    for task, one in tasks.items():
        if one["cut"]:
            yield (
                f"{task}: {one['cut']:,} of {one['asked']:,} questions are longer than the model can read; it saw the "
                "end of them"
            )
