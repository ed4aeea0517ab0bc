"""What an example must be like to stay: the rules of spec B4, in the order of the list RULES."""

import string
from collections.abc import Callable
from dataclasses import dataclass

from stages.domain.grammar import Written
from stages.domain.spelling import is_english, is_unspaced
from stages.domain.wordlists import BLOCKED, blocked_in

SHORTEST, LONGEST = 3, 150
"""Words that an instruction may have, both counted in; Alpaca and Self-Instruct drop one of 3 words too."""

REASONS = {
    "empty-instruction": "it asks nothing",
    "empty-output": "it has no answer",
    "too-short": f"its instruction has fewer than {SHORTEST} words",
    "too-long": f"its instruction has more than {LONGEST} words",
    "blocked-word": "its instruction speaks of pictures, sound, files or other things that a text model has not",
    "asks-for-a-program": "its instruction begins with `Write a program`",
    "punctuation-first": "its instruction begins with a punctuation mark",
    "other-script-first": "its instruction begins with a character that the language's texts do not begin with",
    "placeholder-input": "its input is a placeholder in <...> or (...)",
    "repeats-the-instruction": "its output is its instruction",
}
"""Why an example is dropped."""


@dataclass(frozen=True)
class Context:
    """What the rules judge by: the format of the domain's answers and the code of its language."""

    answer_format: str
    language: str

    @property
    def is_english(self) -> bool:
        """Whether the language is English, in whatever region."""
        return is_english(self.language)

    @property
    def is_unspaced(self) -> bool:
        """Whether the language puts no blanks between words."""
        return is_unspaced(self.language)


def empty_instruction(example: Written, _: Context) -> str:
    """Drop what asks nothing; in mathematics the original fails there with an IndexError."""
    return "" if example.instruction.strip() else "empty-instruction"


def empty_output(example: Written, _: Context) -> str:
    """Drop what has no answer."""
    return "" if example.output.strip() else "empty-output"


def word_count(example: Written, context: Context) -> str:
    """Drop instructions of less than 3 or more than 150 words; those of mathematics may be of any length."""
    if context.answer_format == "latex":
        return ""
    count = words(example.instruction, context)
    return "too-short" if count < SHORTEST else "too-long" if count > LONGEST else ""


def blocked_word(example: Written, context: Context) -> str:
    """Drop instructions with a word of the format's list, as a whole word in any case."""
    return "blocked-word" if blocked_in(example.instruction, BLOCKED[context.answer_format]) else ""


def asks_for_a_program(example: Written, _: Context) -> str:
    """Drop what asks for a program in these very words."""
    return "asks-for-a-program" if example.instruction.startswith("Write a program") else ""


def punctuation_first(example: Written, _: Context) -> str:
    """Drop instructions that begin with a mark of ASCII punctuation."""
    return "punctuation-first" if example.instruction.lstrip()[:1] in set(string.punctuation) else ""


def other_script_first(example: Written, context: Context) -> str:
    """Drop English instructions that begin outside ASCII, and in other languages those that begin with no letter or
    digit.
    """
    first = example.instruction.lstrip()[:1]
    fits = first.isascii() if context.is_english else first.isalnum() or first in "¿¡"
    return "" if fits else "other-script-first"


def placeholder_input(example: Written, _: Context) -> str:
    """Drop inputs that are wrapped in <...> or (...): they stand for a text that is not there.

    What the first bracket opens has to end with the text: `<p>One</p>` and `(1, 2) and (3, 4)` are no placeholders.
    """
    text = example.input.strip()
    return "placeholder-input" if _is_wrapped(text, "<", ">") or _is_wrapped(text, "(", ")") else ""


def repeats_the_instruction(example: Written, _: Context) -> str:
    """Drop what gives the instruction back for an answer."""
    return "repeats-the-instruction" if example.output.split() == example.instruction.split() else ""


RULES: tuple[Callable[[Written, Context], str], ...] = (
    empty_instruction,
    empty_output,
    word_count,
    blocked_word,
    asks_for_a_program,
    punctuation_first,
    other_script_first,
    placeholder_input,
    repeats_the_instruction,
)
"""Each returns "" to keep an example, or the reason word; the first word counts."""


def judge(example: Written, answer_format: str, language: str = "en") -> str:
    """The reason to drop an example, "" to keep it.

    answer_format: `numbered`, `plain` or `latex`. language: the code of the domain's language.
    """
    context = Context(answer_format, language)
    return next((reason for rule in RULES if (reason := rule(example, context))), "")


def _is_wrapped(text: str, opening: str, closing: str) -> bool:
    if not (len(text) > 1 and text.startswith(opening) and text.endswith(closing)):
        return False
    depth = 0
    for character in text[:-1]:
        depth += (character == opening) - (character == closing)
        if depth == 0:
            return False
    return True


def words(text: str, context: Context) -> int:
    """How many words a text has; in a script without blanks two characters make one."""
    if not context.is_unspaced:
        return len(text.split())
    return (sum(not character.isspace() for character in text) + 1) // 2
