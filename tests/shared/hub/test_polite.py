import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace

import httpx2
import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import RepositoryNotFoundError
from huggingface_hub.utils import get_session

from stages.shared.hub import polite, remote
from stages.shared.hub.polite import HubClient, PoliteTransport, TimeLimitError, UnavailableError, asking, time_limit
from stages.shared.hub.refusals import refused

Step = httpx2.Response | Exception


def client(**changes: object) -> HubClient:
    values = {
        "concurrency": 2, "requests_per_minute": None, "timeout_s": 5, "attempts": 4, "dataset_s": 60,
        "max_failed_share": 0.1,
    }  # fmt: skip
    return HubClient.model_validate(values | changes)


class Steps(httpx2.BaseTransport):
    """Answers with one step after another; the last one for ever."""

    def __init__(self, *steps: Step) -> None:
        self.steps = list(steps)
        self.requests: list[httpx2.Request] = []

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
        if isinstance(step, Exception):
            raise step
        return step


class Broken(httpx2.SyncByteStream):
    """A body that ends before its length."""

    def __iter__(self) -> Iterator[bytes]:
        yield b"half"
        raise httpx2.RemoteProtocolError("peer closed connection")


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    found: list[float] = []
    monkeypatch.setattr(polite.time, "sleep", found.append)
    return found


def part(content: bytes, said: str, status: int = 206) -> httpx2.Response:
    return httpx2.Response(status, headers={"content-range": said}, content=content)


def get(*steps: Step, headers: dict[str, str] | None = None, **changes: object) -> tuple[httpx2.Response, Steps]:
    inner = Steps(*steps)
    with httpx2.Client(transport=PoliteTransport(client(**changes), inner)) as session:
        return session.get("http://hub.test/x", headers=headers), inner


@pytest.mark.parametrize(
    "fault",
    [
        httpx2.Response(500),
        httpx2.Response(503),
        httpx2.Response(429),
        httpx2.ConnectError("refused"),
        httpx2.ReadTimeout("slow"),
        httpx2.RemoteProtocolError("reset"),
        httpx2.Response(200, stream=Broken()),
        httpx2.Response(200, headers={"content-type": "application/json"}, content=b'{"id": "a'),
    ],
)
def test_a_request_is_sent_again_after_every_kind_of_fault(fault: Step, waits: list[float]) -> None:
    response, inner = get(fault, httpx2.Response(200, content=b"whole"))
    assert (response.content, len(inner.requests), len(waits)) == (b"whole", 2, 1)
    assert 0.375 <= waits[0] <= 0.625


def test_a_part_of_a_file_that_comes_short_is_asked_for_again(waits: list[float]) -> None:
    asked = {"range": "bytes=0-9"}
    whole = part(b"0123456789", "bytes 0-9/20")
    for short in (part(b"01234", "bytes 0-9/20"), part(b"01234", "bytes 0-4/20")):
        response, inner = get(short, whole, headers=asked)
        assert (response.content, len(inner.requests)) == (b"0123456789", 2)
    response, inner = get(part(b"01234", "bytes 0-4/5"), headers=asked)
    assert (response.content, len(inner.requests)) == (b"01234", 1)


def test_a_retry_after_is_waited_for_in_seconds_or_until_a_date_but_never_longer_than_the_bound(
    waits: list[float],
) -> None:
    good = httpx2.Response(200)
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    for said in ("7", "0.05", soon, "86400", "-3"):
        get(httpx2.Response(429, headers={"retry-after": said}), good)
    assert waits[:2] == [7, 0.05]
    assert 25 < waits[2] <= 30
    assert waits[3:] == [polite.LONGEST_WAIT_S, 0]


def test_after_so_many_attempts_the_hub_is_unavailable_and_the_error_says_what_came(waits: list[float]) -> None:
    with pytest.raises(UnavailableError, match=r"GET http://hub\.test/x: 503 with 0 bytes in attempt 4"):
        get(httpx2.Response(503))
    assert len(waits) == 3
    assert waits == sorted(waits)


def test_what_is_no_fault_of_the_network_is_not_asked_again(waits: list[float]) -> None:
    for status in (200, 301, 401, 403, 404, 416):
        response, inner = get(httpx2.Response(status))
        assert (response.status_code, len(inner.requests)) == (status, 1)
    assert waits == []


