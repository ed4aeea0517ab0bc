"""Anthropic's Messages API, through its SDK (the extra `anthropic`).

The SDK makes one call; retries, limits and money are the pool's.
"""

from typing import Any

import anthropic
import httpx2

from stages.shared.errors import ParamsError
from stages.shared.llm.calls import CallError, Completion, of_connection, of_status, parsed
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
        self._sdk = anthropic.AsyncAnthropic(
            api_key=key,
            base_url=endpoint.base_url,
            max_retries=0,
            timeout=timeout_s,
            http_client=anthropic.DefaultAioHttpClient(limits=httpx2.Limits(max_connections=None)),
        )

    async def call(self, request: Request) -> Completion:
        """Ask once; raise CallError where no whole reply comes."""
        try:
            raw = await self._sdk.messages.with_raw_response.create(**body(request))
        except anthropic.AnthropicError as error:
            raise error_of(error) from None  # the SDK's error holds the request with its headers
        return completion(raw.http_response.content, raw.headers.get("content-type", ""))

    async def close(self) -> None:
        """Close all connections."""
        await self._sdk.close()


def error_of(error: anthropic.AnthropicError) -> CallError:
    """The error that an error of the SDK tells of."""
    if isinstance(error, anthropic.APIStatusError):
        return of_status(error.status_code, error.type, error.message, error.response.headers)
    if isinstance(error, anthropic.APIConnectionError):
        return of_connection(error)
    return CallError("broken-reply", type(error).__name__, billed=True)


def completion(content: bytes, kind: str) -> Completion:
    """Read the body of a reply; raise CallError where it is not a message."""
    found = parsed(content, kind)
    try:
        text = "".join(block["text"] for block in found["content"] if block["type"] == "text")
        ended = str(found["stop_reason"])
        if not found["content"] and ended != "refusal":
            raise CallError("broken-reply", "a message without content", billed=True)
        return Completion(text, FINISH.get(ended, ended), usage_of(found.get("usage")))
    except (KeyError, TypeError, AttributeError) as error:
        raise CallError("broken-reply", "JSON that is no message", billed=True) from error


def usage_of(found: Any) -> Usage | None:
    """The tokens that a reply reports, what was read from or written to the cache among the input; None for none."""
    if not isinstance(found, dict):
        return None
    names = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "output_tokens")
    given, read, written, output = (found.get(name) or 0 for name in names)
    if not all(isinstance(count, int) and count >= 0 for count in (given, read, written, output)):
        return None
    return Usage(input=given + read + written, cached_input=read, output=output)
