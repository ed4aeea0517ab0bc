"""`sauropod show corpora`: the corpora that are on, a line each, in the form of Open-Instructions' table (spec C0)."""

import argparse
import json
from pathlib import Path
from typing import Any

from stages.console.show import dollars, metrics, print_table
from stages.shared import params

METRICS = "metrics/clean/{id}.json"

COLUMNS = (
    "corpus",
    "instances",
    "language",
    "engine",
    "per 1,000",
    "instruction",
    "input",
    "output",
    "turns",
    "verb-noun pairs",
    "licence",
)
"""Lengths are mean characters; `per 1,000` is what a thousand instances cost, where their makers told it."""


def run(arguments: argparse.Namespace) -> None:
    """Print the summary of every corpus that is on, as clean computed it; raise InputError where it has not run."""
    found = {id: metrics(Path(METRICS.format(id=id)))["found"]["summary"] for id in params.value("corpora") or []}
    if arguments.json:
        print(json.dumps(found, indent=2, ensure_ascii=False))
        return
    print_table("corpora", list(COLUMNS), [line(id, one) for id, one in found.items()])
    for id, one in found.items():
        if one["terms"]:
            print(f"  {id}: {one['terms']}")


def line(id: str, one: dict[str, Any]) -> list[Any]:
    """A line of the table; what is not known or does not apply is left empty."""
    cost = one["usd_per_1000"]
    lengths = [one[f"{name}_chars"] for name in ("instruction", "input", "output")]
    return [
        id,
        one["instances"],
        one["language"],
        _named(one["generators"]),
        "" if cost is None else dollars(cost),
        *("" if length is None else f"{length:,.0f}" for length in lengths),
        "" if one["turns"] is None else one["turns"],
        one["verb_noun_pairs"],
        _named(one["licenses"]),
    ]


def _named(counts: dict[str, int]) -> str:
    """The names by their counts, the commonest first, three at most."""
    names = sorted(counts, key=lambda name: (-counts[name], name))
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
