r"""Answers to the MATH questions: what a model answered, whether it is right, and how many are, by level and subject.

Two measures stand side by side. `strict` is what Explore-Instruct's released code says, to the letter (spec B8), so
that a number from here equals a published one. `equal` asks whether two answers mean the same (mathforms.py): it grants
what `strict` grants and what is merely written another way, but never that there is no answer at all.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stages.model.mathforms import equivalent

MEASURES = ("strict", "equal")

_BOXES = ("\\boxed", "\\fbox")
_WORD_IS = re.compile(r"(?<![A-Za-z])is(?![A-Za-z])")


class _FailedError(Exception):
    """The original code fails on such a text, and then compares answers as they are."""


def boxed(text: str) -> str | None:
    r"""What stands in the last `\boxed{...}` of a text by the original rules, None where there is none.

    Where there is no `\boxed` the last `\fbox` is found and then given up, since only `\boxed{` is taken off.
    """
    found = _last_box(text)
    return found[7:-1] if found is not None and found.startswith("\\boxed{") else None


def fallback(prediction: str) -> str:
    """What the original takes for the answer of a prediction without a box: what follows the last "is", then "=".

    A mark at the very beginning is overlooked, and all letters i and s (or equals signs) at the front go. Where a mark
    is found, dollar signs and points go too, decimal points among them; else nothing changes.
    """
    for mark in ("is", "="):
        place = prediction.rfind(mark)
        if place > 0:
            prediction = prediction[place:].lstrip(mark).strip().replace("$", "").replace(".", "").strip()
    return prediction


def strict(said: str | None, expected: str | None) -> bool:
    """Whether two answers are equal by the original rules: after `normalised`, or as they are where that fails."""
    if said is None or expected is None:
        return said is expected
    try:
        return normalised(said) == normalised(expected)
    except _FailedError:
        return said == expected


def normalised(answer: str) -> str:
    """The answer as the original compares it (spec B8): its steps, in its order."""
    for old, new in _FIRST:
        answer = answer.replace(old, new)
    pieces = answer.split("\\text{ ")
    if len(pieces) > 2:
        raise _FailedError
    # Percent signs are taken out twice: what the first time brings together, the second finds.
    answer = pieces[0].replace("\\%", "").replace("\\%", "").replace(" .", " 0.").replace("{.", "{0.")
    if answer.startswith("."):
        answer = "0" + answer
    sides = answer.split("=")
    if len(sides) == 2 and len(sides[0]) <= 2:
        answer = sides[1]
    answer = _with_fractions(_with_roots(answer).replace(" ", ""))
    if answer == "0.5":
        answer = "\\frac{1}{2}"
    whole = re.fullmatch(r"(0|-?[1-9][0-9]*)/(0|-?[1-9][0-9]*)", answer)
    return f"\\frac{{{whole[1]}}}{{{whole[2]}}}" if whole else answer


_FIRST = (
    ("\n", ""), ("\\!", ""), ("\\\\", "\\"), ("tfrac", "frac"), ("dfrac", "frac"), ("\\left", ""), ("\\right", ""),
    ("^{\\circ}", ""), ("^\\circ", ""), ("\\$", ""),
)  # fmt: skip


def answer(prediction: str) -> str | None:
    r"""The answer of a prediction for `equal`: in its last box of either kind, else after its last "is" or "=".

    Here "is" must be a word of its own, and points stay. None where nothing is left.
    """
    found = _last_box(prediction)
    if found is not None:
        inner = found[found.index("{") + 1 : -1]
    else:
        inner = prediction.strip()
        if (marks := list(_WORD_IS.finditer(inner))) and inner[marks[-1].end() :].strip(" .:$\n"):
            inner = inner[marks[-1].end() :]
        inner = inner[inner.rfind("=") + 1 :]
        inner = inner.strip(" :\n")
    return inner or None


@dataclass(frozen=True)
class Question:
    """What is known of a question: its id, level ("Level 2"), subject, and the solution that has the answer boxed."""

    question_id: str
    level: str
    subject: str
    solution: str


@dataclass(frozen=True)
class Judged:
    """A question with the answers that were compared, and whether they are equal by each of MEASURES.

    said: what `strict` took for the model's answer. expected: of the solution.
    """

    question: Question
    said: str
    expected: str | None
    strict: bool
    equal: bool


def judged(question: Question, prediction: str) -> Judged:
    """A prediction against the solution of its question."""
    expected, inner = boxed(question.solution), boxed(prediction)
    said = fallback(prediction) if inner is None else inner
    by_letter = strict(said, expected)
    meant, right = answer(prediction), answer(question.solution) if expected is None else expected
    by_meaning = by_letter or (meant is not None and right is not None and equivalent(meant, right))
    return Judged(question, said, expected, by_letter, by_meaning)


def report(answers: Sequence[Judged]) -> dict[str, Any]:
    """Accuracy by both measures: over all, by level, by subject, and by level and subject, in order of name.

    Each cell has `instances`, and for each measure how many are right and their share in percent, two decimals. The
    released report skips every cell of level and subject, as it looks for numbers where levels are words.
    """
    cells: dict[str, dict[str, list[Judged]]] = {"level": {}, "subject": {}, "level_and_subject": {}}
    for one in answers:
        level, subject = one.question.level, one.question.subject
        for table, name in (("level", level), ("subject", subject), ("level_and_subject", f"{level}, {subject}")):
            cells[table].setdefault(name, []).append(one)
    tables = {table: {name: _cell(rows[name]) for name in sorted(rows)} for table, rows in cells.items()}
    return {"all": _cell(answers), **tables}


def disagreements(answers: Iterable[Judged]) -> list[Mapping[str, Any]]:
    """The answers that one measure calls right and the other wrong, in order of question, as records to be written."""
    found = [one for one in answers if one.strict != one.equal]
    return [
        {
            "question_id": one.question.question_id,
            "said": one.said,
            "expected": one.expected,
            "strict": one.strict,
            "equal": one.equal,
        }
        for one in sorted(found, key=lambda one: one.question.question_id)
    ]


def _cell(answers: Sequence[Judged]) -> dict[str, Any]:
    cell: dict[str, Any] = {"instances": len(answers)}
    for measure in MEASURES:
        right = sum(getattr(one, measure) for one in answers)
        cell[f"{measure}_right"] = right
        cell[measure] = round(100 * right / len(answers), 2) if answers else None
    return cell


def _last_box(text: str) -> str | None:
    """From the last box's command to the brace that closes what follows; None without one, or where none closes it."""
    start = next((place for place in map(text.rfind, _BOXES) if place >= 0), -1)
    if start < 0:
        return None
    depth = 0
    for place in range(start, len(text)):
        depth += (text[place] == "{") - (text[place] == "}")
        if text[place] == "}" and depth == 0:
            return text[start : place + 1]
    return None


def _with_roots(answer: str) -> str:
    r"""`\sqrt3` as `\sqrt{3}`: one character, whatever it is."""
    first, *rest = answer.split("\\sqrt")
    return first + "".join("\\sqrt" + (one if one.startswith("{") else f"{{{_first(one)}}}{one[1:]}") for one in rest)


def _with_fractions(answer: str) -> str:
    r"""`\frac12` and `\frac1{2}` as `\frac{1}{2}`; the answer as it was where one character is all that follows."""
    first, *rest = answer.split("\\frac")
    found = first
    for one in rest:
        above = _first(one)
        if above == "{":
            found += "\\frac" + one
            continue
        if len(one) < 2:
            return answer
        found += f"\\frac{{{above}}}" + (one[1:] if one[1] == "{" else f"{{{one[1]}}}{one[2:]}")
    return found


def _first(text: str) -> str:
    if not text:
        raise _FailedError
    return text[0]
