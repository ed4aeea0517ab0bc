"""What a pairwise judge's replies say, and what many of them come to (spec B8, A12).

A reply ends in a line that orders the two assistants: `Assistant 1 > Assistant 2`, or with `<` or `=`. A verdict is
always seen from one side: `win` says that this side is better. Two readings of a reply: `verdict` is ours, and
`released_verdict` is that of Explore-Instruct's released code, for comparison with published numbers. They differ
where a reply orders the two more than once, and where it never does.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

WIN, TIE, LOSE, UNPARSED = "win", "tie", "lose", "unparsed"
VERDICTS = (WIN, TIE, LOSE, UNPARSED)
"""All that a reply can come to; the last where it does not order the two assistants."""

CRITERIA = ("helpful", "honest", "harmless")
"""What Dynosaur's human study asks of each pair, in the order of its Table 2 (spec A12)."""

MIRRORED = {WIN: LOSE, LOSE: WIN, TIE: TIE, UNPARSED: UNPARSED}
"""What a verdict is for the other side."""

_MARKS = re.compile(r"[*_`\[\]\"]")
_ORDER = re.compile(r"assistant\s*([12])(?!\d)[ \t]*([<>=][<>= \t]*)[ \t]*assistant\s*([12])(?!\d)", re.IGNORECASE)

# The released code replaces these one after another, once each.
_RELEASED_STEPS = (
    (">=", ">"), ("> =", ">"), ("=>", ">"), ("= >", ">"), ("<=", "<"), ("< =", "<"), ("=<", "<"), ("= <", "<"),
    (">>", ">"), ("> >", ">"), ("<<", "<"), ("< <", "<"), ("==", "="), ("= =", "="),
)  # fmt: skip


def verdict(reply: str, side: int = 1) -> str:
    """The verdict of a reply for Assistant 1 or 2: what its last ordering of the two says; `unparsed` without one.

    The judge is asked for the order in its last line, so of several orderings the last counts. Brackets, stars, case
    and doubled operators don't matter; one with both `<` and `>` orders nothing.
    """
    found = UNPARSED
    for match in _ORDER.finditer(_MARKS.sub("", reply)):
        first, operator, second = match.groups()
        if first != second and not ("<" in operator and ">" in operator):
            found = _said(first, operator)
    return found if side == 1 else MIRRORED[found]


def released_verdict(reply: str, side: int = 1) -> str:
    """The verdict of a reply for Assistant 1 or 2 by the released rules (spec B8): never `unparsed` but a tie.

    Anywhere in the reply a win of Assistant 1 is looked for first, then one of Assistant 2, then a tie.
    """
    for old, new in _RELEASED_STEPS:
        reply = reply.replace(old, new)
    for operator, found in ((">", WIN), ("<", LOSE)):
        turned = "<" if operator == ">" else ">"
        orders = (f"Assistant 1 {operator} Assistant 2", f"Assistant 2 {turned} Assistant 1")
        bracketed = (f"[Assistant 1] {operator} [Assistant 2]", f"[Assistant 2] {turned} [Assistant 1]")
        if any(order in reply for order in (*orders, *bracketed)):
            return found if side == 1 else MIRRORED[found]
    return TIE


def criteria_verdicts(reply: str, side: int = 1) -> dict[str, str]:
    """The verdict for each of Dynosaur's criteria: the last ordering in a line that begins with the criterion.

    Such a line reads `Helpful: Assistant 1 > Assistant 2`; longer words (`helpfulness`) and list marks are fine.
    """
    found = dict.fromkeys(CRITERIA, UNPARSED)
    for line in _MARKS.sub("", reply).splitlines():
        named = line.lstrip(" \t-#.)0123456789").lower()
        for criterion in CRITERIA:
            if named.startswith(criterion) and (said := verdict(line, side)) != UNPARSED:
                found[criterion] = said
    return found


def reconciled(one: str, other: str) -> str:
    """The verdict of a pair that was judged twice, its positions swapped, both verdicts for the same model.

    The same verdict both ways counts; two that differ are a tie. A pair of which one reply is unparsed is unparsed:
    with one reply alone, what is due to the position can't be told.
    """
    if UNPARSED in (one, other):
        return UNPARSED
    return one if one == other else TIE


@dataclass(frozen=True)
class Bias:
    """How often the place of an answer decided, over pairs that were judged both ways and parsed.

    first, second: pairs in which the answer in that place won both times; pairs: all of them.
    """

    first: int
    second: int
    pairs: int


def position_bias(pairs: Iterable[tuple[str, str]]) -> Bias:
    """The bias of a judge; each pair is a model's verdict where it came first, and its verdict where it came second."""
    parsed = Counter(pair for pair in pairs if UNPARSED not in pair)
    return Bias(parsed[WIN, LOSE], parsed[LOSE, WIN], parsed.total())


@dataclass(frozen=True)
class Tally:
    """How many instances a model won, tied and lost, and for how many there is no verdict."""

    win: int
    tie: int
    lose: int
    unparsed: int = 0

    def beat_rate(self) -> float | None:
        """Wins among wins and losses in percent, two decimals (spec B8); None where there is neither."""
        decided = self.win + self.lose
        return round(100 * self.win / decided, 2) if decided else None

    def shares(self) -> tuple[float, float, float] | None:
        """Percent won, tied and lost, one decimal, as in Dynosaur's Table 2; None where there is no verdict.

        They always sum to 100, as its rows do: what rounding down leaves goes to the largest remainders.
        """
        counts = (self.win, self.tie, self.lose)
        total = sum(counts)
        if not total:
            return None
        tenths = [1000 * count // total for count in counts]
        by_rest = sorted(range(3), key=lambda place: (-(1000 * counts[place] % total), place))
        for place in by_rest[: 1000 - sum(tenths)]:
            tenths[place] += 1
        won, tied, lost = (tenth / 10 for tenth in tenths)
        return won, tied, lost


def tally(verdicts: Iterable[str]) -> Tally:
    """Count verdicts; raise ValueError for a word that is none of VERDICTS."""
    counts = Counter(verdicts)
    if unknown := sorted(set(counts) - set(VERDICTS)):
        raise ValueError(f"expected verdicts among {', '.join(VERDICTS)}, got {unknown[0]!r}")
    return Tally(counts[WIN], counts[TIE], counts[LOSE], counts[UNPARSED])


def _said(first: str, operator: str) -> str:
    """The verdict for Assistant 1 of an ordering that names assistant `first` first."""
    if ">" not in operator and "<" not in operator:
        return TIE
    return WIN if (first == "1") == (">" in operator) else LOSE
