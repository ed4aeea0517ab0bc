"""Asking an endpoint that misbehaves: every prompt answered, each paid for once, in order, within the budget."""

import logging
import random
import subprocess
import threading
import traceback
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from stages.shared.errors import BudgetError, ModelError, StoreError
from stages.shared.llm import money, pool
from stages.shared.llm.fault_plan import FAULTS, FaultName, Plan
from stages.shared.llm.fault_serving import Serving, serving
from stages.shared.llm.seam import Unanswered
from stages.shared.llm.store import open_store
from stages.shared.records import Answer
from tests.shared.llm.asked import KEY, MODEL, PRICES, ask, asking, client_of, prompts

STOPPING = {"401", "insufficient_quota"}
REFUSING = {"400"}
HARMLESS = {"drip", "no_usage", "bad_json", "truncated", "filtered"}
RUNS = 40
"""Runs of the test of budgets that is run each time; `make soak` has 200."""
MIXED: tuple[FaultName, ...] = (
    "429", "500", "502", "503", "529", "hang", "drip", "keepalive", "half", "cut", "empty", "html", "reset", "no_usage",
    "no_choices",
)  # fmt: skip


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SAUROPOD_ANSWERS", str(tmp_path / "answers.sqlite"))
    monkeypatch.setattr(pool, "FIRST_BACKOFF", 0.01)


def billed_more_than_once(server: Serving) -> dict[str, int]:
    found: dict[str, Any] = server.ledger()["requests"]
    return {digest: one["billed"] for digest, one in found.items() if one["billed"] > 1}


def test_a_thousand_prompts_are_all_answered_in_order_and_paid_once_though_a_fifth_of_the_calls_fail(
    tmp_path: Path,
) -> None:
    plan = Plan(
        seed=3, latency_ms=(0, 10), faults=dict.fromkeys(MIXED, 0.2 / len(MIXED)), retry_after=0.02, drip_s=0.02
    )
    asked = prompts(1000)
    with serving(plan) as server:
        found = ask(server.url, tmp_path, asked, timeout_s=4, concurrency=32)
        ledger = server.ledger()
        again = ask(server.url, tmp_path, asked)
        assert server.ledger()["asked"] == ledger["asked"]
    assert [one.item for one in found] == [one.item for one in asked]
    assert len({one.reply for one in found if isinstance(one, Answer)}) == 1000
    assert ledger["billed"] == len(ledger["requests"]) == 1000
    assert ledger["asked"] > 1100
    assert set(ledger["faults"]) == set(MIXED)
    assert again == found


@pytest.mark.parametrize("fault", sorted(set(FAULTS) - STOPPING - REFUSING - HARMLESS))
def test_a_fault_is_tried_again_until_the_answer_comes(tmp_path: Path, fault: FaultName) -> None:
    with serving(Plan(first=(fault, fault), retry_after=0.01)) as server:
        (found,) = ask(server.url, tmp_path, prompts(1), timeout_s=1.5)
        assert isinstance(found, Answer)
        assert server.ledger()["billed"] == 1
        assert server.ledger()["asked"] == 3


@pytest.mark.parametrize("fault", sorted(HARMLESS))
def test_an_answer_that_was_billed_is_kept_whatever_it_is(tmp_path: Path, fault: FaultName) -> None:
    with serving(Plan(first=(fault,), drip_s=0.01)) as server:
        (found,) = ask(server.url, tmp_path, prompts(1))
        assert isinstance(found, Answer)
        assert server.ledger()["asked"] == 1
    assert found.finish_reason == {"truncated": "length", "filtered": "content_filter"}.get(fault, "stop")
    assert (found.usage is None) == (fault == "no_usage")


