"""Anthropic's Messages API, through its SDK (the extra `anthropic`).

The SDK makes one call; retries, limits and money are the pool's.
"""

from typing import Any

import anthropic
import httpx2

from stages.shared.errors import ParamsError
from stages.shared.llm.calls import (
    CallError,
    Completion,
    limits,
    metered,
    of_body,
    of_connection,
    of_status,
    parsed,
    without_key,
)
from stages.shared.llm.client import Endpoint
from stages.shared.llm.seam import Request
from stages.shared.records import Usage

FINISH = {"end_turn": "stop", "stop_sequence": "stop", "max_tokens": "length", "refusal": "content_filter"}
"""Why a reply ended, in the words of the OpenAI API, which answers are kept in."""


def body(request: Request) -> dict[str, Any]:
    """A request as the Messages API takes it: the system message apart, a bound on the reply always."""
    sampling = dict(request.sampling)
    most = sampling.pop("max_completion_tokens", None) or sampling.pop("max_tokens", None)
    if most is None:
        raise ParamsError(
            "a bound on replies, which the Messages API insists on",
            "none",
            f"params.yaml, key llm.models, sampling of {request.model}",
            "set max_tokens",
        )
    known = {"temperature": "temperature", "top_p": "top_p", "stop": "stop_sequences"}
    unknown = sorted(set(sampling) - set(known))
    if unknown:
        raise ParamsError(
            f"sampling parameters of the Messages API: max_tokens, {', '.join(known)}",
            ", ".join(unknown),
            f"params.yaml, key llm.models, sampling of {request.model}",
            "take them out",
        )
    sent = {"model": request.model, "max_tokens": most, **{known[name]: value for name, value in sampling.items()}}
    system = "\n\n".join(one["content"] for one in request.messages if one["role"] == "system")
    if system:
        sent["system"] = system
    sent["messages"] = [dict(one) for one in request.messages if one["role"] != "system"]
    if request.schema:
        sent["output_config"] = {"format": {"type": "json_schema", "schema": request.schema}}
    return sent


class Anthropic:
    """A transport over the SDK's asynchronous client."""

    def __init__(self, endpoint: Endpoint, key: str, timeout_s: float) -> None:
        self._key = key
        self._sdk = anthropic.AsyncAnthropic(
            api_key=key,
            base_url=endpoint.base_url,
            max_retries=0,
            timeout=limits(timeout_s),
            http_client=anthropic.DefaultAioHttpClient(limits=httpx2.Limits(max_connections=None)),
        )

    async def call(self, request: Request) -> Completion:
        """Ask once; raise CallError where no whole reply comes."""
        try:
            raw = await self._sdk.messages.with_raw_response.create(**body(request))
        except anthropic.AnthropicError as error:
            raise error_of(error, self._key) from None  # the SDK's error holds the request with its headers
        return completion(raw.http_response.content, raw.headers.get("content-type", ""), self._key)

    async def close(self) -> None:
        """Close all connections."""
        await self._sdk.close()


def error_of(error: anthropic.AnthropicError, key: str) -> CallError:
    """The error that an error of the SDK tells of; an endpoint may repeat the key in it."""
    if isinstance(error, anthropic.APIStatusError):
        return of_status(
            error.status_code, {"type": error.type}, without_key(error.message, key), error.response.headers
        )
    if isinstance(error, anthropic.APIConnectionError):
        return of_connection(error)
    return CallError("broken-reply", type(error).__name__, billed=True)


def completion(content: bytes, kind: str, key: str) -> Completion:
    """Read the body of a reply; raise CallError where it is not a message.

    A message without content is one where tokens were written and billed for it: models end their turn so, and asking
    again would pay again.
    """
    found = parsed(content, kind)
    try:
        if found.get("error") and not found.get("content"):
            raise of_body(found["error"], key)
        text = "".join(block["text"] for block in found["content"] if block["type"] == "text")
        ended, usage = str(found["stop_reason"]), usage_of(found.get("usage"), text)
    except (KeyError, TypeError, AttributeError) as error:
        raise CallError("broken-reply", "JSON that is no message", billed=True) from error
    if not found["content"] and ended != "refusal" and usage is None:
        raise CallError("broken-reply", "a message without content", billed=True)
    return Completion(text, FINISH.get(ended, ended), usage)


def usage_of(found: Any, reply: str) -> Usage | None:
    """The tokens that a reply reports, what was read from or written to the cache among the input; None for none."""
    if not isinstance(found, dict):
        return None
    read, written = (found.get(f"cache_{what}_input_tokens") or 0 for what in ("read", "creation"))
    parts: tuple[Any, ...] = (found.get("input_tokens"), read, written)
    given = sum(parts) if all(type(one) is int and one >= 0 for one in parts) else None
    return metered((given, read, found.get("output_tokens")), reply)
