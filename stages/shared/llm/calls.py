"""One call to an endpoint: what is asked for whom, what comes back, and what can go wrong.

CallError is told by exception types and status codes, never by words in a message. Its detail may be shown and written
down: no request header, and so no key, is ever part of it.
"""

import email.utils
import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp
import httpx2

from stages.shared.llm.seam import Request
from stages.shared.records import Answer, Usage
from stages.shared.text import whole

DETAIL_CHARS = 300
CONNECTING = 10.0
"""Seconds for a connection to be made: told apart from the time for a reply, since before it nothing can be billed."""
SHORTEST_KEY = 8
"""Characters; a shorter key is a word that stands for none, and may stand in any sentence."""
MOST_TOKENS = 10**8
"""More than any model reads or writes in one call; a report of more is no report, and its cost would fit no store."""
NO_MONEY = ("insufficient_quota", "billing_hard_limit_reached", "billing_not_active")
"""Error codes of an account that can't pay, whatever the status."""
ABOUT_THE_PROMPT = re.compile(r"content[ _-]?(filter|policy|safety)|moderation", re.IGNORECASE)
"""What error codes and types hold where a filter refused the prompt, and neither key nor account."""
FLAGGED = ("flagged_input", "reasons")
"""What a gateway's moderation adds to an error (OpenRouter, in its `metadata`), whose code is but the status."""
NOT_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)
"""What breaks off before the endpoint has the request, and so can't be billed."""


@dataclass(frozen=True)
class Ask:
    """A request, and whose prompt made it first; turn 1 answers the complaint about turn 0."""

    request: Request
    key: str
    item: str
    setting: str
    draw: int
    turn: int = 0


@dataclass(frozen=True)
class Completion:
    """A whole reply; usage is None where the endpoint reports none."""

    reply: str
    finish_reason: str
    usage: Usage | None


def answer_to(ask: Ask, completion: Completion) -> Answer:
    """The reply to a request as it is kept."""
    return Answer(
        key=ask.key,
        item=ask.item,
        setting=ask.setting,
        draw=ask.draw,
        turn=ask.turn,
        provider=ask.request.label,
        model=ask.request.model,
        reply=completion.reply,
        finish_reason=completion.finish_reason,
        usage=completion.usage,
    )


class CallError(Exception):
    """A call that brought no answer.

    reason: a word for dropped.jsonl. billed: whether the endpoint may charge for the call all the same. hasty: too
    much was asked at once, so less must be. wait: seconds the endpoint wants to be left alone. final: asking again
    can't help. stop: no other request can be answered either (a wrong key, an empty account).
    """

    def __init__(
        self,
        reason: str,
        detail: str,
        *,
        billed: bool = False,
        hasty: bool = False,
        wait: float | None = None,
        final: bool = False,
        stop: bool = False,
    ) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason, self.detail = reason, " ".join(detail.split())[:DETAIL_CHARS]
        self.billed, self.hasty, self.wait, self.final, self.stop = billed, hasty, wait, final, stop


class Transport(Protocol):
    """How one kind of endpoint is called."""

    async def call(self, request: Request) -> Completion:
        """Ask once; raise CallError where no whole reply comes."""

    async def close(self) -> None:
        """Close all connections."""


def limits(timeout_s: float) -> httpx2.Timeout:
    """The time limits of one call; the connection must be there before half of the time is over."""
    return httpx2.Timeout(timeout_s, connect=min(CONNECTING, timeout_s / 2))


def without_key(text: str, key: str) -> str:
    """The text of an endpoint with the key that it repeats left out, whole, before anything is cut short."""
    return text.replace(key, "(the key)") if len(key) >= SHORTEST_KEY else text


def metered(counts: Sequence[Any], reply: str) -> Usage | None:
    """The input, cached input and output tokens that an endpoint reports; None where they can't be those of the reply.

    No prompt has no tokens, and no text: who reports that doesn't count, and what isn't counted is not free.
    """
    if not all(type(count) is int and 0 <= count <= MOST_TOKENS for count in counts):
        return None
    given, cached, output = counts
    return Usage(input=given, cached_input=cached, output=output) if given and (output or not reply) else None


