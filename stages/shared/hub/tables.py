"""Rows of JSON Lines and CSV files, read as streams; a line that is no row is refused with its file and number."""

import csv
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from stages.shared.hub.seam import UnreadableError

LONGEST = 1 << 26
"""Bytes of a line of JSON and characters of a value of CSV; a longer one is refused, since it is held in memory."""

DELIMITERS = ",;\t|"

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]+)?([eE][+-]?[0-9]{1,2})?")
_TRUTH = {"true": True, "false": False}
_TESTS: dict[str, Callable[[str], object]] = {
    "int64": _INTEGER.fullmatch,
    "float64": _NUMBER.fullmatch,
    "bool": lambda text: text.casefold() in _TRUTH,
}
_READERS: dict[str, Callable[[str], Any]] = {
    "int64": lambda text: int(text) if text else None,
    "float64": lambda text: float(text) if text else None,
    "bool": lambda text: _TRUTH[text.casefold()] if text else None,
    "string": str,
}


def json_lines(path: Path) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """The number (from 1), the place in bytes, and the object of each line; empty lines are none.

    Raises UnreadableError (line-unreadable) for a line that is no JSON object in UTF-8.
    """
    with path.open("rb") as file:
        number = place = 0
        while line := file.readline(LONGEST + 1):
            number += 1
            text = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
            if text.strip():
                yield number, place, json_object(text, f"{path}, line {number}")
            place += len(line)


def json_object(line: bytes, where: str) -> dict[str, Any]:
    """The object on one line; raises as `json_lines` does."""
    if len(line) > LONGEST:
        raise UnreadableError("line-unreadable", f"longer than {LONGEST} bytes", where)
    try:
        value = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise UnreadableError("line-unreadable", str(error)[:200], where) from error
    if not isinstance(value, dict):
        raise UnreadableError("line-unreadable", f"{type(value).__name__}, not an object", where)
    return value


def json_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSON Lines file; raises as `json_lines` does."""
    for _, _, row in json_lines(path):
        yield row


def csv_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a CSV file whose first line names the columns, typed by all the values of each.

    Whole numbers, numbers and truth values where every value that is not empty is one, then an empty value is null;
    texts otherwise, as they stand. The delimiter is the one that the first line holds most of. Raises UnreadableError
    (line-unreadable) for a row that is longer or shorter than the first line, bad quotes, and text that is not UTF-8.
    """
    readers = [_READERS[word] for word in _typed(path)]
    lines = _csv_lines(path)
    names = next(lines, [])
    for row in lines:
        yield {name: reader(value) for name, reader, value in zip(names, readers, row, strict=True)}


def _csv_lines(path: Path) -> Iterator[list[str]]:
    """The first line, then every row of its length."""
    csv.field_size_limit(LONGEST)
    number = 0
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline(LONGEST)
            mark = "\t" if path.suffix.casefold() == ".tsv" else delimiter(first)
            file.seek(0)
            reader = csv.reader(file, delimiter=mark, strict=True)
            names: list[str] = []
            for row in reader:
                number = reader.line_num
                if not names and row:
                    names = header(row, f"{path}, line {number}")
                elif row and len(row) != len(names):
                    detail = f"{len(row)} values, the first line names {len(names)} columns"
                    raise UnreadableError("line-unreadable", detail, f"{path}, line {number}")
                if row:
                    yield row
    except (csv.Error, UnicodeDecodeError) as error:
        raise UnreadableError("line-unreadable", str(error), f"{path}, after line {number}") from error


def header(row: list[str], where: str) -> list[str]:
    """The names of the columns, from the first line; raise UnreadableError for an empty one, or two that are equal."""
    wrong = next((name for at, name in enumerate(row) if not name.strip() or name in row[:at]), None)
    if wrong is not None:
        raise UnreadableError("line-unreadable", f"column name {wrong!r} is empty or there twice", where)
    return row


def delimiter(line: str) -> str:
    """The delimiter that the first line of a table holds most of, outside quotes."""
    bare = re.sub(r'"[^"]*"', "", line)
    return max(DELIMITERS, key=bare.count)


def _typed(path: Path) -> list[str]:
    """The type of each column: int64, float64, bool or string."""
    lines = _csv_lines(path)
    possible = [list(_TESTS) for _ in next(lines, [])]
    said = [False] * len(possible)
    for row in lines:
        for at, value in enumerate(row):
            if value:
                said[at] = True
                possible[at] = [word for word in possible[at] if _TESTS[word](value)]
    return [words[0] if words and any_value else "string" for words, any_value in zip(possible, said, strict=True)]
