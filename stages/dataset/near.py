"""Near-duplicates: candidates by MinHash and bands, each looked at closely before anything is dropped.

What two instances must have in common, both of them, to say the same thing:

- the answer, but for case, punctuation and layout; an answer that is long may differ as an input may;
- all numbers, names (whatever begins with a capital), symbols, single letters and negations, each as often: what is
  asked of `17 apples` is not asked of `18 apples`;
- every line, to a Jaccard index of `threshold` of its runs of `words` words; a question is a line of its own. So the
  same passage with another question stays, and a short line must be the same word for word;
- the instruction, or one whose ROUGE-L with it is at least `instructions`. Only inputs are compared, where there are
  any: the sentence that all instances of a task begin with makes them no duplicates of each other.

Signatures are R-MinHash of rensa. What is found depends on two instances and on those before the later one, so a part
that joins changes nothing of what is found in older parts.
"""

import os
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt
from pydantic import Field, PositiveInt, model_validator
from rensa import RMinHash

from stages.dataset import wording
from stages.dataset.wording import TELLING, Hashes, Places, Words
from stages.shared.params import Section
from stages.shared.similarity import rouge_l

LONG_ANSWER = 100
"""Characters from which an answer is compared as an input is, and not whole."""

NEIGHBOURS = 4
"""Of the rows that share a band, so many first ones and so many last ones before a row are looked at."""

PAIRS_AT_ONCE = 10_000
"""Pairs looked at closely in one go."""

PIECES = 4
"""Texts of an instance: its instruction, its input or without one its instruction again, its answer where it is long,
and its answer where it is short. What is compared are the two in the middle.
"""

EXCHANGES = (("user", "assistant"), ("system", "user", "assistant"))
"""The roles of conversations that say what an instance says in an instruction, an input and an output."""


class NearParams(Section):
    """`merge.near` in params.yaml, or null for none.

    threshold: Jaccard index, 0 to 1. permutations, bands: of signatures; bands share them in equal shares. words: in a
    run. instructions: ROUGE-L, 0 to 1. seed: of the signatures.
    """

    threshold: float = Field(gt=0, le=1)
    permutations: PositiveInt
    bands: PositiveInt
    words: PositiveInt
    instructions: float = Field(gt=0, le=1)
    seed: int = Field(ge=0)

    @model_validator(mode="after")
    def _equal_shares(self) -> "NearParams":
        if self.permutations % self.bands:
            raise ValueError(f"{self.bands} bands have no equal shares of {self.permutations} permutations")
        return self


class Looked(NamedTuple):
    """What is kept of instances while they are compared.

    same: a hash of all an instance says. bands: (instances, bands), 0 for one without a token. records: what a closer
    look needs, as bytes of 32-bit numbers; sizes: how many numbers each instance has of them.
    """

    same: Hashes
    bands: Hashes
    records: bytes
    sizes: Places


def engine() -> str:
    """What makes the signatures, for the metrics."""
    return f"rensa {version('rensa')}, R-MinHash {RMinHash.ALGORITHM_VERSION}"


