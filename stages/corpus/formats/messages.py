"""Chat messages: `messages`, each with role and content, as OpenAI's API has them.

A single exchange with an input is a user message of two parts of text, so that nothing is lost on the way back.
"""

from collections.abc import Sequence
from typing import Any

from stages.corpus.formats.calls import calls, named
from stages.corpus.formats.shape import OptionalText, Shape
from stages.corpus.formats.sharegpt import is_tools, opening
from stages.corpus.forms import Chat, Found, Message, Role, Single
from stages.shared.files import dump_json

KEYS = (frozenset({"messages"}),)
"""What a record must have to be of this format."""

ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
    "function": "tool",
}
"""Who speaks, by the API's names, old ones among them."""


class Part(Shape):
    """A part of a content; only text is read."""

    type: str
    text: str | None = None


class Call(Shape):
    """What is looked at of a call here: by which id its answer names it."""

    id: OptionalText = ""


class Turn(Shape):
    """A message; content is null where there is nothing but calls."""

    role: str
    content: str | list[Part] | None = None
    name: OptionalText = ""
    tool_calls: list[dict[str, Any]] | None = None
    function_call: dict[str, Any] | None = None
    tool_call_id: OptionalText = ""


class Conversation(Shape):
    """A record. tools: as JSON text or a list."""

    messages: list[Turn]
    tools: Any = None


def read(record: dict[str, Any]) -> list[Found]:
    """The conversation of a record, or the single exchange with an input; raise ValidationError or ValueError.

    Answers of tools name what was called, and lose the ids by which they say so. Tools on offer become the first
    message, of the system, with the name `tools`.
    """
    whole = Conversation.model_validate(record)
    first = opening("", whole.tools)
    if not first and (single := _single(whole.messages)):
        return [single]
    return [Chat((*first, *turns(whole.messages)))]


def turns(listed: Sequence[Turn]) -> list[Message]:
    """Messages in the one form; raise ValueError for a role or a content that is unknown."""
    called: dict[str, str] = {}
    return [_message(turn, called) for turn in listed]


def _message(turn: Turn, called: dict[str, str]) -> Message:
    """A message in the one form; `called` holds the name of every call by its id, and is added to."""
    if turn.role not in ROLES:
        raise ValueError(f"a message of {turn.role[:40]!r}, where {', '.join(ROLES)} speak")
    made = turn.tool_calls or turn.function_call
    tool_calls = calls(made) if made else ""
    for call, one in zip(turn.tool_calls or [], named(tool_calls), strict=False):
        if id := Call.model_validate(call).id:
            called[id] = one["name"]
    name = turn.name or called.get(turn.tool_call_id, "")
    return Message(ROLES[turn.role], content(turn), name, tool_calls)


def _single(listed: Sequence[Turn]) -> Single | None:
    """The exchange whose first message has two parts, an instruction and its input."""
    if [turn.role for turn in listed] != ["user", "assistant"]:
        return None
    asked, answer = listed
    if not isinstance(asked.content, list) or len(asked.content) != 2 or answer.tool_calls or answer.function_call:
        return None
    return Single(text(asked.content[0]), text(asked.content[1]), content(answer))


def content(turn: Turn) -> str:
    """The text of a message, its parts with a blank line between them."""
    if isinstance(turn.content, list):
        return "\n\n".join(text(part) for part in turn.content)
    return turn.content or ""


def text(part: Part) -> str:
    """The text of a part; raise ValueError for a picture, a sound or another thing that is no text."""
    if part.type not in ("text", "input_text", "output_text") or part.text is None:
        raise ValueError(f"a part of the type {part.type[:40]!r}, where only text is read")
    return part.text


def write(found: Found) -> dict[str, Any]:
    """A record; raise ValueError for a preference."""
    if isinstance(found, Single):
        parts = [{"type": "text", "text": one} for one in (found.instruction, found.input)]
        asked = parts if found.input else found.instruction
        answer = {"role": "assistant", "content": found.output}
        return {"messages": [{"role": "user", "content": asked}, answer]}
    if not isinstance(found, Chat):
        raise ValueError("a preference is no conversation")  # noqa: TRY004 - one error for all that a format can\'t hold
    listed = list(found.messages)
    offered = listed.pop(0).content if listed and is_tools(listed[0]) else ""
    record: dict[str, Any] = {"messages": [written(turn) for turn in listed]}
    return {**record, "tools": offered} if offered else record


def written(message: Message) -> dict[str, Any]:
    """A message as the API has it."""
    turn: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.name:
        turn["name"] = message.name
    if message.tool_calls:
        turn["tool_calls"] = [{"type": "function", "function": _function(one)} for one in named(message.tool_calls)]
    return turn


def _function(call: dict[str, Any]) -> dict[str, str]:
    arguments = call["arguments"]
    return {"name": call["name"], "arguments": arguments if isinstance(arguments, str) else dump_json(arguments)}
