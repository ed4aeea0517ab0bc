"""How sure a mean over instances is, and whether two runs differ: bootstrap intervals and a randomisation test.

A benchmark's tasks are fixed and unlike each other; what chance decides is which instances of each were taken. So
instances are drawn anew within their task (stratified): how unlike the tasks are then adds nothing to an interval.
Where a benchmark has no tasks all its instances are one group, which is plain resampling.

Two runs answer the same instances, so what is drawn is their difference on each (paired). Whether it could be chance
is asked by approximate randomisation: were the runs alike, each difference could as well have the other sign. Unlike
a bootstrap's p-value, this one is exact for small samples but for the number of draws, and is never 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

LEVEL = 0.95
"""The share of intervals that hold the true mean."""

SAMPLES = 2000
"""How many times the instances are drawn anew."""

CELLS = 1 << 21
"""Draws that are held in memory at once."""

SLACK = 1e-12
"""Sums that differ by less, relative to the sum of all sizes, count as equal: their terms come in another order."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """A mean over `instances` and the interval, low to high, that holds the true one at the level asked for."""

    mean: float
    low: float
    high: float
    instances: int


@dataclass(frozen=True)
class Difference:
    """The mean of one run less that of another on the same instances, its interval, and a two-sided p-value.

    p_value: how often runs that are alike would differ at least as much, above 0 and up to 1.
    """

    mean: float
    low: float
    high: float
    p_value: float
    instances: int


def interval(
    scores: Sequence[float],
    tasks: Sequence[str] | None = None,
    *,
    seed: int = 0,
    samples: int = SAMPLES,
    level: float = LEVEL,
) -> Interval:
    """The mean of scores with its bootstrap percentile interval.

    scores: one for each instance, in any unit. tasks: the task of each instance, within which instances are drawn;
    None draws from all of them. The order of instances changes the draws but not what they mean. Raise ValueError
    where there are no scores, one is not a number, or tasks are not as many.
    """
    values = _checked(scores)
    low, high = _bounds(values, _groups(len(values), tasks), seed, samples, level)
    return Interval(float(values.mean()), low, high, len(values))


def difference(
    one: Sequence[float],
    other: Sequence[float],
    tasks: Sequence[str] | None = None,
    *,
    seed: int = 0,
    samples: int = SAMPLES,
    level: float = LEVEL,
) -> Difference:
    """How much better `one` is than `other`, scores of two runs on the same instances in the same order.

    The arguments are those of `interval`. Raise ValueError also where one run has more scores than the other.
    """
    if len(one) != len(other):
        raise ValueError(f"expected scores of the same instances, got {len(one)} and {len(other)} of them")
    values = _checked(one) - _checked(other)
    low, high = _bounds(values, _groups(len(values), tasks), seed, samples, level)
    return Difference(float(values.mean()), low, high, _p_value(values, seed, samples), len(values))


def _checked(scores: Sequence[float]) -> Floats:
    values = np.asarray(scores, np.float64)
    if not len(values):
        raise ValueError("expected at least one score, got none")
    if not np.isfinite(values).all():
        place = int(np.flatnonzero(~np.isfinite(values))[0])
        raise ValueError(f"expected scores that are numbers, got {values[place]} at place {place}")
    return values


def _groups(instances: int, tasks: Sequence[str] | None) -> list[npt.NDArray[np.intp]]:
    """The places of the instances of each task, tasks in order of name, so that draws don't depend on their order."""
    if tasks is None:
        return [np.arange(instances)]
    if len(tasks) != instances:
        raise ValueError(f"expected a task for each of {instances} scores, got {len(tasks)}")
    places: dict[str, list[int]] = {}
    for place, task in enumerate(tasks):
        places.setdefault(task, []).append(place)
    return [np.array(places[task]) for task in sorted(places)]


def _bounds(
    values: Floats, groups: Sequence[npt.NDArray[np.intp]], seed: int, samples: int, level: float
) -> tuple[float, float]:
    """The percentiles of the means of all draws."""
    chance = np.random.default_rng(seed)
    sums = np.zeros(samples)
    for places in groups:
        own = values[places]
        step = max(1, CELLS // len(own))
        for start in range(0, samples, step):
            some = min(step, samples - start)
            drawn = chance.integers(0, len(own), (some, len(own)))
            sums[start : start + some] += own[drawn].sum(axis=1)
    low, high = np.quantile(sums / len(values), [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _p_value(differences: Floats, seed: int, samples: int) -> float:
    """How often a mean of differences with random signs is at least as far from 0 as theirs, itself counted once."""
    chance = np.random.default_rng([seed, 1])
    sizes = np.abs(differences[differences != 0])
    least = abs(differences.sum()) - SLACK * sizes.sum()
    step = max(1, CELLS // max(1, len(sizes)))
    reached = 0
    for start in range(0, samples, step):
        some = min(step, samples - start)
        kept = chance.integers(0, 2, (some, len(sizes)), dtype=np.int8)
        sums = np.where(kept, sizes, -sizes).sum(axis=1)
        reached += int((np.abs(sums) >= least).sum())
    return (reached + 1) / (samples + 1)
