"""Super-NaturalInstructions: a task file, with its definition and its instances (spec D3)."""

import math
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from stages.corpus.formats.shape import Shape
from stages.corpus.forms import Found, Single

KEYS = (frozenset({"Definition", "Instances"}),)
"""What a record must have to be of this format."""


def _listed(value: object) -> object:
    """Early releases have a text where the final one has a list of one; sums and dates stand there as numbers."""
    return [str(one) if _is_number(one) else one for one in (value if isinstance(value, list) else [value])]


def _is_number(value: object) -> bool:
    return (isinstance(value, int) and not isinstance(value, bool)) or (
        isinstance(value, float) and math.isfinite(value)
    )


Texts = Annotated[list[str], BeforeValidator(_listed), Field(min_length=1)]


class Instance(Shape):
    """What the task is asked about, and every output that is right."""

    input: str
    output: Texts


class Task(Shape):
    """A task. Its positive and negative examples are for prompts, and no instances."""

    definition: Annotated[Texts, Field(alias="Definition")]
    instances: Annotated[list[Instance], Field(alias="Instances", min_length=1)]


def read(record: dict[str, Any]) -> list[Found]:
    """Every instance with each of its different outputs, under the first definition; raise ValidationError.

    The original uses the first definition alone, and draws one output by chance (spec D2); clean may thin them out.
    """
    task = Task.model_validate(record)
    return [
        Single(task.definition[0], instance.input, output)
        for instance in task.instances
        for output in dict.fromkeys(instance.output)
    ]
