"""Bring together what the parts of a corpus gave: nothing twice, everything in the ledger, in the corpus's order."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import compress
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from stages.corpus.diversity import Sources
from stages.corpus.summary import Measure, Summary
from stages.shared import ledger
from stages.shared.records import INSTANCES


class Entry(NamedTuple):
    """What became of one thing that was read.

    unit: records, instances or pairs. reason: the word for which it is dropped, "" where it is kept. ids: the hash of
    each row that it gave. opening: the hash of its first exchange, 0 for none. turns: of the conversation as it was
    read; cuts: those of them left out, with the reason; sizes: how many are in each row. marks: what was seen in it,
    dropped or not. over: pieces that pass the token limit.
    """

    unit: str
    id: str
    reason: str = ""
    detail: str = ""
    ids: tuple[int, ...] = ()
    opening: int = 0
    turns: int = 0
    cuts: tuple[tuple[int, str], ...] = ()
    marks: tuple[str, ...] = ()
    over: int = 0
    sizes: tuple[int, ...] = ()


@dataclass
class Piece:
    """What a part of a corpus gave: its entries in order, the rows of those that are kept with the measure of each, its
    kept pairs, and the outputs of all that it holds, by source.
    """

    entries: list[Entry]
    instances: pa.RecordBatch
    measures: list[Measure]
    pairs: pa.RecordBatch
    sources: Sources


@dataclass
class Gathering:
    """Writes pieces as they come. batch_rows: instances of a row group."""

    instances: pq.ParquetWriter
    pairs: pq.ParquetWriter
    book: ledger.Ledger
    batch_rows: int
    repeated_openings: bool
    sources: Sources
    marks: Counter[str] = field(default_factory=Counter)
    split: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    summary: Summary = field(default_factory=Summary)
    _seen: set[int] = field(default_factory=set)
    _held: list[pa.Table] = field(default_factory=list)

    def add(self, piece: Piece) -> None:
        """Take the next piece."""
        self.sources.merge(piece.sources)
        kept: dict[str, list[bool]] = {"instances": [], "pairs": []}
        for entry in piece.entries:
            self.marks.update(entry.marks)
            if entry.unit == "records" or entry.reason:
                self._enter(entry)
            else:
                kept[entry.unit] += self._judged(entry)
        rows = pa.Table.from_batches([piece.instances]).filter(pa.array(kept["instances"], pa.bool_()))
        if rows.num_rows:
            self._held.append(rows)
            self._count_languages(rows)
            self.summary.add(compress(piece.measures, kept["instances"]))
        self._write(whole=False)
        if piece.pairs.num_rows:
            self.pairs.write_batch(piece.pairs.filter(pa.array(kept["pairs"], pa.bool_())))

    def end(self) -> None:
        """Write what is left."""
        self._write(whole=True)

    def _enter(self, entry: Entry, reason: str = "") -> None:
        self.book.read(entry.unit)
        if why := reason or entry.reason:
            self.book.drop(entry.unit, entry.id, why, entry.detail)
        else:
            self.book.keep(entry.unit)

    def _judged(self, entry: Entry) -> list[bool]:
        """Which rows of an entry are kept: none of what came before, row for row or by its first exchange."""
        new = [id not in self._seen for id in entry.ids]
        if entry.opening and any(new) and not self.repeated_openings and entry.opening in self._seen:
            self._enter(entry, "same-opening")
            return [False] * len(new)
        for number, id in enumerate(entry.ids):
            # Two pieces of one conversation may be alike: the first is kept.
            new[number] = id not in self._seen
            name = entry.id if len(new) == 1 else f"{entry.id}:{number}"
            self._enter(entry._replace(id=name), "" if new[number] else "repeat")
            self._seen.add(id)
        if any(new):
            self._seen.add(entry.opening)
            self._keep_turns(entry, new)
        return new

    def _keep_turns(self, entry: Entry, new: list[bool]) -> None:
        """Enter the turns of a conversation that is kept, or of whose pieces some are."""
        if entry.turns:
            self.book.read("turns", entry.turns)
            self.book.keep("turns", sum(compress(entry.sizes, new)))
            for number, reason in entry.cuts:
                self.book.drop("turns", f"{entry.id}:{number}", reason)
            for piece, size in enumerate(entry.sizes):
                for number in range(0 if new[piece] else size):
                    self.book.drop("turns", f"{entry.id}:{piece}:{number}", "repeat")
        if len(new) > 1:
            self.split.update(conversations=1, pieces=len(new))
        self.split["over_limit"] += entry.over

    def _count_languages(self, rows: pa.Table) -> None:
        for found in rows["language"].value_counts().to_pylist():
            self.languages[found["values"]] += found["counts"]

    def _write(self, whole: bool) -> None:
        """Write row groups of batch_rows; the rest too where it is the last."""
        if not whole and sum(table.num_rows for table in self._held) < self.batch_rows:
            return
        table = pa.concat_tables(self._held) if self._held else INSTANCES.empty_table()
        place = 0
        while table.num_rows - place >= self.batch_rows or (whole and place < table.num_rows):
            for batch in table.slice(place, self.batch_rows).combine_chunks().to_batches():
                self.instances.write_batch(batch)
            place += self.batch_rows
        self._held = [table.slice(place).combine_chunks()] if place < table.num_rows else []


def counts(gathering: Gathering) -> dict[str, Any]:
    """What a gathering counted beside the ledger, for the metrics."""
    return {
        "sources": gathering.sources.measures(),
        "marks": {name: gathering.marks[name] for name in sorted(gathering.marks)},
        "split": {name: gathering.split[name] for name in ("conversations", "pieces", "over_limit")},
        "languages": dict(sorted(gathering.languages.items())),
    }
