"""Whether what is asked for as a question is one, and has an answer in the text it is asked of."""

import re
from collections.abc import Container, Mapping, Sequence
from typing import Any

from stages.hub.columns import Columns
from stages.hub.render import Texts
from stages.hub.rules import words
from stages.hub.rules.columns import role_of
from stages.hub.rules.lexicon import word_set
from stages.hub.sound import ANSWER_WORDS, QUESTION_WORDS, field_words
from stages.hub.styles import EVIDENCE_CUT
from stages.shared.records import Feature

UNANSWERABLE = "unanswerable"

NO_QUESTION = "no-question"
UNRELATED_QUESTION = "unrelated-question"
NO_CONTEXT = "no-context"
BARE_ANSWER = "bare-answer"

NO_ANSWER = {"", "n/a", "na", "none", "null", "no answer", "unanswerable", "cannotanswer"}
"""What people write where a question has no answer, in lower case."""

ASKING = word_set("who whom whose what what's which why how")
"""Words that make a question of any text they stand in."""

OPENINGS = ASKING | word_set(
    "when where is are was were am do does did can could will would should shall may might must has have had name list "
    "find tell give show explain describe define identify choose select state write solve calculate compute determine "
    "evaluate simplify prove count compare express"
)
"""Words that make a question of a sentence they begin."""

PASSAGE_WORDS = 40
"""A text of more words than this is a passage; a question about it has some word of it."""

STEM = 5
"""Letters by which a word is found again in another form."""

RUN = 6
"""Letters in a row, whatever parts them, by which a word is found again that the passage writes as two."""

BARE_WORDS = 10
"""An answer of no more words than this does not tell which of the questions to a hidden context it belongs to."""

NAME_WORDS = 5
"""An answer of no more words a line than this is a name, a number or a date, and no sentence."""

_WORD = re.compile(r"[^\W_]+(?:'[a-z]+)?")
_PIECE = re.compile(r"[^\W_]+")
_SENTENCE = re.compile(r"[.!:;,]\s")
_ENDINGS = ("ing", "ed", "es", "s", "e")
_UNTOLD = word_set(
    "what when where which whose whom this that these those they them their there does have with from about were been "
    "will would could should into than then some mentioned"
)
"""Words of four letters and more that questions about anything have."""
_SHORT = word_set(
    "a an and are as at be but by can did do does for get got had has he her him his how if in into is it its let may "
    "me my no nor not now of off on one or our out own per put say see set she so than the to too two up upon us use "
    "was way we were who why will you your all any been new old"
)
"""Shorter words that say nothing of what a question is about."""


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


def odd_questions(
    columns: Columns, inputs: Texts, outputs: Texts, used: Sequence[str], known: Container[int]
) -> dict[int, str]:
    """The rows whose question is none, hangs on a context that is not shown, is to be guessed from a mere name or
    number that answers it, has no word of the passage, or is of what was cut off it; of rows that are known to be
    left out, nothing is asked.
    """
    if "question" not in field_words(used[-1]):
        return {}
    from_answers = all(field_words(name) & ANSWER_WORDS for name in used[:-1])
    hidden = from_answers and hides_context(columns.features, used)
    wholes = list(columns.raw(used[0])) if inputs.cuts else []
    found: dict[int, str] = {}
    for row, (text, question) in enumerate(zip(inputs.texts, outputs.texts, strict=True)):
        if row in known:
            continue
        if not is_question(question):
            found[row] = NO_QUESTION
        elif from_answers and len(text.split(None, BARE_WORDS)) <= BARE_WORDS and (hidden or is_name(text)):
            found[row] = NO_CONTEXT if hidden else BARE_ANSWER
        elif row in inputs.cuts and asks_of_rest(question, text, wholes[row]):
            found[row] = EVIDENCE_CUT
        elif is_unrelated(question, text):
            found[row] = UNRELATED_QUESTION
    return found


def is_question(text: str) -> bool:
    """Whether a text asks for something: a mark says so, a word that asks, or how a sentence begins."""
    if "?" in text:
        return True
    lower = text.lower()
    if not ASKING.isdisjoint(_WORD.findall(lower)):
        return True
    return any(first.group() in OPENINGS for part in _SENTENCE.split(lower) if (first := _WORD.search(part)))


def hides_context(features: Mapping[str, Feature], used: Sequence[str]) -> bool:
    """Whether the row has a context that is not shown."""
    return any(name not in used and role_of(words.split(name)) == "context" for name in features)


def is_name(text: str) -> bool:
    """Whether a short answer is names, numbers or dates, one a line: `1950` answers a thousand questions alike."""
    return all(len(line.split(None, NAME_WORDS)) <= NAME_WORDS for line in text.split("\n"))


def is_unrelated(question: str, text: str) -> bool:
    """Whether a question to a passage has no word of it, so that it can't be told from any other passage's.

    Of words with four letters and more a beginning is enough. Where there is none, short words count too (`Hop`), and
    words in another form (`bikes` in `a bike`) or written apart (`jetskis` in `jet skis`).
    """
    if len(text.split(None, PASSAGE_WORDS)) <= PASSAGE_WORDS:
        return False
    said = [word for word in _WORD.findall(question.casefold()) if len(word) > 3 and word not in _UNTOLD]
    if not said or any(word[:STEM] in text for word in said):
        return False
    passage = text.casefold()
    return not any(word[:STEM] in passage for word in said) and not _shares_form(question.casefold(), passage)


def asks_of_rest(question: str, text: str, whole: Any) -> bool:
    """Whether a question is rather of what was cut off a passage: of its words that the whole passage has, at most half
    are in the text that is left. False for a whole that is no text.

    One common word in what was cut off says little: that is often most of the passage.
    """
    if not isinstance(whole, str):
        return False
    passage = text.casefold()
    said = {word.partition("'")[0] for word in _WORD.findall(question)}
    told = [word for word in said if len(word) > 2 and not _says_nothing(word.casefold())]
    gone = [word for word in told if word.casefold()[:STEM] not in passage]
    least = max(len(told) - len(gone), 1)
    return len(gone) >= least and sum(word in whole for word in gone) >= least


def _shares_form(question: str, passage: str) -> bool:
    """Whether some word of a question is in a passage in any form; both in lower case."""
    pieces = _PIECE.findall(passage)
    known, run = set(pieces) - _SHORT, "".join(pieces)
    asked = (word for word in _WORD.findall(question) if len(word) > 1 and not _says_nothing(word))
    return any(
        not known.isdisjoint(root + ending for ending in ("", *_ENDINGS)) or (len(root) >= RUN and root in run)
        for root in map(_root, asked)
    )


def _says_nothing(word: str) -> bool:
    return word in _SHORT or word in _UNTOLD


def _root(word: str) -> str:
    """A word without the ending of a plural, tense or owner: `bik` of `bike` and `bikes`, `di` of `die` and `died`."""
    word = word.partition("'")[0]
    ending = next((one for one in _ENDINGS if word.endswith(one) and len(word) >= len(one) + 2), "")
    return word.removesuffix(ending)
