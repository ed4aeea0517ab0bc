"""Requests and replies of OpenAI-compatible endpoints."""

import asyncio
from typing import Any

import pytest

from stages.shared.llm.calls import CallError
from stages.shared.llm.client import Endpoint
from stages.shared.llm.openai import OpenAI, body, completion_of, usage_of
from stages.shared.llm.seam import Request, Sampling
from stages.shared.records import Usage

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
        ({"prompt_tokens": 3, "completion_tokens": 2}, Usage(input=3, output=2)),
        ({"prompt_tokens": 3, "completion_tokens": 2, "prompt_tokens_details": None}, Usage(input=3, output=2)),
        (
            {"prompt_tokens": 3, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 1}},
            Usage(input=3, cached_input=1, output=2),
        ),
    ],
)
def test_tokens_are_taken_from_the_reply_or_stay_unknown(found: Any, usage: Usage | None) -> None:
    assert usage_of(found) == usage


@pytest.mark.parametrize("found", [None, [], {}, {"choices": []}, {"choices": [{}]}, {"choices": [{"message": "x"}]}])
def test_json_that_is_no_completion_is_a_broken_reply(found: Any) -> None:
    with pytest.raises(CallError, match="broken-reply"):
        completion_of(found)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/v1", "http://localhost:9/v1"])
def test_a_call_that_never_reached_the_endpoint_is_not_billed(url: str) -> None:
    async def call() -> None:
        transport = OpenAI(Endpoint(base_url=url, key_env=None), "none", 5)
        try:
            await transport.call(REQUEST)
        finally:
            await transport.close()

    with pytest.raises(CallError) as caught:
        asyncio.run(call())
    assert (caught.value.reason, caught.value.billed) == ("connection", False)
