"""Writing a row's fields as text, as Dynosaur's released code does and as its paper says (spec A8).

How the project itself writes them is in sound.py; styles.py lists every difference.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from stages.shared.records import Feature


class Text(NamedTuple):
    """A text, or the reason there is none; `cut` is what was taken off its end to make it fit."""

    text: str
    reason: str = ""
    cut: str = ""


@dataclass
class Texts:
    """A column of texts by row number; where a row has none, its reason; and of each that was cut, whether what was cut
    off holds a text.
    """

    texts: list[str]
    reasons: dict[int, str] = field(default_factory=dict)
    cuts: dict[int, Callable[[str], bool]] = field(default_factory=dict)


BAD_INPUT = "bad-input"
BAD_OUTPUT = "bad-output"
EMPTY_INPUT = "empty-input"


def release_value(field: str, value: Any, feature: Feature | None) -> str | None:  # noqa: ARG001 - styles are called alike
    """A scalar as stripped text, a list of texts as `release_list` writes it; None for a null, an object, an empty list
    or a list that is not of texts, which spoils the row. A row that lacks the field is spoiled too (the released code
    fails).
    """
    if isinstance(value, str | int | float):
        return str(value).strip()
    return release_list(field, value) if isinstance(value, list) and is_text_list(value) else None


def release_sentence(field: str, text: str, value: Any) -> str:
    """`q is 'What?'. `; a list stands without its field's name."""
    return text if isinstance(value, list) else f"{field} is '{text}'. "


def paper_value(field: str, value: Any, feature: Feature | None) -> str | None:
    """The same, but that lists lose their outer blanks and last period; the paper says nothing of lists."""
    text = release_value(field, value, feature)
    return text.strip().removesuffix(".") if text is not None and isinstance(value, list) else text


def paper_sentence(field: str, text: str, value: Any) -> str:  # noqa: ARG001 - styles are called alike
    """`The q is What?.`."""
    return f"The {field} is {text}."


def release_fit(text: str, max_chars: int, several: bool) -> Text:  # noqa: ARG001 - styles are called alike
    """An input cut at `max_chars`, or the reason that it is empty."""
    return Text(text[:max_chars], cut=text[max_chars:]) if text else Text("", EMPTY_INPUT)


def release_output(field: str, value: Any, feature: Feature | None) -> Text:  # noqa: ARG001 - styles are called alike
    """The value as stripped text; anything but a scalar is bad. An empty text is kept."""
    return Text(str(value).strip()) if isinstance(value, str | int | float) else Text("", BAD_OUTPUT)


def is_text_list(items: Sequence[Any]) -> bool:
    """Whether a list holds texts, at least one, and nothing else."""
    return bool(items) and all(isinstance(item, str) for item in items)


def release_list(field: str, items: Sequence[str]) -> str:
    """` A. 'x', B. 'y'.` where the field's name contains `choice`, else `'x', 'y'. `; items as they are."""
    if "choice" in field:
        lettered = ",".join(f" {chr(ord('A') + number)}. '{item}'" for number, item in enumerate(items))
        return f"{lettered}."
    return ", ".join(f"'{item}'" for item in items) + ". "
