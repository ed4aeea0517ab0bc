"""Field names as words: splitting them, saying them, and the article before them."""

import re
from collections.abc import Sequence

PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_]+")
ABBREVIATIONS = {
    "ans": "answer",
    "attr": "attribute",
    "cat": "category",
    "cmd": "command",
    "de": "German",
    "desc": "description",
    "dialog": "dialogue",
    "doc": "document",
    "docs": "documents",
    "en": "English",
    "fr": "French",
    "func": "function",
    "ja": "Japanese",
    "lang": "language",
    "msg": "message",
    "para": "paragraph",
    "pred": "prediction",
    "ques": "question",
    "sent": "sentence",
    "src": "source",
    "tgt": "target",
    "toks": "tokens",
    "utt": "utterance",
    "wikipedia": "Wikipedia",
    "zh": "Chinese",
}
ACRONYMS = {"ai", "cve", "icd", "mesh", "mr", "nl", "nli", "qa", "smiles", "sparql", "sql", "uk", "us"}
PLURALS = {"data", "criteria", "people"}
MASS = {"code", "news", "evidence", "feedback", "advice", "information", "knowledge"}
AN_BY_SOUND = ("hour", "honest", "heir", "mr")
A_BY_SOUND = ("uni", "use", "usa", "eu", "one", "uk", "us", "util")
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")


def split(name: str) -> tuple[str, ...]:
    """The words of a field name in lower case: `answerKey` is (answer, key), `sentence1` is (sentence, 1)."""
    return tuple(part.lower() for part in PARTS.findall(name))


def say(words: Sequence[str]) -> str:
    """Words as they stand in a sentence: abbreviations written out, acronyms in capitals."""
    written = [ABBREVIATIONS.get(word, word) for word in words]
    return " ".join(word.upper() if word in ACRONYMS else word for word in written)


def ordinal(number: int) -> str:
    """`first` for 1, and so on; `number 12` beyond the ninth."""
    return ORDINALS[number - 1] if 1 <= number <= len(ORDINALS) else f"number {number}"


def number(count: int) -> str:
    """`two` for 2, and so on; figures beyond ten."""
    return NUMBERS[count] if count < len(NUMBERS) else str(count)


def plural(noun: str) -> str:
    """A noun for several things: `sentences`, `stories`, `hypotheses`."""
    if is_plural(noun):
        return noun
    if noun.endswith("sis"):
        return f"{noun[:-2]}es"
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(("s", "x", "ch", "sh")) else f"{noun}s"


def is_plural(noun: str) -> bool:
    """Whether the last word of a noun stands for several things."""
    last = noun.lower().rpartition(" ")[2]
    return last in PLURALS or (last.endswith("s") and not last.endswith(("ss", "us", "is", "news")))


def with_article(noun: str) -> str:
    """A noun with `a` or `an` as it sounds; plurals stand alone, and so do things that can't be counted."""
    if is_plural(noun) or noun.rpartition(" ")[2] in MASS:
        return noun
    first = noun.partition(" ")[0]
    lower = first.lower()
    if first.isupper() and len(first) <= 3:
        vowel = first[0] in "AEFHILMNORSX"
    else:
        vowel = (lower[0] in "aeiou" and not lower.startswith(A_BY_SOUND)) or lower.startswith(AN_BY_SOUND)
    return f"{'an' if vowel else 'a'} {noun}"


def listed(phrases: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return phrases[0] if len(phrases) == 1 else f"{', '.join(phrases[:-1])} and {phrases[-1]}"
