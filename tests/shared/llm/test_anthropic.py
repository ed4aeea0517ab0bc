"""Anthropic's Messages API through its SDK, against the fault server."""

from pathlib import Path

import pytest

from stages.shared.errors import ModelError, ParamsError
from stages.shared.llm.anthropic import Anthropic, body, completion, usage_of
from stages.shared.llm.asking import Asking, purse_of
from stages.shared.llm.client import Endpoint
from stages.shared.llm.fault_plan import FaultName, Plan
from stages.shared.llm.fault_serving import serving
from stages.shared.llm.pool import Pool
from stages.shared.llm.seam import ModelParams, Prompt, Request, Sampling, Unanswered
from stages.shared.records import Answer, Usage
from tests.shared.llm.asked import KEY, client_of, prompts

MODEL = ModelParams(provider="anthropic", endpoint="lab", model="m", sampling=Sampling(max_tokens=64))


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SAUROPOD_ANSWERS", str(tmp_path / "answers.sqlite"))


def ask(url: str, folder: Path, asked: list[Prompt]) -> list[Answer | Unanswered]:
    client = client_of()
    endpoint = Endpoint(base_url=url, key_env=None)
    pool = Pool("lab", lambda: Anthropic(endpoint, "none", 5), client, purse_of(MODEL, client))
    return list(Asking(MODEL, pool, client, folder / "answers.jsonl").answer(asked))


def test_prompts_are_answered_in_order_and_metered(tmp_path: Path) -> None:
    with serving(Plan(latency_ms=(0, 5), cached_input_share=0.5, output_tokens=8)) as server:
        found = ask(server.root, tmp_path, prompts(30))
        assert server.ledger()["billed"] == 30
    assert [one.item for one in found] == [one.item for one in prompts(30)]
    first = found[0]
    assert isinstance(first, Answer)
    assert first.finish_reason == "stop"
    assert first.usage is not None
    assert (first.usage.input, first.usage.output) == (7, 8)


@pytest.mark.parametrize("fault", ["429", "529", "500", "half", "cut", "empty", "html", "reset", "no_choices"])
def test_a_fault_is_tried_again(tmp_path: Path, fault: FaultName) -> None:
    with serving(Plan(first=(fault,), retry_after=0.01)) as server:
        (found,) = ask(server.root, tmp_path, prompts(1))
        assert isinstance(found, Answer)
        assert (server.ledger()["asked"], server.ledger()["billed"]) == (2, 1)


def test_an_empty_account_stops_the_asking(tmp_path: Path) -> None:
    with serving(Plan(first=("insufficient_quota",))) as server, pytest.raises(ModelError, match="402"):
        ask(server.root, tmp_path, prompts(1))


def test_the_system_message_goes_apart_and_stop_has_another_name() -> None:
    messages = ({"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"})
    request = Request("lab", "m", messages, Sampling(max_tokens=9, stop=("\n",)).sent(), {"type": "object"})
    assert body(request) == {
        "model": "m",
        "max_tokens": 9,
        "stop_sequences": ["\n"],
        "system": "Be brief.",
        "messages": [{"role": "user", "content": "Hi"}],
        "output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}},
    }


@pytest.mark.parametrize(
    ("sampling", "said"), [(Sampling(), "a bound on replies"), (Sampling(max_tokens=1, seed=3), "seed")]
)
def test_sampling_that_the_api_has_not_is_refused(sampling: Sampling, said: str) -> None:
    with pytest.raises(ParamsError, match=said):
        body(Request("lab", "m", (), sampling.sent()))


def test_cached_tokens_are_part_of_the_input() -> None:
    found = {"input_tokens": 3, "cache_read_input_tokens": 4, "cache_creation_input_tokens": None, "output_tokens": 2}
    assert usage_of(found, "Hi") == Usage(input=7, cached_input=4, output=2)
    assert usage_of(None, "") is None


def test_a_turn_that_ended_without_a_word_is_an_answer_that_was_billed() -> None:
    usage = '"usage": {"input_tokens": 9, "output_tokens": 2}'
    found = completion(f'{{"content": [], "stop_reason": "end_turn", {usage}}}'.encode(), "application/json", KEY)
    assert (found.reply, found.usage) == ("", Usage(input=9, output=2))


def test_a_usage_without_numbers_stays_unknown() -> None:
    assert usage_of({}, "Hi") is None
    assert usage_of({"input_tokens": 4, "output_tokens": None}, "Hi") is None
