"""Writing a row's fields as text that a person would write and a model can learn from: the style `sound`.

It keeps the paper's sentences, "The [field] is [value]." (spec A8), and mends what is around them: field names are
words, lists and options can be read, numbers are short, a missing value never becomes a word, blanks are tidy, and
what does not fit is left out rather than torn.
"""

import math
import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Any

from stages.hub import traces
from stages.hub.render import BAD_OUTPUT, Text
from stages.hub.rules import words
from stages.shared.records import Feature

MISSING_INPUT = "missing-input"
MISSING_OUTPUT = "missing-output"
INPUT_TOO_LONG = "input-too-long"
SEVERAL_ANSWERS = "several-answers"

MISSING_TEXTS = {"nan", "NaN", "<NA>", "NaT"}
"""What table software writes into a text column where there was nothing."""

OPTION_WORDS = {"choice", "choices", "option", "options"}
ANSWER_WORDS = {"answer", "answers", "alias", "aliases", "reference", "references"}
TOKEN_WORDS = {"token", "tokens"}
"""Words of field names whose lists are options to choose from, ways to say one answer, or the pieces of one text."""

QUESTION_WORDS = {"question", "query", "prompt", "stem"}
"""Words of fields whose texts may go on in their answers (`Stars are`), so that no period belongs after them."""

LONG_OPTION = 60
"""Options stand on one line, unless one of them is longer than this, in characters."""

LONG_ITEM = 3
"""The items of any other list stand on one line, parted by commas, unless one has more words or ends in a period."""

WRAPPED = 500
"""A title of several lines and no more characters than this was broken by a tool: it is one line."""

COMMA = "_comma_"
"""How datasets that once were bare CSV files write a comma."""

ELLIPSIS = " ..."

LINE_ENDS = ("\n", "\r", "\u2028", "\u2029", "\x85")

_BETWEEN_WORDS = re.compile(r"[\s,]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\ufeff]")
_ASCII_UNSEEN = bytes([*range(32), 127])
_ASCII_CONTROLS = _ASCII_UNSEEN.translate(None, b"\t\n\r")
_LETTERED = re.compile(r"\(?([A-Za-z])\s*[).:]")
_MIDNIGHT = re.compile(r"[T ]00:00:00(\.0+)?$")


def sound_sentence(field: str, text: str, value: Any) -> str:
    """The field as a sentence, when it is one of several."""
    return sentence(field, text, isinstance(value, list | dict))


def sound_fit(text: str, max_chars: int, several: bool) -> Text:
    """An input of at most `max_chars` characters.

    A single text that is too long is cut at a word and ends in `...`. Where there are several, one is usually the
    evidence for the others, and no part of it can be taken: the row is left out (input-too-long).
    """
    if not several:
        return cut_at_word(text, max_chars)
    return Text(text) if len(text) <= max_chars else Text("", INPUT_TOO_LONG)


def sound_output(field: str, value: Any, feature: Feature | None) -> Text:
    """The value as a person would write it; a list of answers only where all of them say the same."""
    if isinstance(value, dict) and isinstance(value.get("text"), list) and "answer_start" in value:
        value = value["text"][:1]  # answers in SQuAD's form: each is a whole answer by another annotator
    if isinstance(value, list) and field_words(field) & ANSWER_WORDS:
        if len({str(entry).strip().casefold() for entry in value}) > 1:
            return Text("", SEVERAL_ANSWERS)
        value = value[:1]
    text = readable(field, value, feature)
    if text is None:
        return Text("", BAD_OUTPUT)
    return Text(text) if text else Text("", MISSING_OUTPUT)


def readable(field: str, value: Any, feature: Feature | None) -> str | None:
    """A value as a person would write it; "" where there is none, None where it has no such form."""
    if isinstance(value, list):
        items = scalars(value)
        return None if items is None else listed(field, [item for item in items if item])
    if isinstance(value, dict):
        return labelled_options(value)
    text = scalar(value, feature)
    if not text or not isinstance(value, str):
        return text
    if "\n" in text and len(text) <= WRAPPED and "title" in field_words(field):
        text = " ".join(text.split())
    if not traces.may_have(text):
        return text
    is_title = "title" in field_words(field)
    return traces.without(text, is_title, lambda items: tidy(listed(field, [tidy(item) for item in items])))


