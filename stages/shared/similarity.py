"""How alike texts are: ROUGE-1 and ROUGE-L over words, and equality after normalisation.

Of many texts it says which are too like an earlier one, and how near the nearest is, without comparing them all.

The numbers are those of rouge_score 0.1.2 (tests compare them), which Super-NaturalInstructions, Self-Instruct and
Explore-Instruct all use; the longest common subsequence comes from rapidfuzz, which finds it many words at a time.
"""

import re
import string
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import LCSseq
from rapidfuzz.process import cpdist

WORD = re.compile(r"[a-z0-9]+")
_WORD_OR_END = re.compile(r"[a-z0-9]+|\n")
STEMMED_FROM = 4
"""Words shorter than this are left as they are by the stemmer (spec D1)."""

CODE_POINTS = 0x110000 - 0x800
"""Characters that are whole: all code points but the surrogates."""

BLOCK = 256
"""Texts that are compared at once, with each other and with all that were kept before."""

CELLS = 1 << 18
"""Pairs looked at in one go; more would not stay in a processor's cache."""

MARKED_WORDS = 32
"""Words of a text of middle length for each 64 bits of its marks: with more, most bits would be set."""

WIDEST_MARKS = 64

HOPEFUL = 16
"""Texts that are tried first where the nearest one is looked for."""

Marks = npt.NDArray[np.uint64]
Sizes = npt.NDArray[np.int32]
Integers = npt.NDArray[np.int64]

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


class Like(NamedTuple):
    """The text that another is too like: its place among the texts, and the F-measure of ROUGE-L of the two."""

    place: int
    score: float


def near_repeats(texts: Sequence[str], threshold: float) -> list[Like | None]:
    """What greedy thinning does with each text: None where it is kept, else the first kept text that it is too like.

    A text is kept where its ROUGE-L with no text kept before it is above `threshold`, 0 to 1 (spec B5); one without a
    word is like nothing. The outcome is that of a loop over rouge_score, to the last bit.
    """
    found: list[Like | None] = [None] * len(texts)
    if threshold >= 1:
        return found
    sides = _Sides(texts)
    least = sides.needed(threshold)
    first: dict[Any, int] = {}
    kept = np.empty(0, np.int64)
    for start in range(0, len(texts), BLOCK):
        block = range(start, min(start + BLOCK, len(texts)))
        new = [place for place in block if sides.keys[place] and first.setdefault(sides.keys[place], place) == place]
        rows = np.array(new, np.int64)
        for row, column, score in sides.above(rows, np.concatenate([kept, rows]), least):
            if found[row] is None and found[column] is None:
                found[row] = Like(column, score)
        for place in block:
            same = first.get(sides.keys[place], place)
            if same != place:
                # Of two equal texts the later is too like the earlier, or else what the earlier was too like.
                found[place] = found[same] or Like(same, 1.0)
        kept = np.concatenate([kept, np.array([place for place in new if found[place] is None], np.int64)])
    return found


def nearest(
    texts: Sequence[str], others: Sequence[str] | None = None, rows: Sequence[int] | None = None
) -> list[float]:
    """For each text the highest F-measure of ROUGE-L with one of `others`, or with another of the texts; 0 for none.

    rows: the places of the texts that are asked about, where not all are.
    """
    sides = _Sides([*texts, *(others or ())])
    columns = np.arange(len(texts)) if others is None else np.arange(len(texts), len(texts) + len(others))
    times = Counter(sides.keys[column] for column in columns)
    itself = 1 if others is None else 0
    found = []
    for row in range(len(texts)) if rows is None else rows:
        if sides.words[row] and times[sides.keys[row]] > itself:
            found.append(1.0)
        else:
            found.append(sides.nearest(row, columns[columns != row]))
    return found


def normalized(text: str) -> str:
    """The text as exact match compares it: lower case, no ASCII punctuation, single blanks; articles stay (spec D1)."""
    return " ".join(text.lower().translate(_PUNCTUATION).split())