def test_the_time_for_a_dataset_ends_every_wait_and_every_request(waits: list[float]) -> None:
    with time_limit(5), pytest.raises(TimeLimitError, match="outlast"):
        get(httpx2.Response(429, headers={"retry-after": "30"}), httpx2.Response(200))
    with time_limit(-1), pytest.raises(TimeLimitError):
        get(httpx2.Response(200))
    assert waits == []
    assert get(httpx2.Response(200))[0].status_code == 200


def test_the_rate_limit_spreads_requests_over_the_minute(waits: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polite.time, "monotonic", lambda: 100.0)
    transport = PoliteTransport(client(requests_per_minute=60), Steps(httpx2.Response(200)))
    with httpx2.Client(transport=transport) as session:
        for _ in range(4):
            session.get("http://hub.test/x")
    assert waits == [0, 1, 2, 3]


def test_no_more_requests_are_under_way_than_allowed() -> None:
    most, running, lock = [0], [0], threading.Lock()
    barrier = threading.Barrier(2)

    class Counting(httpx2.BaseTransport):
        def handle_request(self, request: httpx2.Request) -> httpx2.Response:  # noqa: ARG002 - any
            with lock:
                running[0] += 1
                most[0] = max(most[0], running[0])
            barrier.wait(timeout=10)
            with lock:
                running[0] -= 1
            return httpx2.Response(200)

    with httpx2.Client(transport=PoliteTransport(client(concurrency=2), Counting())) as session:
        ask: Callable[[], object] = lambda: session.get("http://hub.test/x")  # noqa: E731
        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=20)
    assert most == [2]


def test_a_body_without_end_is_not_read_into_memory(waits: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polite, "MAX_BODY", 10)
    with pytest.raises(UnavailableError, match="a body of more than 10 bytes"):
        get(httpx2.Response(200, content=b"x" * 11), attempts=1)


def test_inside_the_block_the_hubs_client_asks_politely_and_outside_as_before() -> None:
    with asking(client()):
        inside = get_session()
        assert isinstance(inside._transport, PoliteTransport)
        assert HfApi() is not None
    assert not isinstance(get_session()._transport, PoliteTransport)


@pytest.mark.parametrize(("reset", "wait"), [(7, 7.0), (250, polite.LONGEST_WAIT_S)])
def test_where_the_rate_limit_says_when_it_ends_that_is_waited_for(reset: int, wait: float, waits: list[float]) -> None:
    limit = {"ratelimit": f'"api";r=0;t={reset}', "ratelimit-policy": '"fixed window";"api";q=500;w=300'}
    get(httpx2.Response(429, headers=limit), httpx2.Response(200))
    assert waits == [wait]


def test_an_address_that_failed_is_told_without_its_signature(waits: list[float]) -> None:
    inner = Steps(httpx2.Response(503))
    with (
        httpx2.Client(transport=PoliteTransport(client(), inner)) as session,
        pytest.raises(UnavailableError, match=r"GET http://hub\.test/x: 503"),
    ):
        session.get("http://hub.test/x?Signature=secret")


@pytest.mark.parametrize("status", [200, 206])
def test_bytes_that_are_not_those_of_a_file_are_no_fault_of_the_file(
    monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    page = httpx2.Response(status, content=b"<html>", request=httpx2.Request("GET", "http://hub.test/x"))
    monkeypatch.setattr(remote, "get_session", lambda: SimpleNamespace(get=lambda *_, **__: page))
    file = remote.RemoteFile("a/b", "data/train.parquet", "0" * 40, 3_000_000)
    with pytest.raises(UnavailableError, match="6 of 1000000 bytes"):
        file.read(10)
    assert isinstance(file.failed, UnavailableError)


def test_what_a_hub_calls_a_request_is_not_told() -> None:
    request = httpx2.Request("GET", "http://hub.test/x")
    response = httpx2.Response(404, headers={"X-Request-Id": "Root=1-abc"}, request=request)
    error = RepositoryNotFoundError("404 Client Error. (Request ID: Root=1-abc;x) Not there.", response=response)
    assert str(refused(error, "a/b")).count("Request ID") == 0
