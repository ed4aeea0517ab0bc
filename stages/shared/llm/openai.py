"""Any OpenAI-compatible endpoint, through the openai SDK: OpenAI, vLLM, Ollama, llama.cpp and others.

The SDK makes one call; retries, limits and money are the pool's.
"""

from typing import Any

import httpx2
import openai

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
        self._key = key
        self._sdk = openai.AsyncOpenAI(
            api_key=key,
            base_url=endpoint.base_url,
            max_retries=0,
            timeout=limits(timeout_s),
            # Half the work per call of the SDK's default client. The pool bounds the calls under way.
            http_client=openai.DefaultAioHttpClient(limits=httpx2.Limits(max_connections=None)),
        )

    async def call(self, request: Request) -> Completion:
        """Ask once; raise CallError where no whole reply comes."""
        try:
            # Posting the body as it is takes half as long as the typed method, which would copy all of it.
            found = await self._sdk.post(PATH, body=body(request), cast_to=httpx2.Response)
        except openai.OpenAIError as error:
            raise error_of(error, self._key) from None  # the SDK's error holds the request with its headers
        return completion(found.content, found.headers.get("content-type", ""), self._key)

    async def close(self) -> None:
        """Close all connections."""
        await self._sdk.close()


def error_of(error: openai.OpenAIError, key: str) -> CallError:
    """The error that an error of the SDK tells of; an endpoint may repeat the key in it."""
    if isinstance(error, openai.APIStatusError):
        said = error.message
        if isinstance(error.body, str) and error.body and not error.body.startswith("<"):
            # A sentence, where others have an object: the SDK's message leaves it out. A page would say nothing.
            said += f" - {error.body}"
        return of_status(error.status_code, error.body, without_key(said, key), error.response.headers)
    if isinstance(error, openai.APIConnectionError):
        return of_connection(error)
    return CallError("broken-reply", type(error).__name__, billed=True)


def completion(content: bytes, kind: str, key: str) -> Completion:
    """Read the body of a reply; raise CallError where it is not a chat completion."""
    return completion_of(parsed(content, kind), key)


def completion_of(found: Any, key: str) -> Completion:
    """Read a chat completion; raise CallError where it is none."""
    try:
        if found.get("error") and not found.get("choices"):
            raise of_body(found["error"], key)
        choice = found["choices"][0]
        text = _text(choice["message"].get("content")) or _text(choice["message"].get("refusal"))
        ended = str(choice.get("finish_reason") or "stop")
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise CallError("broken-reply", "JSON that is no chat completion", billed=True) from error
    if ended == "error":  # said by gateways whose model broke off
        raise CallError("broken-reply", "a reply that the endpoint broke off", billed=True)
    return Completion(text, ended, usage_of(found.get("usage"), text))


def _text(content: Any) -> str:
    """The text of a message: as it is, or joined of its parts, of which some models think aloud in others."""
    if isinstance(content, list):
        return "".join(_text(part["text"]) for part in content if part.get("type") == "text")
    if content is None or isinstance(content, str):
        return content or ""
    raise TypeError(type(content).__name__)


def usage_of(found: Any, reply: str) -> Usage | None:
    """The tokens that a reply reports; None where it reports none, or no sensible ones."""
    if not isinstance(found, dict):
        return None
    details = found.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else None
    return metered((found.get("prompt_tokens"), cached or 0, found.get("completion_tokens")), reply)
