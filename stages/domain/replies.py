"""Reading subtasks and examples out of a model's reply: JSON where it is JSON, else the form of its format (spec B4).

One way through for all formats (grammar/forms.json). Nothing vanishes: what can't be read comes back as Unread. The
faults of the original are not carried over: it strips labels as sets of characters, and answers a missing reply with a
text.
"""

import re

from stages.domain import latex, listed, structured
from stages.domain.grammar import Grammar, Subtask, Written, grammar
from stages.domain.pieces import Heading, Parts, Piece, Unread, unread
from stages.shared.text import whole

__all__ = ["MAX_CHARS", "REASONS", "Subtask", "Unread", "Written", "complaint", "examples", "subtasks"]

MAX_CHARS = 200_000
"""Longer replies are cut before they are read: no list of ten examples is that long."""

REASONS = {
    "empty-reply": "the reply is empty",
    "other-format": "the reply is no list of subtasks or examples in any form that was asked for",
    "cut-off": "the reply ended at its bound, so its last piece may be incomplete",
    "overlong-reply": "the rest of a reply that is longer than any list that was asked for",
    "stray-text": "words before, between or after the pieces of the form",
    "broken-json": "a part of a JSON reply that is not JSON",
    "no-name": "a subtask without a name",
    "no-subtask": "an example that belongs to no subtask with a name",
    "no-instruction": "an example without an instruction",
    "no-output": "an example without an output",
}
"""Why a piece of a reply is not read."""

_NO_INPUT = re.compile(r"<\s*no[ _-]?input\s*>\.?", re.IGNORECASE)


def subtasks(reply: str, answer_format: str, cut_off: bool) -> tuple[list[Subtask], list[Unread]]:
    """The subtasks of a reply with their examples, and what of it can't be read. Never raises.

    answer_format: `numbered`, `plain` or `latex`. cut_off: the reply ended at its bound (finish_reason `length`), and
    its last piece is left out.
    """
    how = grammar(answer_format)
    found: list[tuple[Heading, list[Written]]] = []
    left: list[Unread] = []
    is_named = False
    for piece in _pieces(reply, how, cut_off):
        if isinstance(piece, Unread):
            left.append(piece)
        elif isinstance(piece, Heading):
            is_named = bool(piece.name)
            if is_named:
                found.append((piece, []))
            else:
                left.append(unread("no-name", piece.reason))
        elif isinstance(example := _written(piece, how), Unread):
            left.append(example)
        elif is_named:
            found[-1][1].append(example)
        else:
            left.append(unread("no-subtask", piece.text))
    return [Subtask(heading.name, heading.reason, tuple(own)) for heading, own in found], left


def examples(reply: str, answer_format: str, cut_off: bool) -> tuple[list[Written], list[Unread]]:
    """The examples of a reply, under whatever subtask it puts them, and what of it can't be read. Never raises."""
    how = grammar(answer_format)
    found: list[Written] = []
    left: list[Unread] = []
    for piece in _pieces(reply, how, cut_off):
        if isinstance(piece, Unread):
            left.append(piece)
        elif isinstance(piece, Parts):
            example = _written(piece, how)
            if isinstance(example, Unread):
                left.append(example)
            else:
                found.append(example)
    if not found and not left:
        left.append(unread("other-format", reply))
    return found, left


def complaint(reply: str, answer_format: str, of_subtasks: bool) -> str:
    """What keeps a reply from being used, as a sentence for whoever wrote it; "" where a piece of it can be read."""
    found, left = (subtasks if of_subtasks else examples)(reply, answer_format, False)  # noqa: FBT003
    if found:
        return ""
    wanted = "subtask" if of_subtasks else "example"
    reasons = sorted({one.reason for one in left} & {"no-name", "no-subtask", "no-instruction", "no-output"})
    told = f" ({'; '.join(REASONS[reason] for reason in reasons)})" if reasons else ""
    return f"no {wanted} in it can be read{told}."


def _pieces(reply: str, how: Grammar, cut_off: bool) -> list[Piece]:
    """The pieces of a reply in its order, read as JSON or else as lines with labels."""
    if not reply.strip():
        return [unread("empty-reply", "")]
    text = whole(reply[:MAX_CHARS])
    found = structured.pieces(text, how) if _looks_like_json(text) else []
    found = found or listed.pieces(text, how) or structured.pieces(text, how)
    if not found:
        return [unread("other-format", text)]
    is_longer = len(reply) > MAX_CHARS
    if cut_off or is_longer:
        found[-1] = unread("cut-off", _told(found[-1]))
    if is_longer:
        found.append(unread("overlong-reply", reply[MAX_CHARS:]))
    return found


def _looks_like_json(text: str) -> bool:
    start = text.lstrip()
    return start.startswith(("{", "[", "```"))


def _told(piece: Piece) -> str:
    """What a piece is told by."""
    if isinstance(piece, Heading):
        return piece.name
    return piece.text if isinstance(piece, Parts) else piece.detail


def _written(piece: Parts, how: Grammar) -> Written | Unread:
    """The example that its parts make, or why they make none."""
    instruction, output = piece.instruction.strip(), piece.output.strip()
    if not instruction:
        return unread("no-instruction", piece.text)
    if not output:
        return unread("no-output", piece.text)
    given = piece.input.strip()
    if _NO_INPUT.fullmatch(given):
        given = ""
    return Written(instruction, given, latex.boxed(output) if how.worked else output)
