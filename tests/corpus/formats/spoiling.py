"""Records spoiled in one place each, and what a sound reading of one is, for the tests of every format."""

import copy
import json
import math
from collections.abc import Callable, Iterator
from typing import Any, get_args

from stages.corpus.forms import Chat, Found, Message, Preference, Role, Single

Read = Callable[[dict[str, Any]], list[Found]]

WRONG: dict[str, Any] = {
    "null": None,
    "number": 3,
    "fraction": 0.5,
    "truth": True,
    "list": ["x"],
    "lists": [["x"]],
    "object": {"x": 1},
    "nan": math.nan,
    "infinity": math.inf,
    "half": "\ud800",
    "deep half": ["\ud800"],
}
"""What is put where something else is expected; `half` is half of a surrogate pair, which UTF-8 has no bytes for."""

SPOKEN = {"nan", "inf", "infinity", "none", "null", "true"}
"""What a value turned into text without thought would say."""


def accepted(read: Read, record: dict[str, Any]) -> set[str]:
    """Which spoiled records are read nevertheless, as `path: what`; all others must be refused with a ValueError.

    A ValidationError is one. What is read must be sound, and say nothing that only Python would call it.
    """
    check(read(record))
    found = set()
    for name, spoiled in _spoiled(record):
        try:
            made = read(spoiled)
        except ValueError:
            continue
        check(made)
        assert not {text.lower() for one in made for text in texts(one)} & SPOKEN, name
        found.add(name)
    return found


def check(found: list[Found]) -> None:
    """Fail unless all that was read is of the forms, can be written down, and holds calls as they should be."""
    for one in found:
        for text in texts(one):
            assert isinstance(text, str)
            text.encode("utf-8")
        for message in messages(one):
            assert message.role in get_args(Role)
            calls = json.loads(message.tool_calls, parse_constant=_fail) if message.tool_calls else [{"name": ""}]
            assert calls
            assert all(isinstance(call["name"], str) for call in calls)


def messages(found: Found) -> tuple[Message, ...]:
    """The turns of a conversation or a prompt."""
    if isinstance(found, Single):
        return ()
    return found.messages if isinstance(found, Chat) else found.prompt


def texts(found: Found) -> list[str]:
    """All texts in what was read, calls among them."""
    whole = [found.instruction, found.input, found.output] if isinstance(found, Single) else []
    answers = [found.chosen, found.rejected] if isinstance(found, Preference) else []
    turns = messages(found)
    return [*whole, *answers, *(text for one in turns for text in (one.content, one.name, one.tool_calls))]


def _fail(name: str) -> None:
    raise AssertionError(f"{name} in what was read")


def _spoiled(record: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The record with each of its parts left out, and set to each of WRONG; with the name of the case."""
    for path in _paths(record):
        name = ".".join(map(str, path))
        *before, last = path
        for what, value in WRONG.items():
            copied = copy.deepcopy(record)
            _at(copied, before)[last] = value
            yield f"{name}: {what}", copied
        copied = copy.deepcopy(record)
        del _at(copied, before)[last]
        yield f"{name}: left out", copied


def _paths(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield (*before, key)
        yield from _paths(part, (*before, key))


def _at(value: Any, path: list[Any]) -> Any:
    for key in path:
        value = value[key]
    return value
