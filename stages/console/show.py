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
    """The dataset part by part, in the order they joined; then the preference pairs beside it, if there are any."""
    rows = [[part, *(one[key] for key in ("instances", "tasks", "datasets"))] for part, one in found["parts"].items()]
    rows.append(["all", found["instances"], found["tasks"], found["datasets"]])
    print_table("dataset", ["part", "instances", "tasks", "source datasets"], rows)
    # Metrics of a version that passed no pairs on have none.
    if pairs := found.get("pairs"):
        rows = [[part, one["kept"], _counts(one["licenses"]), _counts(one["left_out"])] for part, one in pairs.items()]
        print_table("preference pairs", ["part", "pairs", "licences", "left out"], rows)


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())


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
    """A table for a terminal: the first column to the left, numbers to the right.

    Cells break between words alone; on a terminal too narrow for that each row becomes a block, a line for each cell.
    """
    # Loaded here: nothing else of the console draws tables.
    from rich.box import SIMPLE  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    # Cells are texts of datasets: nothing in them is markup.
    console = Console(highlight=False, markup=False, emoji=False)
    cells = [[f"{value:,}" if isinstance(value, int) else str(value) for value in row] for row in rows]
    columns = list(zip(header, *cells, strict=True))
    between = 3 * len(columns) - 1
    widths = _widths(columns, (console.width if console.is_terminal else 140) - between)
    if console.is_terminal and sum(widths) + between > console.width:
        print(_blocks(title, header, cells))
        return
    table = Table(title=title, title_justify="left", box=SIMPLE, pad_edge=False)
    for number, (name, width) in enumerate(zip(header, widths, strict=True)):
        table.add_column(name, justify="right" if number else "left", overflow="fold", width=width)
    for row in cells:
        table.add_row(*row)
    console.width = max(console.width, sum(widths) + between)
    # Through print: rich itself would leave with exit code 1 where nobody reads any more.
    with console.capture() as drawn:
        console.print(table)
    print(drawn.get(), end="")


def _widths(columns: list[tuple[str, ...]], room: int) -> list[int]:
    """The widths of columns: of each its longest word at least; what room is left goes where it makes rows shorter."""
    from rich.cells import cell_len  # noqa: PLC0415

    found = [max(cell_len(word) for cell in column for word in [*cell.split(), ""]) for column in columns]
    whole = [max(cell_len(line) for cell in column for line in [*cell.splitlines(), ""]) for column in columns]
    for _ in range(room - sum(found)):
        tallest = max(range(len(columns)), key=lambda at: whole[at] / max(found[at], 1))
        if whole[tallest] > found[tallest]:
            found[tallest] += 1
    return found


def _blocks(title: str, header: list[str], cells: list[list[str]]) -> str:
    """A table as blocks: the first cell of a row, and below it a line for each other that says anything."""
    names = [" ".join(name.split()) for name in header]
    widest = max(len(name) for name in names)
    lines = [title, ""]
    for row in cells:
        lines.append(f" {row[0]}")
        lines += [f"   {name:<{widest}}  {cell}" for name, cell in list(zip(names, row, strict=True))[1:] if cell]
        lines.append("")
    return "\n".join(lines)
