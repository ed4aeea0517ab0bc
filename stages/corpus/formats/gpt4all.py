"""GPT4All: prompt, response, and the source that the prompt came from (spec C1)."""

from typing import Any

from stages.corpus.formats.shape import Shape
from stages.corpus.forms import Found, Single

KEYS = (frozenset({"prompt", "response"}),)
"""What a record must have to be of this format."""


class Row(Shape):
    """A row; a description says with `per_record` that `source` counts."""

    prompt: str
    response: str


def read(record: dict[str, Any]) -> list[Found]:
    """The exchange of a row; raise ValidationError."""
    row = Row.model_validate(record)
    return [Single(row.prompt, "", row.response)]


def write(found: Found) -> dict[str, Any]:
    """A row without its source; raise ValueError for what has an input of its own or several turns."""
    if not isinstance(found, Single) or found.input:
        raise ValueError("GPT4All has single exchanges without input only")
    return {"prompt": found.instruction, "response": found.output}
