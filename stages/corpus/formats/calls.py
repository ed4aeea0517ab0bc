"""The calls that an assistant makes, in one form for all formats: `[{"name": ..., "arguments": ...}, ...]` as JSON."""

import json
from typing import Any

from stages.shared.files import dump_json

TOOLS = "tools"
"""The name of the system message that holds the tools which a conversation offers."""

DEEPEST = 100
"""Levels of lists and objects in calls and tools: Python's readers give up near 1,000, and text in text starts anew."""


def calls(found: object) -> str:
    """The one form of a call or a list of calls, as objects or as JSON text; raise ValueError for other shapes.

    A call is {name, arguments}, or {function: {name, arguments}} as in OpenAI's API; arguments that are JSON text of an
    object become that object.
    """
    value = _parsed(found, "a call") if isinstance(found, str) else found
    _check_levels(value, "a call", DEEPEST)
    listed = value if isinstance(value, list) else [value]
    if not listed:
        raise ValueError("no call where one is announced")
    return _written([_call(one) for one in listed], "a call")


def named(tool_calls: str) -> list[dict[str, Any]]:
    """The calls that `tool_calls` of a message holds; none for ""."""
    found: list[dict[str, Any]] = json.loads(tool_calls) if tool_calls else []
    return found


def tools(found: object) -> str:
    """The tools that a conversation offers, as JSON text; "" for none; raise ValueError for what is no list in JSON."""
    if found is None or found == "":
        return ""
    value = _parsed(found, "the list of tools") if isinstance(found, str) else found
    if not isinstance(value, list):
        raise ValueError(f"tools: {type(value).__name__} where a list is expected")  # noqa: TRY004 - a fault of the data
    if not value:
        return ""
    text = _written(value, "the list of tools")
    return found if isinstance(found, str) else text


def _written(value: object, what: str) -> str:
    """JSON text that every later step can read and write; raise ValueError where there is none."""
    _check_levels(value, what, DEEPEST)
    text = dump_json(value)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError(f"{what} holds half of a surrogate pair, which can't be written as UTF-8") from error
    return text


def _check_levels(value: object, what: str, left: int) -> None:
    if not isinstance(value, list | dict):
        return
    if not left:
        raise ValueError(f"{what} is nested more than {DEEPEST} deep")
    for part in value.values() if isinstance(value, dict) else value:
        _check_levels(part, what, left - 1)


def _call(call: object) -> dict[str, Any]:
    inner = call.get("function", call) if isinstance(call, dict) else call
    if not isinstance(inner, dict) or not isinstance(inner.get("name"), str):
        raise ValueError(f"a call without a name ({str(call)[:80]!r})")  # noqa: TRY004 - a fault of the data
    return {"name": inner["name"], "arguments": _arguments(inner.get("arguments", {}))}


def _arguments(found: object) -> object:
    if not isinstance(found, str):
        return found
    try:
        value = json.loads(found, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return found
    return value if isinstance(value, dict) else found


def _parsed(text: str, what: str) -> object:
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{what} is no JSON ({error})") from error


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")