def pieces(row: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """The PIECES of an instance; a dialogue has its turns for an input and no answer.

    One exchange is no dialogue: what the system says is its instruction, if it says anything. Turns may lack their
    calls, where only texts of benchmarks are looked for.
    """
    turns = row["messages"]
    if turns is None:
        instruction, input, output = row["instruction"], row["input"], row["output"]
    elif tuple(turn["role"] for turn in turns) in EXCHANGES and not any(turn.get("tool_calls") for turn in turns):
        *system, input, output = (turn["content"] or "" for turn in turns)
        instruction = system[0] if system else input
    else:
        said = [turn[key] for turn in turns for key in ("content", "tool_calls") if turn.get(key)]
        return "", "\n".join(said), "", ""
    long = len(output) >= LONG_ANSWER
    return instruction, input or instruction, output if long else "", "" if long else output


def look(words: Words, near: NearParams | None) -> Looked:
    """What is kept of the instances whose pieces are given; without `near` the first entry alone."""
    texts = words.texts().reshape(-1, PIECES)
    count = len(texts)
    same = _same(words, texts)
    if near is None:
        return Looked(same, np.zeros((count, 0), np.uint64), b"", np.zeros(count, np.int64))
    runs, starts, lines = shingles(words, near.words)
    key = wording.mixed(texts[:, 3] + telling(words))
    bands = banded(signatures(runs, starts, near), key, near)
    bands[np.diff(starts) == 0] = 0
    return Looked(same, bands, *_records(words, runs, starts, lines))


def telling(words: Words) -> Hashes:
    """A hash of the tokens of each instance that must be the same in another one, in any order."""
    plain = words.tokens & wording.PLAIN
    marked = np.where(words.tokens & np.uint64(TELLING), wording.mixed(plain), np.uint64(0))
    sums = np.concatenate([[np.uint64(0)], np.cumsum(marked)])
    # Of all but the short answer, which is compared whole.
    return cast(Hashes, sums[words.starts[3::PIECES]] - sums[words.starts[:-1:PIECES]])


def _same(words: Words, texts: Hashes) -> Hashes:
    """A hash of all that each instance says: what is asked, an input read on after its instruction, and the answer.

    So an instruction with an input is the same as one that has both in one text, as corpora have it that were brought
    to the form of ShareGPT (spec C0), and an answer is the same whatever blanks make it long.
    """
    sizes = np.diff(words.starts).reshape(-1, PIECES)
    input_size = np.where(texts[:, 0] == texts[:, 1], 0, sizes[:, 1])
    asked = words.runs(words.starts[:-1:PIECES], sizes[:, 0] + input_size)
    answered = words.runs(words.starts[2::PIECES], sizes[:, 2] + sizes[:, 3])
    return wording.mixed(wording.mixed(asked) + answered)


def shingles(words: Words, length: int) -> tuple[Hashes, Places, Places]:
    """The runs of words of what is compared: their hashes, where each instance begins, and the line of each run.

    A line's first words and its last ones are runs too, from one word on, so that a word at its edge counts as much as
    one in its middle.
    """
    inside = np.zeros(len(words.tokens) + 1, np.int64)
    np.add.at(inside, words.starts[1::PIECES], 1)
    np.add.at(inside, words.starts[3::PIECES], -1)
    places = np.flatnonzero(np.cumsum(inside)[:-1] > 0)
    lines = words.lines[places]
    head = np.diff(lines, prepend=-1) != 0
    first = np.flatnonzero(head)
    sizes = np.diff(np.append(first, len(lines)))
    begin = np.repeat(places[first], sizes)
    end = begin + np.repeat(sizes, sizes)
    whole = end - places >= length
    found = [(places[whole], np.full(whole.sum(), length), lines[whole], 0)]
    for part in range(1, length):
        size = np.minimum(end[head] - begin[head], part)
        found.append((begin[head], size, lines[head], 2 * part))
        found.append((end[head] - size, size, lines[head], 2 * part + 1))
    runs = np.concatenate([words.runs(at, size) + np.uint64(mark) for at, size, _, mark in found])
    of_line = np.concatenate([line for _, _, line, _ in found])
    order = np.argsort(of_line, kind="stable")
    texts = np.searchsorted(words.starts[1::PIECES], np.concatenate([at for at, _, _, _ in found])[order], side="right")
    starts = np.searchsorted(texts, np.arange(len(words.starts) // PIECES + 1) + 1, side="left")
    return runs[order], starts, of_line[order]


def signatures(runs: Hashes, starts: Places, near: NearParams) -> npt.NDArray[np.uint32]:
    """The MinHash signatures of sets of runs: shape (texts, permutations)."""
    if len(starts) < 2:
        return np.zeros((0, near.permutations), np.uint32)
    matrix = RMinHash.digest_matrix_from_flat_token_hashes(runs, starts, near.permutations, near.seed)
    # An array of each row is many times as fast as numpy is with lists of numbers.
    flat = np.frombuffer(b"".join([array("I", row) for row in matrix.to_rows()]), np.uint32)
    return flat.reshape(-1, near.permutations)


def banded(signature: npt.NDArray[np.uint32], key: Hashes, near: NearParams) -> Hashes:
    """The hash of each band of each signature, with what must be the same anyway: shape (texts, bands)."""
    shares = signature.reshape(len(key), near.bands, -1)
    numbers: Hashes = np.arange(near.bands, dtype=np.uint64)
    found: Hashes = np.add.outer(key, numbers)
    for place in range(shares.shape[2]):
        found = wording.mixed(found + shares[:, :, place].astype(np.uint64))
    return found


def _records(words: Words, runs: Hashes, starts: Places, lines: Places) -> tuple[bytes, Places]:
    """For each instance: words of the instruction, lines, then the instruction, the runs of each line, and the runs."""
    short = (runs >> np.uint64(32)).astype(np.uint32)
    tokens = (words.tokens >> np.uint64(32)).astype(np.uint32)
    begin, end = words.starts[:-1:PIECES].tolist(), words.starts[1::PIECES].tolist()
    edges = starts.tolist()
    news = np.flatnonzero(np.diff(lines, prepend=-1))
    bounds = np.searchsorted(news, starts)
    lengths = np.diff(np.append(news, len(lines))).astype(np.uint32)
    found, sizes = [], []
    for number, (one, other) in enumerate(zip(begin, end, strict=True)):
        here = lengths[bounds[number] : bounds[number + 1]]
        head = np.array([other - one, len(here)], np.uint32)
        record = [head, tokens[one:other], here, short[edges[number] : edges[number + 1]]]
        found += record
        sizes.append(sum(map(len, record)))
    return np.concatenate(found).tobytes() if found else b"", np.array(sizes, np.int64)


def candidates(bands: Hashes) -> Hashes:
    """Pairs of rows that share a band, later row << 32 | earlier row, sorted and each once."""
    pairs = [np.empty(0, np.uint64)]
    for band in bands.T:
        order = np.argsort(band, kind="stable")
        values = band[order]
        first = np.flatnonzero(np.diff(values, prepend=values[:1] + np.uint64(1)))
        place = np.arange(len(values)) - np.repeat(first, np.diff(np.append(first, len(values))))
        shared = np.flatnonzero((place > 0) & (values != 0))
        for distance in range(NEIGHBOURS):
            for step in (place[shared] - distance, np.full(len(shared), distance + 1)):
                # The row `step` places before in the run; a step of 0 or less is no earlier one.
                fits = (step > 0) & (step <= place[shared])
                later, earlier = order[shared[fits]], order[shared[fits] - step[fits]]
                pairs.append(later.astype(np.uint64) << np.uint64(32) | earlier.astype(np.uint64))
        pairs = [np.unique(np.concatenate(pairs))]
    return pairs[0]


def alike(one: npt.NDArray[np.uint32], other: npt.NDArray[np.uint32], near: NearParams) -> bool:
    """Whether two instances say the same, by their records; that they share their key is known."""
    first, second = one.tolist(), other.tolist()
    instruction, words, lines = first[0], second[0], first[1]
    if lines != second[1]:
        return False
    at, there = 2 + instruction, 2 + words
    left, right = first[2:at], second[2:there]
    if left != right and rouge_l(cast(Sequence[str], left), cast(Sequence[str], right)) < near.instructions:
        return False
    at_runs, there_runs = at + lines, there + lines
    for mine, yours in zip(first[at : at + lines], second[there : there + lines], strict=True):
        runs, others = set(first[at_runs : at_runs + mine]), set(second[there_runs : there_runs + yours])
        shared = len(runs & others)
        if shared < near.threshold * (len(runs) + len(others) - shared):
            return False
        at_runs, there_runs = at_runs + mine, there_runs + yours
    return True


@dataclass(frozen=True)
class Comparison:
    """Pairs to look at closely, and where the records of their rows stand in a file: places count 32-bit numbers."""

    pairs: Hashes
    file: int
    places: Places
    near: NearParams

    def verify(self, start: int) -> Iterator[npt.NDArray[np.bool_]]:
        """Yield whether each of the next PAIRS_AT_ONCE pairs is alike."""

        def record(row: int) -> npt.NDArray[np.uint32]:
            begin, end = self.places[row], self.places[row + 1]
            return np.frombuffer(os.pread(self.file, int(end - begin) * 4, int(begin) * 4), np.uint32)

        some = self.pairs[start : start + PAIRS_AT_ONCE]
        rows = zip((some >> np.uint64(32)).tolist(), (some & np.uint64(0xFFFFFFFF)).tolist(), strict=True)
        yield np.array([alike(record(later), record(earlier), self.near) for later, earlier in rows], np.bool_)