def is_long(value: Any, chars: int) -> bool:
    """Whether a text, or a list of texts, surely has more than so many characters when it is written.

    It looks at the beginning alone: what follows in a list never makes that shorter.
    """
    if isinstance(value, str):
        return beginning(value, chars) is not None
    if not isinstance(value, list) or set(map(type, value)) != {str}:
        return False
    count = next((number for number, size in enumerate(accumulate(map(len, value)), 1) if size > 2 * chars), 0)
    return count > 0 and sum(map(len, scalars(value[:count]) or ())) > chars


def beginning(value: Any, chars: int) -> str | None:
    """How a long text begins when it is written, in more than so many characters; None where that takes all of it."""
    if not isinstance(value, str) or len(value) <= 2 * chars or traces.may_have(value):
        return None
    if len(value) <= WRAPPED and any(end in value for end in LINE_ENDS):
        return None  # a title would be one line
    found = tidy(value[: 2 * chars])
    # What ends here may go on: a comma in the making, or lines, and a text of several lines keeps its runs of blanks.
    goes_on = "\n" not in found and any(end in value for end in LINE_ENDS)
    return None if goes_on or len(found) <= chars + len(COMMA) else found[: -len(COMMA)]


def lacks(value: str, text: str) -> bool:
    """Whether a text, when it is written, surely does not hold `text`: a word of that is not in it as it came.

    Writing a text changes blanks, commas, what can't be seen and what tools left, and nothing else.
    """
    return (
        any(word not in value for word in _BETWEEN_WORDS.split(text))
        and not traces.may_have(value)
        and not (
            "\u200b" in value
            or "\ufeff" in value
            or len(data := value.encode()) > len(data.translate(None, _ASCII_CONTROLS))
        )
    )


def scalars(values: list[Any]) -> Sequence[str] | None:
    """Each of some texts, numbers, truth values or nulls; None where there is anything else among them."""
    if all(type(value) is str for value in values):
        together = "|".join(values)
        if COMMA not in together and is_one_plain_line(together):
            return [text for value in values if (text := value.strip()) not in MISSING_TEXTS]
    items = [scalar(value, None) for value in values]
    return None if None in items else items  # type: ignore[return-value]


def scalar(value: Any, feature: Feature | None) -> str | None:
    """A text, number, truth value or null; None for anything else."""
    if isinstance(value, str):
        if feature is not None and feature.type.startswith("timestamp"):
            return _MIDNIGHT.sub("", value).replace("T", " ")
        text = tidy(value)
        return "" if text in MISSING_TEXTS else text
    if value is None:
        return ""
    if isinstance(value, float):
        return number(value)
    return str(value) if isinstance(value, int) else None


def tidy(text: str) -> str:
    """The same text with plain line ends, no control characters, no blanks at the ends and no runs of empty lines.

    Runs of blanks become one unless the text has several lines, where they may be indentation.
    """
    if "_" in text and COMMA in text:
        text = text.replace(COMMA, ",")
    if is_one_plain_line(text):
        return text.strip()
    # Plain searches and replacements, each only where there is something to replace: patterns took most of the time.
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.isascii():
        text = text.replace("\u2028", "\n").replace("\u2029", "\n").replace("\x85", "\n").replace("\xa0", " ")
    if len(text.encode().translate(None, _ASCII_CONTROLS)) < len(text) if text.isascii() else not _seen(text):
        text = _CONTROL.sub("", text)
    if " \n" in text or ("\t" in text and "\t\n" in text):
        text = "\n".join([line.rstrip(" \t") for line in text.split("\n")])
    text = text.strip()
    if "\n" not in text:
        return _halved(text.replace("\t", " "), "  ", " ")
    return _halved(text, "\n\n\n", "\n\n")


def is_one_plain_line(text: str) -> bool:
    """Whether a text has no control characters, line ends, tabs or runs of blanks; of ASCII, bytes tell it sooner."""
    if "\n" in text:
        return False
    if text.isascii():
        return "  " not in text and len(text.encode().translate(None, _ASCII_UNSEEN)) == len(text)
    return text.isprintable() and "  " not in text


def _seen(text: str) -> bool:
    return text.replace("\n", "").replace("\t", "").isprintable()


