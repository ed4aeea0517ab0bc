"""What the dataset holds: instances, tasks and source datasets, by part, licence, generator and language.

Memory grows with the number of source datasets and tasks, not with the instances.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import pyarrow as pa

COLUMNS = ["license", "terms", "part", "origin", "revision", "website", "task_id", "generator", "language"]


class Source(NamedTuple):
    """Where instances come from and under what conditions.

    dataset: the id of a hub dataset, else the name of the domain or corpus.
    """

    license: str
    terms: str
    part: str
    dataset: str
    revision: str
    website: str


@dataclass
class Holding:
    """What one source gave."""

    instances: int = 0
    tasks: set[str] = field(default_factory=set)


class Size(NamedTuple):
    """How much there is of something."""

    instances: int
    tasks: int
    datasets: int


@dataclass
class Inventory:
    """Counts of the instances that are in the dataset; `parts` are in the order in which they joined.

    conflicts: instances that answer an instruction and input differently than an earlier one.
    """

    parts: tuple[str, ...]
    sources: dict[Source, Holding] = field(default_factory=dict)
    generators: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    conflicts: int = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Count the instances of a batch."""
        columns = (batch.column(name).to_pylist() for name in COLUMNS)
        for license, terms, part, origin, revision, website, task, generator, language in zip(*columns, strict=True):
            source = Source(license, terms, part, dataset_of(part, origin), revision, website)
            holding = self.sources.setdefault(source, Holding())
            holding.instances += 1
            holding.tasks.add(task)
            self.generators[generator] += 1
            self.languages[language] += 1

    def size(self, sources: Iterable[Source] | None = None) -> Size:
        """How much some sources gave together, or all of them."""
        chosen = list(self.sources if sources is None else sources)
        return Size(
            sum(self.sources[source].instances for source in chosen),
            len(set[str]().union(*(self.sources[source].tasks for source in chosen))),
            len({(kind(source.part), source.dataset) for source in chosen}),
        )

    def tasks(self, part: str) -> set[str]:
        """The ids of the tasks that have an instance in a part."""
        return set[str]().union(*(holding.tasks for source, holding in self.sources.items() if source.part == part))

    def by_part(self) -> dict[str, Size]:
        """The size of each part, also of one that gave nothing, in the order in which they joined."""
        return {part: self.size(source for source in self.sources if source.part == part) for part in self.parts}

    def by_license(self) -> dict[tuple[str, str], Size]:
        """The size of what each pair of licence and terms covers, sorted; "" stands for none."""
        pairs: dict[tuple[str, str], list[Source]] = {}
        for source in sorted(self.sources):
            pairs.setdefault((source.license, source.terms), []).append(source)
        return {pair: self.size(sources) for pair, sources in pairs.items()}


def kind(part: str) -> str:
    """`hub`, `domain` or `corpus`."""
    return part.partition("/")[0]


def dataset_of(part: str, origin: str) -> str:
    """The source dataset of an instance: a hub row's origin is `dataset:config`; a domain or corpus is one itself."""
    return origin.partition(":")[0] if kind(part) == "hub" else part.partition("/")[2]
