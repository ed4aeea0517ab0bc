"""A prediction as predict writes it and evaluate reads it: the answer beside all that it is measured by."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from stages.model.item import Item
from stages.shared.records import Frozen

THOUGHT = "</think>"
"""What ends the thoughts that many chat models write before their answer, empty ones among them; their chat templates
leave them out of earlier turns too.
"""


class Prediction(Frozen):
    """What a model answered to one instance of a benchmark.

    instruction: what it was told to do, "" in a file older than this field. group fields: task, category ("" where the
    benchmark has none), part ("" outside the holdout). references: answers that count as right. demonstration: the
    output of the task's first positive example, "" where it has none. bits, bytes: what the reference costs the model
    to write and how long it is as far as the model reads it; tokens, hits: how many ids that is, end mark included, and
    of how many the right one was the likeliest; None where not measured. unanswered: the reason word where a model that
    was asked gave no answer; it counts as an empty one.
    """

    id: str
    task: str
    category: str
    part: str
    input: str
    references: tuple[str, ...]
    demonstration: str
    prediction: str
    bits: float | None
    bytes: int | None
    instruction: str = ""
    tokens: int | None = None
    hits: int | None = None
    unanswered: str = ""


@dataclass(frozen=True)
class Weight:
    """What writing a reference costs a model; the fields are those of a Prediction."""

    bits: float
    bytes: int
    tokens: int
    hits: int


@dataclass(frozen=True)
class Said:
    """What came of a question. left_out: characters of it that had no room in what the model reads. cut_off: whether
    the answer ended where no more of it was allowed.
    """

    text: str
    weight: Weight | None = None
    unanswered: str = ""
    left_out: int = 0
    cut_off: bool = False


def predicted(asked: Sequence[Item], said: Sequence[Said]) -> list[Prediction]:
    """A prediction for each item, in their order; what a model thought aloud before it answered is no part of one."""
    return [
        Prediction(
            id=one.id,
            task=one.task,
            category=one.category,
            part=one.part,
            input=one.input,
            references=one.references,
            demonstration=one.demonstration,
            prediction=answer.text.rpartition(THOUGHT)[2].strip(),
            **(asdict(answer.weight) if answer.weight else {"bits": None, "bytes": None}),
            instruction=one.instruction,
            unanswered=answer.unanswered,
        )
        for one, answer in zip(asked, said, strict=True)
    ]