def _f_measure(shared: int, predicted: int, expected: int) -> float:
    if shared == 0:
        return 0.0
    precision, recall = shared / predicted, shared / expected
    return 2 * precision * recall / (precision + recall)


def _f_measures(shared: Any, predicted: Any, expected: Any) -> npt.NDArray[np.float64]:
    """The same for many pairs, operation by operation, so to the same bit; texts without a word share nothing."""
    precision, recall = shared / np.maximum(predicted, 1), shared / np.maximum(expected, 1)
    found: npt.NDArray[np.float64] = 2 * precision * recall / np.maximum(precision + recall, np.finfo(float).tiny)
    return found


class _Sides:
    """Texts as numbers, ready to be compared with each other.

    keys: the words of a text as code points, the commonest words as the lowest, with which rapidfuzz is fastest; as
    numbers where there are more words than code points. words: how many each text has. marks: the words of each as a
    set of bits; most pairs need no closer look.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        # All texts at once: that is half the time, of which little is left for anything else.
        split = _WORD_OR_END.findall("".join([text.replace("\n", " ") + "\n" for text in texts]).lower())
        counts = Counter(split)
        del counts["\n"]
        number = {word: place for place, word in enumerate(sorted(counts, key=counts.__getitem__, reverse=True))}
        number["\n"] = -1
        flat = np.fromiter(map(number.__getitem__, split), np.int64, len(split))
        ends = np.flatnonzero(flat < 0) - np.arange(len(texts))
        flat = flat[flat >= 0]
        self.words = np.diff(ends, prepend=0)
        places = [slice(end - length, end) for end, length in zip(ends.tolist(), self.words.tolist(), strict=True)]
        self.keys: list[Any]
        if len(number) <= CODE_POINTS:
            points = (flat + 0x800 * (flat >= 0xD800)).astype("<u4").tobytes().decode("utf-32-le")
            self.keys = [points[place] for place in places]
        else:
            self.keys = [tuple(flat[place].tolist()) for place in places]
        self._marks = _marks(flat, self.words)
        self._sizes, self._size = np.unique(self.words, return_inverse=True)

    def needed(self, threshold: float) -> Callable[[int], Sizes]:
        """For a text's number of words: the shortest subsequence above the threshold, by size of the other text."""

        @lru_cache(maxsize=BLOCK)
        def least(length: int) -> Sizes:
            found = np.maximum(np.floor(threshold * (length + self._sizes) / 2), 1)
            # What is said of 0.7 must be exact, and the guess may be one too low, after rounding even two.
            for _ in range(2):
                found += _f_measures(found, length, self._sizes) <= threshold
            return found.astype(np.int32)

        return least

    def above(
        self, rows: Integers, columns: Integers, least: Callable[[int], Sizes]
    ) -> Iterator[tuple[int, int, float]]:
        """Yield the pairs that share enough, sorted: row, a column before it, and their F-measure.

        Of a row whose first column stands before all rows no more is said.
        """
        if not len(rows):
            return
        one, other, needed = self._candidates(rows, columns, least)
        shared = self._shared(one, other)
        enough = np.flatnonzero(shared >= needed)
        enough = enough[np.lexsort((other[enough], one[enough]))]
        one, other, shared = one[enough], other[enough], shared[enough]
        first = np.diff(one, prepend=-1) != 0
        said = first | (other >= rows.min())
        one, other, shared = one[said], other[said], shared[said]
        scores = _f_measures(shared, self.words[one], self.words[other])
        yield from zip(one.tolist(), other.tolist(), scores.tolist(), strict=True)

    def nearest(self, row: int, columns: Integers) -> float:
        """The highest F-measure of a text with one of the others."""
        length, lengths = self.words[row], self.words[columns]
        marks, others = self._marks[:, [row]], self._marks[:, columns]
        most = np.minimum(length - _missing(marks, others)[0], lengths - _missing(others, marks)[:, 0])
        bound = _f_measures(most, length, lengths)
        best = 0.0
        # The most hopeful first: what they reach rules out nearly all others.
        hopeful = np.argpartition(bound, -HOPEFUL)[-HOPEFUL:] if len(bound) > HOPEFUL else np.arange(len(bound))
        for some in (hopeful, None):
            chosen = np.flatnonzero(bound > best) if some is None else some
            shared = self._shared(np.full(len(chosen), row), columns[chosen])
            best = max([best, *_f_measures(shared, length, lengths[chosen]).tolist()])
        return best

    def _shared(self, one: Integers, other: Integers) -> Integers:
        """The length of the longest common subsequence of each pair."""
        sides = ([self.keys[place] for place in places.tolist()] for places in (one, other))
        found: Integers = cpdist(*sides, scorer=LCSseq.similarity, dtype=np.int64)
        return found

    def _candidates(
        self, rows: Integers, columns: Integers, least: Callable[[int], Sizes]
    ) -> tuple[Integers, Integers, Integers]:
        """Pairs that may share enough, and how much that is: all but those whose lengths or words rule it out."""
        sizes, size = np.unique(self.words[rows], return_inverse=True)
        lengths = self.words[columns]
        here, there = self._marks[:, rows], self._marks[:, columns]
        needed = np.stack([least(length)[self._size[columns]] for length in sizes.tolist()])
        # One more than how many words may be missing, so that 0 is for those of which not even all would be enough.
        room = np.minimum(sizes[:, None] - needed, 64 * len(here)) + 1
        room[needed > np.minimum(sizes[:, None], lengths)] = 0
        room = room.astype(_missing_type(here))
        step = max(1, CELLS // len(columns))
        found = [
            np.nonzero(_missing(here[:, start : start + step], there) < room[size[start : start + step]])
            for start in range(0, len(rows), step)
        ]
        row = np.concatenate([some + number * step for number, (some, _) in enumerate(found)])
        column = np.concatenate([some for _, some in found])
        before = rows[row] > columns[column]
        row, column = row[before], column[before]
        needed = needed[size[row], column]
        missing = np.bitwise_count(there[:, column] & ~here[:, row]).sum(axis=0)
        close = missing <= lengths[column] - needed
        return rows[row[close]], columns[column[close]], needed[close]


def _marks(flat: Integers, lengths: Integers) -> Marks:
    """The words of each text as bits, an array of widths and texts; `flat` has the numbers of all words in order.

    The commonest words have bits of their own as far as these go.
    """
    width = int(np.clip(np.median(lengths) // MARKED_WORDS + 1, 1, WIDEST_MARKS)) if len(lengths) else 1
    marks = np.zeros((width, len(lengths)), np.uint64)
    filled = np.flatnonzero(lengths)
    starts = (np.cumsum(lengths) - lengths)[filled]
    bits = np.uint64(1) << (flat % 64).astype(np.uint64)
    for number in range(width if len(filled) else 0):
        own = np.where(flat // 64 % width == number, bits, np.uint64(0))
        marks[number, filled] = np.bitwise_or.reduceat(own, starts)
    return marks


def _missing(ones: Marks, others: Marks) -> npt.NDArray[Any]:
    """At least so many words of each of `ones` are missing in each of `others`."""
    found = np.zeros((ones.shape[1], others.shape[1]), _missing_type(ones))
    for one, other in zip(ones, ~others, strict=True):
        found += np.bitwise_count(one[:, None] & other)
    return found


def _missing_type(marks: Marks) -> type[np.unsignedinteger[Any]]:
    # Half the bytes are looked at in two thirds of the time.
    return np.uint8 if 64 * len(marks) < 256 else np.uint16


@lru_cache(maxsize=1 << 16)
def _stemmed(word: str) -> str:
    return str(_stemmer().stem(word))


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    # Imported here: nltk takes half a second, and only evaluation stems.
    from nltk.stem.porter import PorterStemmer  # noqa: PLC0415

    return PorterStemmer()
