"""How much of a domain a sample covers: nodes, examples, what its instructions ask for, how alike they are (spec B6).

A pair of verb and noun is counted over different instructions, as Self-Instruct does (spec E2); those without one don't
count. How alike: the ROUGE-L of an instruction with the one nearest to it, so 1 where two are the same.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from random import Random
from statistics import fmean
from typing import Any

from stages.domain.source import Domain
from stages.domain.spelling import spelt
from stages.domain.tree import Example, Node, Tree
from stages.shared import pairs
from stages.shared.similarity import nearest

MEASURED = 5_000
"""Instructions whose nearest one is looked for; of a larger sample so many are taken by chance."""

Drawn = Sequence[tuple[Node, Example]]


def measured(tree: Tree, drawn: Drawn, domain: Domain, seed: int) -> dict[str, Any]:
    """What the metrics say of a sample, each example with its node."""
    sampled = Counter(node.task_name for node, _ in drawn)
    depths = Counter(node.depth for node in tree)
    return {
        "nodes_by_depth": {str(depth): count for depth, count in sorted(depths.items())},
        "examples_by_node": {
            node.task_name: {"thinned": len(node.examples), "sampled": sampled[node.task_name]} for node in tree
        },
        "verb_nouns": verb_nouns(example.instruction for _, example in drawn),
        "nearest": nearness([example for _, example in drawn], domain, seed),
    }


def verb_nouns(instructions: Iterable[str]) -> dict[str, Any]:
    """Pairs of verb and noun in different instructions: how many, how often each on average, the spread of that.

    spread: the standard deviation over all pairs found.
    """
    different = dict.fromkeys(instructions)
    found = pairs.counted(different)
    return {
        "instructions": len(different),
        **pairs.spread(found),
        "commonest": {" ".join(pair): count for pair, count in pairs.commonest(found)},
    }


def nearness(examples: Sequence[Example], domain: Domain, seed: int) -> dict[str, Any]:
    """The average ROUGE-L of instructions with the nearest other one of the sample, and with the nearest seed example.

    measured: how many instructions were looked at. What no model was asked for here is not compared with the seeds: it
    is one.
    """
    rows = list(range(len(examples)))
    if len(rows) > MEASURED:
        chance = Random(f"{seed}/{domain.id}/nearest")  # noqa: S311 - a sample, not a secret
        rows = sorted(chance.sample(rows, MEASURED))
    instructions = [spelt(example.instruction, domain.language) for example in examples]
    seeds = [spelt(example.instruction, domain.language) for node in domain.seed() for example in node.examples]
    asked = [instructions[row] for row in rows if examples[row].answer]
    return {
        "measured": len(rows),
        "to_sample": _rounded(nearest(instructions, rows=rows) if len(instructions) > 1 else []),
        "to_seeds": _rounded(nearest(asked, seeds) if seeds else []),
    }


def _rounded(values: Collection[float]) -> float | None:
    """An average, or None where there is nothing to average."""
    return round(fmean(values), 4) if values else None
