"""Whether a question that is asked for has an answer in the text it is asked of, told by the row's own answer."""

from collections.abc import Mapping, Sequence
from typing import Any

from stages.hub.columns import Columns
from stages.hub.render import Texts
from stages.hub.rules import words
from stages.hub.sound import ANSWER_WORDS, QUESTION_WORDS, field_words
from stages.hub.styles import EVIDENCE_CUT
from stages.shared.records import Feature

UNANSWERABLE = "unanswerable"

NO_ANSWER = {"", "n/a", "na", "none", "null", "no answer", "unanswerable"}
"""What people write where a question has no answer, in lower case."""


def answer_field(features: Mapping[str, Feature], used: Sequence[str]) -> str:
    """The field of a row's answers that a task does not use, the first by place; "" where there is none."""
    found = (name for name in features if name not in used and (words.split(name) or ("",))[-1] in ANSWER_WORDS)
    return next(found, "")


def without_answer(columns: Columns, inputs: Texts, used: Sequence[str], output: str) -> dict[int, str]:
    """The rows that ask for a question which the row says has no answer, or whose answer was cut off the input."""
    field = answer_field(columns.features, used) if field_words(output) & QUESTION_WORDS else ""
    if not field:
        return {}
    found: dict[int, str] = {}
    for row, value in enumerate(columns.raw(field)):
        said = answers(value)
        if said is None:
            continue
        if all(text in NO_ANSWER for text in said):
            found[row] = UNANSWERABLE
        elif row in inputs.cuts:
            text = inputs.texts[row].casefold()
            if not any(one in text for one in said if one not in NO_ANSWER):
                found[row] = EVIDENCE_CUT
    return found


def answers(value: Any) -> list[str] | None:
    """What a field says as answers, in lower case; None where it is of another form, so that nothing can be told."""
    if isinstance(value, dict) and isinstance(value.get("text"), list):
        value = value["text"]
    if isinstance(value, str) or value is None:
        value = [value or ""]
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        return None
    return [one.strip().casefold() for one in value]
