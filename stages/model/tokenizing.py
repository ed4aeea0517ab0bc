"""Segments of text as the ids that a model reads and learns.

A question is tokenised as one text. An answer is tokenised as what goes on from its question, as it would be in one
text, where that leaves the question's ids as they are; where the two would melt into one token, on its own. So the ids
of a question are the same whether an answer follows or not: what a model meets when it is asked is, id by id, the
beginning of what it was trained on.

Plain formats get the tokenizer's begin mark where it uses one, and its end mark after each answer; what looks like such
a mark in a text stays text. A chat template writes its own marks.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from stages.model.conversation import Asked, Segment, UnfitError, Writer, given, question
from stages.model.fitting import HOPELESS, Ids, Reading, fitted
from stages.model.prompts import Name, writer
from stages.shared.errors import InputError

IGNORED = -100
"""The label that adds nothing to the loss, as transformers has it."""

CONTEXT = 32
"""Characters at the end of a question that the ids at the beginning of its answer depend on."""

TOO_LONG = "too-long"
"""The reason of an instance whose answer leaves no room for a question."""

UNFIT = "unfit-for-format"
"""The reason of an instance that the format cannot hold, as a conversation in `tk-instruct`."""

CONTROL = "control-mark"
"""The reason of an instance that says one of the marks by which a chat template tells who speaks: it could not be told
from the template's own."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """An instance as ids. Decoder-only: ids are question and answers, labels as long, IGNORED where nothing is learned.

    Encoder-decoder: ids are the source, labels the target. left_out: characters of the instance that had no room
    (fitting.py says which go first).
    """

    ids: list[int]
    labels: list[int]
    left_out: int


@dataclass(frozen=True)
class Format:
    """A prompt format in the ids of a tokenizer.

    write: instance to segments. opening: ids before a plain text, () where the tokenizer puts none. end: the id of the
    end mark. special: the ids of all its marks. marks: a pattern of them, where texts must not hold any.
    """

    tokenizer: Any
    write: Writer
    opening: tuple[int, ...]
    end: int
    special: frozenset[int]
    marks: re.Pattern[str] | None


def open_format(name: Name, tokenizer: Any) -> Format:
    """The named format for a tokenizer; raise InputError for one without an end mark, or without a needed template."""
    write = writer(name, tokenizer)
    if tokenizer.eos_token_id is None:
        raise InputError(
            "a tokenizer with an end mark (eos_token)",
            "one without",
            str(tokenizer.name_or_path or "the model's tokenizer"),
            "name its eos_token in tokenizer_config.json",
        )
    empty: list[int] = tokenizer("").input_ids
    opening = tuple(empty[:1]) if empty and empty[0] == tokenizer.bos_token_id else ()
    special = {id: str(token) for id, token in tokenizer.added_tokens_decoder.items() if token.special}
    marks = "|".join(map(re.escape, sorted(special.values(), key=len, reverse=True)))
    pattern = re.compile(marks) if name == "chat" and marks else None
    return Format(tokenizer, write, opening, tokenizer.eos_token_id, frozenset(special), pattern)


def causal(format: Format, segments: Sequence[Segment]) -> Ids:
    """Ids and labels for a decoder-only model, equally long: answers with their end marks are learned, nothing else.

    The first id has no label, as nothing stands before it.
    """
    ids: list[int] = []
    labels: list[int] = []
    for segment, piece in _pieces(format, segments):
        ids += piece
        labels += piece if segment.is_answer else [IGNORED] * len(piece)
    return ids, [IGNORED, *labels[1:]] if labels else labels


def paired(format: Format, segments: Sequence[Segment]) -> Ids:
    """Source and target for an encoder-decoder model: all that stands before the last answer, and that answer."""
    asked = question(segments)
    source = "".join(one.text for one in asked)
    control = any(one.control for one in segments)
    answer = "".join(one.text for one in segments[len(asked) :])
    target = format.tokenizer(text_target=answer.strip(), split_special_tokens=not control, verbose=False).input_ids
    if not target or target[-1] != format.end:
        target = [*target, format.end]
    return format.tokenizer(source, split_special_tokens=not control, verbose=False).input_ids, target


def train_causal(format: Format, asked: Asked, limit: int) -> Tokens | str:
    """An instance for a decoder-only model, `limit` ids at most, or the reason word for which it is left out."""

    def excess(found: Ids) -> int:
        ids, labels = found
        return HOPELESS if len(labels) - labels.count(IGNORED) > limit else len(ids) - limit

    return _trained(format, asked, excess, causal, last_counts=False)


def train_paired(format: Format, asked: Asked, source_limit: int, target_limit: int) -> Tokens | str:
    """An instance for an encoder-decoder model within its limits in ids, or the reason word."""

    def excess(found: Ids) -> int:
        source, target = found
        return HOPELESS if len(target) > target_limit else len(source) - source_limit

    return _trained(format, asked, excess, paired, last_counts=True)


def ask_causal(format: Format, asked: Asked, limit: int) -> tuple[list[int], int]:
    """The ids of an instance's question for a decoder-only model, `limit` at most, and the characters left out.

    Its output, or the last answer of its messages, is not looked at. Raises UnfitError where the format cannot hold it,
    InputError where it does not fit however much is cut.
    """
    return _asked(format, asked, limit, lambda segments: causal(format, question(segments)))


def ask_paired(format: Format, asked: Asked, limit: int) -> tuple[list[int], int]:
    """The source of an instance for an encoder-decoder model, `limit` ids at most; returns and raises as `ask_causal`
    does.
    """
    return _asked(format, asked, limit, lambda segments: paired(format, segments))


def _trained(
    format: Format,
    asked: Asked,
    excess: Callable[[Ids], int],
    read: Callable[[Format, list[Segment]], Ids],
    last_counts: bool,
) -> Tokens | str:
    if format.marks and any(format.marks.search(text) for text in _texts(asked)):
        return CONTROL
    try:
        found = fitted(asked, _reading(format, partial(read, format), excess), last_counts)
    except UnfitError:
        return UNFIT
    return Tokens(*found[0], found[1]) if found else TOO_LONG


def _asked(format: Format, asked: Asked, limit: int, read: Callable[[list[Segment]], Ids]) -> tuple[list[int], int]:
    found = fitted(asked, _reading(format, read, lambda ids: len(ids[0]) - limit), last_counts=True)
    if found is None:
        raise InputError(
            f"a question that fits into {limit} ids",
            "one that does not, cut as far as it goes",
            repr(asked.instruction[:60]),
            "raise the limit of the run's recipe",
        )
    return found[0][0], found[1]


def _reading(format: Format, read: Callable[[list[Segment]], Ids], excess: Callable[[Ids], int]) -> Reading:
    return Reading(format.write, read, excess, lambda text: len(_ids(format, text)))


def _texts(asked: Asked) -> Iterator[str]:
    if asked.messages is None:
        yield from (asked.instruction, asked.input, asked.output)
    else:
        yield from (text for turn in asked.messages for text in (turn.content, turn.tool_calls, turn.name))


def _pieces(format: Format, segments: Sequence[Segment]) -> Iterator[tuple[Segment, list[int]]]:
    """Each segment with its ids; before a plain text the opening, which belongs to no answer."""
    if segments and not segments[0].control:
        yield given(""), list(format.opening)
    before = ""
    for segment in segments:
        if not segment.is_answer:
            before = segment.text
            yield segment, _ids(format, before, segment.control)
            continue
        piece = _continued(format, before[-CONTEXT:], segment)
        # A template may end an answer without a mark; the model has to learn where to stop all the same.
        ended = segment.control and piece and piece[-1] in format.special
        yield segment, piece if ended else [*piece, format.end]
        before = ""


def _continued(format: Format, before: str, segment: Segment) -> list[int]:
    """The ids of an answer as it goes on from a text, or its own where the two melt."""
    head = _ids(format, before, segment.control)
    together = _ids(format, before + segment.text, segment.control)
    if together[: len(head)] == head:
        return together[len(head) :]
    return _ids(format, segment.text, segment.control)


def _ids(format: Format, text: str, control: bool = False) -> list[int]:
    """The ids of a text alone; `control`: with what looks like a mark read as one."""
    found: list[int] = format.tokenizer(
        text, add_special_tokens=False, split_special_tokens=not control, verbose=False
    ).input_ids
    return found
