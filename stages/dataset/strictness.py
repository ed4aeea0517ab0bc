"""How much a licence binds whoever uses what it covers: one word for each, and the strictest of many."""

from collections.abc import Iterable

from stages.shared import licenses

WORDS = {
    "free": "any use, at most with attribution",
    "share-alike": "what is made of it must be shared alike",
    "unknown": "none declared, or none that is known",
    "non-commercial": "no commercial use",
    "no-derivatives": "nothing made of it may be published",
}
"""The words from the least binding to the strictest, with what they mean. Not knowing binds more than sharing alike:
a licence that nobody can read permits nothing for sure.
"""

RANKS = {word: number for number, word in enumerate(WORDS)}


def word(license: str) -> str:
    """The word for a licence of a row; of several (`a|b`) the strictest, since each must be kept. "none" is none."""
    ids = [licenses.license_id(id) for id in license.split("|")] if license not in ("", "none") else [""]
    found = {name for id in ids for name in licenses.classes(id)}
    if any(licenses.kind(id) for id in ids):
        found.add("unknown")
    return max(found, key=RANKS.__getitem__, default="free")


def strictest(names: Iterable[str]) -> tuple[str, list[str]]:
    """The strictest word of many licences and those that it comes from, sorted; ("", []) where there is none."""
    by_word: dict[str, list[str]] = {}
    for name in sorted(set(names)):
        by_word.setdefault(word(name), []).append(name)
    hardest = max(by_word, key=RANKS.__getitem__, default="")
    return hardest, by_word.get(hardest, [])
