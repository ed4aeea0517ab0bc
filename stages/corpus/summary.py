"""A corpus in one line, computed from its instances, in the form of Open-Instructions' table (spec C0)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from stages.corpus.source import Corpus
from stages.shared.verbs import verb_noun


class Measure(NamedTuple):
    """One instance. Lengths in characters; turns: of a conversation, 0 for a single exchange; pair: `verb noun` of its
    instruction, "" where it has none.
    """

    instruction: int
    input: int
    output: int
    turns: int
    pair: str
    generator: str
    license: str


def measure(row: Mapping[str, Any]) -> Measure:
    """Measure a row of INSTANCES."""
    verb, noun = verb_noun(row["instruction"])
    return Measure(
        len(row["instruction"]),
        len(row["input"]),
        len(row["output"]),
        len(row["messages"] or ()),
        f"{verb} {noun}" if noun else "",
        row["generator"],
        row["license"],
    )


@dataclass
class Summary:
    """The sums over instances; memory grows with the different verbs and nouns, generators and licences alone."""

    rows: int = 0
    instruction: int = 0
    input: int = 0
    output: int = 0
    inputs: int = 0
    conversations: int = 0
    turns: int = 0
    pairs: set[str] = field(default_factory=set)
    generators: Counter[str] = field(default_factory=Counter)
    licenses: Counter[str] = field(default_factory=Counter)

    def add(self, measures: Iterable[Measure]) -> None:
        """Take the measures of more instances."""
        for one in measures:
            self.rows += 1
            self.instruction += one.instruction
            self.input += one.input
            self.inputs += one.input > 0
            self.output += one.output
            self.conversations += one.turns > 0
            self.turns += one.turns
            if one.pair:
                self.pairs.add(one.pair)
            self.generators[one.generator] += 1
            self.licenses[one.license or "none"] += 1

    def table(self, corpus: Corpus) -> dict[str, Any]:
        """The line: means are null where there is nothing to take them of, as is the cost where nobody told it."""
        cost = corpus.cost_usd
        return {
            "instances": self.rows,
            "conversations": self.conversations,
            "language": corpus.language,
            "generators": dict(sorted(self.generators.items())),
            "usd_per_1000": None if cost is None or not self.rows else round(1000 * cost / self.rows, 2),
            "instruction_chars": _mean(self.instruction, self.rows),
            "input_chars": _mean(self.input, self.inputs),
            "output_chars": _mean(self.output, self.rows),
            "turns": _mean(self.turns, self.conversations),
            "verb_noun_pairs": len(self.pairs),
            "licenses": dict(sorted(self.licenses.items())),
            "terms": corpus.terms,
        }


def _mean(total: int, count: int) -> float | None:
    return round(total / count, 1) if count else None
