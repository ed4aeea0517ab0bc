"""Rows and tasks whose texts can be written and read, and still don't fit what is asked: for the style `sound`."""

import re
from collections.abc import Mapping, Sequence

from stages.hub.columns import Columns
from stages.hub.labels import declared_labels
from stages.hub.rules import lexicon, words
from stages.hub.rules.columns import role_of
from stages.shared.records import Card, Feature

DIFFERENT_TEXTS = "different-texts"
PERTURBED_OUTPUT = "perturbed-output"
SHARED_TITLE = "shared-title"
SHARED_TITLES = "shared-titles"

TITLE_WORDS = {"title", "titles", "headline", "headlines", "heading"}
"""Words of fields that name a text."""

_PERTURBED = re.compile(r"\badversarial(ly)? (robust|perturb)", re.IGNORECASE)


def is_perturbed(card: Card, output: str) -> bool:
    """Whether a task asks for a text of a dataset whose texts were spoilt on purpose, as its card says.

    To judge such texts is a fair task; to write them is not.
    """
    feature = card.features.get(output)
    is_label = bool(declared_labels(feature)) or role_of(words.split(output)) == "label"
    return not is_label and _PERTURBED.search(card.summary) is not None


def is_title(output: str) -> bool:
    """Whether an output names its text: then a title of several texts names the document that they are from."""
    return bool(set(words.split(output)) & TITLE_WORDS)


def sameness_field(features: Mapping[str, Feature], used: Sequence[str]) -> str:
    """The label of a row that tells whether its two texts mean the same, where a task writes one text from the other
    and does not use it; "" where there is none.
    """
    texts = [features.get(name) for name in used]
    if len(used) != 2 or any(feature is None or feature.type != "string" for feature in texts):
        return ""
    for name, feature in features.items():
        said = {word for text in (name, *(feature.labels or ())) for word in words.split(text)}
        if name not in used and declared_labels(feature) and said & lexicon.SAME_MEANING:
            return name
    return ""


def different_texts(columns: Columns, used: Sequence[str]) -> dict[int, str]:
    """The rows whose label says that the two texts don't mean the same, so that neither is made from the other."""
    field = sameness_field(columns.features, used)
    if not field:
        return {}
    return {row: DIFFERENT_TEXTS for row, value in enumerate(columns.raw(field)) if is_denied(value)}


def is_denied(value: object) -> bool:
    """Whether a label says no: `not_duplicate`, `notAligned`, False."""
    return value is False or (isinstance(value, str) and words.split(value)[:1] in (("not",), ("non",), ("no",)))
