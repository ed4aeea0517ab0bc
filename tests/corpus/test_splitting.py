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
