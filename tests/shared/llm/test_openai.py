"""Requests and replies of OpenAI-compatible endpoints."""

import asyncio
import socket
from contextlib import ExitStack
from typing import Any

import httpx2
import openai
import pytest

from stages.shared.llm.calls import CallError
from stages.shared.llm.client import Endpoint
from stages.shared.llm.openai import OpenAI, body, completion, completion_of, error_of, usage_of
from stages.shared.llm.seam import Request, Sampling
from stages.shared.records import Usage
from tests.shared.llm.asked import KEY

REQUEST = Request("lab", "m", ({"role": "user", "content": "Hi"},), Sampling(temperature=0, max_tokens=9).sent())


def test_what_is_not_set_is_not_sent() -> None:
    assert body(REQUEST) == {
        "model": "m", "messages": [{"role": "user", "content": "Hi"}], "temperature": 0.0, "max_tokens": 9,
    }  # fmt: skip


def test_a_schema_is_asked_for_by_name() -> None:
    request = Request("lab", "m", REQUEST.messages, {}, {"type": "object"})
    assert body(request)["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "reply", "schema": {"type": "object"}},
    }


@pytest.mark.parametrize(
    ("found", "usage"),
    [
        (None, None),
        ({}, None),
        ({"prompt_tokens": 3}, None),
        ({"prompt_tokens": "3", "completion_tokens": 2}, None),
        ({"prompt_tokens": -1, "completion_tokens": 2}, None),
        ({"prompt_tokens": True, "completion_tokens": 2}, None),
        ({"prompt_tokens": 0, "completion_tokens": 0}, None),  # nobody has counted: not free
        ({"prompt_tokens": 10**30, "completion_tokens": 2}, None),  # fits no store
        ({"prompt_tokens": 3, "completion_tokens": 2, "prompt_tokens_details": "none"}, Usage(input=3, output=2)),
        ({"prompt_tokens": 3, "completion_tokens": 2}, Usage(input=3, output=2)),
        ({"prompt_tokens": 3, "completion_tokens": 2, "prompt_tokens_details": None}, Usage(input=3, output=2)),
        (
            {"prompt_tokens": 3, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 1}},
            Usage(input=3, cached_input=1, output=2),
        ),
    ],
)
def test_tokens_are_taken_from_the_reply_or_stay_unknown(found: Any, usage: Usage | None) -> None:
    assert usage_of(found, "") == usage


@pytest.mark.parametrize("found", [None, [], {}, {"choices": []}, {"choices": [{}]}, {"choices": [{"message": "x"}]}])
def test_json_that_is_no_completion_is_a_broken_reply(found: Any) -> None:
    with pytest.raises(CallError, match="broken-reply"):
        completion_of(found, KEY)


def failure(url: str, timeout_s: float) -> CallError:
    """What a call to an address ends with, within the time that the pool gives it."""

    async def call() -> None:
        transport = OpenAI(Endpoint(base_url=url, key_env=None), "none", timeout_s)
        try:
            async with asyncio.timeout(timeout_s):
                await transport.call(REQUEST)
        finally:
            await transport.close()

    with pytest.raises(CallError) as caught:
        asyncio.run(call())
    return caught.value


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/v1", "http://localhost:9/v1"])
def test_a_call_that_never_reached_the_endpoint_is_not_billed(url: str) -> None:
    found = failure(url, timeout_s=5)
    assert (found.reason, found.billed) == ("connection", False)


def test_a_reply_that_counts_no_token_of_its_text_is_not_metered() -> None:
    assert usage_of({"prompt_tokens": 3, "completion_tokens": 0}, "Hi") is None
    assert usage_of({"prompt_tokens": 3, "completion_tokens": 0}, "") == Usage(input=3, output=0)


PARTS = [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}, {"type": "text", "text": "Blue."}]


@pytest.mark.parametrize(
    ("message", "reply"),
    [
        ({"content": "Blue."}, "Blue."),
        ({"content": PARTS}, "Blue."),
        ({"content": None, "refusal": "I won't."}, "I won't."),
        ({"content": None, "reasoning_content": "Hm."}, ""),
    ],
)
def test_whatever_form_a_reply_has_its_text_is_kept(message: Any, reply: str) -> None:
    assert completion_of({"choices": [{"message": message}]}, KEY).reply == reply


def test_a_reply_that_was_cut_inside_a_character_is_an_answer() -> None:
    body = b'{"choices": [{"message": {"content": "caf\xc3"}, "finish_reason": "length"}]}'
    found = completion(body, "application/json", KEY)
    assert (found.reply, found.finish_reason) == ("caf\N{REPLACEMENT CHARACTER}", "length")


@pytest.mark.parametrize(
    ("found", "reason", "said"),
    [
        ({"error": {"message": "No credits", "code": 402}}, "refused", "status 402, No credits"),
        ({"error": {"message": "Slow down", "code": "429"}}, "too-many-requests", "status 429, Slow down"),
        ({"error": "no model is loaded"}, "server-error", "status 200 with an error, no model is loaded"),
        ({"error": {"message": f"bad key {KEY}"}}, "server-error", "status 200 with an error, bad key (the key)"),
        ({"choices": [{"message": {"content": "Bl"}, "finish_reason": "error"}]}, "broken-reply", "broke off"),
    ],
)
def test_an_error_under_status_200_is_told_as_the_endpoint_tells_it(found: Any, reason: str, said: str) -> None:
    with pytest.raises(CallError) as caught:
        completion_of(found, KEY)
    assert caught.value.reason == reason
    assert said in caught.value.detail


def test_a_key_that_an_endpoint_repeats_is_left_out() -> None:
    response = httpx2.Response(401, request=httpx2.Request("POST", "http://127.0.0.1/v1"))
    found = error_of(openai.AuthenticationError(f"no such key: {KEY}" + "." * 300, response=response, body=None), KEY)
    assert found.stop
    assert KEY[:10] not in found.detail


@pytest.mark.parametrize(("code", "stops"), [("content_filter", False), ("invalid_api_key", True)])
def test_a_gateway_that_refuses_one_prompt_by_403_stops_nothing(code: str, stops: bool) -> None:
    response = httpx2.Response(403, request=httpx2.Request("POST", "http://127.0.0.1/v1"))
    found = error_of(openai.PermissionDeniedError("no", response=response, body={"code": code}), KEY)
    assert found.stop == stops


@pytest.mark.parametrize(
    ("body", "told"), [(f"No access for {KEY}.", " - No access for (the key)."), ("<html>", ""), ("", "")]
)
def test_an_error_that_is_a_sentence_is_told(body: str, told: str) -> None:
    response = httpx2.Response(403, request=httpx2.Request("POST", "http://127.0.0.1/v1"))
    error = openai.PermissionDeniedError("Error code: 403", response=response, body=body)
    assert error_of(error, KEY).detail == f"status 403, Error code: 403{told}"


def test_an_endpoint_that_takes_no_connection_has_billed_nothing() -> None:
    with socket.socket() as deaf, ExitStack() as waiting:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)  # and never accepts, so that a few connections fill it up
        for _ in range(4):
            one = waiting.enter_context(socket.socket())
            one.settimeout(0)
            one.connect_ex(deaf.getsockname())
        found = failure(f"http://127.0.0.1:{deaf.getsockname()[1]}/v1", timeout_s=0.6)
    assert (found.reason, found.billed) == ("timeout", False)