@pytest.mark.parametrize("fault", sorted(STOPPING))
def test_a_refused_key_or_account_stops_everything_and_keeps_what_there_is(tmp_path: Path, fault: FaultName) -> None:
    with serving(Plan(latency_ms=1)) as server:
        ask(server.url, tmp_path, prompts(5))
    with serving(Plan(first=(fault,) * 100)) as server:
        with pytest.raises(ModelError, match="every answer so far is kept"):
            ask(server.url, tmp_path, prompts(200), concurrency=4)
        assert server.ledger()["asked"] <= 4
    with serving(Plan()) as server:
        ask(server.url, tmp_path, prompts(200))
        assert server.ledger()["asked"] == 195


def test_what_the_endpoint_rejects_is_asked_once_and_told_apart(tmp_path: Path) -> None:
    with serving(Plan(first=("400",))) as server:
        found = ask(server.url, tmp_path, prompts(3), concurrency=1, max_failed_share=0.5)
        assert server.ledger()["asked"] == 3
    assert [isinstance(one, Unanswered) for one in found] == [True, False, False]
    assert isinstance(found[0], Unanswered)
    assert found[0].reason == "rejected"
    assert "400" in found[0].detail


def test_too_many_without_an_answer_fail_the_stage_and_the_next_run_asks_for_these_only(tmp_path: Path) -> None:
    with serving(Plan(first=(None, "400", "400"))) as server:
        with pytest.raises(
            ModelError, match=r"at most 10\.0% of 10 prompts.*got 2 \(rejected 2; the first: status 400"
        ):
            ask(server.url, tmp_path, prompts(10), concurrency=1, max_failed_share=0.1)
        assert len(ask(server.url, tmp_path, prompts(10))) == 10
        assert server.ledger()["asked"] == 12


def test_an_item_is_given_up_after_its_attempts(tmp_path: Path) -> None:
    with serving(Plan(first=("500",) * 3)) as server:
        (found,) = ask(server.url, tmp_path, prompts(1), attempts=3, max_failed_share=1)
        assert isinstance(found, Unanswered)
        assert (found.reason, server.ledger()["asked"]) == ("server-error", 3)


def test_refusals_for_haste_do_not_use_up_attempts_but_patience(tmp_path: Path) -> None:
    with serving(Plan(first=("429",) * 6, retry_after=0.001)) as server:
        (found,) = ask(server.url, tmp_path, prompts(1), attempts=2)
        assert isinstance(found, Answer)
    with serving(Plan(first=("429",) * 6, retry_after=0.3)) as server:
        (other,) = ask(server.url, tmp_path, prompts(2)[1:], patience_s=0.5, max_failed_share=1)
        assert isinstance(other, Unanswered)
        assert (other.reason, server.ledger()["asked"]) == ("too-many-requests", 2)


def test_no_more_calls_are_under_way_than_the_concurrency(tmp_path: Path) -> None:
    with serving(Plan(latency_ms=(1, 5))) as server:
        ask(server.url, tmp_path, prompts(100), concurrency=7)
        assert server.ledger()["most_in_flight"] <= 7


def test_two_processes_that_want_the_same_ask_for_it_once(tmp_path: Path) -> None:
    with serving(Plan(latency_ms=(1, 10))) as server:
        found: list[list[Answer | Unanswered]] = []
        threads = [
            threading.Thread(target=lambda: found.append(ask(server.url, tmp_path, prompts(100)))) for _ in range(2)
        ]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert server.ledger()["asked"] == 100
    assert found[0] == found[1]


def test_a_budget_needs_a_price_and_a_bound_on_replies(tmp_path: Path) -> None:
    with pytest.raises(BudgetError, match=r"llm\.client\.prices: expected a price of m, since a budget is set"):
        asking("http://127.0.0.1:9/v1", tmp_path, budget_usd=1.0, prices={})
    boundless = MODEL.model_copy(update={"sampling": MODEL.sampling.model_copy(update={"max_tokens": None})})
    with pytest.raises(BudgetError, match="a bound on the replies of m"):
        asking("http://127.0.0.1:9/v1", tmp_path, boundless, budget_usd=1.0)


