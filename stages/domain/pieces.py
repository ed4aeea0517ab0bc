"""The pieces a reply is taken apart into, in its order, before anything is put together from them."""

from dataclasses import dataclass

from stages.shared.text import whole

SHOWN = 200
"""Characters of an unread piece that are told."""


@dataclass(frozen=True)
class Heading:
    """The beginning of a subtask; examples up to the next one are its own. `name` is "" where it has none."""

    name: str
    reason: str


@dataclass(frozen=True)
class Parts:
    """The parts of an example, "" where one is missing. text: where it begins, to tell it by."""

    instruction: str
    input: str
    output: str
    text: str


@dataclass(frozen=True)
class Unread:
    """A piece of a reply that can't be read: the reason word, and how the piece begins."""

    reason: str
    detail: str


Piece = Heading | Parts | Unread


def unread(reason: str, text: str) -> Unread:
    """An unread piece, told by its beginning."""
    return Unread(reason, " ".join(str(whole(text[: 2 * SHOWN])).split())[:SHOWN])
