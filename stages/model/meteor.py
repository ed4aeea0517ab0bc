"""METEOR of long answers, by nltk (spec E1, LongForm): words are matched as they are, by stem, and by WordNet.

WordNet is data that nltk does not come with. Where it isn't installed its stage finds nothing, and the metric says so
by its name: the two must not be compared.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

EXACT_AND_STEM, FULL = "meteor_exact_stem", "meteor"
"""What the metric is called without WordNet, and with it."""

Meteor = Callable[[str, Sequence[str]], float]
"""A prediction and its references to a score from 0 to 1, the best one over the references."""


class _NoWordNet:
    """A WordNet that knows no word."""

    def synsets(self, word: str, *_: Any) -> list[Any]:  # noqa: ARG002 - nltk's own form
        return []


@cache
def opened() -> tuple[str, Meteor]:
    """The metric's name, and the metric."""
    # Imported here: nltk takes a second, and few benchmarks have long answers.
    from nltk.corpus import wordnet  # noqa: PLC0415
    from nltk.tokenize import wordpunct_tokenize  # noqa: PLC0415
    from nltk.translate.meteor_score import meteor_score  # noqa: PLC0415

    try:
        wordnet.ensure_loaded()
        name, words = FULL, wordnet
    except LookupError:
        name, words = EXACT_AND_STEM, _NoWordNet()

    def meteor(prediction: str, references: Sequence[str]) -> float:
        expected = [wordpunct_tokenize(one) for one in references]
        return float(meteor_score(expected, wordpunct_tokenize(prediction), wordnet=words))

    return name, meteor
