"""Estimates follow from what is known: sizes, earlier answers, prices, and how fast answers came."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.console import costs
from stages.console.costs import Earlier, Spread, Tally, estimate
from stages.shared.llm.money import Price, Rate, rate
from stages.shared.records import Usage

RATE = Rate(input=10, cached_input=5, output=100)


def earlier(*outputs: int, second: int = 0, cached: int = 0) -> Earlier:
    return Earlier([Usage(input=100, cached_input=cached, output=output) for output in outputs], second)


def test_without_earlier_answers_replies_lie_between_nothing_and_the_bound_with_half_expected() -> None:
    tally = Tally(prompts=10, missing_bytes=4000)
    found = estimate(tally, Earlier(), 0, 500, RATE)
    assert found.tokens_in == 1000
    assert found.tokens_out == Spread(2500, 0, 5000)
    assert found.cost == Spread(10_000 + 250_000, 10_000, 10_000 + 500_000)


def test_without_a_bound_one_is_assumed() -> None:
    assert costs.reply_tokens([], None) == (costs.ASSUMED_BOUND / 2, 0, costs.ASSUMED_BOUND)


def test_replies_are_expected_as_long_as_earlier_ones() -> None:
    found = estimate(Tally(prompts=2, missing_bytes=8), earlier(*range(1, 101)), 0, 500, None)
    assert found.tokens_out == Spread(101, 20, 180)
    assert found.cost is None


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([7], 0.1, 7), ([7], 0.9, 7), ([3, 1, 2], 0.1, 1), ([3, 1, 2], 0.9, 3), (list(range(1, 11)), 0.9, 9)],
)
def test_a_percentile_is_one_of_the_values(values: list[int], share: float, expected: int) -> None:
    assert costs.percentile(values, share) == expected


@given(st.lists(st.integers(0, 5000), min_size=1))
def test_what_is_expected_lies_within_the_interval(outputs: list[int]) -> None:
    expected, low, high = costs.reply_tokens(outputs, 100)
    assert low <= expected <= high


def test_what_is_answered_or_under_way_is_not_asked_for() -> None:
    tally = Tally(prompts=10, in_store=6, under_way=3, again=2)
    assert (tally.missing, tally.to_ask) == (1, 3)
    for price in (RATE, None):
        assert estimate(Tally(prompts=4, in_store=4), earlier(5), 100, 10, price).cost == Spread(0, 0, 0)


def test_complaints_come_as_often_as_they_did() -> None:
    found = estimate(Tally(prompts=100, missing_bytes=400), earlier(*[10] * 12, second=2), 0, None, None)
    assert found.tokens_in == 120
    assert found.tokens_out == Spread(1200, 1200, 1200)


def test_a_second_reply_that_is_wanted_now_is_counted_once() -> None:
    found = estimate(Tally(prompts=1, in_store=1, again=1, missing_bytes=40), earlier(*[10] * 12, second=6), 0, 9, None)
    assert found.tokens_out.expected == 10


def test_input_from_a_cache_is_expected_as_before_and_not_relied_on() -> None:
    found = estimate(Tally(prompts=1, missing_bytes=4000), earlier(10, cached=50), 0, None, RATE)
    assert found.cost == Spread(500 * 10 + 500 * 5 + 1000, 500 * 10 + 500 * 5 + 1000, 1000 * 10 + 1000)


def test_the_batch_discount_halves_the_cost() -> None:
    price = Price(input=2, output=8, batch_discount=0.5, as_of="2026-06")
    tally = Tally(prompts=3, missing_bytes=1200)
    full, half = (estimate(tally, Earlier(), 0, 100, rate(price, batch=batch)).cost for batch in (False, True))
    assert full is not None
    assert half is not None
    assert (full.expected, full.high) == (2 * half.expected, 2 * half.high)


def test_tokens_are_corrected_by_what_was_reported_for_enough_prompts() -> None:
    few, enough = (Tally(pairs=count, pair_bytes=400, pair_tokens=150) for count in (9, 10))
    assert costs.tokens(4000, few) == 1000
    assert costs.tokens(4000, enough) == 1500


def test_an_unseen_prompt_is_as_long_as_earlier_ones_else_as_those_at_hand_else_as_assumed() -> None:
    tallies = [Tally(built=2, built_bytes=4000), Tally(built=2, built_bytes=8000), Tally()]
    assert costs.mean_input(earlier(1, 2), tallies) == 100
    assert costs.mean_input(Earlier(), tallies) == 750
    assert costs.mean_input(Earlier(), [Tally()]) == costs.ASSUMED_INPUT
    assert estimate(Tally(prompts=2, unseen=2), Earlier(), 750, 10, None).tokens_in == 1500


def test_one_unknown_price_makes_the_sum_unknown() -> None:
    known = estimate(Tally(prompts=1), Earlier(), 0, 10, RATE)
    unknown = estimate(Tally(prompts=1), Earlier(), 0, 10, None)
    assert (known + known).cost == Spread(1000, 0, 2000)
    assert (known + unknown).cost is None
    assert (known + unknown).tokens_out == Spread(10, 0, 20)


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        ([], None),
        ([(19, 0, 59)], None),
        ([(20, 0, 59)], 20 / 60),
        ([(30, 60, 89), (600, 0, 59), (5, 120, 121)], 10),
    ],
)
def test_the_rate_is_that_of_the_busiest_minute(minutes: list[tuple[int, int, int]], expected: float | None) -> None:
    assert costs.answers_per_second(minutes) == expected


@pytest.mark.parametrize(
    ("measured", "per_minute", "expected"),
    [(None, None, None), (10.0, None, 60), (None, 60.0, 600), (10.0, 60.0, 600), (0.5, 60.0, 1200)],
)
def test_time_follows_from_the_rate_within_the_limit(
    measured: float | None, per_minute: float | None, expected: float | None
) -> None:
    assert costs.seconds(600, measured, per_minute) == expected


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "time unknown"), (5, "under a minute"), (61, "about 2 min"), (5399, "about 90 min"),
        (9000, "about 2.5 h"), (200_000, "about 2.3 days"),
    ],
)  # fmt: skip
def test_a_duration_in_words(seconds: float | None, words: str) -> None:
    assert costs.duration(seconds) == words
