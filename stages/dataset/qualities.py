"""Strengths and weaknesses of instruction data, each found by a plain rule: what Open-Instructions compares corpora by.

QUALITIES is the whole list, with what each rule cannot see. A rule answers for one instance; what is told of a part is
the share of its instances. Rules read English; in other languages only multi-turn is found.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from stages.shared.refusals import BOILERPLATE, refuses
from stages.shared.toxicity import is_toxic
from stages.shared.verbs import verb_noun


@dataclass(frozen=True, slots=True)
class Exchange:
    """An instance as the rules see it.

    asked: what the user says, turn by turn. given: what the instruction works on, "" for nothing. answers: what the
    model says, turn by turn.
    """

    asked: tuple[str, ...]
    given: str
    answers: tuple[str, ...]


Rule = Callable[[Exchange], bool]


@dataclass(frozen=True)
class Quality:
    """A strength or a weakness. says: what an instance with it does. doubt: what the rule takes wrongly or misses."""

    word: str
    kind: str
    says: str
    doubt: str
    holds: Rule


_SUMMARY_VERBS = frozenset({"summarize", "summarise", "condense", "abridge"})
_SUMMARY_NOUNS = frozenset({"summary", "abstract", "synopsis", "gist", "tldr", "recap"})
_ROLE = re.compile(
    r"\b(?:act(?:ing)? as (?:an?|the|if|my)\b|pretend (?:that |to be|you|to)|imagine (?:that )?you(?:'re|\s+are)\b"
    r"|role-?\s?play|(?:take|play|assume) (?:on )?the (?:role|part) of|as if you were|put yourself in"
    r"|you are (?:now )?(?:an?|the|my) (?!given|provided|set|list|pair|text|sentence))",
    re.IGNORECASE,
)
_SELF = re.compile(
    r"\b(?:who|what) are you\b(?! \w+ing\b)|\bwhat(?:'s| is) your name\b|\bintroduce yourself\b"
    r"|\bare you (?:an? |really |actually )*(?:ai|a\.i\.|robot|bot|chat\s?bot|human|person|machine|computer|program"
    r"|language model|chatgpt|gpt)\b"
    r"|\bwho (?:made|created|built|trained|developed|programmed) you\b|\bwhat (?:can|could) you do\b",
    re.IGNORECASE,
)
_WARNING = re.compile(
    r"\b(?:it|this|that|which|doing so)(?:'s| is| would be| can be| may be) (?:\w+ )?(?:illegal|unethical|harmful"
    r"|dangerous|against the law|not appropriate|inappropriate)\b|\bi (?:would )?(?:strongly )?advise against\b"
    r"|\b(?:seek (?:professional|medical|legal) (?:help|advice)|consult (?:a|an|your|with a) (?:\w+ )?"
    r"(?:doctor|physician|lawyer|attorney|professional|veterinarian))\b",
    re.IGNORECASE,
)
_NUMBER = r"(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten)"
_COUNT = re.compile(
    r"\bhow many\b|\bcount (?:the|how|all|each|up)\b|\bnumber of (?!the\b)(?:\w+ ){0,2}\w+s\b"
    rf"|\bin (?:exactly |at most |about )?{_NUMBER} (?:words?|sentences?)\b|\bexactly {_NUMBER}\b",
    re.IGNORECASE,
)
_LOGIC = re.compile(
    r"\b(?:premises?|hypothes[ie]s|entail\w*|contradict\w*|syllogisms?|logical(?:ly)?|deduc(?:e|es|ed|tion|tive)"
    r"|infer(?:s|red|ence|ring)?|riddles?|reasoning|follows? from)\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[.!?][\"'”’)]?\s")
_NO_PROSE = re.compile(r"^\s*(?:[-*•+|]|\(?\w{1,3}[.):])\s|[=|{}]|[#@/]\w+$")
"""An item of a list, a row of a table, a formula or code, a tag at the end."""

UNFINISHED_WORDS = 25
"""Answers of fewer words are labels, names and titles, which need no end."""


def summarisation(one: Exchange) -> bool:
    """Whether a summary is asked for."""
    verb, noun = _asked_for(one.asked[0])
    return verb in _SUMMARY_VERBS or noun in _SUMMARY_NOUNS


def multi_turn(one: Exchange) -> bool:
    """Whether the user speaks more than once."""
    return len(one.asked) > 1


def role_play(one: Exchange) -> bool:
    """Whether the model is to be somebody."""
    return any(map(_plays, one.asked))


def self_recognition(one: Exchange) -> bool:
    """Whether the model is asked what it is, or says so."""
    return any(map(_asks_who, one.asked)) or any(BOILERPLATE.search(answer) for answer in one.answers)


def safety(one: Exchange) -> bool:
    """Whether an answer declines or warns."""
    return any(refuses(answer) for answer in one.answers) or any(_WARNING.search(answer) for answer in one.answers)


def counting(one: Exchange) -> bool:
    """Whether something is to be counted, or to have a number of words or sentences."""
    return any(map(_counts, one.asked))


def logic(one: Exchange) -> bool:
    """Whether the instruction speaks of inference."""
    return any(map(_infers, one.asked))


def unfinished(one: Exchange) -> bool:
    """Whether the last answer is prose that stops within a sentence, or code whose fence is not closed."""
    answer = one.answers[-1].rstrip() if one.answers else ""
    if answer.count("```") % 2:
        return True
    if not answer or not (answer[-1].isalpha() or answer[-1] in ",-(") or answer.count(" ") < UNFINISHED_WORDS:
        return False
    last = answer[answer.rfind("\n") + 1 :]
    return bool(_SENTENCE.search(answer) and last.count(" ") > 3 and not _NO_PROSE.search(last))


def toxicity(one: Exchange) -> bool:
    """Whether any text holds an abusive word."""
    return any(map(is_toxic, (*one.asked, one.given, *one.answers)))


STRENGTH, WEAKNESS = "strength", "weakness"

QUALITIES = (
    Quality(
        "summarisation", STRENGTH, "asks for a summary",
        "told by the verb and its object, so a summary asked for in a second sentence or a question is missed",
        summarisation,
    ),
    Quality("multi_turn", STRENGTH, "has several turns", "a dialogue pasted into one turn is missed", multi_turn),
    Quality(
        "role_play", STRENGTH, "asks the model to be somebody",
        "told by set phrases; `You are a ...` of a story's hero counts too",
        role_play,
    ),
    Quality(
        "self_recognition", STRENGTH, "asks the model what it is, or the answer says so",
        "does not check that what is said is true of the model to be trained",
        self_recognition,
    ),
    Quality(
        "safety", STRENGTH, "an answer declines, or warns of harm",
        "told by set phrases; to decline what is harmless, or can't be done, counts too",
        safety,
    ),
    Quality(
        "counting", STRENGTH, "asks to count, or for a number of things",
        "told by the instruction alone, so a question in the input is missed; whether a count is right is not told",
        counting,
    ),
    Quality(
        "logic", STRENGTH, "asks to infer, deduce or reason",
        "told by words of the instruction, so reasoning that is not called so is missed",
        logic,
    ),
    Quality(
        "unfinished", WEAKNESS, "its answer stops within a sentence",
        f"prose of more than {UNFINISHED_WORDS} words without an end mark; source texts that are written so count too",
        unfinished,
    ),
    Quality(
        "toxicity", WEAKNESS, "holds an abusive word",
        "a list of English words: abuse in other words is missed, and a text that quotes one counts",
        toxicity,
    ),
)  # fmt: skip
"""What is looked for, in the order in which it is told."""


def exchange(row: Mapping[str, Any]) -> Exchange:
    """An instance from its columns instruction, input, output and messages."""
    messages: Sequence[Mapping[str, Any]] | None = row["messages"]
    if messages is None:
        return Exchange((row["instruction"],), row["input"], (row["output"],))
    by_role = {
        role: tuple(one["content"] or "" for one in messages if one["role"] == role) for role in ("user", "assistant")
    }
    return Exchange(by_role["user"] or (row["instruction"],), "", by_role["assistant"])


def found(one: Exchange) -> list[str]:
    """The words of the qualities that an instance has."""
    return [quality.word for quality in QUALITIES if quality.holds(one)]


# A task's instruction stands on all its rows, which mostly follow each other.
_asked_for = lru_cache(maxsize=4096)(verb_noun)


@lru_cache(maxsize=4096)
def _plays(asked: str) -> bool:
    return bool(_ROLE.search(asked))


@lru_cache(maxsize=4096)
def _asks_who(asked: str) -> bool:
    return bool(_SELF.search(asked))


@lru_cache(maxsize=4096)
def _counts(asked: str) -> bool:
    return bool(_COUNT.search(asked))


@lru_cache(maxsize=4096)
def _infers(asked: str) -> bool:
    return bool(_LOGIC.search(asked))
