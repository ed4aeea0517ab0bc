"""`sauropod show`: the dataset's size by part, what its tasks cost, and what every model scores, as metrics/ has it."""

import argparse
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from stages.shared.errors import InputError
from stages.shared.files import read_json

DATASET = Path("metrics/dataset.json")
SCORES = Path("metrics/evaluate.json")


def run(arguments: argparse.Namespace) -> None:
    """Read the metrics of the dataset and of the models, and print them."""
    found = {"dataset": metrics(DATASET), "models": metrics(SCORES)}
    if arguments.json:
        print(json.dumps(found, indent=2))
        return
    print_dataset(found["dataset"])
    if lines := costs(found["dataset"]):
        print(*(f"  {line}" for line in lines), sep="\n", end="\n\n")
    for benchmark in sorted({name for measured in found["models"].values() for name in measured}):
        print_scores(benchmark, {model: one[benchmark] for model, one in found["models"].items() if benchmark in one})


def metrics(path: Path) -> Any:
    """The metrics in a file; raise InputError where the pipeline has not written it yet."""
    if not path.exists():
        raise InputError("metrics of a pipeline that has run", "none", str(path), "run `dvc repro` first")
    return read_json(path)


def print_dataset(found: dict[str, Any]) -> None:
    """The dataset part by part, in the order they joined."""
    rows = [[part, *(one[key] for key in ("instances", "tasks", "datasets"))] for part, one in found["parts"].items()]
    rows.append(["all", found["instances"], found["tasks"], found["datasets"]])
    print_table("dataset", ["part", "instances", "tasks", "source datasets"], rows)


def costs(found: dict[str, Any]) -> list[str]:
    """What the tasks cost, a line for each wave that was asked for money, then the paper's cost; or that all was free.

    Metrics of a version that did not count costs give no line.
    """
    asking = found.get("asking", {"parts": {}})
    paid = {part: one for part, one in asking["parts"].items() if one["cost_usd"] != 0 or one["input_tokens"]}
    if not paid:
        recorded = any(name.startswith("recorded:") for name in found.get("generators", {}))
        how = "read from recorded answers" if recorded else "proposed by rule"
        return [f"tasks {how}: nothing paid"] if asking["parts"] else []
    paper = asking["paper"]
    return [
        *(f"{part}: {cost_line(one)}" for part, one in paid.items()),
        f"the paper: {dollars(paper['usd'])} for {paper['instances']:,} instances = "
        f"{dollars(paper['usd_per_1000_instances'])} per 1,000",
    ]


def cost_line(one: dict[str, Any]) -> str:
    """What was asked for one wave, and what that cost."""
    asked = f"{one['answers']:,} answers, {one['input_tokens']:,} tokens in, {one['output_tokens']:,} out"
    if one["cost_usd"] is None:
        return f"{asked}, cost unknown (no price in llm.client.prices, or answers that report no tokens)"
    rates = (("usd_per_task", "a task"), ("usd_per_1000_instances", "per 1,000 instances"))
    shown = [f"{dollars(one[key])} {unit}" for key, unit in rates if one[key] is not None]
    return f"{asked}, {dollars(one['cost_usd'])}" + (f" = {', '.join(shown)}" if shown else ", and no task came of it")


def dollars(amount: float) -> str:
    """Dollars for people: cents from a dollar on, three digits below."""
    if amount >= 1 or amount == 0:
        return f"${amount:,.2f}"
    whole, _, parts = f"{Decimal(f'{amount:.3g}'):f}".partition(".")
    return f"${whole}.{parts:0<2}"


def print_scores(benchmark: str, scores: dict[str, dict[str, Any]]) -> None:
    """One benchmark: a line a model with its numbers, then what is said in words."""
    flat = {model: dict(flattened(one)) for model, one in scores.items()}
    numbers = list(
        dict.fromkeys(key for one in flat.values() for key, value in one.items() if not isinstance(value, str))
    )
    rows = [[model, *(one.get(key, "") for key in numbers)] for model, one in flat.items()]
    print_table(benchmark, ["model", *(key.replace("bits_per_byte_by_part.", "bits/byte ") for key in numbers)], rows)
    for model, one in flat.items():
        for value in one.values():
            if isinstance(value, str):
                print(f"  {model}: {value}")


def flattened(found: dict[str, Any], before: str = "") -> list[tuple[str, Any]]:
    """The leaves of nested metrics, each with its keys joined by dots."""
    leaves: list[tuple[str, Any]] = []
    for key, value in found.items():
        leaves += flattened(value, f"{before}{key}.") if isinstance(value, dict) else [(f"{before}{key}", value)]
    return leaves


def print_table(title: str, header: list[str], rows: list[list[Any]]) -> None:
    """A table for a terminal: the first column to the left, numbers to the right."""
    # Loaded here: nothing else of the console draws tables.
    from rich.box import SIMPLE  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table(title=title, title_justify="left", box=SIMPLE, pad_edge=False)
    for number, name in enumerate(header):
        table.add_column(name, justify="right" if number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(f"{value:,}" if isinstance(value, int) else str(value) for value in row))
    Console(width=None if Console().is_terminal else 140, highlight=False).print(table)
