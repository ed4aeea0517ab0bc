"""What changed in a text, word by word."""

import difflib
import re
from collections.abc import Sequence

Piece = tuple[str, str]
"""`=`, `-` or `+`, and a stretch of text that is in both, in the old one, or in the new one."""

LONGEST = 1000
"""Words between the first and the last difference that are compared; of more, all of them are shown as changed."""

AROUND = 12
"""Words that are shown before and after a difference."""

GAP = " … "
"""Stands for the words that are left out."""

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")


def word_diff(old: str, new: str) -> list[Piece]:
    """Both texts as one list of stretches, with what is the same in both shortened to what is near a difference."""
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    start = _same(before, after)
    end = _same(before[start:][::-1], after[start:][::-1])
    middle = _compared(before[start : len(before) - end], after[start : len(after) - end])
    pieces = [("=", before[:start]), *middle, ("=", before[len(before) - end :])]
    last = len(pieces) - 1
    shown = [
        (kind, _shortened(words, first=at == 0, last=at == last) if kind == "=" else "".join(words))
        for at, (kind, words) in enumerate(pieces)
    ]
    return [(kind, text) for kind, text in shown if text]


def _same(one: Sequence[str], other: Sequence[str]) -> int:
    """How many words both begin with."""
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count


def _compared(before: Sequence[str], after: Sequence[str]) -> list[tuple[str, Sequence[str]]]:
    if max(len(before), len(after)) > LONGEST:
        return [("-", before), ("+", after)]
    found: list[tuple[str, Sequence[str]]] = []
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for kind, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        if kind == "equal":
            found.append(("=", before[old_start:old_end]))
        else:
            found += [("-", before[old_start:old_end]), ("+", after[new_start:new_end])]
    return found


def _shortened(words: Sequence[str], *, first: bool, last: bool) -> str:
    """A stretch that is the same, without what is far from a difference."""
    head, tail = ([] if first else words[:AROUND]), ([] if last else words[-AROUND:] if words else [])
    if len(head) + len(tail) >= len(words):
        return "".join(words)
    return "".join(head) + GAP + "".join(tail)
