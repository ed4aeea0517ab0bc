"""How diverse the outputs of each source of a corpus are, told from a bounded sample of its rows.

GPT4All left out P3, as its outputs were of low diversity (spec C1). Distinct outputs to outputs falls with the number
of rows, so it is taken from a sample of one size for all sources: the rows whose hashed places are least, in whatever
order and by however many processes they are read. Memory grows with the number of sources alone; beyond MOST_SOURCES
they are counted together as OTHERS.
"""

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from stages.corpus.policies import DiversityPolicy

MOST_SOURCES = 1000
OTHERS = "(others)"
"""The name that all further sources share; they are never dropped."""

OPENING_WORDS = 3


@dataclass
class Source:
    """The sample of one source: for each row (minus its priority, output, opening, words), the worst on top."""

    rows: int = 0
    sample: list[tuple[int, int, int, int]] = field(default_factory=list)

    def add(self, entry: tuple[int, int, int, int], size: int) -> None:
        """Put a row into the sample where its priority is among the `size` least."""
        if len(self.sample) < size:
            heapq.heappush(self.sample, entry)
        elif entry > self.sample[0]:
            heapq.heapreplace(self.sample, entry)

    def measures(self) -> dict[str, Any]:
        """Rows; of the sample: its rows, distinct outputs and distinct first words to rows, and mean words."""
        size = len(self.sample)
        return {
            "rows": self.rows,
            "sampled": size,
            "distinct_outputs": round(len({entry[1] for entry in self.sample}) / size, 4),
            "distinct_openings": round(len({entry[2] for entry in self.sample}) / size, 4),
            "mean_words": round(sum(entry[3] for entry in self.sample) / size, 2),
        }


@dataclass
class Sources:
    """The sources met so far, by name, in the order of the corpus. size: rows of a sample."""

    size: int
    by_name: dict[str, Source] = field(default_factory=dict)

    def add(self, name: str, place: str, output: str) -> None:
        """Count one output; `place` names its row and number and must be its own."""
        source = self._source(name)
        source.rows += 1
        priority = -_hash(place)
        if len(source.sample) < self.size or priority >= source.sample[0][0]:
            words = output.lower().split()
            entry = priority, _hash(" ".join(words)), _hash(" ".join(words[:OPENING_WORDS])), len(words)
            source.add(entry, self.size)

    def add_all(self, name: str, place: str, outputs: Iterable[Sequence[str]]) -> None:
        """Count the outputs of the record at a place of the corpus, each in one text or several."""
        for number, output in enumerate(outputs):
            self.add(name, f"{place}:{number}", "\n".join(output))

    def merge(self, other: "Sources") -> None:
        """Take what another part of the corpus gave, in the order of the corpus."""
        for name, found in other.by_name.items():
            source = self._source(name)
            source.rows += found.rows
            for entry in found.sample:
                source.add(entry, self.size)

    def measures(self) -> dict[str, dict[str, Any]]:
        """The measures of each source, sorted by name."""
        return {name: source.measures() for name, source in sorted(self.by_name.items())}

    def _source(self, name: str) -> Source:
        if name not in self.by_name and len(self.by_name) >= MOST_SOURCES:
            name = OTHERS
        return self.by_name.setdefault(name, Source())


def low(measures: Mapping[str, Mapping[str, Any]], corpus: str, policy: DiversityPolicy) -> frozenset[str]:
    """The sources that `clean.diversity` drops; the corpus itself is none, its outputs may well be labels."""
    if policy.least is None:
        return frozenset()
    return frozenset(
        name
        for name, found in measures.items()
        if name not in (corpus, OTHERS) and found["rows"] >= policy.fewest and found["distinct_outputs"] < policy.least
    )


def gathered(parts: Iterable[Sources], size: int) -> Sources:
    """The sources of all parts of a corpus."""
    whole = Sources(size)
    for part in parts:
        whole.merge(part)
    return whole


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest())
