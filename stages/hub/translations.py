"""Which configs are translation sets (spec A3): texts beside the same texts in another language."""

import re

from stages.hub.languages import CODES, language_id, natural
from stages.shared.records import Card

_SAYS_SO = re.compile(r"translat|bitext|parallel (?:corp|sentence|text|data)", re.IGNORECASE)
_TASKS = ("translation", "machine-translation", "text2text-generation-other-translation")
_NOT = "paws-x"
"""A dataset of paraphrases whose card speaks of how it was translated, and that is none (spec A3)."""

_FIELD = re.compile(r"(?:^|[<,]\s*)(\w+):")


def is_translation(card: Card) -> bool:
    """Whether a config is a translation set: by the type of a column, or, of one in several languages, by its tasks,
    by its name and summary, or by columns named after languages.

    A config whose card declares one language, or whose text is in one, is none, whatever its summary says: spec A3
    asks this of multilingual ones only.
    """
    if any(feature.type == "translation" for feature in card.features.values()):
        return True
    declared, detected = natural(card.languages), natural(card.languages_detected)
    if len(declared) < 2 and len(detected) < 2:
        return False
    if any(task in _TASKS for task in (*card.task_categories, *card.task_ids)):
        return True
    says_so = _SAYS_SO.search(f"{card.dataset} {card.summary}") and _NOT not in card.dataset.casefold()
    if says_so and len(detected) != 1:
        return True
    return len(detected) > 1 and len(_named_after_languages(card)) > 1


def _named_after_languages(card: Card) -> set[str]:
    """The languages that columns or the fields of one are named after, as in `en`, `de_text`, `struct<fr: string>`."""
    names = set(card.features)
    for feature in card.features.values():
        names |= set(_FIELD.findall(feature.type))
    return {code for name in names if (code := language_id(name)) in CODES}
