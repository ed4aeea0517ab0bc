"""What is said between a user and a model: instances as turns, and turns as segments of text.

Formats (prompts.py, chat.py) turn the first into the second; tokenizing.py turns segments into ids.
"""

import string
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from stages.shared.errors import InputError

ASSISTANT, SYSTEM, TOOL, USER = "assistant", "system", "tool", "user"

TOOLS = "tools"
"""The name of the system message that holds the tools which a conversation offers, a list as JSON text."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of text.

    is_answer: the model is to write it, so it counts in the loss. control: the text holds its own begin and end marks
    (a chat template writes them); else it is plain, and whoever tokenises it adds the marks.
    """

    text: str
    is_answer: bool
    control: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """A message of a conversation, with the fields of MESSAGE (stages/shared/records.py); "" where there is nothing."""

    role: str
    content: str
    name: str = ""
    tool_calls: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """An instance as far as a model is concerned.

    messages: of a conversation of several turns, None where instruction, input and output say all. positive, negative:
    worked examples of the task as (input, output), which only `tk-instruct` shows.
    """

    instruction: str
    input: str
    output: str
    messages: tuple[Turn, ...] | None = None
    positive: tuple[tuple[str, str], ...] = ()
    negative: tuple[tuple[str, str], ...] = ()


Writer = Callable[[Asked], list[Segment]]
"""A format. It raises UnfitError for an instance that it cannot hold."""


class UnfitError(InputError):
    """An instance that a format has no words for; training drops it, a benchmark cannot be asked with that format."""

    def __init__(self, expected: str, came: str, where: str) -> None:
        """Say what the format can hold, what came, and which format."""
        super().__init__(expected, came, where, "choose a format that can hold it")


def given(text: str, control: bool = False) -> Segment:
    """A segment that the model reads."""
    return Segment(text, is_answer=False, control=control)


def answer(text: str, control: bool = False) -> Segment:
    """A segment that the model is to write."""
    return Segment(text, is_answer=True, control=control)


def question(segments: Sequence[Segment]) -> list[Segment]:
    """The segments before the last answer: what a model is given when it is to write that answer itself."""
    last = max((place for place, one in enumerate(segments) if one.is_answer), default=len(segments))
    return list(segments[:last])


def conversation(asked: Asked) -> tuple[Turn, ...]:
    """An instance as a conversation that ends with an answer.

    Instruction and input become one question with a blank line between them (spec C0).

    Raises UnfitError where there is no answer.
    """
    if asked.messages is None:
        text = f"{asked.instruction}\n\n{asked.input}" if asked.input else asked.instruction
        return (Turn(USER, text), Turn(ASSISTANT, asked.output))
    last = max((place for place, turn in enumerate(asked.messages) if turn.role == ASSISTANT), default=-1)
    if last < 0:
        raise UnfitError("a conversation with an answer", "one without", "the messages of an instance")
    return asked.messages[: last + 1]


def ended(text: str) -> str:
    """The text with a final period where it ends in no punctuation, as Tk-Instruct's encoder has it (spec D2)."""
    text = text.strip()
    return text if text and text[-1] in string.punctuation else f"{text}."


def worked(positive: Iterable[tuple[str, str]], negative: Iterable[tuple[str, str]]) -> list[str]:
    """Worked examples as Tk-Instruct's encoder writes them, each a text without the breaks after it (spec D2)."""
    return [
        f" {kind} Example {number} -\nInput: {ended(input)}\n Output: {ended(output)}"
        for kind, examples in (("Positive", positive), ("Negative", negative))
        for number, (input, output) in enumerate(examples, start=1)
    ]


def until_last_answer(segments: list[Segment]) -> list[Segment]:
    """The segments up to the last answer, neighbours of a kind joined and empty texts that are no answers left out."""
    return list(_joined(segments[: len(question(segments)) + 1]))


def _joined(segments: Sequence[Segment]) -> Iterator[Segment]:
    held: Segment | None = None
    for one in segments:
        if held and not held.is_answer and not one.is_answer:
            held = given(held.text + one.text, one.control)
            continue
        if held and (held.is_answer or held.text):
            yield held
        held = one
    if held:
        yield held
