"""The bill of a part: golden sums, what is unknown, and what is free."""

import json
from pathlib import Path
from typing import Any

import pytest

from stages.shared.costs import Asked
from stages.shared.errors import ParamsError
from stages.shared.llm import bill, client
from stages.shared.llm.seam import ModelParams
from stages.shared.records import Answer, Usage
from tests.hub.examples import client_params, write_params

KNOWN = Usage(input=1000, cached_input=400, output=500)


def answer(usage: Usage | None = KNOWN, turn: int = 0, tasks: int = 2) -> Answer:
    reply = json.dumps(["a task"] * tasks)
    return Answer(
        key=f"k{turn}", item="a", setting="aware", draw=0, turn=turn, provider="openai", model="gpt", reply=reply,
        finish_reason="stop", usage=usage,
    )  # fmt: skip


def billed(provider: str, *answers: Answer, model: str = "gpt") -> Asked:
    account = bill.opened(
        ModelParams(provider=provider, model=model, endpoint="openai"), lambda one: len(json.loads(one.reply))
    )
    for one in answers:
        account.add(one)
    return account.total()


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A params.yaml with the price of one model."""
    monkeypatch.chdir(tmp_path)
    price = {"input": 0.15, "cached_input": 0.075, "output": 0.60, "batch_discount": 0.5, "as_of": "2026-06"}
    write_params(tmp_path, llm={"client": client_params(prices={"gpt": price})})


def test_a_known_usage_costs_what_it_costs_by_hand() -> None:
    # (600 x 0.15 + 400 x 0.075 + 500 x 0.60) / 1,000,000
    assert billed("openai", answer()) == Asked(
        answers=1,
        asked_again=0,
        tokens=KNOWN,
        without_usage=0,
        cost_usd=0.00042,
        prices_as_of="2026-06",
        proposed_tasks=2,
        tokens_per_proposed_task=750,
        usd_per_proposed_task=0.00021,
    )


def test_a_batch_costs_half() -> None:
    assert billed("batch", answer()).cost_usd == 0.00021


def test_an_answer_to_a_complaint_is_paid_for_too() -> None:
    found = billed("openai", answer(tasks=0), answer(turn=1), answer())
    assert (found.answers, found.asked_again, found.cost_usd, found.proposed_tasks) == (3, 1, 0.00126, 4)
    assert found.tokens == Usage(input=3000, cached_input=1200, output=1500)
    assert (found.tokens_per_proposed_task, found.usd_per_proposed_task) == (1125, 0.000315)


def test_a_thousand_small_costs_add_up_exactly() -> None:
    assert billed("openai", *[answer(Usage(input=1, output=1), tasks=0)] * 1000).cost_usd == 0.00075


def test_an_unknown_price_is_unknown_and_not_zero() -> None:
    found = billed("openai", answer(), model="gpt-next")
    assert (found.cost_usd, found.prices_as_of, found.usd_per_proposed_task) == (None, None, None)
    assert (found.tokens, found.tokens_per_proposed_task, found.without_usage) == (KNOWN, 750, 0)


def test_a_missing_usage_makes_the_cost_unknown_and_is_counted() -> None:
    found = billed("openai", answer(), answer(None))
    assert (found.without_usage, found.cost_usd, found.usd_per_proposed_task) == (1, None, None)
    assert (found.tokens, found.prices_as_of) == (KNOWN, "2026-06")


def test_answers_without_a_task_have_no_rate() -> None:
    found = billed("openai", answer(tasks=0))
    assert (found.cost_usd, found.proposed_tasks) == (0.00042, 0)
    assert (found.tokens_per_proposed_task, found.usd_per_proposed_task) == (None, None)


def test_a_part_without_answers_cost_nothing() -> None:
    assert billed("openai").cost_usd == 0


@pytest.mark.parametrize("provider", ["template", "recorded"])
def test_what_asks_nobody_is_free_and_reads_no_price(monkeypatch: pytest.MonkeyPatch, provider: str) -> None:
    def refused() -> Any:
        raise AssertionError("llm.client was read")

    monkeypatch.setattr(client, "read", refused)
    found = billed(provider, answer(None))
    assert (found.cost_usd, found.without_usage, found.prices_as_of, found.usd_per_proposed_task) == (0, 0, None, 0)
    assert (found.tokens, found.proposed_tasks) == (Usage(), 2)


def test_a_local_model_is_metered_and_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> Any:
        raise AssertionError("llm.client was read")

    monkeypatch.setattr(client, "read", refused)
    found = billed("transformers", answer(Usage(input=10, output=5)))
    assert (found.cost_usd, found.tokens.input, found.without_usage) == (0, 10, 0)


def test_faulty_prices_are_refused_before_anything_is_asked(tmp_path: Path) -> None:
    write_params(tmp_path, llm={"client": client_params(prices={"gpt": {"input": 1}})})
    with pytest.raises(ParamsError, match=r"params\.yaml, section llm\.client"):
        billed("openai")
