"""Texts as vectors without a model: TF-IDF of words and word pairs, hashed, and of that the directions that hold most.

Nothing is downloaded and chance comes from a fixed seed. What a vector means depends on all texts that were put in
together, so only vectors made in one go can be compared.
"""

import hashlib
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

BUCKETS = 1 << 18
"""How many different terms are told apart at most; two terms that share a bucket count as one."""

DIMENSIONS = 128
"""Numbers in a vector."""

SEED = 1
"""Where the search for the directions starts; it hardly matters to what is found."""

PASSES = 5
"""How often the search goes over all texts; each time the directions come nearer to those that hold most."""

DEPENDENT = 1e-9
"""A direction of which less than this is left (of its length) when others are taken off depends on them."""

NOTHING = 1e-6
"""A text of which less than this is left (of 1) is told by none of the directions."""

CELLS = 1 << 17
"""Numbers that are multiplied in one go; more would not stay in a processor's cache."""

WORD = re.compile(r"\w+")

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Sparse:
    """A matrix that is mostly zeros: column and weight of each entry, row by row; every row has at least one.

    starts: where each row's entries begin.
    """

    starts: Integers
    columns: Integers
    weights: Floats

    def times(self, dense: Floats) -> Floats:
        """The product with a matrix that has a row for each column of this one."""
        ends = np.append(self.starts[1:], len(self.columns))
        found = np.empty((len(self.starts), dense.shape[1]))
        row = 0
        while row < len(self.starts):
            entry = self.starts[row]
            stop = max(row + 1, int(np.searchsorted(ends, entry + CELLS // dense.shape[1], "right")))
            some = slice(entry, ends[stop - 1])
            weighted = self.weights[some, None] * dense[self.columns[some]]
            found[row:stop] = np.add.reduceat(weighted, self.starts[row:stop] - entry, axis=0)
            row = stop
        return found

    def turned(self) -> "Sparse":
        """The same with rows as columns; every column must have an entry."""
        rows = np.repeat(np.arange(len(self.starts)), np.diff(self.starts, append=len(self.columns)))
        order = np.argsort(self.columns, kind="stable")
        starts = np.flatnonzero(np.diff(self.columns[order], prepend=-1))
        return Sparse(starts, rows[order], self.weights[order])


def lexical_vectors(texts: Sequence[str]) -> npt.NDArray[np.float32]:
    """A row of DIMENSIONS numbers for each text, of length 1; the product of two rows says how alike two texts are.

    Of up to DIMENSIONS texts nothing is lost: rows multiply as those of the TF-IDF do. Of more, a text that has so
    little in common with the others that no direction tells of it gets all zeros, and is like no text. The order of the
    texts matters to the last digits; sorted, the same texts give the same bytes.
    """
    if not texts:
        return np.zeros((0, DIMENSIONS), np.float32)
    found = principal(weigh(texts), DIMENSIONS)
    lengths = np.sqrt((found**2).sum(axis=1, keepdims=True))
    unit: Floats = np.where(lengths > NOTHING, found / np.maximum(lengths, NOTHING), 0)
    return unit.astype(np.float32)


def terms(text: str) -> Iterator[str]:
    """The words of a text in lower case and its pairs of neighbours; a text without a word has one empty term."""
    words = WORD.findall(text.lower())
    yield from words or [""]
    for one, other in pairwise(words):
        yield f"{one} {other}"


def weigh(texts: Sequence[str]) -> Sparse:
    """A row for each text, of length 1, and a column for each bucket in use, in the buckets' order.

    A term that occurs t times in a text and in d of the n texts weighs (1 + ln t) * (1 + ln((1 + n) / (1 + d))) before
    rows are brought to length 1.
    """
    buckets: dict[str, int] = {}
    found = []
    for text in texts:
        own = [buckets[term] if term in buckets else buckets.setdefault(term, _bucket(term)) for term in terms(text)]
        found.append(np.unique(np.array(own, np.int64), return_counts=True))
    sizes = np.array([len(own) for own, _ in found])
    _, columns = np.unique(np.concatenate([own for own, _ in found]), return_inverse=True)
    rarity = 1 + np.log((1 + len(texts)) / (1 + np.bincount(columns)))
    weights = (1 + np.log(np.concatenate([counts for _, counts in found]))) * rarity[columns]
    starts = np.cumsum(sizes) - sizes
    lengths = np.sqrt(np.add.reduceat(weights**2, starts))
    return Sparse(starts, columns, weights / np.repeat(lengths, sizes))


def principal(matrix: Sparse, dimensions: int) -> Floats:
    """Where each row stands along the directions that hold most of a matrix (a truncated SVD, up to a rotation).

    Where there are fewer directions than `dimensions`, the rest is zeros. They are found from random ones, which the
    matrix itself turns towards the wanted ones, pass by pass.
    """
    turned = matrix.turned()
    rows, columns = len(matrix.starts), len(turned.starts)
    directions = np.random.default_rng(SEED).standard_normal((columns, min(dimensions, rows, columns)))
    for _ in range(PASSES):
        directions = orthonormal(turned.times(matrix.times(directions)))
    found = np.zeros((rows, dimensions))
    found[:, : directions.shape[1]] = matrix.times(directions)
    return found


def orthonormal(columns: Floats) -> Floats:
    """Columns of length 1 at right angles that span the same space, fewer where some depend on others (Gram-Schmidt).

    Not by LAPACK: its threads change the last digits, and beside other work on the machine it took ten times as long
    (measured).
    """
    kept = np.empty(columns.shape[::-1])
    count = 0
    for column in np.ascontiguousarray(columns.T):
        rest, length = column, _length(column)
        for _ in range(2):  # what the first round leaves by rounding, the second takes away
            rest = rest - np.einsum("i,ij->j", np.einsum("ij,j->i", kept[:count], rest), kept[:count])
        if _length(rest) > DEPENDENT * length:
            kept[count] = rest / _length(rest)
            count += 1
    return np.ascontiguousarray(kept[:count].T)


def _length(vector: Floats) -> float:
    return math.sqrt(float((vector * vector).sum()))


def _bucket(term: str) -> int:
    digest = hashlib.sha256(term.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") % BUCKETS
