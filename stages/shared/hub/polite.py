"""How a hub is asked over HTTP: few requests at once, again after a fault, never for ever.

Everything that huggingface_hub sends goes through one transport, so that one place bounds the requests under way and
their rate, waits as long as a Retry-After says, repeats what was cut off, and keeps the time limit of a dataset.
"""

import contextvars
import email.utils
import json
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import httpx2
from huggingface_hub import set_client_factory
from huggingface_hub.utils import parse_ratelimit_headers
from huggingface_hub.utils._http import default_client_factory, hf_request_event_hook

from stages.shared.params import Section

AGAIN = (429, 500, 502, 503, 504)
"""Statuses after which a request is sent again."""

MAX_BODY = 256_000_000
"""Longest body that is read, in bytes; parts of files are asked for in pieces of a hundredth of it."""

FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 60.0
"""Seconds before the second attempt, doubled for each that follows, and the most that is waited for one."""


class HubClient(Section):
    """How a hub is asked; nothing of it changes what is read, so no stage depends on it.

    concurrency: datasets that are read at once. requests_per_minute: over all of them (null: no bound). timeout_s: of
    one request, from the last byte that came. attempts: of one request. dataset_s: for all of one dataset.
    max_failed_share: datasets that time out or stay unavailable, of all that are asked for, before the crawl fails.
    """

    concurrency: int
    requests_per_minute: float | None
    timeout_s: float
    attempts: int
    dataset_s: float
    max_failed_share: float


class UnavailableError(Exception):
    """The hub did not answer in all the attempts a request has."""


class TimeLimitError(Exception):
    """The time for a dataset is over."""


_deadline: contextvars.ContextVar[float | None] = contextvars.ContextVar("deadline", default=None)


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Give everything that this thread asks of a hub inside the block so many seconds in all."""
    token = _deadline.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


@contextmanager
def asking(client: HubClient) -> Iterator[None]:
    """Make huggingface_hub ask as `client` says while the block runs; HF_HUB_OFFLINE is honoured as it does itself."""
    transport = PoliteTransport(client)
    set_client_factory(
        lambda: httpx2.Client(
            transport=transport,
            event_hooks={"request": [hf_request_event_hook]},
            follow_redirects=True,
            max_redirects=5,
            timeout=client.timeout_s,
        )
    )
    try:
        yield
    finally:
        set_client_factory(default_client_factory)


class PoliteTransport(httpx2.BaseTransport):
    """Sends requests as a HubClient says; each response comes with its whole body, or UnavailableError is raised."""

    def __init__(self, client: HubClient, inner: httpx2.BaseTransport | None = None) -> None:
        """`inner` is what sends; HTTP over the network unless a test says otherwise."""
        self._client = client
        self._inner = inner or httpx2.HTTPTransport(limits=httpx2.Limits(max_connections=client.concurrency * 2))
        self._places = threading.Semaphore(client.concurrency)
        self._lock = threading.Lock()
        self._next = 0.0

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request until it is answered; raises UnavailableError, TimeLimitError."""
        request.read()
        # The library sends lists and what is said of a dataset with no time limit at all.
        request.extensions = {**request.extensions, "timeout": httpx2.Timeout(self._client.timeout_s).as_dict()}
        said = "nothing"
        for attempt in range(self._client.attempts):
            wait = min(FIRST_WAIT_S * 2**attempt * random.uniform(0.75, 1.25), LONGEST_WAIT_S)  # noqa: S311 - spreads
            self._pace()
            _left()
            try:
                with self._places:
                    response = self._inner.handle_request(request)
                    content = _body(response)
            except (httpx2.TimeoutException, httpx2.NetworkError, httpx2.ProtocolError) as error:
                said = f"{type(error).__name__} {error}".strip()
            else:
                if response.status_code not in AGAIN and _is_whole(request, response, content):
                    return _read_response(request, response, content)
                said = f"{response.status_code} with {len(content)} bytes"
                wait = retry_after(response.headers, wait)
            if attempt + 1 < self._client.attempts:
                _sleep(wait)
        # A query can be a signature, by which whoever reads this could read the file.
        address = request.url.copy_with(query=None)
        raise UnavailableError(f"{request.method} {address}: {said} in attempt {self._client.attempts}")

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()

    def _pace(self) -> None:
        """Wait for this request's turn under the rate limit."""
        if self._client.requests_per_minute is None:
            return
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._next)
            self._next = turn + 60 / self._client.requests_per_minute
        _sleep(turn - now)


