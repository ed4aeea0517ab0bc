"""What the dataset does not hold of what its parts brought, for metrics and card."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from stages.dataset import usage
from stages.dataset.benchmark import Benchmark
from stages.dataset.survey import Refused

EXAMPLES = 3
"""Instances that are shown of each benchmark."""


@dataclass
class Findings:
    """Counts of refused rows; `parts` are in the order in which they joined.

    left_out: by part and reason. forgotten: the names of `merge.drop` that were met. rows: with texts of benchmarks, by
    benchmark and part. texts: of each benchmark that were met, by their ids. examples: a few rows of each benchmark.
    duplicates: by how equal they are.
    """

    parts: tuple[str, ...]
    benchmarks: tuple[Benchmark, ...] = ()
    left_out: Counter[tuple[str, str]] = field(default_factory=Counter)
    rows: Counter[tuple[str, str]] = field(default_factory=Counter)
    forgotten: set[str] = field(default_factory=set)
    texts: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    examples: defaultdict[str, list[dict[str, str]]] = field(default_factory=lambda: defaultdict(list))
    duplicates: dict[str, int] = field(default_factory=dict)

    def add(self, part: str, id: str, refused: Refused) -> None:
        """Enter a row that the policy refused."""
        self.left_out[part, refused.reason] += 1
        if refused.reason == "forgotten":
            self.forgotten.add(refused.detail)
        if refused.holds is None:
            return
        name, text = refused.holds
        self.rows[name, part] += 1
        self.texts[name].add(text)
        if len(self.examples[name]) < EXAMPLES:
            self.examples[name].append({"part": part, "instance": id, "holds": text})

    def by_part(self, reasons: Iterable[str]) -> dict[str, dict[str, int]]:
        """What was left out of each part that lost any, for these reasons."""
        wanted = set(reasons)
        found: dict[str, dict[str, int]] = {}
        for part, reason in sorted(self.left_out, key=lambda key: (self.parts.index(key[0]), key[1])):
            if reason in wanted:
                found.setdefault(part, {})[reason] = self.left_out[part, reason]
        return found

    def by_use(self) -> dict[str, dict[str, int]]:
        """What the use of the dataset left out of each part that lost any, by reason."""
        return self.by_part(usage.REASONS)

    def contamination(self) -> dict[str, dict[str, Any]]:
        """For each benchmark its revision, its instances, how many of them were met, and the rows dropped by part."""
        return {
            one.name: {
                "revision": one.revision,
                "instances": sum(map(len, one.groups)),
                "met": len(self.texts.get(one.name, ())),
                "rows": sum(self.rows[one.name, part] for part in self.parts),
                "parts": {part: self.rows[one.name, part] for part in self.parts if self.rows[one.name, part]},
                "examples": self.examples.get(one.name, []),
            }
            for one in self.benchmarks
        }
