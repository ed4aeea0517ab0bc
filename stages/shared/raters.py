"""How far two who judged the same things agree: a model and people, or two people."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Agreement:
    """How far two raters agree: the share of equal labels, 0 to 1, and Cohen's kappa, -1 to 1, over `instances`.

    kappa is None where chance alone would make them agree always: both gave one and the same label throughout.
    """

    instances: int
    raw: float
    kappa: float | None


def agreement(judged: Sequence[str], human: Sequence[str]) -> Agreement:
    """The agreement of a judge with human labels on the same instances, in the same order.

    Labels are words; one that only one of them uses (`unparsed`) agrees with nothing. Raise ValueError where there are
    none, or not as many of one as of the other.
    """
    if not judged or len(judged) != len(human):
        raise ValueError(f"expected as many verdicts as labels and at least one, got {len(judged)} and {len(human)}")
    total = len(judged)
    same = sum(one == other for one, other in zip(judged, human, strict=True))
    counts, others = Counter(judged), Counter(human)
    by_chance = sum(counts[label] * others[label] for label in counts)
    if by_chance == total * total:
        return Agreement(total, 1.0, None)
    # In whole numbers to the last division, so that perfect agreement is exactly 1.
    return Agreement(total, same / total, (same * total - by_chance) / (total * total - by_chance))


def rounded(found: Agreement) -> dict[str, float | None]:
    """The agreement as metrics have it, to four digits."""
    kappa = None if found.kappa is None else round(found.kappa, 4)
    return {"instances": found.instances, "raw": round(found.raw, 4), "kappa": kappa}