def _left() -> float:
    deadline = _deadline.get()
    left = LONGEST_WAIT_S if deadline is None else deadline - time.monotonic()
    if left <= 0:
        raise TimeLimitError("the time for this dataset is over")
    return left


def _sleep(seconds: float) -> None:
    """Wait; raise TimeLimitError at once where the time of the dataset would be over before the end."""
    if _left() < seconds and _deadline.get() is not None:
        raise TimeLimitError(f"a wait of {seconds:.0f} s would outlast the time for this dataset")
    time.sleep(max(seconds, 0))


def _body(response: httpx2.Response) -> bytes:
    """The decoded body of a response; raise RemoteProtocolError for one too long, TimeLimitError in time."""
    parts, size = [], 0
    try:
        for part in response.iter_bytes():
            _left()
            size += len(part)
            if size > MAX_BODY:
                raise httpx2.RemoteProtocolError(f"a body of more than {MAX_BODY} bytes")
            parts.append(part)
    finally:
        response.close()
    return b"".join(parts)


def _is_whole(request: httpx2.Request, response: httpx2.Response, content: bytes) -> bool:
    """Whether JSON can be read to its end, and a part of a file is as long as was asked for."""
    if response.status_code == 200 and response.headers.get("content-type", "").startswith("application/json"):
        try:
            json.loads(content)
        except (ValueError, RecursionError):
            return request.method == "HEAD"
    if response.status_code != 206:
        return True
    bounds, _, total = response.headers.get("content-range", "").removeprefix("bytes ").partition("/")
    first, _, last = bounds.partition("-")
    if not (first.isdigit() and last.isdigit()):
        return True
    asked = request.headers.get("range", "").removeprefix("bytes=").partition("-")
    wanted = int(asked[2]) - int(asked[0]) + 1 if asked[0].isdigit() and asked[2].isdigit() else len(content)
    if total.isdigit() and asked[0].isdigit():
        wanted = min(wanted, int(total) - int(asked[0]))
    return len(content) == int(last) - int(first) + 1 == wanted


def _read_response(request: httpx2.Request, response: httpx2.Response, content: bytes) -> httpx2.Response:
    """The response with its body read and decoded; that of a HEAD request keeps the length of what it stands for."""
    gone = ("transfer-encoding",) if request.method == "HEAD" else ("content-encoding", "content-length")
    headers = [(name, value) for name, value in response.headers.multi_items() if name.lower() not in gone]
    return httpx2.Response(response.status_code, headers=headers, content=content, request=request)


def retry_after(headers: httpx2.Headers, otherwise: float) -> float:
    """The seconds that a hub asks to wait, at most LONGEST_WAIT_S: by Retry-After (a number or a date), or, as the
    Hugging Face hub does, by when its rate limit ends.
    """
    said = headers.get("retry-after", "").strip()
    limit = parse_ratelimit_headers(headers)
    if not said and limit is not None and limit.remaining == 0:
        return min(max(float(limit.reset_in_seconds), otherwise), LONGEST_WAIT_S)
    try:
        return min(max(float(said), 0.0), LONGEST_WAIT_S)
    except ValueError:
        pass
    try:
        then = email.utils.parsedate_to_datetime(said)
    except (TypeError, ValueError, IndexError):
        return otherwise
    then = then if then.tzinfo else then.replace(tzinfo=UTC)
    return min(max((then - datetime.now(UTC)).total_seconds(), 0.0), LONGEST_WAIT_S)
