"""Texts of any language, spelt so that ROUGE-L can tell their words (spec B5 knows runs of a-z and 0-9 alone).

Without that a Russian text is nothing but the Latin name that it holds, and equal to all others that hold it.
"""

import re
import unicodedata

from stages.domain.wordlists import UNSPACED

_LATIN_OR_ONE = re.compile(r"[a-z0-9]+|\S")


def is_english(language: str) -> bool:
    """Whether the code of a language is that of English, in whatever region."""
    return _base(language) in ("en", "eng", "english")


def is_unspaced(language: str) -> bool:
    """Whether a language, by its code, puts no blanks between words."""
    return _base(language) in UNSPACED


def spelt(text: str, language: str) -> str:
    """A text for comparing: English as it is, which rouge_score reads so too; of another language its words, in a
    script without blanks its characters, each as a word of a-z and 0-9.
    """
    if is_english(language):
        return text
    folded = unicodedata.normalize("NFKC", text).casefold()
    plain = "".join(one if unicodedata.category(one)[0] in "LMN" else " " for one in folded)
    words = _LATIN_OR_ONE.findall(plain) if is_unspaced(language) else plain.split()
    return " ".join(word.encode("utf-8", "surrogatepass").hex() for word in words)


def _base(language: str) -> str:
    return language.lower().replace("_", "-").split("-")[0]