def test_a_spent_budget_stops_the_asking_keeps_the_answers_and_more_money_goes_on(tmp_path: Path) -> None:
    with serving(Plan(output_tokens=64)) as server:
        with pytest.raises(BudgetError, match="raise the budget or name another budget_id"):
            ask(server.url, tmp_path, prompts(100), budget_usd=0.01)
        first = server.ledger()["billed"]
        # Each answer costs 64 tokens at 4 and some 7 at 1 dollar per million: 0.01 dollars are 38 of them.
        assert 30 <= first <= 38
        assert len(ask(server.url, tmp_path, prompts(100), budget_usd=1.0)) == 100
        assert server.ledger()["billed"] == 100


def test_another_budget_id_has_money_of_its_own(tmp_path: Path) -> None:
    with serving(Plan(output_tokens=64)) as server:
        with pytest.raises(BudgetError):
            ask(server.url, tmp_path, prompts(100), budget_usd=0.01)
        before = server.ledger()["billed"]
        with pytest.raises(BudgetError):
            ask(server.url, tmp_path, prompts(100), budget_usd=0.01, budget_id="next")
        assert 2 * before - 5 <= server.ledger()["billed"] <= 2 * before + 5


def spend(url: str, folder: Path, items: range, usd: float, stopped: list[bool]) -> None:
    try:
        ask(url, folder, prompts(items.stop)[items.start :], budget_usd=usd, concurrency=8, timeout_s=5)
        stopped.append(False)
    except BudgetError:
        stopped.append(True)


@pytest.mark.parametrize("runs", [RUNS, pytest.param(200, marks=pytest.mark.soak)])
def test_no_interleaving_passes_a_budget(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runs: int) -> None:
    dice = random.Random(7)
    rate = money.rate(client_of().prices["m"], batch=False)
    stops = 0
    for run in range(runs):
        monkeypatch.setenv("SAUROPOD_ANSWERS", str(tmp_path / f"{run}.sqlite"))
        usd = dice.choice([0.001, 0.003, 0.01])
        plan = Plan(
            seed=run,
            latency_ms=(0, dice.choice([0, 5])),
            output_tokens=(1, 64),
            cached_input_share=dice.choice([0, 0.5]),
            faults=dice.choice([{}, {"no_usage": 0.1, "500": 0.1}, {"cut": 0.1, "half": 0.05, "no_usage": 0.05}]),
            bill_broken=True,
        )
        with serving(plan) as server:
            stopped: list[bool] = []
            parts = dice.choice([[range(30)], [range(20), range(10, 30)]])
            threads = [
                threading.Thread(target=spend, args=(server.url, tmp_path, part, usd, stopped)) for part in parts
            ]
            for one in threads:
                one.start()
            for one in threads:
                one.join()
            bill = server.ledger()
        assert len(stopped) == len(parts)
        stops += any(stopped)
        tokens = bill["tokens"]
        cached = sum(int(one["input"] * (plan.cached_input_share or 0)) for one in bill["requests"].values())
        spent = (tokens["input"] - cached) * rate.input + cached * rate.cached_input + tokens["output"] * rate.output
        assert spent <= money.picodollars(usd), run
        with open_store() as store:
            paid, _, reserved = store.paid("test")
        assert (paid <= money.picodollars(usd), reserved) == (True, 0), run
    assert 0.2 * runs < stops < runs


def test_a_price_that_is_not_known_stays_unknown(tmp_path: Path) -> None:
    with serving(Plan()) as server:
        ask(server.url, tmp_path, prompts(1), prices={})
        ask(server.url, tmp_path, prompts(2), prices=PRICES)
    with open_store() as store:
        costs = [entry.cost for _, entry in store.entries() if entry]
    assert sorted(costs, key=str) == sorted([None, 7 * 10**6 + 16 * 4 * 10**6], key=str)


