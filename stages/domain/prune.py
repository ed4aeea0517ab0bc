"""Prune a domain's tree: a task whose name is too like that of a kept one is marked, and sampling leaves it out.

Names are judged in level order by ROUGE-L; the root is always kept (spec B5). What is below a pruned node is judged on
its own, unless `prune.subtree` prunes it too.
"""

import argparse
from typing import Annotated

from pydantic import Field

from stages.domain.pruned import Pruned, Verdict, write_pruned
from stages.domain.source import read_domain
from stages.domain.spelling import spelt
from stages.domain.tree import Node, Tree, read_tree
from stages.shared import ledger, params, stage
from stages.shared.params import Section
from stages.shared.similarity import near_repeats

REASONS = {
    "near-name": "its name is too like that of a kept task (ROUGE-L above `prune.threshold`)",
    "below-pruned": "it is below a pruned task, and `prune.subtree` is true",
}
"""Why a node is pruned."""


class PruneParams(Section):
    """`prune` in params.yaml.

    threshold: the ROUGE-L of two names above which the later task is pruned. subtree: whether all below it is, too.
    """

    threshold: Annotated[float, Field(ge=0, le=1)]
    subtree: bool


def prune(tree: Tree, settings: PruneParams, language: str = "en") -> Pruned:
    """The nodes whose names are too like that of a kept one, compared in level order with kept names only.

    language: the code of the one that the names are written in.
    """
    verdicts: dict[str, Verdict] = {}
    kept: list[Node] = []
    for level in _levels(tree):
        before = len(kept)
        for node in level:
            if settings.subtree and (above := verdicts.get(node.parent or "")):
                verdicts[node.task_name] = Verdict(below=above.below or node.parent)
            else:
                kept.append(node)
        # Those of the levels above are kept again: nothing stands before them that did not then.
        found = near_repeats([spelt(node.raw_task_name, language) for node in kept], settings.threshold)
        for node, like in zip(kept[before:], found[before:], strict=True):
            if like is not None:
                verdicts[node.task_name] = Verdict(score=like.score, like=kept[like.place].task_name)
        kept = [node for node in kept if node.task_name not in verdicts]
    inside = [node.task_name for node in tree if node.task_name in verdicts]
    return Pruned(domain=tree.domain, pruned={task_name: verdicts[task_name] for task_name in inside})


def _levels(tree: Tree) -> list[list[Node]]:
    levels: dict[int, list[Node]] = {}
    for node in tree:
        levels.setdefault(node.depth, []).append(node)
    return list(levels.values())


def entered(tree: Tree, found: Pruned, book: ledger.Ledger) -> None:
    """Enter the nodes of a tree in the ledger, the pruned ones as dropped."""
    for node in tree:
        book.read("nodes")
        verdict = found.pruned.get(node.task_name)
        if verdict is None:
            book.keep("nodes")
        elif verdict.below is not None:
            book.drop("nodes", node.task_name, "below-pruned", f"below {verdict.below}")
        else:
            book.drop("nodes", node.task_name, "near-name", f"{verdict.score:.3f} to {verdict.like}")


def main(paths: argparse.Namespace) -> None:
    """Prune the tree of a domain and write which nodes are pruned."""
    domain = read_domain(paths.domain)
    settings = domain.settled("prune", params.read("prune", PruneParams))
    tree = read_tree(paths.explored)
    with ledger.opened("prune", paths.dropped, paths.metrics) as book:
        found = prune(tree, settings, domain.language)
        entered(tree, found, book)
        write_pruned(paths.pruned, found)


if __name__ == "__main__":
    stage.run(main, __doc__, inputs=("domain", "explored"), outputs=("pruned", "dropped", "metrics"))