def of_body(found: Any, key: str) -> CallError:
    """The error that the body of a reply tells of under status 200, as some gateways do; `found` is its `error`."""
    fault = found if isinstance(found, dict) else {"message": found}
    code, detail = str(fault.get("code")), without_key(str(fault.get("message")), key)
    if code.isdigit() and 400 <= int(code) < 600:
        return of_status(int(code), fault, detail, {})
    return CallError("server-error", f"status 200 with an error, {detail}", billed=True)


def of_status(status: int, fault: Any, detail: str, headers: Mapping[str, str]) -> CallError:
    """The error that an HTTP status tells of; `fault` is the `error` in the body, where there is one."""
    wait = retry_after(headers)
    detail += f", wait {wait:,.0f} s" if wait and wait >= 60 else ""
    if status == 403 and _is_about_the_prompt(fault):
        return CallError("rejected", f"status {status}, {detail}", final=True)
    if status in (401, 402, 403, 404) or (isinstance(fault, dict) and fault.get("code") in NO_MONEY):
        return CallError("refused", f"status {status}, {detail}", final=True, stop=True)
    if status in (429, 529):
        return CallError("too-many-requests", f"status {status}, {detail}", hasty=True, wait=wait)
    if status == 503 and wait is not None:
        return CallError("server-error", f"status {status}, {detail}", hasty=True, wait=wait)
    if status in (408, 409) or status >= 500:
        # A gateway that gave up waiting says nothing of the model behind it.
        return CallError("server-error", f"status {status}, {detail}", wait=wait, billed=status in (408, 504))
    return CallError("rejected", f"status {status}, {detail}", final=True)


def _is_about_the_prompt(fault: Any) -> bool:
    """Whether an error's code or type, its own or that of what lies behind it, says that a filter refused the prompt.

    Azure names the filter in `code`, other gateways in `type` or `metadata`; a refused key has another code.
    """
    if not isinstance(fault, dict):
        return False
    metadata = fault.get("metadata")
    told = [one for one in (fault, metadata, fault.get("innererror")) if isinstance(one, dict)]
    words = [one.get(key) for one in told for key in ("code", "type", "error_type")]
    flagged = isinstance(metadata, dict) and any(metadata.get(key) for key in FLAGGED)
    return flagged or any(isinstance(word, str) and ABOUT_THE_PROMPT.search(word) for word in words)


def of_connection(error: BaseException) -> CallError:
    """The error that an SDK's connection error or timeout tells of, by what lies at its root.

    The SDKs' own types say less: their transport calls a connection that was reset after sending a timeout.
    """
    chain = [error]
    while isinstance(cause := chain[-1].__cause__, Exception):  # below a timeout there is the task that it cancelled
        chain.append(cause)
    sent, root = not any(isinstance(one, NOT_SENT) for one in chain), chain[-1]
    # What the system says names an address at most; of other errors the text may be that of a request.
    said = f"{type(root).__name__} ({root})" if isinstance(root, OSError) and str(root) else type(root).__name__
    return CallError("timeout" if isinstance(root, TimeoutError) else "connection", said, billed=sent)


def parsed(content: bytes, kind: str) -> Any:
    """The JSON in the body of a reply of this content type; raise CallError where it is none."""
    try:
        try:
            found = json.loads(content.decode("utf-8-sig"))
        except UnicodeDecodeError:  # a reply that was cut inside a character is an answer all the same
            found = json.loads(content.decode("utf-8", "replace"))
    except (ValueError, RecursionError) as error:
        what = f"{len(content)} bytes of {kind or 'no content type'}"
        raise CallError("broken-reply", f"no JSON: {what}", billed=True) from error
    return whole(found) if b"\\u" in content else found


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds to wait that a reply asks for: as milliseconds, seconds or a date; None where it asks for none."""
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after")
    seconds = _number(value)
    if seconds is not None or value is None:
        return seconds
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None


def _number(value: str | None) -> float | None:
    try:
        found = float(value) if value is not None else None
    except ValueError:
        return None
    return found if found is not None and 0 <= found < float("inf") else None