def _halved(text: str, long: str, short: str) -> str:
    """The text with `long`, which begins with `short`, made short until there is none."""
    while long in text:
        text = text.replace(long, short)
    return text


def number(value: float) -> str:
    """A number without the tail that comes of binary fractions: 3.0 is 3, 3.799999952316284 is 3.8; NaN is nothing."""
    if not math.isfinite(value):
        return ""
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    exact = repr(value)
    short = f"{value:.6g}"
    return short if len(exact) > 9 and "e" not in short else exact


def listed(field: str, items: Sequence[str]) -> str:
    """A list as text: tokens as one text, options with their letters, other items parted by commas or line ends."""
    parts = field_words(field)
    if parts & TOKEN_WORDS:
        return " ".join(items)
    if parts & OPTION_WORDS and len(items) > 1:
        lettered = _are_lettered(items)
        return options(items if lettered else [f"{_letter(number)}. {item}" for number, item in enumerate(items)])
    plain = all(len(item.split()) <= LONG_ITEM and "," not in item and not item.endswith(".") for item in items)
    return (", " if plain else "\n").join(items)


def options(items: Sequence[str]) -> str:
    """`A. x B. y`; one a line where one is long or has lines of its own."""
    return ("\n" if any(len(item) > LONG_OPTION or "\n" in item for item in items) else " ").join(items)


def _are_lettered(items: Sequence[str]) -> bool:
    """Whether options bring their letters with them: `A) 12`, `B) 15`."""
    found = [match[1].upper() for item in items if (match := _LETTERED.match(item))]
    return found == [_letter(number) for number in range(len(items))]


def _letter(number: int) -> str:
    return chr(ord("A") + number) if number < 26 else str(number + 1)


def labelled_options(value: dict[str, Any]) -> str | None:
    """Options that come as texts beside their labels, `{text: [...], label: [...]}`; None for any other object."""
    texts, labels = value.get("text"), value.get("label")
    if set(value) != {"text", "label"} or not isinstance(texts, list) or not isinstance(labels, list):
        return None
    if len(texts) != len(labels) or not all(isinstance(entry, str) for entry in [*texts, *labels]):
        return None
    return options([f"{tidy(label)}. {tidy(text)}" for label, text in zip(labels, texts, strict=True)])


def sentence(field: str, text: str, several: bool) -> str:
    """`The answer key is B.`; a text of several lines stands below its name; lists and questions take no period."""
    begun, takes_period = _begun(field, several)
    if "\n" in text:
        return f"{begun}:\n{text}"
    return f"{begun} {text}." if takes_period and not is_ended(text) else f"{begun} {text}"


@lru_cache(1000)
def _begun(field: str, several: bool) -> tuple[str, bool]:
    """How a sentence of a field begins, and whether a period may stand at its end."""
    name = field_name(field)
    verb = "are" if words.is_plural(name) and (several or field_words(field) & OPTION_WORDS) else "is"
    return f"The {name} {verb}", not several and not field_words(field) & QUESTION_WORDS


@lru_cache(1000)
def field_words(field: str) -> frozenset[str]:
    """The words of a field's name, in lower case."""
    return frozenset(words.split(field))


@lru_cache(1000)
def field_name(field: str) -> str:
    """A field's name as words: `answerKey` is `answer key`, `sentence1` is `sentence 1`, `sentence_A` `sentence A`."""
    said = words.say(words.split(field)).split(" ")
    return " ".join(word.upper() if len(word) == 1 else word for word in said) or tidy(field) or "text"


def is_ended(text: str) -> bool:
    """Whether a text ends as a sentence does, so that a period after it would be one too many."""
    return text.rstrip("\"'”’)]»").endswith((".", "!", "?", "…", ":", ";", "。", "！", "？"))


def cut_at_word(text: str, max_chars: int) -> Text:
    """A text of at most `max_chars` characters; a longer one ends at a word, with an ellipsis.

    Where the last half of what fits is one single word, that word is cut.
    """
    if len(text) <= max_chars:
        return Text(text)
    kept = text[: max_chars - len(ELLIPSIS)]
    end = max(kept.rfind(" "), kept.rfind("\n"))
    if not text[len(kept)].isspace() and end > len(kept) // 2:
        kept = kept[:end]
    kept = kept.rstrip()
    return Text(kept + ELLIPSIS, cut=text[len(kept) :])
