"""The records file of a corpus in spans that can be read apart, so that several processes share it."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from stages.corpus.source import CorpusRecord
from stages.shared import files
from stages.shared.errors import InputError

SPAN_BYTES = 1_000_000
"""Bytes after which a span ends, with the line that it falls in."""


@dataclass(frozen=True)
class Span:
    """Whole lines of a file: the byte where they start, and the one after their end."""

    start: int
    end: int


def spans(path: Path) -> list[Span]:
    """The spans of a file, in order; they depend on the file alone."""
    found: list[Span] = []
    size = path.stat().st_size
    with path.open("rb") as file:
        start = 0
        while start < size:
            file.seek(min(size, start + SPAN_BYTES), os.SEEK_SET)
            file.readline()
            found.append(Span(start, file.tell()))
            start = file.tell()
    return found


def records(path: Path, span: Span) -> Iterator[CorpusRecord]:
    """Yield the records of a span; raise InputError naming file, line and key of the first bad one."""
    with path.open("rb") as file:
        file.seek(span.start)
        number = 0
        while file.tell() < span.end:
            line = file.readline()
            number += 1
            try:
                yield CorpusRecord.model_validate_json(line)
            except ValidationError as error:
                raise InputError(
                    "a CorpusRecord record",
                    files.explain(error),
                    f"{path}, line {_lines(path, span.start) + number}",
                    "run the stage that writes this file again",
                ) from error


def _lines(path: Path, end: int) -> int:
    """The lines of a file before a byte."""
    count = 0
    with path.open("rb") as file:
        while end > 0 and (block := file.read(min(end, 1 << 20))):
            count += block.count(b"\n")
            end -= len(block)
    return count
