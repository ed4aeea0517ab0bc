"""Tokenizers made on the spot from the texts that are shipped: small ones of the kinds that models have."""

import json
from collections.abc import Iterable
from functools import cache
from typing import Any

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from tests.house import ROOT

CHATML = (
    "{%- if tools %}<|im_start|>system\nTools: {{ tools | tojson }}<|im_end|>\n{% endif %}"
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}"
    "{% for call in message.tool_calls or [] %}<call>{{ call.function | tojson }}</call>{% endfor %}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""A chat template in the style of ChatML, with tools."""

THINKING = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n"
    "{% if message.role == 'assistant' and loop.last %}<think>\n\n</think>\n\n{% endif %}"
    "{{ message.content }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""A chat template that writes thoughts before the last answer only, as Qwen3's does."""

BEGIN, END, TURN, TURN_END = "<s>", "</s>", "<|im_start|>", "<|im_end|>"
MARKS = ["<pad>", BEGIN, END, "<unk>", TURN, TURN_END]


@cache
def seeds() -> list[tuple[str, str, str]]:
    """Instruction, input and output of the 175 seed tasks."""
    lines = (ROOT / "data/sources/corpora/self-instruct-seeds.jsonl").read_text("utf-8").splitlines()
    tasks = [json.loads(line) for line in lines]
    return [(one["instruction"], one["instances"][0]["input"], one["instances"][0]["output"]) for one in tasks]


def texts() -> Iterable[str]:
    return [text for task in seeds() for text in task if text]


@cache
def _bytes(begins: bool, more: str = "") -> str:
    """Byte-level BPE as in GPT-2 and its heirs, as JSON."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=800,
        special_tokens=MARKS,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator([*texts(), more], trainer)
    if begins:
        made.post_processor = processors.TemplateProcessing(single=f"{BEGIN} $A", special_tokens=[(BEGIN, 1)])
    return str(made.to_str())


@cache
def _pieces(ends: bool) -> str:
    """Unigram over words with a blank before the first, as in SentencePiece: T5's kind, or one that begins a text."""
    made = Tokenizer(models.Unigram())
    made.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always" if ends else "first")
    made.decoder = decoders.Metaspace(prepend_scheme="always" if ends else "first")
    trainer = trainers.UnigramTrainer(
        vocab_size=800, special_tokens=MARKS, unk_token="<unk>", show_progress=False, n_sub_iterations=1
    )
    made.train_from_iterator(texts(), trainer)
    single = f"$A {END}" if ends else f"{BEGIN} $A"
    made.post_processor = processors.TemplateProcessing(
        single=single, special_tokens=[(BEGIN, MARKS.index(BEGIN)), (END, MARKS.index(END))]
    )
    return str(made.to_str())


def wrapped(made: str, begin: str | None, end: str | None, template: str | None = None) -> Any:
    """A tokenizer as transformers has it."""
    tokenizer = Tokenizer.from_str(made)
    tokenizer.add_special_tokens([AddedToken(mark, special=True, normalized=False) for mark in MARKS])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=begin,
        eos_token=end,
        pad_token="<pad>",
        unk_token="<unk>",
        chat_template=template,
    )


@cache
def gpt() -> Any:
    """Byte-level BPE that begins no text, with an end mark (GPT-2's kind)."""
    return wrapped(_bytes(begins=False), END, END)


@cache
def llama3() -> Any:
    """Byte-level BPE that begins a text (Llama 3's kind)."""
    return wrapped(_bytes(begins=True), BEGIN, END)


@cache
def llama() -> Any:
    """Pieces with a blank before the first word, that begin a text (LLaMA's kind)."""
    return wrapped(_pieces(ends=False), BEGIN, END)


@cache
def t5() -> Any:
    """Pieces that end a text (T5's kind)."""
    return wrapped(_pieces(ends=True), None, END)


@cache
def chatty(template: str = CHATML) -> Any:
    """Byte-level BPE with a chat template (Qwen's kind)."""
    return wrapped(_bytes(begins=False), None, TURN_END, template)


@cache
def melting() -> Any:
    """Byte-level BPE in which the colon before an answer and one that begins it are one token."""
    return wrapped(_bytes(begins=False, more=" ".join(["Response:: Output:: ASSISTANT::"] * 999)), END, END)


def byte_of() -> dict[str, int]:
    """The byte behind each character of a byte-level token: printable ones stand for themselves, others are shifted."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in plain]
    return {chr(byte): byte for byte in plain} | {chr(256 + place): byte for place, byte in enumerate(others)}
