"""One question to a model, whatever benchmark it comes from."""

from collections.abc import Iterable
from dataclasses import dataclass

from stages.shared.records import digest


@dataclass(frozen=True)
class Item:
    """One question.

    id: of the benchmark's own. task, category: what it is reported under, "" where there is none. part: of the dataset,
    "" outside the holdout. examples, negative: worked examples that are shown, right and wrong ones, as (input,
    output). references: answers that count as right, none where nobody wrote one. demonstration: the output of the
    task's first positive example, shown or not; "" where it has none.
    """

    id: str
    task: str
    instruction: str
    input: str
    references: tuple[str, ...]
    category: str = ""
    part: str = ""
    examples: tuple[tuple[str, str], ...] = ()
    negative: tuple[tuple[str, str], ...] = ()
    demonstration: str = ""


def fingerprint_of(asked: Iterable[Item]) -> str:
    """SHA-256 of all that is asked and of what answers are measured by: another one means another benchmark."""
    told = [[one.id, one.instruction, one.input, one.examples, one.negative, one.references] for one in asked]
    return digest(told, 64)
