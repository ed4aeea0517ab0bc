"""Reading replies that are JSON: what structured output gives, also fenced, in another object, or broken off.

Objects that are whole are read where the reply as a whole can't be, each once, so that the time grows with the length.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from stages.domain import latex
from stages.domain.grammar import Grammar
from stages.domain.pieces import Heading, Parts, Piece, unread
from stages.shared.files import dump_json

MAX_DEPTH = 20
"""How deep subtasks and examples are looked for inside other values."""

_FENCE = re.compile(r"```[^\n`]*\n(.*?)(?:```|\Z)", re.DOTALL)
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.?+)*+(?:"|\Z)|[{}]', re.DOTALL)

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
    fenced = "\n".join(_FENCE.findall(reply))
    for text in filter(str.strip, (reply, fenced)):
        value = _value(text, how)
        if isinstance(value, dict | list) and (found := list(_pieces(value, how, 0))):
            return found
    opening = re.search(r"[{\[]", reply)
    return list(_broken(reply[opening.start() :], how)) if opening else []


def _value(text: str, how: Grammar) -> Any:
    """The value of a JSON text; None where it is none."""
    for attempt in (text, latex.escaped(text)) if how.worked else (text,):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _broken(text: str, how: Grammar) -> Iterator[Piece]:
    """The pieces of the objects that are whole in a text that is not, and what is left of the last one."""
    end, found = 0, False
    for start, stop in _objects(text):
        value = _value(text[start:stop], how)
        if isinstance(value, dict):
            for piece in _pieces(value, how, 0):
                found = True
                yield piece
        elif found or '"instruction"' in text[start:stop]:
            found = True
            yield unread("broken-json", text[start:stop])
        end = stop
    rest = text[end:].strip(" \n\t,]}")
    if rest and (found or '"instruction"' in rest or '"name"' in rest):
        yield unread("broken-json", rest)


def _objects(text: str) -> list[tuple[int, int]]:
    """Where the largest whole objects of a text begin and end."""
    opened: list[int] = []
    found: list[tuple[int, int]] = []
    for token in _TOKEN.finditer(text):
        if token[0] == "{":
            opened.append(token.start())
        elif token[0] == "}" and opened:
            start = opened.pop()
            while found and found[-1][0] > start:
                found.pop()
            found.append((start, token.end()))
    return found


def _pieces(value: Any, how: Grammar, depth: int) -> Iterator[Piece]:
    """What a value holds; keys around subtasks and examples may have any name."""
    if depth > MAX_DEPTH:
        yield unread("broken-json", "values nested too deep")
    elif isinstance(value, list):
        for entry in value:
            yield from _pieces(entry, how, depth + 1)
    elif isinstance(value, dict):
        parts = {"_".join(str(key).lower().split()): entry for key, entry in value.items()}
        if _has(parts, INSTRUCTIONS) or (_has(parts, OUTPUTS) and not _has(parts, EXAMPLES)):
            yield _example(parts, how)
            return
        examples = _part(parts, EXAMPLES)
        if isinstance(_part(parts, NAMES), str) or (_has(parts, REASONS) and examples is not None):
            yield Heading(" ".join(_text(_part(parts, NAMES)).split()), _text(_part(parts, REASONS)))
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
    try:
        told = dump_json(parts)
    except (ValueError, RecursionError):
        told = str(list(parts))
    return Parts(instruction, given, output, told)


def _has(parts: dict[str, Any], keys: tuple[str, ...]) -> bool:
    return any(key in parts for key in keys)


def _part(parts: dict[str, Any], keys: tuple[str, ...]) -> Any:
    return next((parts[key] for key in keys if key in parts), None)


def _text(value: Any) -> str:
    """A value as text: numbers are written out, a list of texts is its lines; "" for anything else."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list) and all(isinstance(entry, str | int | float) for entry in value):
        return "\n".join(str(entry) for entry in value)
    return ""
