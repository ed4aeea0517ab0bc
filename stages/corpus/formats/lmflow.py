"""LMFlow: a file {type, instances} (spec C1), or as many of its instances as stand in one record.

A text_only instance has nothing that is asked or answered. It is refused: what goes on with a text teaches a model no
instruction.
"""

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import Field

from stages.corpus.formats import messages
from stages.corpus.formats.alpaca import question
from stages.corpus.formats.shape import OptionalText, Shape
from stages.corpus.formats.sharegpt import opening
from stages.corpus.forms import Chat, Found, Preference, Single

KEYS = (frozenset({"type", "instances"}),)
"""What a record must have to be of this format."""


class File(Shape):
    """A file."""

    type: str
    instances: Annotated[list[dict[str, Any]], Field(min_length=1)]


class Pair(Shape):
    """An instance of text2text."""

    input: str
    output: str


class Conversation(Shape):
    """An instance of conversation; its messages are those of OpenAI's API."""

    messages: list[messages.Turn]
    system: OptionalText = ""
    tools: Any = None


def read(record: dict[str, Any]) -> list[Found]:
    """The instances of a record, in their order; raise ValidationError or ValueError."""
    file = File.model_validate(record)
    if file.type not in TYPES:
        raise ValueError(f"the type {file.type[:40]!r}, where {', '.join(TYPES)} are known")
    return [TYPES[file.type](instance) for instance in file.instances]


def write(found: Found) -> dict[str, Any]:
    """A file of one instance; raise ValueError for a preference."""
    if isinstance(found, Preference):
        raise ValueError("LMFlow has no preferences in these types")  # noqa: TRY004 - one error for all that a format can\'t hold
    if isinstance(found, Single):
        pair = {"input": question(found.instruction, found.input), "output": found.output}
        return {"type": "text2text", "instances": [pair]}
    return {"type": "conversation", "instances": [messages.write(found)]}


def _pair(instance: dict[str, Any]) -> Found:
    pair = Pair.model_validate(instance)
    return Single(pair.input, "", pair.output)


def _conversation(instance: dict[str, Any]) -> Found:
    whole = Conversation.model_validate(instance)
    return Chat((*opening(whole.system, whole.tools), *messages.turns(whole.messages)))


def _text(_: dict[str, Any]) -> Found:
    raise ValueError("text_only has no instruction and no answer")


TYPES: dict[str, Callable[[dict[str, Any]], Found]] = {
    "text2text": _pair,
    "conversation": _conversation,
    "text_only": _text,
}
"""What reads an instance, by the type of the file."""
