"""Collect a corpus: check that its file is the one that was described, and read every record with its line.

Nothing is judged here beyond being a record at all; what a record says is for clean.
"""

import argparse
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Never

from pydantic import PositiveInt

from stages.corpus.source import Corpus, CorpusRecord, read_corpus
from stages.shared import files, ledger, params, stage
from stages.shared.errors import InputError
from stages.shared.params import Section

REASONS = {
    "blank-line": "the line holds nothing",
    "too-long": "the line is longer than `collect.longest_record`",
    "not-utf-8": "the line is not text in UTF-8",
    "not-json": "the line is not JSON",
    "not-an-object": "the line is JSON, but no object",
    "no-id": "the object has no `id` that is a word or a whole number",
    "repeated-id": "an earlier record of the corpus has the same id",
}
"""Why a line is no record."""


class CollectParams(Section):
    """`collect` in params.yaml. longest_record: bytes; a longer line is dropped without being held in memory."""

    longest_record: PositiveInt


@dataclass(frozen=True)
class Refused:
    """A line that is no record, and why."""

    reason: str
    detail: str = ""


def check_hash(path: Path, sha256: str, description: Path) -> None:
    """Raise InputError where the file of a corpus is not there or is another one than was described."""
    if not path.is_file():
        raise InputError(
            "the file of the corpus", "none", str(path), f"put it there, or correct `file` in {description}"
        )
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        raise InputError(
            f"SHA-256 {sha256}", found, str(path), f"restore the file, or describe the new one in {description}"
        )


def read_lines(file: BinaryIO, longest: int) -> Iterator[tuple[int, bytes | None]]:
    """Yield each line with its number, counted from 1; None stands for a line of more than `longest` bytes."""
    number = 0
    while line := file.readline(longest + 1):
        number += 1
        whole = len(line) <= longest or line.endswith(b"\n")
        yield number, line if whole else None
        while not whole and (rest := file.readline(longest)):
            whole = rest.endswith(b"\n")


def read_record(corpus: str, number: int, line: bytes | None) -> CorpusRecord | Refused:
    """Read one line of a corpus of JSON Lines."""
    if line is None:
        return Refused("too-long")
    try:
        text = line.decode("utf-8-sig").strip()
        found = json.loads(text, parse_constant=_no_constant) if text else None
    except UnicodeDecodeError as error:
        return Refused("not-utf-8", str(error))
    except (ValueError, RecursionError) as error:
        return Refused("not-json", str(error))
    if not text:
        return Refused("blank-line")
    if not isinstance(found, dict):
        return Refused("not-an-object", type(found).__name__)
    id = _id(found)
    return CorpusRecord(corpus=corpus, id=id, line=number, text=text) if id else Refused("no-id")


def _no_constant(name: str) -> Never:
    raise ValueError(f"{name} is not JSON")


def _id(record: dict[str, Any]) -> str:
    """The id of a record, "" where it has none that can be written down."""
    value = record.get("id")
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    id = str(value).strip()
    # Half of a surrogate pair is valid in JSON and cannot be written as UTF-8.
    return "" if any("\ud800" <= character <= "\udfff" for character in id) else id


def collected(corpus: Corpus, file: BinaryIO, longest: int, book: ledger.Ledger) -> Iterator[CorpusRecord]:
    """Yield the records of a corpus in the order of its file and enter every line in the ledger."""
    seen: set[str] = set()
    for number, line in read_lines(file, longest):
        book.read("records")
        record = read_record(corpus.name, number, line)
        if isinstance(record, CorpusRecord) and record.id in seen:
            record = Refused("repeated-id", record.id)
        if isinstance(record, Refused):
            book.drop("records", f"{corpus.name}:{number}", record.reason, record.detail)
            continue
        seen.add(record.id)
        book.keep("records")
        yield record


def main(paths: argparse.Namespace) -> None:
    """Write the records of a corpus as JSON Lines."""
    collect = params.read("collect", CollectParams)
    corpus = read_corpus(paths.corpus)
    source = paths.corpus.with_name(corpus.file)
    check_hash(source, corpus.sha256, paths.corpus)
    with ledger.opened("collect", paths.dropped, paths.metrics) as book, source.open("rb") as file:
        files.write_jsonl(paths.records, collected(corpus, file, collect.longest_record, book))


if __name__ == "__main__":
    stage.run(main, __doc__, inputs=("corpus",), outputs=("records", "dropped", "metrics"))
