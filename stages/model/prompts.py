"""How an instance is put to a model: named formats, the same for training and for asking.

Wording is that of the published formats (each says whose). What they have no words for is our choice: a conversation's
own system text stands in the place of the format's; calls of tools are answers, written as JSON after the text of
their turn; what a tool says is a turn of its own.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, get_args

from stages.model.chat import chat
from stages.model.conversation import (
    ASSISTANT,
    SYSTEM,
    TOOL,
    USER,
    Asked,
    Segment,
    Turn,
    UnfitError,
    Writer,
    answer,
    conversation,
    ended,
    given,
    until_last_answer,
    worked,
)
from stages.shared.errors import InputError

Name = Literal["tk-instruct", "alpaca", "vicuna", "ailurus", "chat"]
"""The formats, as recipes call them."""


@dataclass(frozen=True)
class Words:
    """How a format for text alone writes a conversation.

    system: what is said where a conversation says nothing, with the break after it apart. user, tool: what stands
    before and after a turn. cue: what asks for an answer. gap, after: what stands before an answer, as a part of it,
    and after it, as a part of what follows.
    """

    system: str
    below: str
    user: tuple[str, str]
    tool: tuple[str, str]
    cue: str
    gap: str
    after: str


INPUT = "\n\n### Input:\n"

ALPACA = Words(
    "Below is an instruction that describes a task. Write a response that appropriately completes the request.",
    "\n\n",
    ("### Instruction:\n", "\n\n"),
    ("### Tool:\n", "\n\n"),
    "### Response:",
    "",
    "\n\n",
)
"""Stanford Alpaca's prompt without input (spec C1; Explore-Instruct asks with it too, B8). Further turns repeat it from
`### Instruction:` on."""

ALPACA_SYSTEM = (
    "Below is an instruction that describes a task, paired with an input that provides further context. "
    "Write a response that appropriately completes the request."
)
"""What Stanford Alpaca says above an instruction that has an input."""

VICUNA = Words(
    "A chat between a curious user and an artificial intelligence assistant. "
    "The assistant gives helpful, detailed, and polite answers to the user's questions.",
    " ",
    ("USER: ", " "),
    ("TOOL: ", " "),
    "ASSISTANT:",
    " ",
    "",
)
"""FastChat's prompt from Vicuna v1.1 on (spec C2): an answer ends with the end mark, and the next turn follows it."""

AILURUS = Words(
    "A chat between a curious human and an artificial intelligence assistant. "
    "The assistant gives helpful, detailed, and polite answers to the human's questions.",
    "\n\n",
    ("### Human: ", "\n"),
    ("### Tool: ", "\n"),
    "### Assistant:",
    " ",
    "\n",
)
"""Ailurus' prompt (spec C0), which is FastChat's v0. There a line break alone ends an answer, and whoever asks has to
stop at the next `###`; here the tokenizer's end mark stands before that line break, so that the model can stop."""


def writer(name: Name, tokenizer: Any) -> Writer:
    """The format of that name.

    Raises InputError for `chat` where the tokenizer has no chat template, or one that nothing could be trained with.
    """
    written: dict[str, Writer] = {"tk-instruct": tk_instruct, "alpaca": alpaca, "vicuna": vicuna, "ailurus": ailurus}
    if name != "chat":
        return written[name]
    if not getattr(tokenizer, "chat_template", None):
        raise InputError(
            "a tokenizer with a chat template",
            "one without",
            str(getattr(tokenizer, "name_or_path", "") or "the model's tokenizer"),
            f"name another format ({', '.join(one for one in get_args(Name) if one != 'chat')}) or a chat model",
        )
    chat(tokenizer, Asked("Hello", "", "Hello"))
    return partial(chat, tokenizer)


def tk_instruct(asked: Asked) -> list[Segment]:
    """Tk-Instruct's encoding: definition, worked examples, and the input to complete (spec A11, D2).

    How many examples there is room for is not decided here. Raises UnfitError for a conversation.
    """
    if asked.messages is not None:
        raise UnfitError("an instruction with its input", "a conversation", "the format tk-instruct")
    definition = f"Definition: {ended(asked.instruction)}"
    task = f"Now complete the following example -\nInput: {ended(asked.input)}\nOutput: "
    return [given("\n\n".join([definition, *worked(asked.positive, asked.negative), task])), answer(asked.output)]


def alpaca(asked: Asked) -> list[Segment]:
    """Stanford Alpaca's two prompts, with and without input."""
    if asked.messages is not None or not asked.input:
        return _spoken(asked, ALPACA)
    with_input = Turn(USER, f"{asked.instruction}{INPUT}{asked.input}")
    turns = (Turn(SYSTEM, ALPACA_SYSTEM), with_input, Turn(ASSISTANT, asked.output))
    return _spoken(Asked("", "", "", turns), ALPACA)


def vicuna(asked: Asked) -> list[Segment]:
    """FastChat's prompt of Vicuna v1.1."""
    return _spoken(asked, VICUNA)


def ailurus(asked: Asked) -> list[Segment]:
    """The prompt of Ailurus."""
    return _spoken(asked, AILURUS)


def _spoken(asked: Asked, words: Words) -> list[Segment]:
    """A conversation in the words of a format for text alone."""
    turns = conversation(asked)
    own = "\n\n".join(turn.content for turn in turns if turn.role == SYSTEM)
    found = [given((own or words.system) + words.below)]
    for turn in turns:
        if turn.role == ASSISTANT:
            said = "\n".join(text for text in (turn.content, turn.tool_calls) if text)
            found += [given(words.cue), answer(words.gap + said), given(words.after)]
        elif turn.role != SYSTEM:
            before, after = words.tool if turn.role == TOOL else words.user
            found.append(given(before + turn.content + after))
    return until_last_answer(found)
