"""Replies and errors in both API forms: what the plan says, what a fault changes, and what is reported as used."""

import time
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from stages.shared.llm.fault_plan import FaultName, Plan, Rule
from stages.shared.llm.fault_replies import (
    PROSE,
    REFUSALS,
    answer,
    chat_error,
    chat_reply,
    messages_error,
    messages_reply,
    retry_after,
)
from stages.shared.llm.fault_requests import asked
from tests.shared.llm.calling import question


def chat(plan: Plan, body: dict[str, Any], fault: FaultName | None = None) -> Any:
    return chat_reply(asked(body), answer(plan, asked(body), fault), fault)


def messages(plan: Plan, body: dict[str, Any], fault: FaultName | None = None) -> Any:
    return messages_reply(asked(body), answer(plan, asked(body), fault), fault)


def test_a_reply_names_the_digest_of_its_messages() -> None:
    digest = asked(question()).messages_digest
    assert answer(Plan(reply="<{digest}>"), asked(question())).text == f"<{digest}>"


def test_the_first_rule_that_fits_any_message_wins() -> None:
    plan = Plan(replies=(Rule(contains="cat", reply="meow"), Rule(contains="dog", reply="{digest}")), reply="?")
    assert answer(plan, asked(question("a cat and a dog"))).text == "meow"
    assert answer(plan, asked(question("a dog"))).text == asked(question("a dog")).messages_digest
    assert answer(plan, asked(question("a cow"))).text == "?"


def test_output_tokens_lie_in_their_range_and_follow_from_the_body() -> None:
    plan = Plan(output_tokens=(5, 9))
    found = [answer(plan, asked(question(str(number)))).output for number in range(200)]
    assert found == [answer(plan, asked(question(str(number)))).output for number in range(200)]
    assert set(found) == {5, 6, 7, 8, 9}


def test_a_limit_cuts_tokens_and_text_and_says_so() -> None:
    cut = answer(Plan(output_tokens=10, reply="0123456789"), asked(question(max_tokens=4)))
    assert (cut.output, cut.text, cut.finish) == (4, "0123", "length")
    whole = answer(Plan(output_tokens=10, reply="0123456789"), asked(question(max_completion_tokens=10)))
    assert (whole.output, whole.text, whole.finish) == (10, "0123456789", "stop")


def test_usage_tells_cached_tokens_as_each_api_does() -> None:
    plan = Plan(cached_input_share=0.5)
    usage = chat(plan, question("a" * 64))["usage"]
    assert usage == {
        "prompt_tokens": 20,
        "completion_tokens": 16,
        "total_tokens": 36,
        "prompt_tokens_details": {"cached_tokens": 10},
    }
    assert messages(plan, question("a" * 64))["usage"] == {
        "input_tokens": 10,
        "output_tokens": 16,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 10,
    }


@pytest.mark.parametrize(
    ("fault", "content", "finish"),
    [
        (None, "0123456789", "stop"),
        ("bad_json", PROSE, "stop"),
        ("truncated", "01234", "length"),
        ("filtered", None, "content_filter"),
        ("no_usage", "0123456789", "stop"),
    ],
)
def test_a_chat_reply_shows_the_fault_of_its_content(fault: FaultName | None, content: str | None, finish: str) -> None:
    reply = chat(Plan(reply="0123456789"), question(), fault)
    assert [choice["message"]["content"] for choice in reply["choices"]] == [content]
    assert reply["choices"][0]["finish_reason"] == finish
    assert ("usage" in reply) == (fault != "no_usage")


@pytest.mark.parametrize(
    ("fault", "texts", "stop"),
    [
        (None, ["0123456789"], "end_turn"),
        ("bad_json", [PROSE], "end_turn"),
        ("truncated", ["01234"], "max_tokens"),
        ("filtered", [], "refusal"),
        ("no_usage", ["0123456789"], "end_turn"),
        ("no_choices", [], "end_turn"),
    ],
)
def test_a_message_shows_the_fault_of_its_content(fault: FaultName | None, texts: list[str], stop: str) -> None:
    reply = messages(Plan(reply="0123456789"), question(), fault)
    assert [block["text"] for block in reply["content"]] == texts
    assert reply["stop_reason"] == stop
    assert ("usage" in reply) == (fault != "no_usage")


def test_a_reply_without_choices_used_nothing() -> None:
    reply = chat(Plan(), question(), "no_choices")
    assert reply["choices"] == []
    assert reply["usage"]["total_tokens"] == 0


@pytest.mark.parametrize(
    ("name", "status", "type", "messages_status", "messages_type"),
    [
        ("429", 429, "rate_limit_error", 429, "rate_limit_error"),
        ("500", 500, "server_error", 500, "api_error"),
        ("502", 502, "server_error", 502, "api_error"),
        ("503", 503, "server_error", 503, "api_error"),
        ("529", 529, "overloaded_error", 529, "overloaded_error"),
        ("401", 401, "authentication_error", 401, "authentication_error"),
        ("400", 400, "invalid_request_error", 400, "invalid_request_error"),
        ("insufficient_quota", 429, "insufficient_quota", 402, "billing_error"),
    ],
)
def test_an_error_has_the_form_of_its_api(
    name: FaultName, status: int, type: str, messages_status: int, messages_type: str
) -> None:
    found, body = chat_error(REFUSALS[name])
    assert (found, body["error"]["type"]) == (status, type)
    assert set(body["error"]) == {"message", "type", "param", "code"}
    found, body = messages_error(REFUSALS[name])
    assert (found, body["type"], body["error"]["type"]) == (messages_status, "error", messages_type)


def test_an_empty_purse_has_its_code() -> None:
    assert chat_error(REFUSALS["insufficient_quota"])[1]["error"]["code"] == "insufficient_quota"


@pytest.mark.parametrize("name", ["429", "503"])
def test_errors_that_pass_say_when_to_come_again(name: FaultName) -> None:
    assert retry_after(Plan(), REFUSALS[name]) == {}
    assert retry_after(Plan(retry_after=0.25), REFUSALS[name]) == {"Retry-After": "0.25"}
    assert retry_after(Plan(retry_after=7), REFUSALS[name]) == {"Retry-After": "7"}


@pytest.mark.parametrize("name", ["500", "401", "insufficient_quota"])
def test_other_errors_do_not(name: FaultName) -> None:
    assert retry_after(Plan(retry_after=1), REFUSALS[name]) == {}


def test_a_date_to_come_again_is_a_whole_second_not_too_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1_000_000.4)
    header = retry_after(Plan(retry_after="date", retry_after_s=2), REFUSALS["429"])["Retry-After"]
    assert header == "Mon, 12 Jan 1970 13:46:43 GMT"
    assert parsedate_to_datetime(header).timestamp() == 1_000_003
