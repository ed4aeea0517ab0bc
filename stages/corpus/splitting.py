"""Split a long conversation into pieces of a token limit: no turn lost, none repeated, no exchange torn (spec C2, 4).

The originals repeat a turn, or lose the last exchange, where a piece overflows; here each exchange is put in once.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from stages.corpus.forms import Message
from stages.corpus.policies import SplitPolicy
from stages.corpus.turns import exchanges
from stages.shared import tokens

Count = Callable[[str], int]
"""How many tokens a text has: a tokenizer's count, or an estimate."""


@dataclass(frozen=True)
class Piece:
    """Consecutive exchanges and their tokens. over: it is one exchange and passes the limit nevertheless."""

    messages: tuple[Message, ...]
    tokens: int
    over: bool


def counter(policy: SplitPolicy) -> Count:
    """What counts the tokens of a text under a policy; raise InputError where its tokenizer can't be had."""
    return tokens.counter(policy.tokenizer) if policy.tokenizer else byte_estimate(policy.bytes_per_token)


def byte_estimate(bytes_per_token: float) -> Count:
    """A count without a tokenizer: so many bytes of UTF-8 a token, rounded up."""
    return lambda text: math.ceil(len(text.encode("utf-8", "surrogatepass")) / bytes_per_token)


def split(messages: Sequence[Message], limit: int, count: Count, per_turn: int = 0) -> list[Piece]:
    """Fill one piece after another with whole exchanges; a turn takes its tokens and `per_turn` more.

    What stands before the first question (a system's turn) goes with the first exchange. The pieces joined are the
    conversation.
    """
    pieces: list[Piece] = []
    held: list[Message] = []
    total = 0
    for exchange in exchanges(messages):
        more = sum(count(one.content) + count(one.tool_calls) + per_turn for one in exchange)
        if held and total + more > limit:
            pieces.append(Piece(tuple(held), total, total > limit))
            held, total = [], 0
        held += exchange
        total += more
    return [*pieces, Piece(tuple(held), total, total > limit)] if held else pieces
