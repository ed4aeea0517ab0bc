"""Writing a row's fields as text, as Dynosaur's released code does and as its paper says (spec A8).

How the project itself writes them is in sound.py; styles.py lists every difference.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from stages.shared.records import Feature


class Source(NamedTuple):
    """What is rendered: a row's values by field, and the types of the fields."""

    values: Mapping[str, Any]
    features: Mapping[str, Feature]


class Text(NamedTuple):
    """A text, or the reason there is none; `cut` is what was taken off its end to make it fit."""

    text: str
    reason: str = ""
    cut: str = ""


BAD_INPUT = "bad-input"
BAD_OUTPUT = "bad-output"
EMPTY_INPUT = "empty-input"


def release_input(source: Source, fields: Sequence[str], max_chars: int) -> Text:
    """`q is 'What?'. ctx is 'A b.'. ` for several fields, the value alone for one; cut at `max_chars`.

    A list stands without its field's name. A null, an object, an empty list or a list that is not of texts spoils the
    row. Fields are looked up in the row as it is, so a row that lacks one is spoiled too (the released code fails).
    """
    written = ""
    for field in fields:
        value = source.values.get(field)
        if isinstance(value, str | int | float):
            text = str(value).strip()
            written += f"{field} is '{text}'. " if len(fields) > 1 else text
        elif isinstance(value, list) and is_text_list(value):
            written += release_list(field, value)
        else:
            return Text("", BAD_INPUT)
    return Text(written[:max_chars], cut=written[max_chars:]) if written else Text("", EMPTY_INPUT)


def paper_input(source: Source, fields: Sequence[str], max_chars: int) -> Text:
    """`The q is What?. The ctx is A b..` for several fields, the value alone for one; cut at `max_chars`.

    The paper says nothing of lists: their items stand as the released code writes them, without its outer blanks.
    """
    written = []
    for field in fields:
        value = source.values.get(field)
        if isinstance(value, str | int | float):
            text = str(value).strip()
        elif isinstance(value, list) and is_text_list(value):
            text = release_list(field, value).strip().removesuffix(".")
        else:
            return Text("", BAD_INPUT)
        written.append(f"The {field} is {text}." if len(fields) > 1 else text)
    whole = " ".join(written)
    return Text(whole[:max_chars], cut=whole[max_chars:]) if whole else Text("", EMPTY_INPUT)


def release_output(source: Source, fields: Sequence[str]) -> Text:
    """The first output field's value as stripped text; anything but a scalar is bad. An empty text is kept."""
    value = source.values.get(fields[0])
    if isinstance(value, str | int | float):
        return Text(str(value).strip())
    return Text("", BAD_OUTPUT)


def is_text_list(items: Sequence[Any]) -> bool:
    """Whether a list holds texts, at least one, and nothing else."""
    return bool(items) and all(isinstance(item, str) for item in items)


def release_list(field: str, items: Sequence[str]) -> str:
    """` A. 'x', B. 'y'.` where the field's name contains `choice`, else `'x', 'y'. `; items as they are."""
    if "choice" in field:
        lettered = ",".join(f" {chr(ord('A') + number)}. '{item}'" for number, item in enumerate(items))
        return f"{lettered}."
    return ", ".join(f"'{item}'" for item in items) + ". "
