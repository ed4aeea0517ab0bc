"""A model's own chat template as a prompt format: whatever its tokenizer writes, answer by answer."""

import json
from collections.abc import Sequence
from functools import partial
from typing import Any

from jinja2 import TemplateError

from stages.model.conversation import (
    ASSISTANT,
    SYSTEM,
    TOOLS,
    Asked,
    Segment,
    Turn,
    UnfitError,
    answer,
    conversation,
    given,
    until_last_answer,
)

DATE = {"%d": "26", "%b": "Jul", "%B": "July", "%m": "07", "%Y": "2024"}
"""The day that a chat template is told where it asks for today: texts must not follow the clock. It is the one that
Llama 3.2's template falls back to."""


def chat(tokenizer: Any, asked: Asked) -> list[Segment]:
    """The model's own chat template, turn by turn, so that each answer stands behind what its question would give.

    Some templates write earlier answers in another way than the last one (without its thoughts, say). What they then
    write no longer begins with what the model met earlier, so only the answers since then count.

    Raises UnfitError where the template refuses the conversation, or says nothing of a tool or a call in it.
    """
    turns = conversation(asked)
    tools, messages = _offered(turns), [_message(turn) for turn in turns if not _offers_tools(turn)]
    render = partial(_rendered, tokenizer, tools)
    found: list[Segment] = []
    written = ""
    for place, message in enumerate(messages):
        if message["role"] != ASSISTANT:
            continue
        before, after = render(messages[:place], asks=True), render(messages[: place + 1], asks=False)
        if not before.startswith(written):
            found, written = [], ""
        if not after.startswith(before):
            raise UnfitError(
                "a chat template that goes on from its own question", "one that does not", "the format chat"
            )
        said = after[len(before) :]
        _refuse_silence(tools or [], after)
        _refuse_silence(message.get("tool_calls", []), said)
        # The blanks after the end mark are written by the template, not by the model.
        ended = said.rstrip()
        found += [
            given(before[len(written) :], control=True),
            answer(ended, control=True),
            given(said[len(ended) :], control=True),
        ]
        written = after
    return until_last_answer(found)


def _offers_tools(turn: Turn) -> bool:
    return turn.role == SYSTEM and turn.name == TOOLS


def _offered(turns: Sequence[Turn]) -> list[dict[str, Any]] | None:
    """The tools of a conversation, each as the API has it."""
    found = [one for turn in turns if _offers_tools(turn) for one in _parsed(turn.content)]
    return [
        one if isinstance(one.get("function"), dict) else {"type": "function", "function": one} for one in found
    ] or None


def _message(turn: Turn) -> dict[str, Any]:
    message: dict[str, Any] = {"role": turn.role, "content": turn.content}
    if turn.name:
        message["name"] = turn.name
    if turn.tool_calls:
        message["tool_calls"] = [{"type": "function", "function": call} for call in _parsed(turn.tool_calls)]
    return message


def _refuse_silence(named: Sequence[dict[str, Any]], text: str) -> None:
    for one in named:
        name = str(one["function"].get("name", ""))
        if name not in text:
            raise UnfitError(
                "a chat template that writes tools and their calls", f"no word of {name!r}", "the format chat"
            )


def _parsed(text: str) -> list[dict[str, Any]]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise UnfitError("tools and calls as JSON", str(error), "the messages of an instance") from error
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise UnfitError("a list of tools or calls", text[:80], "the messages of an instance")
    return found


def _rendered(tokenizer: Any, tools: list[dict[str, Any]] | None, messages: list[dict[str, Any]], asks: bool) -> str:
    """What the template writes; with `asks`, up to where the model goes on."""
    try:
        template = tokenizer.get_chat_template(tools=tools)
        if "strftime_now" in template:
            replaced = "".join(f'|replace("{sign}","{value}")' for sign, value in DATE.items())
            template = f"{{%- macro strftime_now(format) -%}}{{{{ format{replaced} }}}}{{%- endmacro %}}{template}"
        found: str = tokenizer.apply_chat_template(
            messages, tools=tools, chat_template=template, add_generation_prompt=asks, tokenize=False
        )
    except (TemplateError, TypeError, ValueError) as error:
        raise UnfitError("a conversation that the chat template takes", str(error), "the format chat") from error
    return found
