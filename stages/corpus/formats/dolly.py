"""Dolly: instruction, context, response, category (spec C1)."""

from typing import Any

from stages.corpus.formats.shape import OptionalText, Shape
from stages.corpus.forms import Found, Single

KEYS = (frozenset({"instruction", "context", "response"}),)
"""What a record must have to be of this format."""


class Row(Shape):
    """A row; `category`, one of eight, is left alone."""

    instruction: str
    context: OptionalText
    response: str


def read(record: dict[str, Any]) -> list[Found]:
    """The exchange of a row, with the context as its input; raise ValidationError."""
    row = Row.model_validate(record)
    return [Single(row.instruction, row.context, row.response)]


def write(found: Found) -> dict[str, Any]:
    """A row without its category; raise ValueError for anything but a single exchange."""
    if not isinstance(found, Single):
        raise ValueError("Dolly has single exchanges only")  # noqa: TRY004 - one error for all that a format can\'t hold
    return {"instruction": found.instruction, "context": found.input, "response": found.output}
