"""From prompts to answers: what the store holds is not asked for, what can't be used is complained of once."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from stages.shared.errors import ModelError, ParamsError
from stages.shared.llm import asking as asking_of
from stages.shared.llm import books, progress
from stages.shared.llm.asking import open_asking
from stages.shared.llm.client import Endpoint, secret
from stages.shared.llm.fault_plan import Plan, Rule
from stages.shared.llm.fault_serving import serving
from stages.shared.llm.seam import ModelParams, Prompt, Sampling, Unanswered, open_provider, open_rounds
from stages.shared.llm.store import Store, open_store
from stages.shared.records import Answer
from tests.hub.examples import write_params
from tests.shared.llm.asked import CLIENT, MODEL, ask, asking, complains_unless, prompts


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SAUROPOD_ANSWERS", str(tmp_path / "answers.sqlite"))


def answers(found: list[object]) -> list[Answer]:
    return [one for one in found if isinstance(one, Answer)]


def test_a_prompt_that_was_answered_before_is_not_asked_again_whoever_asks_and_in_which_order(tmp_path: Path) -> None:
    with serving(Plan()) as server:
        first = ask(server.url, tmp_path, prompts(10))
        renamed = [Prompt(f"new-{one.item}", "unaware", one.messages) for one in reversed(prompts(10))]
        second = ask(server.url, tmp_path / "elsewhere", renamed)
        assert server.ledger()["asked"] == 10
    assert [one.item for one in second] == [one.item for one in renamed]
    assert [one.reply for one in answers(second)] == [one.reply for one in answers(first)][::-1]
    assert {one.setting for one in second} == {"unaware"}


def test_prompts_that_send_the_same_are_asked_once_and_draws_are_asked_each(tmp_path: Path) -> None:
    (one,) = prompts(1)
    same = [Prompt(f"item-{number}", "aware", one.messages) for number in range(20)]
    drawn = [Prompt("item", "aware", one.messages, draw=number) for number in range(3)]
    with serving(Plan(latency_ms=2)) as server:
        assert len({found.reply for found in answers(ask(server.url, tmp_path, same))}) == 1
        assert server.ledger()["asked"] == 1
        assert [found.draw for found in ask(server.url, tmp_path, drawn)] == [0, 1, 2]
        assert server.ledger()["asked"] == 3


def test_only_what_is_sent_makes_a_request_another(tmp_path: Path) -> None:
    (one,) = prompts(1)
    other = [
        MODEL.model_copy(update={"model": "n"}),
        MODEL.model_copy(update={"endpoint": "other"}),
        MODEL.model_copy(update={"sampling": Sampling(temperature=1, max_tokens=64)}),
    ]
    with serving(Plan()) as server:
        for model in [MODEL, MODEL.model_copy(update={"provider": "openai", "revision": None}), *other]:
            ask(server.url, tmp_path, [one], model=model)
        ask(server.url, tmp_path, [Prompt("a", "aware", one.messages, schema={"type": "object"})])
        ask(server.url, tmp_path, [Prompt("a", "aware", one.messages, subject={"row": 1}, complaint=str.strip)][:0])
        assert server.ledger()["asked"] == 5


def test_a_reply_that_can_not_be_used_is_complained_of_once_and_both_are_handed_out(tmp_path: Path) -> None:
    plan = Plan(reply="No idea.", replies=(Rule(contains="it does not hold the word blue.", reply="It is blue."),))
    asked = prompts(3, complaint=complains_unless("blue"))
    with serving(plan) as server:
        found = answers(ask(server.url, tmp_path, asked))
        assert server.ledger()["asked"] == 6
        again = answers(ask(server.url, tmp_path, asked))
        assert server.ledger()["asked"] == 6
    assert [(one.item, one.turn, one.reply) for one in found[:2]] == [
        ("item-0000", 0, "No idea."),
        ("item-0000", 1, "It is blue."),
    ]
    assert len(found) == 6
    assert again == found


def test_a_complaint_is_made_once_only(tmp_path: Path) -> None:
    with serving(Plan(reply="No idea.")) as server:
        found = answers(ask(server.url, tmp_path, prompts(1, complaint=complains_unless("blue"))))
        assert server.ledger()["asked"] == 2
    assert [one.turn for one in found] == [0, 1]


def test_a_reply_whose_complaint_gets_no_answer_stands(tmp_path: Path) -> None:
    with serving(Plan(reply="No idea.", first=(None, "400"))) as server:
        found = answers(ask(server.url, tmp_path, prompts(1, complaint=complains_unless("blue"))))
    assert [(one.turn, one.reply) for one in found] == [(0, "No idea.")]


def test_what_is_handed_out_refills_an_empty_store_completely(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = Plan(reply="No idea.", replies=(Rule(contains="it does not hold", reply="It is blue."),))
    asked = prompts(5, complaint=complains_unless("blue"))
    with serving(plan) as server:
        found = ask(server.url, tmp_path, asked)
        monkeypatch.setenv("SAUROPOD_ANSWERS", str(tmp_path / "new.sqlite"))
        with open_store() as store:
            assert store.refill(answers(found)) == 10
        assert ask(server.url, tmp_path, asked) == found
        assert server.ledger()["asked"] == 10


def test_an_endpoint_that_takes_no_schema_is_asked_without(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = prompts(20, schema={"type": "object"})
    with serving(Plan(rejects_schema=True)) as server:
        found = ask(server.url, tmp_path, asked, concurrency=1)
        assert len(answers(found)) == 20
        assert server.ledger()["faults"] == {"rejects_schema": 1}
        assert server.ledger()["billed"] == 20
    assert "lab takes no JSON schema; asking without" in capsys.readouterr().err


def test_a_damaged_answer_is_asked_for_again(tmp_path: Path) -> None:
    with serving(Plan()) as server:
        (first,) = answers(ask(server.url, tmp_path, prompts(1)))
        with open_store() as store:
            store.writer.do(lambda db: db.execute("UPDATE answers SET reply = 'forged'"))
        assert answers(ask(server.url, tmp_path, prompts(1))) == [first]
        assert server.ledger()["asked"] == 2


def test_a_stage_opens_the_provider_from_params(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_KEY", "secret")
    with serving(Plan()) as server:
        endpoints = {"lab": {"base_url": server.url, "key_env": "LAB_KEY"}}
        write_params(tmp_path, llm={"client": {**CLIENT, "endpoints": endpoints}})
        provider = open_provider("mine", MODEL, lambda _: "", tmp_path / "answers.jsonl", 3)
        assert len(list(provider.answer(prompts(3)))) == 3


@pytest.mark.parametrize(
    ("endpoints", "key"),
    [
        ({}, r"llm\.models\.mine\.endpoint: expected one of the endpoints \(none\), got 'lab'"),
        ({"lab": {"base_url": None, "key_env": "NO_SUCH_KEY"}}, "a key in the environment variable NO_SUCH_KEY"),
    ],
)
def test_a_missing_endpoint_or_key_is_one_clear_sentence(tmp_path: Path, endpoints: object, key: str) -> None:
    write_params(tmp_path, llm={"client": {**CLIENT, "endpoints": endpoints}})
    with pytest.raises(ParamsError, match=key):
        open_asking("mine", MODEL, tmp_path / "answers.jsonl", None)


@pytest.mark.parametrize(
    "change", [{"concurrency": 0}, {"budget": 3}, {"timeout_s": -1}, {"prices": {"m": {"input": 1}}}]
)
def test_an_impossible_limit_is_refused_with_its_key(tmp_path: Path, change: dict[str, object]) -> None:
    write_params(tmp_path, llm={"client": {**CLIENT, **change}})
    with pytest.raises(ParamsError, match=rf"llm\.client.*{next(iter(change))}"):
        open_asking("mine", MODEL, tmp_path / "answers.jsonl", None)


def test_who_asked_first_and_what_it_cost_is_in_the_store(tmp_path: Path) -> None:
    with serving(Plan(output_tokens=10)) as server:
        (found,) = answers(ask(server.url, tmp_path, prompts(1)))
    with open_store() as store:
        entry = store.find(found.key)
        assert entry is not None
        assert entry == books.Stored(answer=found, cost=(7 * 1 + 10 * 4) * 10**6, budget="test", at=entry.at)
    assert json.loads(found.model_dump_json())["provider"] == "lab"


def test_providers_that_ask_nobody_have_no_key_of_an_endpoint() -> None:
    assert ModelParams(provider="template", model="rules-1").label == "template"


def test_rounds_are_asked_one_after_another_over_the_same_connections(tmp_path: Path) -> None:
    with serving(Plan()) as server, asking(server.url, tmp_path).rounds() as ask_round:
        (first,) = answers(list(ask_round(prompts(1))))
        follow = Prompt("next", "aware", ({"role": "user", "content": first.reply},))
        second = answers(list(ask_round([follow, *prompts(2)])))
        assert [one.item for one in second] == ["next", "item-0000", "item-0001"]
        assert second[1].reply == first.reply
        assert server.ledger()["asked"] == 3


def in_rounds(url: str, folder: Path, *rounds: list[Prompt], **changes: Any) -> list[list[Answer | Unanswered]]:
    with asking(url, folder, **changes).rounds() as ask_round:
        return [list(ask_round(one)) for one in rounds]


def test_the_failed_share_is_that_of_all_rounds(tmp_path: Path) -> None:
    with serving(Plan(first=("400",))) as server:
        found = in_rounds(server.url, tmp_path, prompts(1), prompts(5)[1:], max_failed_share=0.25)
    assert isinstance(found[0][0], Unanswered)
    assert len(answers(found[1])) == 4


def test_too_many_without_an_answer_fail_after_the_last_round(tmp_path: Path) -> None:
    with serving(Plan(first=("400",))) as server:
        with pytest.raises(ModelError, match=r"of 5 prompts without an answer, got 1 \(rejected 1"):
            in_rounds(server.url, tmp_path, prompts(1), prompts(5)[1:], max_failed_share=0.19)
        assert server.ledger()["asked"] == 5


def test_a_round_of_several_without_any_answer_is_the_last(tmp_path: Path) -> None:
    with serving(Plan(first=(None, None, "400", "400"))) as server:
        with pytest.raises(ModelError, match=r"of 4 prompts without an answer, got 2"):
            in_rounds(server.url, tmp_path, prompts(2), prompts(4)[2:], prompts(9)[4:], max_failed_share=0.3)
        assert server.ledger()["asked"] == 4
    with serving(Plan(first=(None, None, "400", "400"))) as server:
        folder, other = tmp_path / "other", MODEL.model_copy(update={"model": "n"})
        rounds = (prompts(2), prompts(4)[2:], prompts(9)[4:])
        in_rounds(server.url, folder, *rounds, model=other, max_failed_share=0.5)
        assert server.ledger()["asked"] == 9


def test_a_refused_key_stops_the_round_it_comes_in(tmp_path: Path) -> None:
    with serving(Plan(first=("401",))) as server:
        with pytest.raises(ModelError, match="accepts key"):
            in_rounds(server.url, tmp_path, prompts(1), prompts(5)[1:], max_failed_share=1.0)
        assert server.ledger()["asked"] == 1


def test_the_last_commit_is_read_back_once_for_all_rounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Path] = []

    def refill(store: Store, out: Path, *, pay_again: bool) -> int:
        read.append(out)
        return 0

    monkeypatch.setattr("stages.shared.llm.refill.refill", refill)
    with serving(Plan()) as server, asking(server.url, tmp_path).rounds() as ask_round:
        for number in range(3):
            ask_round(prompts(number + 1))
    assert read == [tmp_path / "answers.jsonl"]


def test_an_endpoint_that_takes_no_schema_is_asked_without_in_later_rounds_too(tmp_path: Path) -> None:
    asked = prompts(3, schema={"type": "object"})
    with serving(Plan(rejects_schema=True)) as server, asking(server.url, tmp_path).rounds() as ask_round:
        for one in asked:
            ask_round([one])
        assert server.ledger()["faults"] == {"rejects_schema": 1}


def test_the_progress_line_counts_all_rounds_so_far(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "FILE_SECONDS", 0.0)
    with serving(Plan()) as server:
        in_rounds(server.url, tmp_path, prompts(2), prompts(5)[2:])
    lines = capsys.readouterr().err.splitlines()
    assert any("1/2 answered" in line for line in lines)
    assert any("3/5 answered" in line for line in lines)
    assert "5/5 answered" in lines[-1]


@pytest.mark.parametrize("provider", ["template", "recorded", "oracle"])
def test_who_answers_known_prompts_only_is_not_asked_in_rounds(tmp_path: Path, provider: str) -> None:
    with pytest.raises(ParamsError, match=r"llm\.models\.mine\.provider: expected one of the providers openai, batch"):
        open_rounds("mine", ModelParams(provider=provider, model="m"), tmp_path / "answers.jsonl")


def test_where_nobody_answers_any_more_the_rest_is_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking_of, "SILENCE", 0)
    monkeypatch.setattr(asking_of, "GIVEN_UP", 5)
    with serving(Plan(first=("500",) * 400)) as server:
        with pytest.raises(ModelError, match="server-error"):
            ask(server.url, tmp_path, prompts(400), attempts=1, concurrency=2)
        assert server.ledger()["asked"] < 20
        # What may all stay without an answer is asked to its end, and so is what is not silent.
        ask(server.url, tmp_path, prompts(40), attempts=1, max_failed_share=1)
        assert server.ledger()["asked"] >= 40


@pytest.mark.parametrize("key", ["canary\nkey", "canary key", "\u201ccanary-key\u201d"])
def test_a_key_that_no_header_can_hold_is_refused_and_not_shown(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("LAB_KEY", key)
    with pytest.raises(ParamsError, match="LAB_KEY") as caught:
        secret(Endpoint(base_url=None, key_env="LAB_KEY"), "lab")
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["127.0.0.1:8000/v1", "ftp://127.0.0.1/v1", "http://[::1/v1", "http://127.0.0.1:99999/v1"]
)
def test_what_is_no_address_is_refused_before_anything_is_asked(url: str) -> None:
    with pytest.raises(ValidationError):
        Endpoint(base_url=url, key_env=None)
