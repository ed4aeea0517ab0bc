"""Self-Instruct: a task with one instruction and its instances (spec E1)."""

from typing import Annotated, Any

from pydantic import Field

from stages.corpus.formats.shape import OptionalText, Shape
from stages.corpus.forms import Found, Single

KEYS = (frozenset({"instruction", "instances"}),)
"""What a record must have to be of this format."""


class Instance(Shape):
    """An input and its output."""

    input: OptionalText
    output: str


class Task(Shape):
    """A task; its name, and whether it is a classification, are left alone."""

    instruction: str
    instances: Annotated[list[Instance], Field(min_length=1)]


def read(record: dict[str, Any]) -> list[Found]:
    """The instances of a task, in their order; raise ValidationError."""
    task = Task.model_validate(record)
    return [Single(task.instruction, one.input, one.output) for one in task.instances]


def write(found: Found) -> dict[str, Any]:
    """A task of one instance; raise ValueError for anything but a single exchange."""
    if not isinstance(found, Single):
        raise ValueError("Self-Instruct has single exchanges only")  # noqa: TRY004 - one error for all that a format can\'t hold
    return {"instruction": found.instruction, "instances": [{"input": found.input, "output": found.output}]}
