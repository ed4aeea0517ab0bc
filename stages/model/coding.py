"""Instances as the ids of a model, whether it reads bytes or tokens: to learn from, to be asked, to be weighed by."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from stages.model.codec import END, Encoding, source_ids, target_ids, text
from stages.model.conversation import Asked, Turn, question
from stages.model.item import Item
from stages.model.network import Model, said
from stages.model.spec import Prompt
from stages.model.superni import instruction
from stages.model.tokenizing import (
    IGNORED,
    UNFIT,
    Format,
    Tokens,
    ask_causal,
    ask_paired,
    causal,
    open_format,
    paired,
    train_causal,
    train_paired,
)
from stages.shared.errors import InputError

Learned = Callable[[Mapping[str, Any]], "Tokens | str"]
"""A row of a mix as ids, or the reason word for which it is left out."""


def learned(model: Model) -> Learned:
    """How a model's rows become ids; raise InputError where its tokenizer can't hold the format."""
    if model.encoding:
        encoding = model.encoding
        # It reads no turns; of a conversation, instruction and output are the first question and the last answer.
        return lambda row: UNFIT if row["messages"] is not None else _bytes(encoding, row)
    format, prompt = opened(model)
    return lambda row: _tokens(format, prompt, _asked(row))


def _bytes(encoding: Encoding, row: Mapping[str, Any]) -> Tokens:
    ids, labels = source_ids(encoding, row["instruction"], row["input"]), target_ids(encoding, row["output"])
    return Tokens(ids, labels, _unread(ids, row["instruction"], row["input"]) + len(row["output"]) - len(text(labels)))


def _unread(ids: Sequence[int], instruction: str, input: str) -> int:
    """The characters of a question that a source over bytes has no room for."""
    return len(f"{instruction}\n{input}" if input else instruction) - len(text(ids))


def answer_bytes(model: Model, tokens: Tokens) -> int:
    """How many bytes the answers of an example have, end marks not counted."""
    labels = [label for label in tokens.labels if label != IGNORED]
    if model.encoding:
        return len(labels) - (labels[-1] == END)
    return len(said(model, labels).encode())


def asking(model: Model, new_ids: int) -> Callable[[Item], tuple[list[int], int]]:
    """How a model is asked: the ids of an item's question, and how many characters of it had no room.

    Worked examples stand where the format has a place for them, else after the instruction as long as all of it fits.
    A decoder-only model is left room for its answer in the length that it was trained on: half of it at most.
    """
    if model.encoding:
        encoding = model.encoding

        def read(one: Item) -> tuple[list[int], int]:
            told, without = _told(one, lambda text: len(text.encode()) <= encoding.instruction_bytes)
            ids = source_ids(encoding, told, one.input)
            return ids, without + _unread(ids, told, one.input)

        return read
    format, prompt = opened(model)
    longest = prompt.max_length or 0
    limit = prompt.source_length or longest - min(new_ids, longest // 2)
    ask = ask_paired if prompt.source_length else ask_causal

    def written(one: Item) -> tuple[list[int], int]:
        if prompt.format == "tk-instruct":
            shown = Asked(one.instruction, one.input, "", positive=one.examples, negative=one.negative)
            return ask(format, shown, limit)
        told, without = _told(one, lambda text: _size(format, prompt, text, one.input) <= limit)
        ids, left_out = ask(format, Asked(told, one.input, ""), limit)
        return ids, without + left_out

    return written


def answer_room(model: Model, new_ids: int, asked: int) -> int:
    """How many ids an answer may have after a question of `asked` ids: what the model was trained on, or `new_ids`.

    A decoder-only model may go on beyond the length that it was trained on, as far as it knows positions: the papers
    give an answer 512 ids whatever was asked, and train on 512 for both (spec B8).
    """
    if model.encoding:
        return model.encoding.target_bytes
    _, prompt = opened(model)
    if prompt.max_length is None:
        return prompt.target_length or new_ids
    known = getattr(model.network.config, "max_position_embeddings", None) or 0
    return min(new_ids, max(known, prompt.max_length) - asked)


def ends(model: Model) -> list[int]:
    """The ids that end an answer: the tokenizer's end mark, and what the format ends answers with."""
    if model.encoding:
        return [END]
    format, prompt = opened(model)
    read = paired if prompt.source_length else causal
    labels = read(format, format.write(Asked("Hello", "", "Hello")))[1]
    return sorted({format.end, labels[-1]})


def weighing(model: Model) -> Callable[[Item], tuple[Tokens, int] | None]:
    """How an item's first reference is weighed: its ids after its question, and its bytes as far as they are read.

    A reference too long to be trained on is cut. None where the format cannot hold the item.
    """
    write = learned(model)

    def weighed(one: Item) -> tuple[Tokens, int] | None:
        output = one.references[0]
        while True:
            found = write({"instruction": one.instruction, "input": one.input, "output": output, "messages": None})
            if not isinstance(found, str):
                return found, answer_bytes(model, found)
            if len(output) < 2:
                return None
            output = output[: len(output) // 2]

    return weighed


def opened(model: Model) -> tuple[Format, Prompt]:
    """The format that a model is asked in; raise InputError for a model of which none is known."""
    if model.prompt is None:
        raise InputError(
            "a prompt (a format and its lengths)",
            "a model that names none",
            str(model.tokenizer.name_or_path),
            "add `prompt` to its description in data/sources/models",
        )
    return open_format(model.prompt.format, model.tokenizer), model.prompt


def _told(one: Item, fits: Callable[[str], bool]) -> tuple[str, int]:
    """The instruction with the worked examples that fit, and the characters of those that don't."""
    if not one.examples and not one.negative:
        return one.instruction, 0
    told, whole = (instruction(one.instruction, one.examples, one.negative, f) for f in (fits, lambda _: True))
    return told, len(whole) - len(told)


def _size(format: Format, prompt: Prompt, told: str, input: str) -> int:
    segments = format.write(Asked(told, input, ""))
    return len((paired(format, segments) if prompt.source_length else causal(format, question(segments)))[0])


def _tokens(format: Format, prompt: Prompt, asked: Asked) -> Tokens | str:
    if prompt.source_length is not None and prompt.target_length is not None:
        return train_paired(format, asked, prompt.source_length, prompt.target_length)
    return train_causal(format, asked, prompt.max_length or 0)


def _asked(row: Mapping[str, Any]) -> Asked:
    asked = Asked(row["instruction"], row["input"], row["output"])
    if row["messages"] is None:
        return asked
    turns = tuple(
        Turn(one["role"], one["content"] or "", one["name"] or "", one["tool_calls"] or "") for one in row["messages"]
    )
    return replace(asked, messages=turns)
