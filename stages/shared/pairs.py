"""What many instructions ask for: pairs of root verb and object, how many and how evenly they occur (spec B6, E2).

A pair is counted over different instructions, as Self-Instruct does; instructions without a pair don't count.
"""

from collections import Counter
from collections.abc import Iterable
from statistics import fmean, pstdev
from typing import Any

from stages.shared.verbs import verb_noun

COMMONEST = 20
"""Pairs, and verbs, that are named."""

Pairs = Counter[tuple[str, str]]
"""How many instructions ask for each verb and object; the object is "" where the verb has none."""


def counted(instructions: Iterable[str]) -> Pairs:
    """The verbs and objects of instructions, each different instruction counted once; those without a verb are not."""
    return Counter(pair for pair in map(verb_noun, dict.fromkeys(instructions)) if pair[0])


def spread(pairs: Pairs) -> dict[str, Any]:
    """with_pair: instructions with a verb and an object. unique_pairs: how many different ones. mean: how often each of
    them occurs on average. spread: the standard deviation of that over all pairs found; None where there is no pair.
    """
    times = [count for pair, count in pairs.items() if all(pair)]
    return {
        "with_pair": sum(times),
        "unique_pairs": len(times),
        "mean": round(fmean(times), 4) if times else None,
        "spread": round(pstdev(times), 4) if times else None,
    }


def commonest(pairs: Pairs) -> list[tuple[tuple[str, str], int]]:
    """The COMMONEST pairs with an object, most first, equal ones in the order of the alphabet."""
    return _ranked({pair: count for pair, count in pairs.items() if all(pair)})[:COMMONEST]


def verbs(pairs: Pairs, nouns: int) -> list[tuple[str, int, list[tuple[str, int]]]]:
    """The COMMONEST verbs of all pairs with an object: how many instructions each has, and its commonest objects."""
    of: dict[str, Counter[str]] = {}
    for (verb, noun), count in pairs.items():
        if noun:
            of.setdefault(verb, Counter())[noun] += count
    ranked = _ranked({verb: objects.total() for verb, objects in of.items()})[:COMMONEST]
    return [(verb, count, _ranked(of[verb])[:nouns]) for verb, count in ranked]


def _ranked(counts: Any) -> list[Any]:
    return sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
