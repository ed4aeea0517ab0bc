"""Making an instance shorter until a model's limit holds it: what is asked is cut, never what is to be answered.

What goes first are whole parts: worked examples, the last one first; exchanges of a conversation, from its end where it
is trained on (the answers that stay have met all that came before them), from its beginning where its last answer is
what counts. What is left is cut text by text, half of the longest at most, on its right. The frame that a format writes
stays whole, so a cut question still reads as one.
"""

import math
import sys
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from stages.model.conversation import ASSISTANT, SYSTEM, TOOLS, USER, Asked, Segment, Turn, Writer, conversation

Ids = tuple[list[int], list[int]]
"""What a model reads and what it learns, as ids and labels or as source and target."""

HOPELESS = sys.maxsize
"""More ids over a limit than any question could give up."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How an instance becomes ids, and what limit they must keep.

    write: instance to segments. read: segments to ids. excess: how many ids are over the limit, 0 or less where they
    keep it, HOPELESS where the answer alone passes it. count: the ids of a text alone.
    """

    write: Writer
    read: Callable[[list[Segment]], Ids]
    excess: Callable[[Ids], int]
    count: Callable[[str], int]

    def ids(self, asked: Asked) -> Ids:
        """The ids of an instance as it is."""
        return self.read(self.write(asked))


def fitted(asked: Asked, reading: Reading, last_counts: bool) -> tuple[Ids, int] | None:
    """The ids of the longest version of an instance that keeps the limit, and the characters that were left out.

    None where even its answer has no room. last_counts: of a conversation the last exchange has to stay, else the
    first. Raises UnfitError where the format cannot hold the instance.
    """
    ids = reading.ids(asked)
    if reading.excess(ids) <= 0:
        return ids, 0
    versions = _versions(asked, last_counts)
    held = bisect_right(versions, 0, key=lambda version: reading.excess(reading.ids(version)))
    shorter: Asked | None = versions[max(held - 1, 0)]
    while shorter:
        ids = reading.ids(shorter)
        over = reading.excess(ids)
        if over <= 0:
            return ids, _characters(asked) - _characters(shorter)
        shorter = None if over == HOPELESS else _cut(shorter, over, reading.count)
    return None


def _versions(asked: Asked, last_counts: bool) -> Sequence[Asked]:
    """An instance with fewer and with more of its whole parts, the shortest version first."""
    if asked.messages is None:
        many = len(asked.positive)
        return [
            replace(asked, positive=asked.positive[:number], negative=asked.negative[: max(number - many, 0)])
            for number in range(many + len(asked.negative) + 1)
        ]
    head, exchanges = _exchanges(conversation(asked))
    kept = [
        exchanges[len(exchanges) - number :] if last_counts else exchanges[:number]
        for number in range(1, len(exchanges) + 1)
    ]
    return [replace(asked, messages=(*head, *(turn for one in some for turn in one))) for some in kept]


def _exchanges(turns: Sequence[Turn]) -> tuple[list[Turn], list[list[Turn]]]:
    """What the system says, and each question with all turns up to the next one."""
    head = [turn for turn in turns if turn.role == SYSTEM]
    found: list[list[Turn]] = []
    for turn in turns:
        if turn.role == SYSTEM:
            continue
        if turn.role == USER or not found:
            found.append([])
        found[-1].append(turn)
    return head, found


def _cut(asked: Asked, over: int, count: Callable[[str], int]) -> Asked | None:
    """The instance with its longest question shortened by about `over` ids; None where each has one character left."""
    if asked.messages is None:
        longer = len(asked.input) > len(asked.instruction)
        shorter = _shortened(asked.input if longer else asked.instruction, over, count)
        if shorter is None:
            return None
        return replace(asked, input=shorter) if longer else replace(asked, instruction=shorter)
    questions = [place for place, turn in enumerate(asked.messages) if turn.role != ASSISTANT and turn.name != TOOLS]
    if not questions:
        return None
    place = max(questions, key=lambda one: len(asked.messages[one].content) if asked.messages else 0)
    shorter = _shortened(asked.messages[place].content, over, count)
    if shorter is None:
        return None
    turns = list(asked.messages)
    turns[place] = replace(turns[place], content=shorter)
    return replace(asked, messages=tuple(turns))


def _shortened(text: str, over: int, count: Callable[[str], int]) -> str | None:
    if len(text) <= 1:
        return None
    cut = math.ceil(len(text) * over / max(count(text), 1))
    return text[: len(text) - min(max(cut, 1), max(len(text) // 2, 1))]


def _characters(asked: Asked) -> int:
    """The characters of all that an instance says."""
    if asked.messages is None:
        examples = (*asked.positive, *asked.negative)
        return len(asked.instruction) + len(asked.input) + sum(len(text) for one in examples for text in one)
    return sum(len(turn.content) + len(turn.tool_calls) for turn in asked.messages)
