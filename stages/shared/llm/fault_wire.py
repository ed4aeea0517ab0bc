"""How a reply leaves a fault server: whole, in pieces, in part, or not at all.

Every function takes the request and the body of a right reply. They return when nothing more will be sent, and raise
ConnectionResetError where the client left first. Replies that break off are written below HTTP, onto the connection.
"""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable

from aiohttp import web

from stages.shared.llm.fault_plan import Plan

DRIP_PIECES = 10
KEEPALIVE_S = 0.02
"""Seconds between the blank lines of `keepalive`: short, so that a client's test of it can be."""

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
HTML = b"<!DOCTYPE html><html><head><title>Error</title></head><body><h1>Something went wrong</h1></body></html>\n"

Sender = Callable[[web.Request, bytes, Plan], Awaitable[web.StreamResponse]]


async def whole(request: web.Request, body: bytes, _: Plan) -> web.StreamResponse:
    """The reply as it should be."""
    return await finished(request, web.Response(body=body, content_type="application/json"))


async def finished(request: web.Request, response: web.Response) -> web.StreamResponse:
    """Send a response now and not when the handler is left: what is counted afterwards has been sent."""
    await response.prepare(request)
    await response.write_eof()
    return response


async def drip(request: web.Request, body: bytes, plan: Plan) -> web.StreamResponse:
    """The reply in pieces, the last of them `drip_s` seconds after the first."""
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": str(len(body))})
    await response.prepare(request)
    size = -(-len(body) // DRIP_PIECES)
    for start in range(0, len(body), size):
        if start:
            await asyncio.sleep(plan.drip_s / (DRIP_PIECES - 1))
        await response.write(body[start : start + size])
    await response.write_eof()
    return response


async def keepalive(request: web.Request, _: bytes, __: Plan) -> web.StreamResponse:
    """Headers, then blank lines until the client leaves."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    while True:
        await response.write(b"\n")
        await asyncio.sleep(KEEPALIVE_S)


async def hang(_: web.Request, __: bytes, ___: Plan) -> web.StreamResponse:
    """Nothing, until the client leaves."""
    await asyncio.Event().wait()
    raise AssertionError("nobody sets this event")


async def half(request: web.Request, body: bytes, _: Plan) -> web.StreamResponse:
    """Half of the body, which looks complete: its end is the orderly end of the connection."""
    connection = _connection(request)
    connection.write(HEAD + b"\r\n" + body[: len(body) // 2])
    connection.close()
    return web.Response()


async def cut(request: web.Request, body: bytes, _: Plan) -> web.StreamResponse:
    """Half of the length that the headers promise."""
    connection = _connection(request)
    connection.write(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body[: len(body) // 2])
    connection.close()
    return web.Response()


async def empty(request: web.Request, _: bytes, __: Plan) -> web.StreamResponse:
    """No body."""
    return await finished(request, web.Response(body=b"", content_type="application/json"))


async def html(request: web.Request, _: bytes, __: Plan) -> web.StreamResponse:
    """A page for people."""
    return await finished(request, web.Response(body=HTML, content_type="text/html"))


async def reset(request: web.Request, _: bytes, __: Plan) -> web.StreamResponse:
    """A TCP reset."""
    connection = _connection(request)
    # To linger for no time makes the kernel send a reset where it would end the connection in order.
    connection.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.abort()
    return web.Response()


SENDERS: dict[str, Sender] = {
    "hang": hang,
    "drip": drip,
    "keepalive": keepalive,
    "half": half,
    "cut": cut,
    "empty": empty,
    "html": html,
    "reset": reset,
}
"""The faults that concern the way of a reply; with any other it is sent whole."""


def _connection(request: web.Request) -> asyncio.Transport:
    connection = request.transport
    if not isinstance(connection, asyncio.Transport) or connection.is_closing():
        raise ConnectionResetError("the client left")
    return connection
