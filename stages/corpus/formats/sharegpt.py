"""ShareGPT: `conversations`, each turn with from and value (spec C1), or with role and content.

The turns function_call and observation, and the key `tools`, are those of LLaMA-Factory's dialogues with tools.
"""

import json
from collections.abc import Sequence
from typing import Any

from pydantic import AliasChoices, Field

from stages.corpus.formats.calls import TOOLS, calls, named, tools
from stages.corpus.formats.shape import OptionalText, Shape
from stages.corpus.forms import Chat, Found, Message, Role, Single
from stages.shared.files import dump_json

KEYS = (frozenset({"conversations"}),)
"""What a record must have to be of this format."""

CALL = "function_call"
"""The speaker of a turn that is a call and no text."""

ROLES: dict[str, Role] = {
    **dict.fromkeys(("human", "user"), "user"),
    **dict.fromkeys(("gpt", "chatgpt", "assistant", "bing", "bard", "bot", "model", CALL), "assistant"),
    "system": "system",
    **dict.fromkeys(("tool", "observation", "function", "function_response"), "tool"),
}
"""Who speaks a turn, by the names that files have for it."""

SPEAKERS: dict[Role, str] = {"user": "human", "assistant": "gpt", "system": "system", "tool": "observation"}
"""The names that are written."""


class Turn(Shape):
    """A turn. value: its text, perhaps in HTML."""

    speaker: str = Field(validation_alias=AliasChoices("from", "role"))
    value: str = Field(validation_alias=AliasChoices("value", "content"))


class Conversation(Shape):
    """A record; its id is read by collect. tools: as JSON text or a list."""

    conversations: list[Turn]
    system: OptionalText = ""
    tools: Any = None


def read(record: dict[str, Any]) -> list[Found]:
    """The conversation of a record; raise ValidationError, or ValueError for a speaker or a call that is unknown.

    The tools that it offers become its first message, of the system, with the name `tools`.
    """
    whole = Conversation.model_validate(record)
    return [Chat((*opening(whole.system, whole.tools), *messages(whole.conversations)))]


def opening(system: str, offered: object) -> list[Message]:
    """The messages before the first turn: the tools on offer, and the text of the system."""
    listed = tools(offered)
    return [
        *([Message("system", listed, name=TOOLS)] if listed else []),
        *([Message("system", system)] if system else []),
    ]


def messages(turns: Sequence[Turn]) -> list[Message]:
    """The turns in one form; the answer to a single call gets the name of what was called."""
    found: list[Message] = []
    for turn in turns:
        if turn.speaker not in ROLES:
            raise ValueError(f"a turn of {turn.speaker[:40]!r}, where {', '.join(ROLES)} speak")
        role = ROLES[turn.speaker]
        if turn.speaker == CALL:
            found.append(Message(role, "", tool_calls=calls(turn.value)))
        else:
            before = named(found[-1].tool_calls) if role == "tool" and found else []
            found.append(Message(role, turn.value, name=before[0]["name"] if len(before) == 1 else ""))
    return found


def write(found: Found) -> dict[str, Any]:
    """A record; a single exchange becomes two turns. Raises ValueError for a preference."""
    if isinstance(found, Single):
        asked = f"{found.instruction}\n\n{found.input}" if found.input else found.instruction
        found = Chat((Message("user", asked), Message("assistant", found.output)))
    if not isinstance(found, Chat):
        raise ValueError("a preference is no conversation")  # noqa: TRY004 - one error for all that a format can\'t hold
    turns = list(found.messages)
    offered = turns.pop(0).content if turns and is_tools(turns[0]) else ""
    record: dict[str, Any] = {"conversations": [turn for message in turns for turn in _turns(message)]}
    return {**record, "tools": offered} if offered else record


def is_tools(message: Message) -> bool:
    """Whether a message holds the tools that a conversation offers."""
    return message.role == "system" and message.name == TOOLS


def _turns(message: Message) -> list[dict[str, str]]:
    text = {"from": SPEAKERS[message.role], "value": message.content}
    if not message.tool_calls:
        return [text]
    made = json.loads(message.tool_calls)
    call = {"from": CALL, "value": dump_json(made[0] if len(made) == 1 else made)}
    return [text, call] if message.content else [call]
