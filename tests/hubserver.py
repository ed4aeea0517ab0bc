"""A hub on this host: a folder of datasets over the API of the Hugging Face hub, with faults where a plan says so.

`with serving(folder) as hub:` within a process, `python -m tests.hubserver --folder F --port 0` for others.
"""

import argparse
import asyncio
import json
import socket
import struct
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import parse_qsl

from aiohttp import web

from tests.hub_faults import Draws, FaultPlan
from tests.hub_repositories import Options, Revision
from tests.hub_routes import Form, HubServer, Reply, asked
from tests.hub_uploads import Uploads

HOST = "127.0.0.1"
LONGEST_LINE = 1 << 17


@dataclass(frozen=True)
class Request:
    """A request that was answered: `path` with its query as it came; dataset and file where it is about one.

    status: of the reply, 0 where the connection was reset. whole: nothing was cut and the client stayed to the end.
    finished: seconds since the epoch.
    """

    method: str
    path: str
    dataset: str | None
    file: str | None
    range: str | None
    status: int
    fault: str | None
    whole: bool
    finished: float


class Door:
    """Takes requests from connections, draws their faults, sends replies and writes down what happened."""

    def __init__(self, server: HubServer, plan: FaultPlan, log: Path | None) -> None:
        self.server, self.draws, self.log = server, Draws(plan), log
        self.uploads = Uploads()
        self.requests: list[Request] = []
        self._sending = 0

    async def settled(self, patience_s: float = 1.0) -> None:
        """Wait until the replies that clients may hold already are written down; not for one that nobody takes."""
        limit = time.monotonic() + patience_s
        while self._sending and time.monotonic() < limit:
            await asyncio.sleep(0.001)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        raw = request.raw_path
        wanted = asked(raw)
        range_, id = request.headers.get("Range"), wanted.dataset
        body = await request.read()
        line = f"{request.method} {raw} {range_} {body!r}"
        fault = self.draws.draw(line, id, is_file=wanted.route == "resolve" and request.method == "GET")
        status, whole = 0, False
        try:
            slow = self.server.states.get(id or "", Options()).slow_s
            await asyncio.sleep(slow + (self.draws.plan.slow_s if fault == "slow" else 0))
            reply = _faulty(fault, raw, self.draws.plan)
            if reply is None:
                reply = self.uploads.reply(request.method, raw, request.headers, body)
            if reply is None:
                form = _form(request.content_type, body)
                reply = self.server.reply(wanted, raw, request.headers, request.method, form)
            if fault == "reset" or (fault == "cut" and len(reply.body) < 2):
                return _reset(request)
            status = reply.status
            if fault == "cut":
                return _cut(request, reply)
            short = reply.body[: len(reply.body) // 2] if fault == "short" else reply.body
            self._sending += 1
            try:
                response = await _send(request, reply, short)
            finally:
                self._sending -= 1
            whole = fault != "short"
            return response
        finally:
            file = wanted.path if wanted.route == "resolve" else None
            self._record(Request(request.method, raw, id, file, range_, status, fault, whole, time.time()))

    def _record(self, request: Request) -> None:
        self.requests.append(request)
        if self.log:
            with self.log.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(request)) + "\n")


def _form(content_type: str, body: bytes) -> Form:
    if content_type == "application/json" and body:
        found = json.loads(body)
        return [("paths", path) for path in found.get("paths", [])] + [("expand", str(found.get("expand", False)))]
    return parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)


def _faulty(fault: str | None, raw_path: str, plan: FaultPlan) -> Reply | None:
    if fault == "429":
        limits = {"RateLimit": '"api";r=0;t=0', "RateLimit-Policy": '"fixed window";"api";q=500;w=300'}
        return Reply(429, b'{"error": "Too many requests"}', {"Retry-After": f"{plan.retry_after_s:g}", **limits})
    if fault in ("500", "503"):
        return Reply(int(fault), b"<html>Something went wrong</html>", {"Content-Type": "text/html"})
    return Reply(307, headers={"Location": raw_path}) if fault == "redirect" else None


async def _send(request: web.BaseRequest, reply: Reply, body: bytes) -> web.StreamResponse:
    """Send now and not when the handler is left: what is written down afterwards has been sent."""
    response = web.Response(status=reply.status, headers=reply.headers, body=body)
    if reply.length is not None:
        response.headers["Content-Length"] = str(reply.length)
    await response.prepare(request)
    await response.write_eof()
    return response


