"""What asking will take: tokens, money and time, estimated from what earlier answers took. Pure functions.

Tokens of a prompt are a fourth of the bytes that are sent, as the client counts them for tokens_per_minute, corrected
by what the endpoint reported for prompts of which both are known. Tokens of replies are the mean of earlier replies,
in an interval from their 10th to their 90th percentile.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from stages.shared.llm.money import Rate
from stages.shared.records import Usage

BYTES_PER_TOKEN = 4
ASSUMED_INPUT = 1300
"""Tokens of a prompt where nothing is known of any: over the waves of this repository it is 1,249 and 1,315."""
ASSUMED_BOUND = 1024
"""The longest reply in tokens, where neither earlier replies nor the model's sampling say."""
LOW, HIGH = 0.1, 0.9
ENOUGH_PAIRS = 10
"""Prompts of which bytes and tokens are known, before tokens are corrected by them."""
ENOUGH_ANSWERS = 20
"""Answers within one minute, before they are taken for the present rate."""


@dataclass(frozen=True)
class Spread:
    """An expected number, and the interval it lies in."""

    expected: int
    low: int
    high: int

    def __add__(self, other: "Spread") -> "Spread":
        return Spread(self.expected + other.expected, self.low + other.low, self.high + other.high)


NOTHING = Spread(0, 0, 0)


@dataclass
class Tally:
    """What is counted over the prompts of one stage.

    prompts: all of them, unseen ones too. in_store: those that are answered. under_way: those that another process,
    another stage or an open batch asks. again: those in the store of which a second reply is wanted and not there.
    unseen: those that can only be guessed at. built, built_bytes: those that could be written, and their size.
    missing_bytes: the size of the requests to be made, of prompts that could be written. pairs: size and reported
    tokens of answered prompts, summed, and how many there are.
    """

    prompts: int = 0
    in_store: int = 0
    under_way: int = 0
    again: int = 0
    unseen: int = 0
    built: int = 0
    built_bytes: int = 0
    missing_bytes: int = 0
    pairs: int = 0
    pair_bytes: int = 0
    pair_tokens: int = 0

    @property
    def missing(self) -> int:
        """The prompts that nobody has asked."""
        return self.prompts - self.in_store - self.under_way

    @property
    def to_ask(self) -> int:
        """The requests to be made."""
        return self.missing + self.again


@dataclass(frozen=True)
class Earlier:
    """What earlier answers of a model took: the usage of each, and how many of them answered a complaint."""

    usages: Sequence[Usage] = field(default_factory=tuple)
    second: int = 0

    @property
    def again_share(self) -> float:
        """How many requests were made over a complaint, for each that was made first."""
        first = len(self.usages) - self.second
        return self.second / first if first > 0 else 0.0

    @property
    def cached_share(self) -> float:
        """The part of the input that the endpoint read from its cache."""
        total = sum(one.input for one in self.usages)
        return sum(one.cached_input for one in self.usages) / total if total else 0.0

    @property
    def mean_input(self) -> float | None:
        """The mean tokens of a prompt; None where nothing is known."""
        return sum(one.input for one in self.usages) / len(self.usages) if self.usages else None


@dataclass(frozen=True)
class Estimate:
    """What the requests of a stage take: tokens, and picodollars (None where the price is not known)."""

    tokens_in: int
    tokens_out: Spread
    cost: Spread | None

    def __add__(self, other: "Estimate") -> "Estimate":
        cost = None if self.cost is None or other.cost is None else self.cost + other.cost
        return Estimate(self.tokens_in + other.tokens_in, self.tokens_out + other.tokens_out, cost)


def estimate(tally: Tally, earlier: Earlier, mean_input: float, bound: int | None, rate: Rate | None) -> Estimate:
    """What the requests that a tally counts will take.

    mean_input: tokens of a prompt that can't be written yet. bound: of a reply, by the model's sampling.
    """
    more = 1 + earlier.again_share
    known = tokens(tally.missing_bytes, tally) * more
    tokens_in = round(known + tally.unseen * mean_input * more)
    requests = tally.missing * more + tally.again
    expected, low, high = reply_tokens([one.output for one in earlier.usages], bound)
    tokens_out = Spread(*(round(requests * one) for one in (expected, low, high)))
    # What asks nothing costs nothing, whatever the price.
    cost = priced(tokens_in, tokens_out, earlier.cached_share, rate) if requests else NOTHING
    return Estimate(tokens_in, tokens_out, cost)


def tokens(size: int, tally: Tally) -> float:
    """The tokens of so many bytes, corrected by the answered prompts of the tally where they are enough."""
    plain = size / BYTES_PER_TOKEN
    if tally.pairs < ENOUGH_PAIRS or not tally.pair_tokens:
        return plain
    return plain * tally.pair_tokens / (tally.pair_bytes / BYTES_PER_TOKEN)


def mean_input(earlier: Earlier, tallies: Iterable[Tally]) -> float:
    """The tokens of a prompt nobody has seen: as of earlier ones, else of those that could be written, else assumed."""
    if earlier.mean_input is not None:
        return earlier.mean_input
    known = [tally for tally in tallies if tally.built]
    built = sum(tally.built for tally in known)
    return sum(tokens(tally.built_bytes, tally) for tally in known) / built if built else ASSUMED_INPUT


def reply_tokens(outputs: Sequence[int], bound: int | None) -> tuple[float, float, float]:
    """Tokens of a reply: expected, low and high; without earlier ones half of the bound, between nothing and it."""
    if not outputs:
        most = bound or ASSUMED_BOUND
        return most / 2, 0, most
    mean = sum(outputs) / len(outputs)
    # A few very long replies can draw the mean out of the interval.
    return mean, min(mean, percentile(outputs, LOW)), max(mean, percentile(outputs, HIGH))


def percentile(values: Sequence[int], share: float) -> int:
    """The smallest of the values that at least this share of them does not pass (nearest rank)."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def priced(tokens_in: int, tokens_out: Spread, cached_share: float, rate: Rate | None) -> Spread | None:
    """Picodollars; at the upper end nothing of the input comes from a cache."""
    if rate is None:
        return None
    cached = round(tokens_in * cached_share)
    return Spread(
        rate.cost(Usage(input=tokens_in, cached_input=cached, output=tokens_out.expected)),
        rate.cost(Usage(input=tokens_in, cached_input=cached, output=tokens_out.low)),
        rate.cost(Usage(input=tokens_in, output=tokens_out.high)),
    )


def answers_per_second(minutes: Iterable[tuple[int, int, int]]) -> float | None:
    """The rate in the busiest of some minutes, each with its answers and the seconds of its first and last one."""
    enough = [(count, last - first + 1) for count, first, last in minutes if count >= ENOUGH_ANSWERS]
    if not enough:
        return None
    count, seconds = max(enough)
    return count / seconds


def seconds(requests: int, measured: float | None, per_minute: float | None) -> float | None:
    """How long so many requests take: at the measured rate within the allowed one, else at that; None if unknown."""
    rates = [rate for rate in (measured, per_minute and per_minute / 60) if rate]
    return requests / min(rates) if rates else None


def duration(of: float | None) -> str:
    """Seconds in words."""
    if of is None:
        return "time unknown"
    if of < 60:
        return "under a minute"
    if of < 90 * 60:
        return f"about {math.ceil(of / 60)} min"
    return f"about {of / 3600:.1f} h" if of < 48 * 3600 else f"about {of / 86400:.1f} days"
