"""Rules on the texts of what was found, whatever its form."""

import re
from functools import cache

from stages.corpus.candidate import Candidate
from stages.corpus.forms import Preference, Single
from stages.shared import refusals
from stages.shared.language import CODE
from stages.shared.toxicity import is_toxic

CITATION_MARK = re.compile(r"(?<=[^\s\[(=])\[\d{1,3}\]")
"""A mark of Wikipedia's, which stands directly after a word or a period (spec C1, Dolly)."""

WRONG_LIST = re.compile(r"\n1\. [^2]*\n1\. ")
"""A list that counts from 1 to 1 (spec C2, step 4)."""


def mended(single: Single, marks: bool) -> Single:
    """An instruction without outer blanks; with `marks` also without citation marks in its input and output."""
    texts = single.instruction.strip(), single.input.strip(), single.output.strip()
    if marks:
        texts = texts[0], CITATION_MARK.sub("", texts[1]), CITATION_MARK.sub("", texts[2])
    return Single(*texts)


def empty_instruction(candidate: Candidate) -> str:
    """Drop what asks nothing."""
    found = candidate.found
    return "empty-instruction" if isinstance(found, Single) and not _shows(found.instruction) else ""


def empty_output(candidate: Candidate) -> str:
    """Drop what has no answer; an empty input is fine."""
    return "empty-output" if isinstance(candidate.found, Single) and not _shows(candidate.found.output) else ""


def too_long(candidate: Candidate) -> str:
    """Drop what is longer than `clean.longest_text`: a text cut short would teach a model to stop in mid-sentence."""
    return "" if max(map(len, candidate.texts), default=0) <= candidate.policies.params.longest_text else "too-long"


def refusal(candidate: Candidate) -> str:
    """Drop what a model declined to do, where policy says so."""
    return "refusal" if candidate.policies.params.refusals == "drop" and refuses(candidate) else ""


def boilerplate(candidate: Candidate) -> str:
    """Drop answers in which a model speaks of being one, where policy says so."""
    return "boilerplate" if candidate.policies.params.boilerplate == "drop" and recites(candidate) else ""


def toxic(candidate: Candidate) -> str:
    """Drop what holds an abusive word, where policy says so."""
    return "toxic" if candidate.policies.params.toxic == "drop" and abuses(candidate) else ""


def wrong_list(candidate: Candidate) -> str:
    """Drop answers that number a list 1, 1, where policy says so."""
    if candidate.policies.params.wrong_lists == "keep":
        return ""
    found = any("\n1. " in answer and WRONG_LIST.search(answer) for answer in candidate.answers)
    return "wrong-list" if found else ""


def digit_run(candidate: Candidate) -> str:
    """Drop what repeats a digit `clean.digit_run` times: keys, cards, tables of zeros (spec C2, step 3)."""
    run = candidate.policies.params.digit_run
    return "digit-run" if run and any(_digits(run).search(text) for text in candidate.texts) else ""


def language_unwanted(candidate: Candidate) -> str:
    """Drop what is in no wanted language or in an unwanted one; with a list, what is unknown goes (spec C2, step 3).

    Programs are let in with English.
    """
    params = candidate.policies.params
    if params.languages == "all" and not params.skip_languages:
        return ""
    language = candidate.language
    wanted = params.languages == "all" or language in params.languages
    wanted = wanted or (language == CODE and "en" in params.languages)
    return "" if wanted and language not in params.skip_languages else "language"


def empty_prompt(candidate: Candidate) -> str:
    """Drop a preference about nothing: its prompt has no question, or the last turn is none."""
    found = candidate.found
    if not isinstance(found, Preference):
        return ""
    last = found.prompt[-1] if found.prompt else None
    return "" if last and last.role in ("user", "tool") and _shows(last.content) else "empty-prompt"


def empty_answer(candidate: Candidate) -> str:
    """Drop a preference one answer of which is empty."""
    return "" if all(map(_shows, candidate.answers)) else "empty-answer"


def equal_answers(candidate: Candidate) -> str:
    """Drop a preference between two answers that are one and the same but for blanks."""
    chosen, rejected = candidate.answers
    return "equal-answers" if chosen.split() == rejected.split() else ""


def refuses(candidate: Candidate) -> bool:
    """Whether an answer begins by declining."""
    return any(map(refusals.refuses, candidate.answers))


def recites(candidate: Candidate) -> bool:
    """Whether an answer begins with a model that speaks of being one."""
    return any(map(refusals.recites, candidate.answers))


def abuses(candidate: Candidate) -> bool:
    """Whether any text holds an abusive word."""
    return any(map(is_toxic, candidate.texts))


def _shows(text: str) -> bool:
    """Whether a text has a character that can be seen: blanks of no width and marks of direction are none."""
    return any(one.isprintable() and not one.isspace() for one in text)


@cache
def _digits(run: int) -> re.Pattern[str]:
    return re.compile(rf"([0-9])\1{{{run - 1}}}")
