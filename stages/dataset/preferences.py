"""Preference pairs of the corpora: those that a model may be trained on, by the rules that instances are judged by.

They are no rows of the dataset. Each pair is judged for itself, so that a corpus that joins changes no older file.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
from tqdm import tqdm

from stages.dataset import near, survey, wording
from stages.dataset.partfiles import PartFiles
from stages.dataset.shards import Books
from stages.dataset.survey import Policy, Refused
from stages.shared import files
from stages.shared.records import LINEAGE, PAIRS

ANSWERS = ("chosen", "rejected")
"""The two answers of a pair: with each of them its prompt is an instance, in which no text of a benchmark may be."""


@dataclass
class Tally:
    """What became of the pairs of a part: how many are kept, by licence and by terms, and why the others are not."""

    licenses: Counter[str] = field(default_factory=Counter)
    terms: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)

    def told(self) -> dict[str, Any]:
        """As it stands in the metrics; "none" stands for the empty word."""
        counts = {name: dict(sorted(getattr(self, name).items())) for name in ("licenses", "terms", "left_out")}
        return {"kept": self.licenses.total(), **counts}


def file_name(part: str) -> str:
    """The name of the file with a corpus' pairs."""
    return f"{part.partition('/')[2]}.parquet"


def write(folder: Path, sources: Sequence[PartFiles], policy: Policy, books: Books) -> dict[str, dict[str, Any]]:
    """Write a file for each corpus with the pairs that the policy lets in, enter all in the ledger, and return what
    there is to tell of each part that has pairs.
    """
    told = {}
    for source in sources:
        if source.pairs is None:
            continue
        tally = Tally()
        with files.parquet_writer(folder / file_name(source.id), PAIRS) as writer:
            for batch in _kept(source.id, source.pairs, policy, books, tally):
                writer.write_batch(batch)
        if tally.licenses or tally.left_out:
            told[source.id] = tally.told()
    return told


def _kept(part: str, path: Path, policy: Policy, books: Books, tally: Tally) -> Iterator[pa.RecordBatch]:
    """Yield the pairs of a part that are let in, batch by batch."""
    for batch in tqdm(survey.read_batches(part, path, schema=PAIRS), desc=f"pairs {part}", unit="batch", delay=5):
        rows = batch.to_pylist()
        refused = refusals(rows, policy)
        books.ledger.read("pairs", len(rows))
        books.ledger.keep("pairs", len(rows) - len(refused))
        for place, row in enumerate(rows):
            if (one := refused.get(place)) is None:
                tally.licenses[row["license"] or "none"] += 1
                tally.terms[row["terms"] or "none"] += 1
                continue
            books.ledger.drop("pairs", f"{part} {row['origin']} {row['row']}", one.reason, one.detail)
            tally.left_out[one.reason] += 1
            if one.reason == "forgotten":
                books.findings.forgotten.add(one.detail)
        yield batch.filter(pa.array([place not in refused for place in range(len(rows))], pa.bool_()))


def refusals(rows: Sequence[Mapping[str, Any]], policy: Policy) -> dict[int, Refused]:
    """Why pairs are left out, by their places: as instances are, by lineage, and for a text in either answer."""
    lineages = [{name: row[name] for name in LINEAGE} for row in rows]
    if policy.texts is None:
        return survey.refusals(lineages, None, policy)
    pieces = [piece for row in rows for answer in ANSWERS for piece in near.pieces(_answered(row, answer))]
    return survey.refusals(lineages, wording.read(pieces), policy, each=len(ANSWERS))


def _answered(row: Mapping[str, Any], answer: str) -> dict[str, Any]:
    """The prompt of a pair with one of its answers, as a conversation."""
    return {"messages": [*row["prompt"], {"role": "assistant", "content": row[answer]}]}
