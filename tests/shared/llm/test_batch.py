"""The Batch API: nothing is sent twice, an interrupted wait goes on, and only what is missing is sent again."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import openai
import pytest

from stages.shared.errors import BudgetError, ModelError
from stages.shared.llm import batch as batches
from stages.shared.llm.asking import Asking, purse_of
from stages.shared.llm.batch import Batch
from stages.shared.llm.calls import Ask
from stages.shared.llm.client import Endpoint
from stages.shared.llm.fault_plan import BatchPlan, Plan, Rule
from stages.shared.llm.fault_serving import Serving, serving
from stages.shared.llm.seam import Prompt, Unanswered, request_of
from stages.shared.llm.store import open_store
from stages.shared.records import Answer
from tests.shared.llm.asked import MODEL, client_of, complains_unless, prompts
from tests.shared.llm.asked import ask as ask_at_once

BATCHED = MODEL.model_copy(update={"provider": "batch"})


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SAUROPOD_ANSWERS", str(tmp_path / "answers.sqlite"))


def ask(url: str, folder: Path, asked: list[Prompt], **changes: Any) -> list[Answer | Unanswered]:
    client = client_of(**changes)
    sender = Batch(BATCHED, Endpoint(base_url=url, key_env=None), "none", client, purse_of(BATCHED, client))
    return list(Asking(BATCHED, sender, client, folder / "answers.jsonl").answer(asked))


def sent_batches(server: Serving) -> int:
    return len(httpx2.get(f"{server.url}/batches").json()["data"])


def test_prompts_go_in_one_batch_and_come_back_in_order_at_half_the_price(tmp_path: Path) -> None:
    with serving(Plan(batch=BatchPlan(polls=2), output_tokens=10)) as server:
        found = ask(server.url, tmp_path, prompts(50))
        assert (server.ledger()["billed"], sent_batches(server)) == (50, 1)
    assert [one.item for one in found] == [one.item for one in prompts(50)]
    with open_store() as store:
        # 7 input tokens at 1 and 10 output tokens at 4 dollars per million, halved
        assert store.paid("test") == (50 * (7 + 40) * 10**6 // 2, 0, 0)


def test_answers_of_a_batch_and_of_single_calls_are_the_same_answers(tmp_path: Path) -> None:
    with serving(Plan()) as server:
        first = ask(server.url, tmp_path, prompts(5))
        assert ask_at_once(server.url, tmp_path, prompts(5)) == first
        assert server.ledger()["billed"] == 5


def test_expired_and_failed_requests_are_sent_again_and_only_those(tmp_path: Path) -> None:
    plan = Plan(seed=1, batch=BatchPlan(expire_share=0.2, fail_share=0.2))
    with serving(plan) as server:
        found = ask(server.url, tmp_path, prompts(100))
        ledger = server.ledger()
        assert all(one["billed"] == 1 for one in ledger["requests"].values())
        assert (len(found), ledger["billed"]) == (100, 100)
        assert 120 < ledger["asked"] < 300


class Interruption(BaseException):
    """Stands for a Ctrl-C while waiting."""


def test_an_interrupted_wait_goes_on_with_the_same_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(seconds: float) -> None:
        raise Interruption

    with serving(Plan(batch=BatchPlan(polls=3))) as server:
        with monkeypatch.context() as context:
            context.setattr(batches.time, "sleep", stop)
            with pytest.raises(Interruption):
                ask(server.url, tmp_path, prompts(20))
        with open_store() as store:
            assert store.query("SELECT count(*) FROM claims") == [(20,)]
        assert len(ask(server.url, tmp_path, prompts(25))) == 25
        assert (server.ledger()["billed"], sent_batches(server)) == (25, 2)


def test_a_batch_whose_sending_was_cut_off_after_the_endpoint_had_it_is_found_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(Plan()) as server:
        with monkeypatch.context() as context:
            context.setattr(batches.books, "rename_batch", _interrupt)
            with pytest.raises(Interruption):
                ask(server.url, tmp_path, prompts(20))
        assert sent_batches(server) == 1
        assert len(ask(server.url, tmp_path, prompts(20))) == 20
        assert (server.ledger()["billed"], sent_batches(server)) == (20, 1)


def test_a_batch_that_never_reached_the_endpoint_is_sent_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Plan()) as server:
        with monkeypatch.context() as context:
            context.setattr(batches, "_line", _interrupt_at_second_call())
            with pytest.raises(Interruption):
                ask(server.url, tmp_path, prompts(1))
        assert sent_batches(server) == 0
        assert len(ask(server.url, tmp_path, prompts(1))) == 1
        assert server.ledger()["billed"] == 1


def _interrupt(*_: object) -> None:
    raise Interruption


def _interrupt_at_second_call() -> Any:
    calls = []

    def line(ask: object) -> bytes:
        calls.append(ask)
        if len(calls) == 2:
            raise Interruption
        return b""

    return line


def test_a_batch_that_the_endpoint_rejects_is_one_clear_sentence_and_nothing_is_owed(tmp_path: Path) -> None:
    said = r"expected a batch that the endpoint accepts.*nothing of it was billed"
    with serving(Plan(batch=BatchPlan(reject=True))) as server, pytest.raises(ModelError, match=said):
        ask(server.url, tmp_path, prompts(3))
    with open_store() as store:
        assert store.query("SELECT count(*) FROM claims") == [(0,)]
        assert store.paid("test") == (0, 0, 0)


def test_requests_that_always_fail_are_given_up_after_their_attempts(tmp_path: Path) -> None:
    plan = Plan(batch=BatchPlan(fail_share=1.0), max_faults_per_request=None)
    with serving(plan) as server:
        found = ask(server.url, tmp_path, prompts(4), attempts=3, max_failed_share=1)
        assert sent_batches(server) == 3
    assert {one.reason for one in found if isinstance(one, Unanswered)} == {"server-error"}


def test_many_prompts_go_in_several_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MOST_REQUESTS", 8)
    with serving(Plan(batch=BatchPlan(polls=2))) as server:
        assert len(ask(server.url, tmp_path, prompts(20))) == 20
        assert sent_batches(server) == 3
    monkeypatch.setattr(batches, "MOST_BYTES", 600)
    with serving(Plan()) as server:
        assert len(ask(server.url, tmp_path, prompts(30)[20:])) == 10
        assert sent_batches(server) > 3


def test_a_complaint_makes_a_second_batch(tmp_path: Path) -> None:
    plan = Plan(reply="No idea.", replies=(Rule(contains="it does not hold", reply="It is blue."),))
    with serving(plan) as server:
        found = ask(server.url, tmp_path, prompts(4, complaint=complains_unless("blue")))
        assert sent_batches(server) == 2
    assert [one.turn for one in found if isinstance(one, Answer)] == [0, 1] * 4


def test_a_budget_bounds_what_is_sent_and_the_rest_waits_for_money(tmp_path: Path) -> None:
    with serving(Plan(output_tokens=64)) as server:
        with pytest.raises(BudgetError):
            ask(server.url, tmp_path, prompts(100), budget_usd=0.005)
        with open_store() as store:
            paid, uncertain, reserved = store.paid("test")
        assert (paid <= 5 * 10**9, uncertain, reserved) == (True, 0, 0)
        assert 20 < server.ledger()["billed"] < 100
        assert len(ask(server.url, tmp_path, prompts(100), budget_usd=1.0)) == 100
        assert server.ledger()["billed"] == 100


def test_faults_of_the_endpoint_while_it_is_waited_for_are_waited_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = iter([429, 500, 503] * 3)
    retrieve = openai.resources.Batches.retrieve

    def faulty(self: openai.resources.Batches, batch: str) -> Any:
        status = next(faults, None)
        if status is None:
            return retrieve(self, batch)
        response = httpx2.Response(status, request=httpx2.Request("GET", "http://127.0.0.1/v1/batches"))
        raise openai.APIStatusError("busy", response=response, body=None)

    monkeypatch.setattr(openai.resources.Batches, "retrieve", faulty)
    with serving(Plan()) as server:
        assert len(ask(server.url, tmp_path, prompts(5))) == 5
        assert (server.ledger()["billed"], sent_batches(server)) == (5, 1)


def test_a_batch_that_another_key_sent_is_a_clear_error_and_stays_known(tmp_path: Path) -> None:
    with serving(Plan()) as server, open_store() as store:
        store.writer.do(lambda db: batches.books.hand_over(db, "batch_elsewhere", "lab", "m", {}))
        with pytest.raises(ModelError, match="404"):
            ask(server.url, tmp_path, prompts(1))
        assert store.query("SELECT id FROM batches WHERE id = 'batch_elsewhere'") == [("batch_elsewhere",)]


def _interrupted(url: str, folder: Path, monkeypatch: pytest.MonkeyPatch, count: int, **changes: Any) -> None:
    """Send a batch, and stop waiting for it."""
    with monkeypatch.context() as context:
        context.setattr(batches.time, "sleep", _interrupt)
        with pytest.raises(Interruption):
            ask(url, folder, prompts(count), **changes)


def test_what_a_batch_holds_is_not_waited_for_by_who_can_not_fetch_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(Plan(batch=BatchPlan(polls=2))) as server:
        _interrupted(server.url, tmp_path, monkeypatch, 3)
        with pytest.raises(ModelError, match=r"provider: batch.*--forget-batch batch_"):
            ask_at_once(server.url, tmp_path, prompts(3))
        assert len(ask(server.url, tmp_path, prompts(3))) == 3
        assert server.ledger()["billed"] == 3


def test_money_that_only_batches_hold_back_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = r"held back for batches that are not fetched"
    with serving(Plan(batch=BatchPlan(polls=2))) as server:
        _interrupted(server.url, tmp_path, monkeypatch, 10, budget_usd=0.0016)
        with pytest.raises(BudgetError, match=said):
            ask_at_once(server.url, tmp_path, prompts(20)[10:], budget_usd=0.0016)
        other = MODEL.model_copy(update={"provider": "batch", "endpoint": "elsewhere"})
        client = client_of(budget_usd=0.0016)
        sender = Batch(other, Endpoint(base_url=server.url, key_env=None), "none", client, purse_of(other, client))
        with pytest.raises(BudgetError, match=said):
            list(Asking(other, sender, client, tmp_path / "answers.jsonl").answer(prompts(20)[10:]))


@pytest.mark.parametrize("torn", [b'{"custom_id": "a', b"<html>", b'{"id": 1}\n', b"[]\n"])
def test_a_file_of_results_that_was_torn_is_fetched_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, torn: bytes
) -> None:
    _results(monkeypatch, [lambda content: content[:200] + torn])
    with serving(Plan()) as server:
        assert len(ask(server.url, tmp_path, prompts(5))) == 5
        assert (server.ledger()["billed"], sent_batches(server)) == (5, 1)


def test_results_in_any_order_and_twice_are_each_paid_once_and_one_that_is_missing_is_asked_again_as_paid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shuffled(content: bytes) -> bytes:
        lines = content.splitlines()
        return b"\r\n".join([*lines[:0:-1], b"", lines[2], b""])  # the first is missing

    _results(monkeypatch, [shuffled])
    with serving(Plan(output_tokens=10)) as server:
        found = ask(server.url, tmp_path, prompts(5))
        assert (server.ledger()["billed"], sent_batches(server)) == (6, 2)
    assert [one.item for one in found] == [one.item for one in prompts(5)]
    most = purse_of(BATCHED, client_of()).at_most(Ask(request_of(BATCHED, prompts(1)[0]), "", "", "", 0))
    with open_store() as store:
        assert store.paid("test") == (5 * (7 + 40) * 10**6 // 2 + most, most, 0)


def _results(monkeypatch: pytest.MonkeyPatch, changes: list[Callable[[bytes], bytes]]) -> None:
    """Let the first files of results arrive changed."""
    content = openai.resources.Files.content

    def changed(self: openai.resources.Files, file: str) -> Any:
        found = content(self, file)
        return SimpleNamespace(content=changes.pop(0)(found.content)) if changes else found

    monkeypatch.setattr(openai.resources.Files, "content", changed)


@pytest.mark.parametrize("call", ["retrieve", "create"])
def test_a_page_in_place_of_a_batch_sends_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    right, pages = getattr(openai.resources.Batches, call), ["<html>"]

    def wrong(*given: Any, **more: Any) -> Any:
        found = right(*given, **more)
        return pages.pop() if pages else found

    monkeypatch.setattr(openai.resources.Batches, call, wrong)
    with serving(Plan(batch=BatchPlan(polls=2))) as server:
        if call == "create":  # which can't be done again, but is found again
            with pytest.raises(ModelError, match=r"not of the Batch API.*waited for, not sent again"):
                ask(server.url, tmp_path, prompts(5))
        assert len(ask(server.url, tmp_path, prompts(5))) == 5
        assert (server.ledger()["billed"], sent_batches(server)) == (5, 1)
