"""What the rules of clean look at: something found in a record, with its texts gathered once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from stages.corpus.forms import Chat, Found, Message, Preference, Single
from stages.corpus.policies import Policies
from stages.shared.language import language

UNKNOWN = "unknown"
"""The language of a text that says too little, or says it in several."""

SEVERAL = frozenset({"", "mul", "multilingual", "multi", UNKNOWN})
"""What a description gives as language where the rows must speak for themselves."""

SAMPLE_CHARS, TEXT_CHARS = 850, 400
"""Characters whose language is asked for, from the first text on, and those of one text at most: hearing a language is
the dear part of cleaning."""


@dataclass(frozen=True)
class Candidate:
    """What was found, and what it is judged by."""

    found: Found
    policies: Policies

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """All texts in it."""
        return tuple(_texts(self.found))

    @cached_property
    def answers(self) -> tuple[str, ...]:
        """Its answers."""
        return answers(self.found)

    @cached_property
    def language(self) -> str:
        """As described, or as its text says, by `clean.language_detection`."""
        policy, described = self.policies.params.language_detection, self.policies.language
        if policy == "never" or (policy == "missing" and described not in SEVERAL):
            return described
        guess = language(_sample(self.texts))
        return guess.language if guess else UNKNOWN


def chat(found: Found) -> tuple[Message, ...]:
    """The turns of a conversation; () for anything else."""
    return found.messages if isinstance(found, Chat) else ()


def answers(found: Found) -> tuple[str, ...]:
    """What a model is to learn to say; of a preference both answers."""
    if isinstance(found, Single):
        return (found.output,)
    if isinstance(found, Preference):
        return (found.chosen, found.rejected)
    return tuple(message.content for message in found.messages if message.role == "assistant")


def _sample(texts: Iterable[str]) -> Iterator[str]:
    """The beginnings of texts, SAMPLE_CHARS in all: a few long texts, or many short ones."""
    left = SAMPLE_CHARS
    for text in texts:
        if left <= 0:
            return
        start = text[: min(left, TEXT_CHARS)]
        left -= len(start)
        yield start


def _texts(found: Found) -> Iterator[str]:
    if isinstance(found, Single):
        yield from (found.instruction, found.input, found.output)
    elif isinstance(found, Chat):
        yield from (message.content for message in found.messages)
    else:
        yield from (message.content for message in found.prompt)
        yield from (found.chosen, found.rejected)
