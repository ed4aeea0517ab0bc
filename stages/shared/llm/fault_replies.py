"""The bodies of a fault server: replies and errors, as Chat Completions (OpenAI) and as Messages (Anthropic)."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate
from math import ceil
from typing import Any

from stages.shared.llm.fault_plan import FaultName, Plan
from stages.shared.llm.fault_requests import Asked, chance

PROSE = "Certainly! Here is what I would say, in words rather than in the form that was asked for."


@dataclass(frozen=True)
class Answer:
    """A reply before it takes an API's form.

    text: None where a filter took it. finish: in the words of Chat Completions. cached: of the input tokens.
    """

    text: str | None
    finish: str
    input: int
    cached: int
    output: int


@dataclass(frozen=True)
class Refusal:
    """An error reply; `type` and `code` in the words of OpenAI."""

    status: int
    type: str
    message: str
    code: str | None = None
    param: str | None = None


REFUSALS: dict[str, Refusal] = {
    "429": Refusal(429, "rate_limit_error", "Too many requests.", "rate_limit_exceeded"),
    "500": Refusal(500, "server_error", "The server had an error."),
    "502": Refusal(502, "server_error", "Bad gateway."),
    "503": Refusal(503, "server_error", "The server is unavailable."),
    "529": Refusal(529, "overloaded_error", "The server is overloaded."),
    "401": Refusal(401, "authentication_error", "The key is not valid.", "invalid_api_key"),
    "400": Refusal(400, "invalid_request_error", "The request is not valid."),
    "insufficient_quota": Refusal(429, "insufficient_quota", "The quota is used up.", "insufficient_quota"),
}
"""The faults that are error replies."""

MESSAGES_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    404: "not_found_error",
    429: "rate_limit_error",
    529: "overloaded_error",
}
"""What the Messages API calls an error of a status; any other is an `api_error`."""

STOP_REASONS = {"stop": "end_turn", "length": "max_tokens", "content_filter": "refusal"}


def answer(plan: Plan, asked: Asked, fault: FaultName | None = None) -> Answer:
    """What the plan replies to a request, changed by the fault where the fault concerns the content."""
    text, finish = plan.completion(asked.texts, asked.messages_digest)
    low, high = plan.output_tokens
    output = low + int((high - low + 1) * chance(plan.seed, asked.digest, "output"))
    shown: str | None = PROSE if fault == "bad_json" else text
    if asked.limit is not None and output > asked.limit:
        shown = shown and shown[: len(shown) * asked.limit // output]
        output, finish = asked.limit, "length"
    if fault == "truncated":
        shown, finish = shown and shown[: len(shown) // 2], "length"
    elif fault == "filtered":
        shown, finish = None, "content_filter"
    elif fault == "no_choices":
        return Answer(None, finish, 0, 0, 0)
    return Answer(shown, finish, asked.input_tokens, int(asked.input_tokens * plan.cached_input_share), output)


def chat_reply(asked: Asked, answer: Answer, fault: FaultName | None = None) -> dict[str, Any]:
    """A chat completion."""
    message = {"role": "assistant", "content": answer.text, "refusal": None}
    body: dict[str, Any] = {
        "id": f"chatcmpl-{asked.digest}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": asked.model,
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": answer.finish}],
        "usage": {
            "prompt_tokens": answer.input,
            "completion_tokens": answer.output,
            "total_tokens": answer.input + answer.output,
            "prompt_tokens_details": {"cached_tokens": answer.cached},
        },
    }
    if fault == "no_choices":
        body["choices"] = []
    if fault == "no_usage":
        del body["usage"]
    return body


def messages_reply(asked: Asked, answer: Answer, fault: FaultName | None = None) -> dict[str, Any]:
    """A message; its input_tokens are those that were not read from the cache."""
    body: dict[str, Any] = {
        "id": f"msg_{asked.digest}",
        "type": "message",
        "role": "assistant",
        "model": asked.model,
        "content": [] if answer.text is None else [{"type": "text", "text": answer.text}],
        "stop_reason": STOP_REASONS[answer.finish],
        "stop_sequence": None,
        "usage": {
            "input_tokens": answer.input - answer.cached,
            "output_tokens": answer.output,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": answer.cached,
        },
    }
    if fault == "no_usage":
        del body["usage"]
    return body


def chat_error(refusal: Refusal) -> tuple[int, dict[str, Any]]:
    """Status and body of an error of OpenAI's API."""
    error = {"message": refusal.message, "type": refusal.type, "param": refusal.param, "code": refusal.code}
    return refusal.status, {"error": error}


def messages_error(refusal: Refusal) -> tuple[int, dict[str, Any]]:
    """Status and body of an error of the Messages API, which has a status of its own for an empty purse."""
    status = 402 if refusal.code == "insufficient_quota" else refusal.status
    kind = MESSAGES_TYPES.get(status, "api_error")
    return status, {"type": "error", "error": {"type": kind, "message": refusal.message}, "request_id": "req_faults"}


@dataclass(frozen=True)
class Form:
    """The two kinds of body that an API has."""

    reply: Callable[[Asked, Answer, FaultName | None], dict[str, Any]]
    error: Callable[[Refusal], tuple[int, dict[str, Any]]]


CHAT = Form(chat_reply, chat_error)
MESSAGES = Form(messages_reply, messages_error)


def retry_after(plan: Plan, refusal: Refusal) -> dict[str, str]:
    """The Retry-After header of an error, where the plan sets one and the error is one that passes."""
    if refusal.status not in (429, 503) or refusal.code == "insufficient_quota" or plan.retry_after is None:
        return {}
    if plan.retry_after == "date":
        return {"Retry-After": formatdate(ceil(time.time() + (plan.retry_after_s or 0)), usegmt=True)}
    return {"Retry-After": f"{plan.retry_after:g}"}
