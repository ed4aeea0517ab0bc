"""Prices in whole picodollars: exact, and never below what a request can cost."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from stages.shared.llm import money
from stages.shared.llm.money import Price, Rate
from stages.shared.llm.seam import Request
from stages.shared.records import Usage

MINI = Price(input=0.15, cached_input=0.075, output=0.60, batch_discount=0.5, as_of="2026-06")


def request(*texts: str, schema: dict[str, str] | None = None) -> Request:
    return Request("lab", "m", tuple({"role": "user", "content": text} for text in texts), {}, schema)


@pytest.mark.parametrize(
    ("batch", "usd"),
    # 600 at 0.15, 400 at 0.075 and 500 at 0.60 dollars per million are 90 + 30 + 300 millionths.
    [(False, "0.00042"), (True, "0.00021")],
)
def test_an_answer_costs_what_its_tokens_cost(batch: bool, usd: str) -> None:
    cost = money.rate(MINI, batch=batch).cost(Usage(input=1000, cached_input=400, output=500))
    assert Decimal(cost) / money.PICODOLLARS == Decimal(usd)


def test_cached_input_without_a_price_costs_as_much_as_other_input() -> None:
    price = Price(input=1, output=2, as_of="2026-06")
    assert money.rate(price, batch=False).cost(Usage(input=10, cached_input=10)) == 10 * 10**6


def test_a_part_of_a_picodollar_is_rounded_up() -> None:
    assert money.rate(Price(input=0.0000001, output=0, as_of="x"), batch=False) == Rate(1, 1, 0)


def test_a_model_without_a_price_has_no_rate() -> None:
    assert money.rate_of("other", {"mini": MINI}) is None
    assert money.rate_of("mini", {"mini": MINI}) == Rate(150_000, 75_000, 600_000)


@given(st.lists(st.text(), min_size=1, max_size=4), st.integers(0, 50), st.sampled_from([0.075, 0.3]), st.booleans())
def test_no_request_costs_more_than_is_held_back_for_it(
    texts: list[str], output: int, cached_usd: float, cached: bool
) -> None:
    rate = money.rate(MINI.model_copy(update={"cached_input": cached_usd}), batch=False)
    texts = [text * 100 for text in texts]
    tokens = sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)  # one for each byte: the worst tokenizer
    usage = Usage(input=tokens, cached_input=tokens * cached, output=output)
    assert rate.cost(usage) <= rate.at_most(request(*texts), output)


def test_no_more_input_counts_as_cached_than_there_was() -> None:
    rate = Rate(input=10, cached_input=5, output=0)
    assert rate.cost(Usage(input=3, cached_input=4)) == 3 * 5


def test_a_schema_is_part_of_what_is_sent() -> None:
    assert money.input_bound(request("a", schema={"type": "object"})) > money.input_bound(request("a"))


@pytest.mark.parametrize(
    ("amount", "text"),
    [(None, "unknown"), (0, "$0.00"), (1_500_000_000_000, "$1.50"), (123_000_000, "$0.000123")],
)
def test_dollars_are_shown_to_people(amount: int | None, text: str) -> None:
    assert money.shown(amount) == text


@given(st.integers(0, 10**6))
def test_dollars_of_params_are_exact(cents: int) -> None:
    assert money.picodollars(cents / 100) == cents * 10**10


@pytest.mark.parametrize("change", [{"batch_discount": 50}, {"batch_discount": -1}, {"input": -1.0}, {"output": "inf"}])
def test_a_price_that_would_make_asking_pay_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Price(**{"input": 1.0, "output": 4.0, "as_of": "2026-06", **change})
