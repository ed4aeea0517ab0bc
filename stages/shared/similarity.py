"""How alike two texts are: ROUGE-1 and ROUGE-L over words, and equality after normalisation.

The numbers are those of rouge_score 0.1.2 (tests compare them), which Super-NaturalInstructions, Self-Instruct and
Explore-Instruct all use; the longest common subsequence comes from rapidfuzz, which finds it many words at a time.
"""

import re
import string
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from rapidfuzz.distance import LCSseq

WORD = re.compile(r"[a-z0-9]+")
STEMMED_FROM = 4
"""Words shorter than this are left as they are by the stemmer (spec D1)."""

_PUNCTUATION = str.maketrans("", "", string.punctuation)


def words(text: str, stem: bool = False) -> list[str]:
    """The words of a text: runs of a-z and 0-9 after lower-casing, Porter-stemmed where asked for.

    Evaluation stems (spec D1); the filters that thin out near repeats don't.
    """
    found: list[str] = WORD.findall(text.lower())
    return [_stemmed(word) if len(word) >= STEMMED_FROM else word for word in found] if stem else found


def rouge_1(prediction: Sequence[str], reference: Sequence[str]) -> float:
    """The F-measure, 0 to 1, of the words that two texts share."""
    shared = Counter(prediction) & Counter(reference)
    return _f_measure(shared.total(), len(prediction), len(reference))


def rouge_l(prediction: Sequence[str], reference: Sequence[str]) -> float:
    """The F-measure, 0 to 1, of the longest common subsequence of the words of two texts."""
    numbers: dict[str, int] = {}
    sides = [[numbers.setdefault(word, len(numbers)) for word in side] for side in (prediction, reference)]
    return _f_measure(LCSseq.similarity(*sides), len(prediction), len(reference))


def normalized(text: str) -> str:
    """The text as exact match compares it: lower case, no ASCII punctuation, single blanks; articles stay (spec D1)."""
    return " ".join(text.lower().translate(_PUNCTUATION).split())


def _f_measure(shared: int, predicted: int, expected: int) -> float:
    if shared == 0:
        return 0.0
    precision, recall = shared / predicted, shared / expected
    return 2 * precision * recall / (precision + recall)


@lru_cache(maxsize=1 << 16)
def _stemmed(word: str) -> str:
    return str(_stemmer().stem(word))


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    # Imported here: nltk takes half a second, and only evaluation stems.
    from nltk.stem.porter import PorterStemmer  # noqa: PLC0415

    return PorterStemmer()
