"""Thin the examples of a domain: drop an instruction that is too like an earlier one, by ROUGE-L (spec B5, "filter").

Within a node the examples are judged in the order they are stored in; `scope: tree` judges each against those of all
nodes before it in level order too. Pruned nodes are thinned as any other.
"""

import argparse
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from stages.domain.source import read_domain
from stages.domain.spelling import spelt
from stages.domain.tree import Example, Tree, read_tree, write_tree
from stages.shared import ledger, params, stage
from stages.shared.params import Section
from stages.shared.similarity import near_repeats

REASONS = {"near-repeat": "its instruction is too like one that was kept before (ROUGE-L above `thin.threshold`)"}
"""Why an example is dropped."""

Place = tuple[str, Example]
"""An example and the id of its node."""


class ThinParams(Section):
    """`thin` in params.yaml.

    threshold: the ROUGE-L of two instructions above which the later is dropped. scope: `node` judges each node on its
    own, `tree` all together.
    """

    threshold: Annotated[float, Field(ge=0, le=1)]
    scope: Literal["node", "tree"]


def thin(tree: Tree, settings: ThinParams, book: ledger.Ledger, language: str = "en") -> Tree:
    """A tree with the examples that are kept, which keep their numbers; enter all in the ledger.

    language: the code of the one that the examples are written in.
    """
    thinned = tree.copy()
    nodes = [[(node.task_name, example) for example in node.examples] for node in tree]
    groups = nodes if settings.scope == "node" else [[place for node in nodes for place in node]]
    kept: dict[str, list[Example]] = {node.task_name: [] for node in tree}
    for group in groups:
        for task_name, example in _kept(group, settings.threshold, book, language):
            kept[task_name].append(example)
    for task_name, examples in kept.items():
        thinned.with_examples(task_name, examples)
    return thinned


def _kept(group: list[Place], threshold: float, book: ledger.Ledger, language: str) -> Iterator[Place]:
    """Yield the places of a group that are kept."""
    found = near_repeats([spelt(example.instruction, language) for _, example in group], threshold)
    book.read("examples", len(group))
    for place, like in zip(group, found, strict=True):
        if like is None:
            book.keep("examples")
            yield place
        else:
            book.drop("examples", named(place), "near-repeat", f"{like.score:.3f} to {named(group[like.place])}")


def named(place: Place) -> str:
    """The id of an example in files of dropped things: that of its node and its number there."""
    return f"{place[0]}:{place[1].number}"


def main(paths: argparse.Namespace) -> None:
    """Thin the tree of a domain."""
    domain = read_domain(paths.domain)
    settings = domain.settled("thin", params.read("thin", ThinParams))
    tree = read_tree(paths.enriched)
    kept: dict[str, int] = {}
    with ledger.opened("thin", paths.dropped, paths.metrics, examples_kept=kept) as book:
        thinned = thin(tree, settings, book, domain.language)
        kept.update((node.task_name, len(node.examples)) for node in thinned)
        write_tree(paths.tree, thinned)


if __name__ == "__main__":
    stage.run(main, __doc__, inputs=("domain", "enriched"), outputs=("tree", "dropped", "metrics"))
