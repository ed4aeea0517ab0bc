"""Texts as numbers, many at once: what near-duplicates and contamination are looked for in.

A text is the sequence of its tokens: words in lower case, numbers, and symbols, each symbol for itself. Sentence marks,
blanks and what cannot be seen are no tokens, so texts that differ in case, punctuation or layout alone are the same
sequence. Each token is 64 bits, and so is any run of tokens, whatever its length: two different ones are the same
number once in about 10^18 pairs.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]

_WIDE = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_CHARACTER = re.compile(f"[{_WIDE}]")
"""Scripts without blanks between words: each character is a token."""

_TOKEN = re.compile(r"[^\W\d_]+|\x1e|\n|\d+(?:[.,:/]\d+)*|[^\s\w.,;:!?'\"`’‘“”„«»…]|_")
# A question that is longer goes on from what stands before it: without a bound, each colon of a long line would be
# followed to its end.
_QUESTION = re.compile(r"(?<=[.!?:])[ \t]++(?=[^.!?\n]{0,300}\?)|(?<=\?)[ \t]++")
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
"""Places where a word may break, joiners, marks of direction: a page leaves them in words, and nobody sees them."""

_RESERVED = str.maketrans({"\x1e": " ", "\r": "\n"})

BETWEEN, LINE = 0, 1
"""What stands for the end of a text and of a line among the hashes of tokens."""

TELLING, WORD = 2, 1
"""Bits of a token's hash. WORD: it is a word or a number. TELLING: it must be the same in texts that say the same."""

PLAIN = np.uint64(~3 & (1 << 64) - 1)
"""What is left of a token's hash without these bits: the same for `Bernard` and `bernard`."""

_TELLING_WORDS = frozenset(
    """
    no not never none nor without cannot t neither nothing nobody true false zero one two three four five six seven
    eight nine ten eleven twelve first second third last all any some
    """.split()  # noqa: SIM905 - a list of these would fill the page
)
"""Short words that turn what a text says: one of them more or less makes another text of it. `t` is from `don't`."""

_ODD = np.uint64(0x9E3779B97F4A7C15)
_ODD_INVERSE = np.uint64(pow(0x9E3779B97F4A7C15, -1, 1 << 64))
KNOWN_TOKENS = 1 << 18
"""Tokens whose hash is remembered."""


