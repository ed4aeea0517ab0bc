"""Collect a corpus: find or fetch its files, check that they are the described ones, and read every record as it is.

Nothing is judged here beyond being a record at all; what a record says is for clean.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import PositiveInt

from stages.corpus import containers, judging, places
from stages.corpus.judging import Refused
from stages.corpus.source import Corpus, CorpusRecord, read_corpus
from stages.shared import files, ledger, params, stage
from stages.shared.errors import InputError
from stages.shared.params import Section

REASONS = {
    **judging.REASONS,
    "repeated-id": "an earlier record of the corpus has the same id, or of its file the same number",
}
"""Why what stands in a file is no record."""

TOLERANCE = 0.1
"""The share by which records may be more or fewer than a description expects before anybody is told."""


class CollectParams(Section):
    """`collect` in params.yaml. longest_record: bytes; a longer one is dropped without being held in memory."""

    longest_record: PositiveInt


def record_id(text: str) -> str:
    """The id that a record gives itself: a word or a whole number; "" where it has none that can be written down."""
    value = json.loads(text).get("id") if '"id"' in text else None
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    id = str(value).strip()
    # Half of a surrogate pair is valid in JSON and cannot be written as UTF-8.
    return "" if any("\ud800" <= character <= "\udfff" for character in id) else id


def collected(corpus: Corpus, located: Mapping[str, Path], longest: int, book: ledger.Ledger) -> Iterator[CorpusRecord]:
    """Yield the records of a corpus in the order of its files, and enter all that stands in them in the ledger.

    Raises InputError for a file that holds none.
    """
    seen: set[str] = set()
    for name, path in located.items():
        kept = 0
        for found in containers.records(path, corpus.rows, longest):
            book.read("records")
            place = found.place if len(located) == 1 else f"{name}:{found.place}"
            if isinstance(found, Refused):
                book.drop("records", f"{corpus.name}:{place}", found.reason, found.detail)
                continue
            id = record_id(found.text)
            if id.isdecimal() and len(located) > 1:
                id = f"{name}:{id}"  # a number is a place in its file, and the next file counts anew
            if id in seen:
                book.drop("records", f"{corpus.name}:{place}", "repeated-id", id)
                continue
            seen.update([id] if id else [])
            book.keep("records")
            kept += 1
            yield CorpusRecord(id=id or f"#{place}", file=name, place=place, text=found.text)
        if not kept:
            raise InputError("records", "none", f"{corpus.name}, {path}", "see whether the file is what it should be")


def main(paths: argparse.Namespace) -> None:
    """Write the records of a corpus as JSON Lines."""
    collect = params.read("collect", CollectParams)
    corpus = read_corpus(paths.corpus)
    located = places.located(corpus, paths.corpus)
    told = corpus.expect.records
    extra: dict[str, Any] = {"expected": told} if told else {}
    with ledger.opened("collect", paths.dropped, paths.metrics, **extra) as book:
        count = files.write_jsonl(paths.records, collected(corpus, located, collect.longest_record, book))
    if told and abs(count - told) > TOLERANCE * told:
        sys.stderr.write(f"collect: {corpus.name}: {told:,} records were expected, {count:,} came\n")


if __name__ == "__main__":
    stage.run(main, __doc__, inputs=("corpus",), outputs=("records", "dropped", "metrics"))
