"""Plain HTTP calls to a fault server, as a client without an SDK makes them."""

import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from stages.shared.llm.fault_serving import Serving

CHAT = "/v1/chat/completions"
MESSAGES = "/v1/messages"


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    data: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.data)

    @property
    def text(self) -> Any:
        return self.body["choices"][0]["message"]["content"]


def question(text: str = "hello", **more: Any) -> dict[str, Any]:
    return {"model": "any", "messages": [{"role": "user", "content": text}], **more}


@contextmanager
def opened(
    server: Serving, body: object, path: str = CHAT, headers: Mapping[str, str] | None = None
) -> Iterator[http.client.HTTPConnection]:
    """A connection on which a request was sent."""
    connection = http.client.HTTPConnection(server.root.removeprefix("http://"), timeout=30)
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    connection.request("POST", path, data, {"Content-Type": "application/json", **(headers or {})})
    try:
        yield connection
    finally:
        connection.close()


def post(server: Serving, body: object, path: str = CHAT, headers: Mapping[str, str] | None = None) -> Reply:
    with opened(server, body, path, headers) as connection:
        response = connection.getresponse()
        return Reply(response.status, dict(response.getheaders()), response.read())


def get(server: Serving, path: str) -> Reply:
    connection = http.client.HTTPConnection(server.root.removeprefix("http://"), timeout=30)
    connection.request("GET", path)
    response = connection.getresponse()
    reply = Reply(response.status, dict(response.getheaders()), response.read())
    connection.close()
    return reply


def until(server: Serving, **counts: int) -> None:
    """Ask the ledger until it has these counts; each question lets the server go on."""
    for _ in range(20_000):
        ledger = server.ledger()
        if {name: ledger[name] for name in counts} == counts:
            return
    raise AssertionError(f"never {counts}: {server.ledger()}")