class _Tokens(dict[str, int]):
    """The hash of each token, made when it is first seen; texts that made many are forgotten now and then."""

    def __missing__(self, token: str) -> int:
        if len(self) > KNOWN_TOKENS:
            self.clear()
            self.update({"\x1e": BETWEEN, "\n": LINE})
        plain = token.lower()
        number = int.from_bytes(blake2b(plain.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
        single = len(plain) < 2 and plain not in ("a", "i") and not _CHARACTER.match(plain)
        telling = single or plain[0].isdigit() or plain in _TELLING_WORDS or token[0].isupper()
        # The bit above the flags keeps it apart from what stands for an end.
        self[token] = number & ~7 | 4 | (WORD if plain[0].isalnum() else 0) | (TELLING if telling else 0)
        return self[token]


_TOKENS = _Tokens({"\x1e": BETWEEN, "\n": LINE})


@dataclass(frozen=True)
class Words:
    """The tokens of many texts, one behind the other.

    tokens: their hashes. starts: where each text begins among them, and where the last one ends: shape (texts + 1,).
    lines: the number of the line that each token stands in, counted over all texts; a question is a line of its own.
    """

    tokens: Hashes
    starts: Places
    lines: Places

    @cached_property
    def _sums(self) -> tuple[Hashes, Hashes]:
        """Sums of token hashes times powers of an odd number, and the inverse powers, by place."""
        count = len(self.tokens)
        powers = np.full(count + 1, _ODD)
        powers[0] = 1
        inverse = np.full(count + 1, _ODD_INVERSE)
        inverse[0] = 1
        np.cumprod(powers, out=powers)
        np.cumprod(inverse, out=inverse)
        sums = np.zeros(count + 1, np.uint64)
        np.cumsum(mixed(self.tokens & PLAIN) * powers[:-1], out=sums[1:])
        return sums, inverse

    def runs(self, starts: Places, lengths: Places | int) -> Hashes:
        """The hash of each run of tokens; equal runs have equal ones wherever they stand."""
        sums, inverse = self._sums
        found = (sums[starts + lengths] - sums[starts]) * inverse[starts]
        return mixed(found + np.asarray(lengths).astype(np.uint64))

    def texts(self) -> Hashes:
        """The hash of each whole text."""
        return self.runs(self.starts[:-1], np.diff(self.starts))

    def only(self, kept: npt.NDArray[np.bool_]) -> "Words":
        """The same texts with some of their tokens."""
        before = np.concatenate([[0], np.cumsum(kept)])
        return Words(self.tokens[kept], before[self.starts], self.lines[kept])


MARKS, LEADING = "*_~", ">#+-•"
"""What Markdown makes bold, italic or struck, and how its quotes, headings and items of lists begin."""


def without_markup(words: Words) -> Words:
    """The texts without the MARKS of Markdown, and without those LEADING a line."""
    marks, leading = (np.array([_TOKENS[mark] for mark in kind], np.uint64) for kind in (MARKS, LEADING))
    dropped = np.isin(words.tokens, marks)
    leads = np.flatnonzero(np.isin(words.tokens, leading))
    markup = np.union1d(np.flatnonzero(dropped), leads)
    begin = np.searchsorted(words.lines, words.lines[leads])
    # Nothing but markup stands before it in its line.
    alone = np.searchsorted(markup, leads) - np.searchsorted(markup, begin) == leads - begin
    dropped[leads[alone]] = True
    return words.only(~dropped)


def mixed(values: Hashes) -> Hashes:
    """64-bit numbers as other ones that hang on each bit of them (the finishing steps of splitmix64)."""
    found = values ^ (values >> np.uint64(30))
    found = found * np.uint64(0xBF58476D1CE4E5B9)
    found ^= found >> np.uint64(27)
    found *= np.uint64(0x94D049BB133111EB)
    last: Hashes = found ^ (found >> np.uint64(31))
    return last


def read(texts: Sequence[str]) -> Words:
    """The tokens of texts; one without any, such as `?!`, is the one token of its characters as they are."""
    joined = "\x1e".join([_plain(text) for text in texts]) + "\x1e" if texts else ""
    found = _TOKEN.findall(joined)
    codes = np.fromiter(map(_TOKENS.__getitem__, found), np.uint64, len(found))
    ends = np.flatnonzero(codes == BETWEEN)
    if len(ends) and (np.diff(ends, prepend=-1) == 1).any():
        codes = _with_bare(texts, codes, ends)
    marks = codes <= LINE
    lines: Places = np.cumsum(marks, dtype=np.int64)[~marks]
    before = np.concatenate([[0], np.cumsum(~marks)])
    starts = np.concatenate([[0], before[np.flatnonzero(codes == BETWEEN)]])
    return Words(codes[~marks], starts, lines)


def _with_bare(texts: Sequence[str], codes: Hashes, ends: Places) -> Hashes:
    """The tokens with one more for each text that has none and is more than blanks."""
    empty = np.flatnonzero(np.diff(ends, prepend=-1) == 1)
    bare = [(place, text) for place in empty.tolist() if (text := texts[place].strip())]
    return np.insert(codes, ends[[place for place, _ in bare]], [_TOKENS["\x1f" + text[:1000]] for _, text in bare])


def _plain(text: str) -> str:
    if "\x1e" in text or "\r" in text:
        text = text.translate(_RESERVED)
    if not text.isascii():
        text = _CHARACTER.sub(r" \g<0> ", unicodedata.normalize("NFKC", _UNSEEN.sub("", text)))
    return _QUESTION.sub("\n", text) if "?" in text else text
