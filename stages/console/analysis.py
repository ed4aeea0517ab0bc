"""`sauropod show analysis`: what the dataset is like in all and by part, as metrics/analyze.json has it."""

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from stages.console.show import metrics, print_table
from stages.dataset.qualities import QUALITIES

ANALYSIS = Path("metrics/analyze.json")

DIVERSITY = (
    "part",
    "instances",
    "instructions",
    "verb-noun pairs",
    "mean",
    "spread",
    "nearest ROUGE-L",
    "near repeats",
)
LENGTHS = ("part", "instruction", "90 %", "input", "90 %", "output", "90 %", "with input", "with labels", "tasks")


def run(arguments: argparse.Namespace) -> None:
    """Print the analysis; raise InputError where the pipeline has not made it yet."""
    found = metrics(ANALYSIS)
    if arguments.json:
        print(json.dumps(found, indent=2, ensure_ascii=False))
        return
    each = {**found["parts"], "all": found}
    print_table(
        "what is asked for, and how alike", list(DIVERSITY), [diversity(part, one) for part, one in each.items()]
    )
    print(*unread(each), sep="", end="")
    print_table(
        "words (median, and what nine of ten don't exceed)", list(LENGTHS), [lengths(*one) for one in each.items()]
    )
    words = [quality.word for quality in QUALITIES]
    rows = [[part, *(percent(one["qualities"][word]) for word in words)] for part, one in each.items()]
    print_table("share of instances", ["part", *(word.replace("_", "\n") for word in words)], rows)
    for quality in QUALITIES:
        print(f"  {quality.word.replace('_', ' ')} ({quality.kind}): {quality.says}; {quality.doubt}")
    print()
    print("root verbs, the instructions that have them with an object, and the commonest objects\n")
    for verb, count in found["root_verbs"].items():
        print(f"  {verb:<16}{count:>7,}   {found['objects'][verb]}")
    print()
    categories = [[name, one["tasks"], one["instances"]] for name, one in found["task_categories"].items()]
    print_table("task categories of hub datasets", ["category", "tasks", "instances"], categories)
    print(*(f"  {line}" for line in tasks(found["hub_tasks"])), sep="\n")


def diversity(part: str, one: Mapping[str, Any]) -> list[Any]:
    """The line of a part in the first table; what there is none of is left empty."""
    verbs, nearest = one["verbs"], one["nearest"]
    about = "" if verbs["looked_at"] == one["instructions"] else "about "
    return [
        part,
        one["instances"],
        f"{about}{one['instructions']:,}",
        verbs["unique_pairs"],
        decimal(verbs["mean"]),
        decimal(verbs["spread"]),
        decimal(nearest["rougeL"]),
        percent(nearest["near_repeats"]),
    ]


def unread(each: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """A line for each part with instructions that ROUGE-L can't compare."""
    for part, one in each.items():
        if count := one["nearest"].get("unread"):
            looked = one["nearest"]["looked_at"]
            yield f"  {part}: ROUGE-L reads a-z and 0-9 only and leaves out {count:,} of {looked:,} instructions\n"


def lengths(part: str, one: Mapping[str, Any]) -> list[Any]:
    """The line of a part in the second table."""
    words = [one["words"][name][key] for name in ("instruction", "input", "output") for key in ("median", "p90")]
    shares = [percent(one[name]) for name in ("with_input", "with_labels")]
    return [part, *("" if value is None else value for value in words), *shares, one["tasks"]]


def tasks(found: Mapping[str, Any]) -> Iterator[str]:
    """What is told of the hub's tasks, in sentences."""
    fields = ", ".join(f"{number} ({count:,})" for number, count in found["input_fields"].items()) or "none"
    labels = ", ".join(f"{number} ({count:,})" for number, count in found["labels"].items()) or "none"
    yield f"hub tasks: {found['tasks']:,} of {found['names']:,} names, {found['instructions']:,} different instructions"
    yield f"input fields, and the tasks that have so many: {fields}"
    yield f"{found['labelled']:,} tasks name their answers; how many, and in how many tasks: {labels}"


def percent(share: float | None) -> str:
    """A share in per cent, to a tenth below ten; "" for none."""
    if share is None:
        return ""
    if 0 < share < 0.0005:
        return "< 0.1 %"
    return f"{100 * share:.0f} %" if share >= 0.1 or not share else f"{100 * share:.1f} %"


def decimal(value: float | None) -> str:
    """A number to two decimals; "" for none."""
    return "" if value is None else f"{value:.2f}"
