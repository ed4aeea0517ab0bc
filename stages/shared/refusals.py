"""Answers that decline, and answers in which a model speaks of being one: told from how they begin, in English."""

import re

BOILERPLATE = re.compile(
    r"\bas an ai\b|"
    r"\bas an? (?:artificial intelligence|large language|language)\b[\w ,-]{0,40}\b(?:model|assistant|ai)\b",
    re.IGNORECASE,
)
"""A model that speaks of being one: `As an AI language model, ...`."""

_SORRY = (
    r"(?:(?:(?:i['’]m|i am) )?(?:very |so |really |truly )?(?:sorry|afraid)|i apologi[sz]e|unfortunately)?[,.!]?\s*"
)
_CANNOT = r"i(?:['’]m| am)? (?:can(?:no|['’])t|can not|could(?: not|n['’]t)|won['’]t|will not|not able to|unable to)"
_DO = (
    r"(?:assist|help|fulfill?|comply|provide|create|generate|write|answer|respond|do that|engage|complete|continue|"
    r"support)"
)
REFUSAL = re.compile(rf"{_SORRY}(?:but |that |as an? [\w ,-]{{2,60}}[,;] )*{_CANNOT} (?:\w+ly )?{_DO}\b", re.IGNORECASE)
"""An answer that begins by declining, with an apology before it or none."""

OPENING = 200
"""Characters of an answer in which boilerplate counts: later on it is a part of what is told."""


def refuses(answer: str) -> bool:
    """Whether an answer begins by declining."""
    return REFUSAL.match(answer) is not None


def recites(answer: str) -> bool:
    """Whether an answer begins with a model that speaks of being one."""
    return BOILERPLATE.search(answer, 0, OPENING) is not None
