"""How many examples each node of a tree gives to a sample: the original's rule (spec B5), and one that balances.

`counts` says how many examples there are by node, in level order; what comes back is ordered as it is.
"""

from collections.abc import Callable, Mapping
from typing import Literal

Rule = Literal["proportional", "balanced"]
Counts = Mapping[str, int]


def proportional(counts: Counts, size: int, most_per_node: int) -> dict[str, int]:
    """As many as a node's part of all examples, of which no node counts with more than `most_per_node`.

    A node's part is rounded up, so what is too much is cut from the last nodes, which are the deepest; what is missing
    the root gives as far as it has it.
    """
    weights = {node: min(count, most_per_node) for node, count in counts.items()}
    total = sum(weights.values())
    wanted = {node: min(size * weight // max(total, 1) + 1, counts[node]) for node, weight in weights.items()}
    found = cut(wanted, size)
    for root in list(counts)[:1]:
        found[root] += min(size - sum(found.values()), counts[root] - found[root])
    return found


def balanced(counts: Counts, size: int, most_per_node: int) -> dict[str, int]:  # noqa: ARG001 - as the other rule
    """As many from each node as from any other, or all where it has fewer; the first nodes give one more at need."""
    found = dict.fromkeys(counts, 0)
    left = min(size, sum(counts.values()))
    while left:
        open_nodes = [node for node, count in counts.items() if found[node] < count]
        each = max(1, min(left // len(open_nodes), *(counts[node] - found[node] for node in open_nodes)))
        for node in open_nodes[:left]:
            found[node] += each
            left -= each
    return found


RULES: dict[Rule, Callable[[Counts, int, int], dict[str, int]]] = {"proportional": proportional, "balanced": balanced}


def cut(wanted: Counts, size: int) -> dict[str, int]:
    """At most `size` in all: what is too much is taken from the last nodes."""
    found = {}
    for node, count in wanted.items():
        found[node] = min(count, size)
        size -= found[node]
    return found
