"""What is read of a request: its identity in either form, its tokens, and what makes it no request."""

import hashlib
import json

import pytest

from stages.shared.llm.fault_requests import BadRequestError, asked, chance, digest, parsed
from tests.shared.llm.calling import question


def test_the_digest_of_a_body_depends_on_neither_blanks_nor_the_order_of_keys() -> None:
    body = question(max_tokens=5)
    turned = json.dumps(dict(reversed(body.items())), indent=4).encode()
    assert parsed(turned).digest == asked(body).digest == digest(body)


def test_the_digest_of_the_messages_is_that_of_their_canonical_json() -> None:
    body = question("é")
    canonical = '[{"content":"\\u00e9","role":"user"}]'
    assert asked(body).messages_digest == hashlib.sha256(canonical.encode()).hexdigest()[:16]
    assert asked(body | {"temperature": 1}).messages_digest == asked(body).messages_digest


def test_the_same_talk_has_the_same_messages_in_both_forms() -> None:
    chat = {"model": "m", "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]}
    blocks = [{"type": "text", "text": "H"}, {"type": "text", "text": "i"}]
    messages = {"model": "m", "system": "Be brief.", "messages": [{"role": "user", "content": blocks}]}
    assert asked(chat).messages_digest == asked(messages).messages_digest
    assert asked(messages).texts == ("Be brief.", "Hi")


@pytest.mark.parametrize(("text", "tokens"), [("", 4), ("a", 5), ("abcd", 5), ("abcde", 6), ("é" * 4, 6)])
def test_input_tokens_are_a_quarter_of_the_bytes_and_four_a_message(text: str, tokens: int) -> None:
    assert asked(question(text)).input_tokens == tokens


def test_a_limit_may_have_either_name() -> None:
    assert asked(question(max_tokens=3)).limit == 3
    assert asked(question(max_completion_tokens=4)).limit == 4
    assert asked(question()).limit is None


@pytest.mark.parametrize(
    ("data", "message", "param"),
    [
        (b"{", "The body is not JSON.", None),
        (b"[]", "The body is no JSON object.", None),
        (b'{"messages": []}', "A model must be named.", "model"),
        (b'{"model": "m"}', "There must be at least one message.", "messages"),
        (b'{"model": "m", "messages": [1]}', "A message is an object with role and content.", "messages"),
        (b'{"model": "m", "messages": [{"role": "u", "content": 1}]}', "A content is a text or a list", "messages"),
        (b'{"model": "m", "stream": true}', "This server does not stream.", "stream"),
        (b'{"model": "m", "n": 2}', "This server gives one choice a request.", "n"),
        (
            b'{"model": "m", "messages": [{"role": "u", "content": ""}], "max_tokens": 0}',
            "max_tokens must be a whole number of at least 1.",
            "max_tokens",
        ),
    ],
)
def test_what_is_no_request_is_refused_with_the_key_at_fault(data: bytes, message: str, param: str | None) -> None:
    with pytest.raises(BadRequestError, match=message) as caught:
        parsed(data)
    assert caught.value.param == param


def test_chance_follows_from_its_key_and_is_spread_evenly() -> None:
    drawn = [chance(0, number, "fault") for number in range(2000)]
    assert drawn == [chance(0, number, "fault") for number in range(2000)]
    assert all(0 <= one < 1 for one in drawn)
    assert sum(one < 0.2 for one in drawn) / 2000 == pytest.approx(0.2, abs=0.03)