def test_a_disk_that_fills_up_stops_the_run_and_the_next_goes_on_with_what_was_stored(
    small_disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAUROPOD_ANSWERS", str(small_disk / "answers.sqlite"))
    with serving(Plan(reply="word " * 1000 + "{digest}", latency_ms=(0, 3))) as server:
        with pytest.raises(StoreError, match="free disk space and run it again"):
            ask(server.url, tmp_path, prompts(300), concurrency=4, budget_usd=1.0)
        before = server.ledger()["billed"]
        assert 20 < before < 300
        subprocess.run(["mount", "-o", "remount,size=16m", str(small_disk)], check=True)
        found = ask(server.url, tmp_path, prompts(300), concurrency=4, budget_usd=1.0)
        # What had been claimed when the disk was full, twice the calls at once, may have been asked a second time.
        assert 300 <= server.ledger()["billed"] <= 300 + 8
    assert len(found) == 300
    with open_store() as store:
        store.check()


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_no_fault_brings_the_key_into_a_file_a_log_or_an_error(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, fault: FaultName
) -> None:
    caplog.set_level(logging.DEBUG)
    said = ""
    with serving(Plan(first=(fault,) * 3, drip_s=0.01)) as server:
        try:
            found = ask(server.url, tmp_path, prompts(2), timeout_s=0.2, attempts=2, max_failed_share=1)
            said = repr(found)
        except ModelError as error:
            said = "".join(traceback.format_exception(error)) + repr(error)
        assert "authorization" in server.ledger()["headers_seen"]
    said += "".join(capfd.readouterr()) + caplog.text
    assert KEY not in said
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes(), path


def test_an_error_of_the_sdk_is_no_part_of_what_is_raised(tmp_path: Path) -> None:
    with serving(Plan(first=("401",))) as server, pytest.raises(ModelError) as caught:
        ask(server.url, tmp_path, prompts(1))
    assert KEY not in "".join(
        traceback.TracebackException.from_exception(caught.value, capture_locals=False).format(chain=True)
    )


def test_a_defect_that_stops_the_asking_loses_no_answer_that_is_under_way(tmp_path: Path) -> None:
    def broken(reply: str) -> str:
        raise RuntimeError("a defect")

    asked = [*prompts(1, complaint=broken), *prompts(40)[1:]]
    with serving(Plan(latency_ms=(5, 40))) as server:
        with pytest.raises(RuntimeError, match="a defect"):
            ask(server.url, tmp_path, asked, concurrency=8)
        with open_store() as store:
            assert store.query("SELECT count(*) FROM answers") == [(server.ledger()["billed"],)]
            assert store.paid("test")[1] == 0


def test_a_refusal_that_says_at_once_is_not_taken_at_its_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    async def paused(self: object, seconds: float) -> bool:
        waits.append(seconds)
        return False

    monkeypatch.setattr(pool._Round, "_paused", paused)
    with serving(Plan(first=("429",) * 5, retry_after=0)) as server:
        assert isinstance(ask(server.url, tmp_path, prompts(1))[0], Answer)
    assert len(waits) == 5
    assert all(waits)


def test_a_wait_for_longer_than_anybody_would_stops_the_asking_at_once(tmp_path: Path) -> None:
    with serving(Plan(first=("429",) * 100, retry_after=100_000)) as server:
        with pytest.raises(
            ModelError, match=r"within llm\.client\.patience_s \(120 s\), got status 429.*wait 100,000 s"
        ):
            ask(server.url, tmp_path, prompts(100), concurrency=4)
        assert server.ledger()["asked"] <= 4


def test_the_time_between_two_calls_is_bounded_however_many_there_were() -> None:
    waits = [pool._Round._backoff(SimpleNamespace(_dice=random.Random(1)), calls) for calls in (1, 5000)]  # type: ignore[arg-type]
    assert max(waits) <= pool.LONGEST_BACKOFF
