"""Reading the tasks out of a model's reply, however it is written.

Models answer with JSON or with Python dictionaries, inside a fence or between sentences, with keys of their own, as a
list or inside another object, and sometimes cut off. A reply is only ever read, never run.
"""

import ast
import json
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import json_repair

from stages.hub.rules import words
from stages.shared.text import whole

MAX_CHARS = 20_000
"""Longer replies are cut before they are read: no list of tasks is that long, and repair takes its square in time."""

MAX_DEPTH = 20
"""How deep tasks are looked for inside other values."""

_FENCE = re.compile(r"```[^\n`]*\n(.*?)(?:```|\Z)", re.DOTALL)
_OPENING = re.compile(r"[{\[]")

INSTRUCTION_KEYS = {"instruction", "instructions", "task_instruction", "prompt"}
INPUT_KEYS = {"input_fields", "input_field", "inputs", "input"}
OUTPUT_KEYS = {"output_field", "output_fields", "outputs", "output"}
"""What models call the three parts of a task, as words: `Input Fields` and `inputFields` are the same."""


@dataclass(frozen=True)
class Proposal:
    """A task as a reply has it, before any rule has looked at it; a part that is missing is empty."""

    instruction: str
    input_fields: tuple[str, ...]
    output_field: tuple[str, ...]


def parse(reply: str) -> list[Proposal]:
    """The tasks in a reply, in its order; [] where nothing in it can be read as a task. Never raises."""
    text = reply[:MAX_CHARS]
    fenced = "\n".join(_FENCE.findall(text))
    for candidate in filter(str.strip, (fenced, text)):
        found = list(_proposals(_json(candidate), 0)) or list(_proposals(_python(candidate), 0))
        if not found:
            pieces, repaired = (list(_proposals(read(candidate), 0)) for read in (_objects, _repaired))
            found = repaired if len(repaired) > len(pieces) else pieces
        if found:
            return found
    return []


def says_none(reply: str) -> bool:
    """Whether a reply is JSON that says, in one of the usual ways, that there is no sensible task."""
    found = _json(reply)
    return found in ({}, []) or (isinstance(found, dict) and all(entry == [] for entry in found.values()))


def complaint(reply: str) -> str:
    """What keeps a reply from being used, as a sentence for whoever wrote it; "" where a task, or none, can be read."""
    found = parse(reply)
    if any(task.instruction and task.input_fields and task.output_field for task in found) or says_none(reply):
        return ""
    if found:
        one = found[0]
        parts = (
            ("instruction", one.instruction),
            ("input_fields", one.input_fields),
            ("output_field", one.output_field),
        )
        return f"its first task has no {' and no '.join(name for name, part in parts if not part)}."
    try:
        json.loads(reply, strict=False)
    except (ValueError, RecursionError) as error:
        return f"it is not JSON ({error})."
    return "it holds no object with instruction, input_fields and output_field."


def _json(text: str) -> Any:
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def _python(text: str) -> Any:
    """The value of a Python literal; nothing is evaluated beyond literals."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            warnings.simplefilter("ignore", DeprecationWarning)
            return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None


def _objects(text: str) -> list[Any]:
    """The JSON objects and lists that stand one after another in a text."""
    decoder = json.JSONDecoder(strict=False)
    found = []
    start = 0
    while (match := _OPENING.search(text, start)) is not None:
        try:
            value, start = decoder.raw_decode(text, match.start())
            found.append(value)
        except (ValueError, RecursionError):
            start = match.start() + 1
    return found


def _repaired(text: str) -> Any:
    """The last resort: what is left when missing quotes, commas and brackets are filled in."""
    opening = _OPENING.search(text)
    if opening is None:
        return None
    try:
        return json_repair.loads(text[opening.start() :])
    except (ValueError, TypeError, IndexError, KeyError, AttributeError, RecursionError):
        return None


def _proposals(value: Any, depth: int) -> Iterator[Proposal]:
    """Every task inside a value; keys around tasks may have any name, other things beside them are passed over."""
    if depth > MAX_DEPTH:
        return
    if isinstance(value, dict):
        parts = {"_".join(words.split(str(key))): entry for key, entry in value.items()}
        instruction = _part(parts, INSTRUCTION_KEYS)
        inputs, outputs = _part(parts, INPUT_KEYS), _part(parts, OUTPUT_KEYS)
        if _is_task(instruction, inputs, outputs, parts):
            text = instruction.strip() if isinstance(instruction, str) else ""
            yield Proposal(whole(text), _names(inputs), _names(outputs))
            return
        for entry in value.values():
            yield from _proposals(entry, depth + 1)
    elif isinstance(value, list | tuple):
        for entry in value:
            yield from _proposals(entry, depth + 1)


def _is_task(instruction: Any, inputs: Any, outputs: Any, parts: dict[str, Any]) -> bool:
    """Whether an object is a task, perhaps an incomplete one, and no wrapping around tasks."""
    if isinstance(instruction, str):
        return inputs is not None or outputs is not None or not any(isinstance(x, dict | list) for x in parts.values())
    return isinstance(inputs, str | list | tuple) and isinstance(outputs, str | list | tuple)


def _part(parts: dict[str, Any], keys: set[str]) -> Any:
    return next((entry for key, entry in parts.items() if key in keys), None)


def _names(value: Any) -> tuple[str, ...]:
    """Field names from a list, from one text (several where commas part it), or from an object's keys."""
    if isinstance(value, str):
        return tuple(whole(name) for part in value.split(",") if (name := part.strip()))
    if isinstance(value, dict):
        value = list(value)
    if isinstance(value, list | tuple | set):
        return tuple(whole(str(name)) for name in value if isinstance(name, str | int | float))
    return ()
