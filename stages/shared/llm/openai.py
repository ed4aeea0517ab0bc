"""Any OpenAI-compatible endpoint, through the openai SDK: OpenAI, vLLM, Ollama, llama.cpp and others.

The SDK makes one call; retries, limits and money are the pool's.
"""

from typing import Any

import httpx2
import openai

from stages.shared.llm.calls import CallError, Completion, of_connection, of_status, parsed
from stages.shared.llm.client import Endpoint
from stages.shared.llm.seam import Request
from stages.shared.records import Usage

PATH = "/chat/completions"
SCHEMA_NAME = "reply"


def body(request: Request) -> dict[str, Any]:
    """A request as the Chat Completions API takes it."""
    sent = {"model": request.model, "messages": [dict(one) for one in request.messages], **request.sampling}
    if request.schema:
        wanted = {"name": SCHEMA_NAME, "schema": request.schema}
        sent["response_format"] = {"type": "json_schema", "json_schema": wanted}
    return sent


class OpenAI:
    """A transport over the SDK's asynchronous client."""

    def __init__(self, endpoint: Endpoint, key: str, timeout_s: float) -> None:
        self._sdk = openai.AsyncOpenAI(
            api_key=key,
            base_url=endpoint.base_url,
            max_retries=0,
            timeout=timeout_s,
            # Half the work per call of the SDK's default client. The pool bounds the calls under way.
            http_client=openai.DefaultAioHttpClient(limits=httpx2.Limits(max_connections=None)),
        )

    async def call(self, request: Request) -> Completion:
        """Ask once; raise CallError where no whole reply comes."""
        try:
            # Posting the body as it is takes half as long as the typed method, which would copy all of it.
            found = await self._sdk.post(PATH, body=body(request), cast_to=httpx2.Response)
        except openai.OpenAIError as error:
            raise error_of(error) from None  # the SDK's error holds the request with its headers
        return completion(found.content, found.headers.get("content-type", ""))

    async def close(self) -> None:
        """Close all connections."""
        await self._sdk.close()


def error_of(error: openai.OpenAIError) -> CallError:
    """The error that an error of the SDK tells of."""
    if isinstance(error, openai.APIStatusError):
        return of_status(error.status_code, error.code, error.message, error.response.headers)
    if isinstance(error, openai.APIConnectionError):
        return of_connection(error)
    return CallError("broken-reply", type(error).__name__, billed=True)


def completion(content: bytes, kind: str) -> Completion:
    """Read the body of a reply; raise CallError where it is not a chat completion."""
    return completion_of(parsed(content, kind))


def completion_of(found: Any) -> Completion:
    """Read a chat completion; raise CallError where it is none."""
    try:
        choice = found["choices"][0]
        text = choice["message"].get("content") or ""
        return Completion(text, str(choice.get("finish_reason") or "stop"), usage_of(found.get("usage")))
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise CallError("broken-reply", "JSON that is no chat completion", billed=True) from error


def usage_of(found: Any) -> Usage | None:
    """The tokens that a reply reports; None where it reports none, or no sensible ones."""
    if not isinstance(found, dict):
        return None
    cached = found.get("prompt_tokens_details") or {}
    counts = {
        "input": found.get("prompt_tokens"),
        "cached_input": cached.get("cached_tokens") or 0,
        "output": found.get("completion_tokens"),
    }
    known = {name: count for name, count in counts.items() if isinstance(count, int) and count >= 0}
    return Usage(**known) if len(known) == len(counts) else None
