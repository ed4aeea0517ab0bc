"""What a client sees of the faults that concern the way of a reply."""

import http.client
import json
import select
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from stages.shared.llm.fault_plan import FaultName, Plan
from stages.shared.llm.fault_serving import Serving, serving
from tests.shared.llm.calling import opened, post, question, until


@contextmanager
def faulty(fault: FaultName, drip_s: float = 0.0) -> Iterator[Serving]:
    """A server whose first call has a fault and whose second has none."""
    with serving(Plan(first=(fault,), drip_s=drip_s)) as server:
        yield server
        assert server.ledger()["faults"] == {fault: 1}
        assert post(server, question()).text.startswith("An answer to")
        assert server.ledger()["in_flight"] == 0


def test_hang_takes_the_request_and_is_silent_until_the_client_leaves() -> None:
    with faulty("hang") as server:
        with opened(server, question()) as connection:
            until(server, asked=1, in_flight=1)
            assert isinstance(connection.sock, socket.socket)
            assert select.select([connection.sock], [], [], 0)[0] == []
        until(server, asked=1, in_flight=0)
        assert server.ledger()["answered"] == 0


def test_drip_is_a_right_reply() -> None:
    with faulty("drip") as server:
        reply = post(server, question())
        assert reply.text.startswith("An answer to")
        assert reply.headers["Content-Length"] == str(len(reply.data))
        assert server.ledger()["answered"] == server.ledger()["billed"] == 1


def test_drip_comes_in_pieces_and_is_not_billed_where_the_client_leaves() -> None:
    with faulty("drip", drip_s=3600) as server:
        with opened(server, question()) as connection:
            response = connection.getresponse()
            assert response.read(1) == b"{"
            assert server.ledger()["in_flight"] == 1
        until(server, asked=1, in_flight=0)
        assert (server.ledger()["answered"], server.ledger()["billed"]) == (0, 0)


def test_keepalive_sends_headers_and_blank_lines_and_no_body() -> None:
    with faulty("keepalive") as server:
        with opened(server, question()) as connection:
            response = connection.getresponse()
            assert response.status == 200
            assert response.read(3) == b"\n\n\n"
        until(server, asked=1, in_flight=0)
        assert server.ledger()["billed"] == 0


def test_half_looks_complete_and_is_no_json() -> None:
    with faulty("half") as server:
        reply = post(server, question())
        assert reply.status == 200
        assert "Content-Length" not in reply.headers
        assert reply.data.startswith(b'{"id": "chatcmpl-')
        with pytest.raises(json.JSONDecodeError):
            json.loads(reply.data)


def test_cut_promises_more_than_it_sends() -> None:
    with faulty("cut") as server, pytest.raises(http.client.IncompleteRead) as caught:
        post(server, question())
    assert caught.value.expected is not None
    assert len(caught.value.partial) > 0


def test_empty_has_no_body() -> None:
    with faulty("empty") as server:
        reply = post(server, question())
        assert (reply.status, reply.data, reply.headers["Content-Length"]) == (200, b"", "0")


def test_html_is_a_page() -> None:
    with faulty("html") as server:
        reply = post(server, question())
        assert (reply.status, reply.headers["Content-Type"]) == (200, "text/html")
        assert reply.data.startswith(b"<!DOCTYPE html>")


def test_reset_resets_the_connection_before_any_byte() -> None:
    with faulty("reset") as server, pytest.raises(ConnectionResetError):
        post(server, question())


@pytest.mark.parametrize("fault", ["half", "cut"])
@pytest.mark.parametrize("bill_broken", [False, True])
def test_what_breaks_off_is_billed_only_where_the_plan_says_so(fault: FaultName, bill_broken: bool) -> None:
    with serving(Plan(first=(fault,), bill_broken=bill_broken)) as server:
        with opened(server, question()) as connection:
            response = connection.getresponse()
            try:
                response.read()
            except http.client.IncompleteRead:
                assert fault == "cut"
        until(server, asked=1, in_flight=0)
        ledger = server.ledger()
    assert (ledger["answered"], ledger["billed"], len(ledger["sequence"])) == (0, bill_broken, bill_broken)


@pytest.mark.parametrize("fault", ["hang", "empty", "html", "reset", "no_choices", "500"])
def test_what_never_was_a_reply_is_never_billed(fault: FaultName) -> None:
    with serving(Plan(first=(fault,), bill_broken=True)) as server:
        with opened(server, question()) as connection:
            until(server, asked=1, in_flight=int(fault == "hang"))
            if fault not in ("hang", "reset"):
                connection.getresponse().read()
        until(server, asked=1, in_flight=0)
        assert server.ledger()["billed"] == 0
