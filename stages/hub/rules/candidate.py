"""A task by its columns, and what rules ask about columns on the way to it."""

from dataclasses import dataclass

from stages.hub.rules import lexicon
from stages.hub.rules.columns import Column


@dataclass(frozen=True)
class Candidate:
    """A task before it is put in words.

    weight: how often somebody who is shown two rows would propose it, as far as the rules can tell.
    wording: how to ask for it (patterns.py).
    """

    inputs: tuple[Column, ...]
    output: Column
    weight: float
    wording: str

    @property
    def pair(self) -> tuple[frozenset[str], str]:
        """What makes two candidates the same."""
        return frozenset(one.name for one in self.inputs), self.output.name


def stem(one: Column) -> tuple[str, ...]:
    """The name without its number or letter."""
    return tuple(part for part in one.words if not part.isdigit() and len(part) > 1)


def label_rank(one: Column) -> int:
    """The place of a label among the labels: the verdict first (0), what a text is about later (2), lists last."""
    if one.kind == "list":
        return 3
    said = set(one.words)
    return 0 if said & lexicon.VERDICT_WORDS else 2 if said & lexicon.ABOUT_WORDS else 1
