"""What a failed call means: by status, code and type, never by words."""

import email.utils
import time

import aiohttp
import pytest

from stages.shared.llm.calls import CallError, of_connection, of_status, parsed, retry_after


@pytest.mark.parametrize(
    ("status", "code", "reason", "traits"),
    [
        (429, None, "too-many-requests", {"hasty"}),
        (429, "rate_limit_exceeded", "too-many-requests", {"hasty"}),
        (529, None, "too-many-requests", {"hasty"}),
        (429, "insufficient_quota", "refused", {"final", "stop"}),
        (401, None, "refused", {"final", "stop"}),
        (402, None, "refused", {"final", "stop"}),
        (403, None, "refused", {"final", "stop"}),
        (404, None, "refused", {"final", "stop"}),
        (400, None, "rejected", {"final"}),
        (413, None, "rejected", {"final"}),
        (422, None, "rejected", {"final"}),
        (408, None, "server-error", {"billed"}),
        (409, None, "server-error", set()),
        (500, None, "server-error", set()),
        (502, None, "server-error", set()),
        (503, None, "server-error", set()),
        (504, None, "server-error", {"billed"}),
    ],
)
def test_a_status_says_whether_to_ask_again_and_whether_it_may_cost(
    status: int, code: str | None, reason: str, traits: set[str]
) -> None:
    found = of_status(status, {"code": code, "type": "error"}, "quota exceeded, invalid key, rate limit", {})
    assert found.reason == reason
    assert {name for name in ("billed", "hasty", "final", "stop") if getattr(found, name)} == traits


@pytest.mark.parametrize(
    ("fault", "stops"),
    [
        ({"code": "content_filter", "message": "no"}, False),
        ({"code": "content_policy_violation", "type": "invalid_request_error"}, False),
        ({"code": None, "type": "moderation_blocked"}, False),
        ({"code": 403, "metadata": {"reasons": ["violence"], "flagged_input": "How ...", "model_slug": "m"}}, False),
        ({"code": "x", "innererror": {"code": "ContentFilter"}}, False),
        ({"code": "invalid_api_key", "message": "content_filter: moderation"}, True),
        ({"code": 403, "metadata": {"reasons": []}}, True),
        ("content_filter", True),
        (None, True),
    ],
)
def test_a_403_about_the_prompt_refuses_that_prompt_and_one_about_the_key_stops_the_run(
    fault: object, stops: bool
) -> None:
    found = of_status(403, fault, "no", {})
    assert (found.reason, found.stop) == (("refused", True) if stops else ("rejected", False))


def test_an_overloaded_server_that_names_a_time_asks_for_less() -> None:
    found = of_status(503, None, "", {"retry-after": "2"})
    assert (found.hasty, found.wait) == (True, 2.0)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": ""}, None),
    ],
)
def test_the_time_to_wait_is_read_in_every_form(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


def test_a_date_to_wait_for_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_700_000_000.0
    monkeypatch.setattr(time, "time", lambda: now)
    assert retry_after({"retry-after": email.utils.formatdate(now + 30, usegmt=True)}) == 30.0
    assert retry_after({"retry-after": email.utils.formatdate(now - 30, usegmt=True)}) == 0.0


def test_the_detail_is_one_line_and_short() -> None:
    assert len(of_status(500, None, "word\n" * 1000, {}).detail) == 300
    assert "\n" not in of_status(500, None, "a\nb", {}).detail


@pytest.mark.parametrize("content", [b"", b"<html>", b'{"choices": [', b"\xff\xfe", b"[" * 100_000])
def test_a_body_that_is_no_json_is_a_broken_reply_that_may_cost(content: bytes) -> None:
    with pytest.raises(CallError) as caught:
        parsed(content, "text/html")
    assert (caught.value.reason, caught.value.billed, caught.value.final) == ("broken-reply", True, False)


def test_half_a_character_in_a_reply_is_replaced() -> None:
    assert parsed(b'["\\ud800"]', "") == ["\N{REPLACEMENT CHARACTER}"]


def test_what_a_failed_connection_says_names_the_address_and_what_is_no_address_was_never_sent() -> None:
    refused = ConnectionRefusedError(111, "Connect call failed ('127.0.0.1', 9)")
    assert "127.0.0.1" in of_connection(refused).detail
    assert not of_connection(aiohttp.InvalidURL("http://")).billed
