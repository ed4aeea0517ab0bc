"""Reading replies that are JSON: what structured output gives, also fenced, in another object, or broken off.

Objects that are whole are read where the reply as a whole can't be, each once, so that the time grows with the length.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from stages.domain import latex
from stages.domain.grammar import Grammar
from stages.domain.pieces import Heading, Parts, Piece, Unread, unread
from stages.shared.text import whole

MAX_DEPTH = 20
"""How deep subtasks and examples are looked for inside other values."""

_OPENING = re.compile(r"[{\[]")
_FENCE = re.compile(r"```[^\n`]*\n(.*?)(?:```|\Z)", re.DOTALL)
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.?+)*+(?:"|\Z)|[{}]', re.DOTALL)

_NAMED = re.compile(r'"(name|reason)"\s*+:\s*+("(?:[^"\\]++|\\["\\/bfnrt])*+")')
_KEY = re.compile(r'```\w*+|"\w++"\s*+:')

_CODE = re.compile(r'[{}\[\]]|"\s*+[:,]|[:,]\s*+"')


@dataclass(frozen=True)
class _Object:
    """Where an object begins and ends in a text, and the objects right inside it."""

    start: int
    stop: int
    inner: tuple["_Object", ...]


NAMES = ("name", "subtask", "new_subtask", "subtask_name", "task", "title")
REASONS = ("reason", "reasoning", "rationale")
EXAMPLES = ("examples", "example", "instances")
INSTRUCTIONS = ("instruction", "instructions")
INPUTS = ("input", "inputs")
OUTPUTS = ("output", "outputs")
EXPLANATIONS = ("explanation",)
ANSWERS = ("answer",)
"""What models call the parts, in lower case and with `_` for blanks."""


def pieces(reply: str, how: Grammar) -> list[Piece]:
    """The pieces of a JSON reply, in its order; [] where it is none or says nothing of subtasks or examples."""
    for text, around in ((reply, ""), ("\n".join(_FENCE.findall(reply)), _FENCE.sub("", reply).strip())):
        value = _value(text)
        if isinstance(value, dict | list) and (found := list(_pieces(value, how, 0))):
            return [unread("stray-text", around), *found] if around else found
    return _broken(reply, how)


def _value(text: str) -> Any:
    """The value of a JSON text; None where it is none."""
    for attempt in (text, latex.escaped(text)):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _broken(text: str, how: Grammar) -> list[Piece]:
    """The pieces of the objects that are whole in a text that is not, with what stands between them."""
    found = list(_inside(text, _Object(0, len(text), _objects(text)), how, 0))
    is_json = any(not isinstance(piece, Unread) for piece in found) or '"instruction"' in text
    return found if is_json else []


def _inside(text: str, outer: _Object, how: Grammar, depth: int) -> Iterator[Piece]:
    """The pieces of the objects in one that can't be read as a whole, and of what stands around them."""
    end = outer.start
    for one in outer.inner:
        yield from _between(text[end : one.start])
        value = _value(text[one.start : one.stop])
        if isinstance(value, dict):
            own = list(_pieces(value, how, 0))
            yield from own or [unread("broken-json", text[one.start : one.stop])]
        elif one.inner and depth < MAX_DEPTH:
            yield from _inside(text, one, how, depth + 1)
        else:
            yield unread("broken-json", text[one.start : one.stop])
        end = one.stop
    yield from _between(text[end : outer.stop])


def _between(text: str) -> list[Piece]:
    """What a text between objects holds: the beginning of a subtask that never ends, or what can't be read."""
    named = list(_NAMED.finditer(text))
    if named:
        name = max(number for number, part in enumerate(named) if part[1] == "name" or number == 0)
        parts = {part[1]: json.loads(part[2], strict=False) for part in named[name:]}
        if "name" in parts:
            return [Heading(_text(parts["name"]), _text(parts.get("reason")))]
    left = _KEY.sub("", text).strip(" \r\n\t,[]{}`")
    return [unread("broken-json" if _CODE.search(text) else "stray-text", text.strip(" \r\n\t,"))] if left else []


def _objects(text: str) -> tuple[_Object, ...]:
    """The objects of a text that end, the largest ones, with those inside them."""
    opening = _OPENING.search(text)  # quotes in the words before it mean nothing
    opened: list[int] = []
    found: list[_Object] = []
    for token in _TOKEN.finditer(text, opening.start() if opening else len(text)):
        if token[0] == "{":
            opened.append(token.start())
        elif token[0] == "}" and opened:
            start = opened.pop()
            first = len(found)
            while first and found[first - 1].start > start:
                first -= 1
            found[first:] = [_Object(start, token.end(), tuple(found[first:]))]
    return tuple(found)


def _pieces(value: Any, how: Grammar, depth: int) -> Iterator[Piece]:
    """What a value holds; keys around subtasks and examples may have any name."""
    if depth > MAX_DEPTH:
        yield unread("broken-json", "values nested too deep")
    elif isinstance(value, list):
        for entry in value:
            if isinstance(entry, str) and entry.strip():
                yield unread("stray-text", entry)
            yield from _pieces(entry, how, depth + 1)
    elif isinstance(value, dict):
        parts = {"_".join(str(key).lower().split()): entry for key, entry in value.items()}
        if _has(parts, INSTRUCTIONS) or (_has(parts, OUTPUTS) and not _has(parts, EXAMPLES)):
            yield _example(parts, how)
            return
        examples = _part(parts, EXAMPLES)
        if isinstance(_part(parts, NAMES), str) or (_has(parts, REASONS) and examples is not None):
            yield Heading(_text(_part(parts, NAMES)), _text(_part(parts, REASONS)))
            if isinstance(examples, list | dict):
                yield from _pieces(examples, how, depth + 1)
            return
        for entry in value.values():
            yield from _pieces(entry, how, depth + 1)


def _example(parts: dict[str, Any], how: Grammar) -> Parts:
    output = _part(parts, OUTPUTS)
    worked = output if isinstance(output, dict) else parts
    if how.worked and not isinstance(output, str) and _has(worked, ANSWERS):
        worked = {str(key).lower(): entry for key, entry in worked.items()}
        texts = (_text(_part(worked, EXPLANATIONS)), _text(_part(worked, ANSWERS)))
        labels = (how.label("explanation"), how.label("answer"))
        output = "\n".join(f"{label} {text}" for label, text in zip(labels, texts, strict=True) if text)
    found = (_text(_part(parts, INSTRUCTIONS)), _text(_part(parts, INPUTS)), _text(output))
    instruction, given, output = (latex.restored(text).strip() if how.worked else text.strip() for text in found)
    return Parts(instruction, given, output, "\n".join(filter(None, (instruction, given, output))))


def _has(parts: dict[str, Any], keys: tuple[str, ...]) -> bool:
    return any(key in parts for key in keys)


def _part(parts: dict[str, Any], keys: tuple[str, ...]) -> Any:
    return next((parts[key] for key in keys if key in parts), None)


def _text(value: Any) -> str:
    """A value as text: numbers are written out, a list of texts is its lines; "" for anything else."""
    if isinstance(value, str):
        return str(whole(value)).strip()
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list) and all(isinstance(entry, str | int | float) for entry in value):
        return str(whole("\n".join(str(entry) for entry in value)))
    return ""