def _connection(request: web.BaseRequest) -> asyncio.Transport:
    connection = request.transport
    if not isinstance(connection, asyncio.Transport) or connection.is_closing():
        raise ConnectionResetError("the client left")
    return connection


def _reset(request: web.BaseRequest) -> web.StreamResponse:
    connection = _connection(request)
    # To linger for no time makes the kernel send a reset where it would end the connection in order.
    connection.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.abort()
    return web.Response()


def _cut(request: web.BaseRequest, reply: Reply) -> web.StreamResponse:
    connection = _connection(request)
    lines = [f"HTTP/1.1 {reply.status} OK", *(f"{key}: {value}" for key, value in reply.headers.items())]
    lines += [f"Content-Length: {len(reply.body)}", "Connection: close", "", ""]
    connection.write("\r\n".join(lines).encode() + reply.body[: len(reply.body) // 2])
    connection.close()
    return web.Response()


class Hub:
    """A running hub: `url`, and what was asked of it."""

    def __init__(self, door: Door, port: int, loop: asyncio.AbstractEventLoop) -> None:
        self._door, self._loop = door, loop
        self.url = f"http://{HOST}:{port}"

    @property
    def uploads(self) -> Uploads:
        """What was put on it, and by which token that may be done."""
        return self._door.uploads

    @property
    def requests(self) -> list[Request]:
        """The requests so far, in the order in which they were finished."""
        if self._loop.is_running():
            asyncio.run_coroutine_threadsafe(self._door.settled(), self._loop).result()
        return list(self._door.requests)

    def reads(self) -> Counter[tuple[str, str, str | None]]:
        """How often each piece of a file was given whole: (dataset, file, range) -> times."""
        return reads(self.requests)

    def forget(self) -> None:
        """Forget the requests so far."""
        self._door.requests.clear()

    def change(self, id: str, options: Options) -> None:
        """Give a dataset another state, and read the folder again."""
        self._within(lambda: self._door.server.change(id, options))

    def reload(self) -> None:
        """Read the folder again: what changed in it is served from now on."""
        self._within(self._door.server.reload)

    def _within(self, function: Callable[[], None]) -> None:
        async def call() -> None:
            function()

        asyncio.run_coroutine_threadsafe(call(), self._loop).result()


def reads(requests: list[Request]) -> Counter[tuple[str, str, str | None]]:
    """How often each piece of a file was given whole: (dataset, file, range) -> times."""
    return Counter(
        (one.dataset or "", one.file, one.range)
        for one in requests
        if one.method == "GET" and one.file is not None and one.whole and one.status in (200, 206)
    )


async def started(door: Door, port: int) -> tuple[web.ServerRunner, int]:
    server = web.Server(door.handle, max_line_size=LONGEST_LINE, max_field_size=LONGEST_LINE, access_log=None)
    runner = web.ServerRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, HOST, port).start()
    return runner, runner.addresses[0][1]


@contextmanager
def serving(
    folder: Path,
    states: Mapping[str, Options] | None = None,
    faults: FaultPlan | None = None,
    *,
    revision: Revision | None = None,
    namespace: str = "legacy",
    page: int = 1000,
    log: Path | None = None,
    port: int = 0,
) -> Iterator[Hub]:
    """Serve a folder while the block runs.

    states: by id. revision: the sha of a dataset; None: made from its files. namespace: of datasets that have none.
    page: most items of a reply that lists. log: a file to which each request is added as a line of JSON.
    """
    door = Door(HubServer(folder, states or {}, revision, namespace, page), faults or FaultPlan(), log)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="hub", daemon=True)
    thread.start()
    try:
        runner, port = asyncio.run_coroutine_threadsafe(started(door, port), loop).result()
        try:
            yield Hub(door, port, loop)
        finally:
            asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", type=Path)
    parser.add_argument("--faults", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--namespace", default="legacy")
    options = parser.parse_args(arguments)
    plan = FaultPlan(options.faults, options.seed)
    with (
        serving(options.folder, faults=plan, namespace=options.namespace, log=options.log, port=options.port) as hub,
        suppress(KeyboardInterrupt),
    ):
        sys.stdout.write(f"{hub.url}\n")
        sys.stdout.flush()
        threading.Event().wait()


if __name__ == "__main__":
    main()
