"""Whether a piece of a file is a record: a JSON object in UTF-8, which later steps can read."""

import json
from dataclasses import dataclass
from typing import Any, Never

REASONS = {
    "blank-line": "the line, or the place between two commas, holds nothing",
    "too-long": "the record is longer than `collect.longest_record`",
    "not-utf-8": "the record is not text in UTF-8",
    "not-json": "the record is not JSON, or nested too deep",
    "not-an-object": "the record is JSON, but no object",
    "not-a-row": "the row is no row of its table",
    "bytes": "the row holds bytes, which are no text",
}
"""Why a piece of a file is no record."""

DEEPEST = 500
"""Levels of lists and objects in a record. Python's readers give up near 1,000, sooner the deeper they are called."""


@dataclass(frozen=True, slots=True)
class Text:
    """A record as its file holds it.

    place: its number in the file, counted from 1 (a line, an element of an array, a row of a table). text: the JSON
    object, untouched where the file is JSON. It may hold escapes of half characters.
    """

    place: str
    text: str


@dataclass(frozen=True, slots=True)
class Refused:
    """What is no record, its number as in Text, the reason word (one of REASONS), and what was found."""

    place: str
    reason: str
    detail: str = ""


def judge(place: str, raw: bytes | None) -> Text | Refused:
    """The record in a piece of a file; None stands for a piece that was too long to hold."""
    found = parse(place, raw)
    if isinstance(found, Refused):
        return found
    text, value = found
    return Text(place, text) if isinstance(value, dict) else Refused(place, "not-an-object", type(value).__name__)


def parse(place: str, raw: bytes | None) -> tuple[str, Any] | Refused:
    """The text of a piece of a file, without blanks around it, and the JSON value that it is."""
    if raw is None:
        return Refused(place, "too-long")
    try:
        text = raw.decode("utf-8-sig").strip()
        if not text:
            return Refused(place, "blank-line")
        value = _DECODER.decode(text)
    except UnicodeDecodeError as error:
        return Refused(place, "not-utf-8", str(error))
    except (ValueError, RecursionError) as error:
        return Refused(place, "not-json", str(error))
    if text.count("[") + text.count("{") > DEEPEST and _levels(value) > DEEPEST:
        return Refused(place, "not-json", f"nested more than {DEEPEST} deep")
    return text, value


def _no_constant(name: str) -> Never:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_no_constant)


def _levels(value: Any) -> int:
    """How deep lists and objects are nested, counted level by level."""
    levels = 0
    level = [value]
    while level := [one for one in level if isinstance(one, dict | list)]:
        levels += 1
        level = [part for one in level for part in (one.values() if isinstance(one, dict) else one)]
    return levels
