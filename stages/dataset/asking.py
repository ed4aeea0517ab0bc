"""What the tasks of the dataset cost: tokens and dollars per accepted task and per 1,000 instances, beside the paper's.

Only parts whose tasks were asked for count, and of them what is in the dataset: their tasks and instances after
everything that was dropped. Where one cost is unknown, so is every sum with it.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from stages.dataset.inventory import Inventory, Size
from stages.shared import files
from stages.shared.costs import PAPER_INSTANCES, PAPER_USD, Asked, rate
from stages.shared.errors import InputError


def read(path: Path) -> Asked:
    """The section `asked` of a file of metrics; raise InputError where it is missing or damaged."""
    found = files.read_json(path)
    section = found.get("asked") if isinstance(found, dict) else None
    try:
        return Asked.model_validate(section)
    except ValidationError as error:
        raise InputError(
            "the section `asked`", files.explain(error), str(path), "run the stage that writes this file again"
        ) from error


def report(asked: Mapping[str, Sequence[Asked]], inventory: Inventory) -> dict[str, Any]:
    """What was asked for and what it cost: in all, by part, and what the paper's authors paid."""
    sizes = inventory.by_part()
    whole = inventory.size(source for source in inventory.sources if source.part in asked)
    return {
        **figures(chain(*asked.values()), whole),
        "parts": {part: figures(stages, sizes[part]) for part, stages in asked.items()},
        "paper": {
            "usd": PAPER_USD,
            "instances": PAPER_INSTANCES,
            "usd_per_1000_instances": rate(PAPER_USD, PAPER_INSTANCES / 1000),
        },
    }


def figures(asked: Iterable[Asked], size: Size) -> dict[str, float | None]:
    """The sums of what was asked, and their rates for the tasks and instances that came of it."""
    asked = list(asked)
    input_tokens = sum(one.tokens.input for one in asked)
    output_tokens = sum(one.tokens.output for one in asked)
    tokens, thousands = input_tokens + output_tokens, size.instances / 1000
    cost = total(one.cost_usd for one in asked)
    return {
        "answers": sum(one.answers for one in asked),
        "input_tokens": input_tokens,
        "output_tokens": output_tokens,
        "cost_usd": cost,
        "tokens_per_task": rate(tokens, size.tasks),
        "usd_per_task": rate(cost, size.tasks),
        "tokens_per_1000_instances": rate(tokens, thousands),
        "usd_per_1000_instances": rate(cost, thousands),
    }


def total(costs: Iterable[float | None]) -> float | None:
    """The exact sum of costs; None where one is unknown."""
    known = [cost if cost is None else Decimal(str(cost)) for cost in costs]
    return None if None in known else float(sum(filter(None, known)))
