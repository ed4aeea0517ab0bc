"""P3 and Flan: a prompt with its target, as templates made them of a dataset's rows (spec A10, the baselines)."""

from typing import Any

from stages.corpus.formats.shape import Shape
from stages.corpus.forms import Found, Single

PRETOKENIZED = ("inputs_pretokenized", "targets_pretokenized")
"""Where P3 has its texts; its `inputs` and `targets` are the numbers of tokens."""

KEYS = (frozenset({"inputs", "targets"}), frozenset(PRETOKENIZED))
"""What a record must have to be of this format: all of one set."""


class Row(Shape):
    """A row."""

    inputs: str
    targets: str


def read(record: dict[str, Any]) -> list[Found]:
    """The exchange of a row; raise ValidationError."""
    if PRETOKENIZED[0] in record:
        record = dict(zip(("inputs", "targets"), map(record.get, PRETOKENIZED), strict=True))
    row = Row.model_validate(record)
    return [Single(row.inputs, "", row.targets)]


def write(found: Found) -> dict[str, Any]:
    """A row; raise ValueError for what has an input of its own or several turns."""
    if not isinstance(found, Single) or found.input:
        raise ValueError("a prompt and its target are single exchanges without input only")
    return {"inputs": found.instruction, "targets": found.output}
