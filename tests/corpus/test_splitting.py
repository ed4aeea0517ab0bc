from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.corpus.forms import Message
from stages.corpus.splitting import byte_estimate, split

ROLES = st.sampled_from(["system", "user", "assistant", "tool"])
TURNS = st.lists(st.builds(Message, ROLES, st.text(max_size=12), st.just(""), st.sampled_from(["", "[{}]"])))


def ten_each(text: str) -> int:
    return 10 if text else 0


def turns(count: int) -> list[Message]:
    return [Message("assistant" if number % 2 else "user", str(number)) for number in range(count)]


def cut(count: int, limit: int) -> list[str]:
    return ["".join(one.content for one in piece.messages) for piece in split(turns(count), limit, ten_each)]


def old_spans(lengths: Sequence[int], limit: int) -> list[tuple[int, int]]:
    """The turns of each piece as the splitter of April 2023 cut them (spec C2): by turns, one after the other."""
    spans, start, total = [], 0, 0
    for number, length in enumerate(lengths):
        total += length
        if number == len(lengths) - 1:
            # The last turn is taken in, whether it fits or not.
            spans.append((start, number + 1))
        elif total > limit:
            # An answer goes with its question, but the next piece begins with this same answer.
            spans.append((start, number + number % 2))
            start, total = number, length
    return spans


def current_spans(lengths: Sequence[int], limit: int) -> list[tuple[int, int]]:
    """The same as its successor cuts them: by pairs."""
    spans, start, total = [], 0, 0
    for number in range(0, len(lengths), 2):
        pair = sum(lengths[number : number + 2])
        if total + pair > limit:
            spans.append((start, number))
            start, total = number, 0
        elif number == len(lengths) - 2:
            # Nothing writes the last pair where it is the one that overflows.
            spans.append((start, number + 2))
        total += pair
    return spans


def joined(spans: Sequence[tuple[int, int]]) -> list[int]:
    return [number for start, end in spans for number in range(start, end)]


def test_the_splitters_of_old_repeat_and_lose_turns_as_was_measured() -> None:
    lengths = [10] * 8
    assert old_spans(lengths, 45) == [(0, 4), (4, 8)]
    assert old_spans(lengths, 55) == [(0, 6), (5, 8)]
    assert old_spans(lengths, 79) == [(0, 8)]
    assert current_spans(lengths, 60) == [(0, 6)]
    assert current_spans([10, 10], 15) == [(0, 0)]


@pytest.mark.parametrize("spans", [old_spans, current_spans])
def test_what_is_asked_of_the_pieces_tells_the_splitters_of_old_from_this_one(spans: Callable[..., Any]) -> None:
    wrong = [limit for limit in range(20, 90) if joined(spans([10] * 8, limit)) != list(range(8))]
    over = [
        limit for limit in range(20, 90) if any(10 * (end - start) > limit for start, end in spans([10] * 8, limit))
    ]
    assert wrong or over
    for limit in range(20, 90):
        pieces = split(turns(8), limit, ten_each)
        assert [one for piece in pieces for one in piece.messages] == turns(8)
        assert all(piece.tokens <= limit for piece in pieces)


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (45, ["0123", "4567"]),
        (55, ["0123", "4567"]),  # the old splitter gave [0:6] and [5:8]: turn 5 twice
        (60, ["012345", "67"]),  # the current one gave [0:6] alone: the last exchange lost
        (80, ["01234567"]),
        (79, ["012345", "67"]),  # the old one started no piece where the last turn overflows
    ],
)
def test_eight_turns_of_ten_tokens_lose_and_repeat_none(limit: int, expected: list[str]) -> None:
    assert cut(8, limit) == expected


def test_an_exchange_that_passes_the_limit_is_a_piece_of_its_own_and_says_so() -> None:
    pieces = split(turns(4), 15, ten_each)
    assert [(len(piece.messages), piece.tokens, piece.over) for piece in pieces] == [(2, 20, True), (2, 20, True)]


def test_each_turn_takes_its_overhead() -> None:
    assert [piece.tokens for piece in split(turns(4), 32, ten_each, per_turn=6)] == [32, 32]


def test_bytes_are_rounded_up_to_tokens() -> None:
    count = byte_estimate(4)
    assert [count(text) for text in ("", "a", "abcd", "abcde", "é" * 3)] == [0, 1, 1, 2, 2]


@given(TURNS, st.integers(1, 60), st.integers(0, 8))
def test_pieces_joined_are_the_conversation_and_keep_the_limit_or_say_so(
    messages: list[Message], limit: int, per_turn: int
) -> None:
    pieces = split(messages, limit, len, per_turn)
    assert [one for piece in pieces for one in piece.messages] == messages
    for piece in pieces:
        tokens = sum(len(one.content) + len(one.tool_calls) + per_turn for one in piece.messages)
        assert piece.tokens == tokens
        assert piece.over == (tokens > limit)
        assert not piece.over or sum(one.role == "user" for one in piece.messages) <= 1


@given(TURNS, st.integers(1, 60), st.integers(0, 8))
def test_a_piece_begins_with_a_question_and_ends_where_the_next_exchange_would_pass_the_limit(
    messages: list[Message], limit: int, per_turn: int
) -> None:
    pieces = split(messages, limit, len, per_turn)
    for piece, after in pairwise(pieces):
        assert piece.messages
        assert after.messages[0].role == "user"
        # The next exchange: up to the second question of the piece that begins with it.
        asked = [number for number, one in enumerate(after.messages) if one.role == "user"]
        exchange = after.messages[: asked[1] if len(asked) > 1 else None]
        more = sum(len(one.content) + len(one.tool_calls) + per_turn for one in exchange)
        assert piece.tokens + more > limit
    assert bool(pieces) == bool(messages)
