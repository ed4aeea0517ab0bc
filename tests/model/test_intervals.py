"""Intervals and p-values against slow loops, all cases at once, and what is known of normal data."""

import random
import statistics
import subprocess
import sys
from itertools import product
from math import erfc, sqrt

import numpy as np
import pytest

from stages.model.intervals import difference, interval
from tests.house import ROOT


def slow_means(scores: list[float], tasks: list[str], samples: int) -> list[float]:
    """The sorted means of draws within tasks: one loop for each thing that is done."""
    chance = random.Random(5)
    by_task: dict[str, list[float]] = {}
    for score, task in zip(scores, tasks, strict=True):
        by_task.setdefault(task, []).append(score)
    means = []
    for _ in range(samples):
        drawn = [chance.choice(own) for own in by_task.values() for _ in own]
        means.append(sum(drawn) / len(drawn))
    return sorted(means)


def test_an_interval_is_that_of_a_slow_loop_over_draws_within_tasks() -> None:
    chance = random.Random(1)
    tasks = [f"task{at % 7}" for at in range(210)]
    scores = [min(1.0, max(0.0, chance.gauss(0.1 * int(task[-1]), 0.2))) for task in tasks]
    means = slow_means(scores, tasks, 3000)
    found = interval(scores, tasks, samples=3000)
    width = means[-75] - means[75]
    assert found.mean == pytest.approx(statistics.fmean(scores))
    assert found.instances == 210
    assert found.low == pytest.approx(means[75], abs=0.08 * width)
    assert found.high == pytest.approx(means[-75], abs=0.08 * width)
    # How unlike the tasks are adds nothing.
    plain = interval(scores, samples=3000)
    assert plain.high - plain.low > 1.2 * (found.high - found.low)


def test_the_interval_of_normal_data_is_that_of_the_formula() -> None:
    scores = np.random.default_rng(3).normal(40, 10, 2000)
    found = interval(scores.tolist(), samples=4000)
    half = 1.959964 * scores.std() / sqrt(2000)
    assert found.low == pytest.approx(scores.mean() - half, abs=0.06 * half)
    assert found.high == pytest.approx(scores.mean() + half, abs=0.06 * half)
    wide = interval(scores.tolist(), samples=4000, level=0.99)
    assert wide.high - wide.low == pytest.approx(2 * half * 2.575829 / 1.959964, rel=0.06)


def test_intervals_hold_the_true_mean_about_as_often_as_they_say() -> None:
    chance = np.random.default_rng(4)
    held = 0
    for _ in range(400):
        found = interval(chance.normal(0, 1, 60).tolist(), samples=400)
        held += found.low <= 0 <= found.high
    assert 0.90 <= held / 400 <= 0.98


def test_a_p_value_is_the_share_of_all_signs_that_reach_the_difference() -> None:
    one = [0.9, 0.4, 0.7, 0.8, 0.5, 0.95, 0.3, 0.6, 0.75, 0.2, 0.85]
    other = [0.5, 0.5, 0.6, 0.4, 0.45, 0.9, 0.35, 0.2, 0.7, 0.3, 0.6]
    gaps = [a - b for a, b in zip(one, other, strict=True)]
    sums = [sum(sign * gap for sign, gap in zip(signs, gaps, strict=True)) for signs in product((1, -1), repeat=11)]
    exact = sum(abs(found) >= abs(sum(gaps)) - 1e-12 for found in sums) / len(sums)
    found = difference(one, other, samples=20_000)
    assert found.p_value == pytest.approx(exact, abs=0.01)
    assert found.mean == pytest.approx(sum(gaps) / 11)
    assert difference(other, one, samples=20_000).p_value == found.p_value


def test_the_p_value_of_normal_data_is_that_of_the_formula() -> None:
    chance = np.random.default_rng(6)
    base = chance.normal(50, 10, 800)
    better = base + chance.normal(0.25, 4, 800)
    found = difference(better.tolist(), base.tolist(), samples=10_000)
    z = (better - base).mean() / (sqrt(((better - base) ** 2).mean()) / sqrt(800))
    assert found.p_value == pytest.approx(erfc(abs(z) / sqrt(2)), abs=0.02)
    # Of two runs on the same instances the pairs are drawn: what the instances have in common adds nothing.
    alone = interval(better.tolist())
    assert found.high - found.low < 0.6 * (alone.high - alone.low)


def test_runs_that_are_the_same_do_not_differ() -> None:
    found = difference([0.1, 0.2], [0.1, 0.2])
    assert (found.mean, found.low, found.high, found.p_value) == (0.0, 0.0, 0.0, 1.0)


def test_a_p_value_is_never_0() -> None:
    found = difference([1.0] * 50, [0.0] * 50, samples=999)
    assert found.p_value == 0.001


@pytest.mark.parametrize(
    ("scores", "tasks", "message"),
    [([], None, "got none"), ([0.0, float("nan")], None, "at place 1"), ([0.0], ["a", "b"], "each of 1 scores, got 2")],
)
def test_what_can_not_be_measured_is_refused(scores: list[float], tasks: list[str] | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        interval(scores, tasks)


def test_runs_on_other_instances_are_refused() -> None:
    with pytest.raises(ValueError, match="got 1 and 2 of them"):
        difference([0.0], [0.0, 1.0])


def test_two_processes_find_the_same_to_the_last_bit() -> None:
    code = (
        "from stages.model.intervals import difference, interval\n"
        "scores = [(7 * at % 11) / 11 for at in range(500)]\n"
        "tasks = [str(at % 9) for at in range(500)]\n"
        "print(interval(scores, tasks, seed=2), difference(scores, scores[::-1], tasks, seed=2))"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, timeout=60).stdout
        for _ in range(2)
    ]
    assert runs[0] == runs[1]
    assert b"p_value" in runs[0]
