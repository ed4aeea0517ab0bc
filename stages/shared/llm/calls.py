"""One call to an endpoint: what is asked for whom, what comes back, and what can go wrong.

CallError is told by exception types and status codes, never by words in a message. Its detail may be shown and written
down: no request header, and so no key, is ever part of it.
"""

import email.utils
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp

from stages.shared.llm.seam import Request
from stages.shared.records import Answer, Usage
from stages.shared.text import whole

DETAIL_CHARS = 300
NOT_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
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


def of_status(status: int, code: str | None, detail: str, headers: Mapping[str, str]) -> CallError:
    """The error that an HTTP status tells of; `code` is the error code in the body, where there is one."""
    wait = retry_after(headers)
    if status in (401, 402, 403, 404) or code == "insufficient_quota":
        return CallError("refused", f"status {status}, {detail}", final=True, stop=True)
    if status in (429, 529):
        return CallError("too-many-requests", f"status {status}, {detail}", hasty=True, wait=wait)
    if status == 503 and wait is not None:
        return CallError("server-error", f"status {status}, {detail}", hasty=True, wait=wait)
    if status in (408, 409) or status >= 500:
        # A gateway that gave up waiting says nothing of the model behind it.
        return CallError("server-error", f"status {status}, {detail}", wait=wait, billed=status in (408, 504))
    return CallError("rejected", f"status {status}, {detail}", final=True)


def of_connection(error: BaseException) -> CallError:
    """The error that an SDK's connection error or timeout tells of, by what lies at its root.

    The SDKs' own types say less: their transport calls a connection that was reset after sending a timeout.
    """
    chain = [error]
    while (cause := chain[-1].__cause__) is not None:
        chain.append(cause)
    sent = not any(isinstance(one, NOT_SENT) for one in chain)
    return CallError(
        "timeout" if isinstance(chain[-1], TimeoutError) else "connection", type(chain[-1]).__name__, billed=sent
    )


def parsed(content: bytes, kind: str) -> Any:
    """The JSON in the body of a reply of this content type; raise CallError where it is none."""
    try:
        found = json.loads(content)
    except ValueError as error:
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
