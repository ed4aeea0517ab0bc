"""Instances that hold what a benchmark asks.

A text of a benchmark is found, case, punctuation and Markdown apart, wherever in an instance it stands, over its
instruction and input too, and its answer included: rules that turn a row around make a question the answer. It is found
by any run of `words` of its words; not by one that more than half of its task's instances have, which is the task's
wording. A shorter text must be there as a whole: as a line, or within one from WITHIN words on, or with its answer; one
of fewer than TINY words as all of an input, of an instruction, or of both together, and with its answer. An answer
alone is never looked for.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from pydantic import Field

from stages.dataset import wording
from stages.dataset.benchmark import Benchmark, Item
from stages.dataset.near import PIECES
from stages.dataset.wording import Hashes, Places, Words
from stages.shared.params import Section

TINY, WITHIN = 4, 8

SIEVE = 1 << 22
"""Entries of the table that says of most runs that no benchmark has them."""

LEAST_OF_GROUP = 10
"""Instances of a task from which on it can have a wording of its own."""

EXAMPLES = 3
"""Instances that are shown of each benchmark."""


class ContaminationParams(Section):
    """`merge.contamination` in params.yaml, or null for none.

    benchmarks: `all`, or names of their folders. words: in a run that tells a text.
    """

    benchmarks: Literal["all"] | tuple[str, ...]
    words: int = Field(ge=TINY)


class Found(NamedTuple):
    """A row of a batch that holds a text of a benchmark: the first one, by number, and how: `run` or `whole`."""

    row: int
    item: int
    how: str


@dataclass(frozen=True)
class Index:
    """What is looked for. runs: hashes, sorted, and the item of each. exact: of whole texts, by the hash of their first
    words. tiny: by the hash of the whole text. Items are numbered over all benchmarks; `names` has theirs and their
    benchmark's.
    """

    words: int
    names: tuple[tuple[str, str], ...]
    runs: Hashes
    owners: Places
    sieve: npt.NDArray[np.bool_]
    anchors: Mapping[int, tuple[Hashes, Mapping[int, frozenset[int]]]]
    exact: Mapping[tuple[int, int], int]
    sizes: Mapping[int, int]
    tiny: Mapping[int, int]
    tiny_hashes: Hashes
    answers: Mapping[int, frozenset[int]]


@dataclass
class _Draft:
    """The parts of an Index while they are gathered."""

    runs: list[Hashes] = field(default_factory=list)
    owners: list[Places] = field(default_factory=list)
    anchors: defaultdict[int, defaultdict[int, set[int]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(set))
    )
    exact: dict[tuple[int, int], int] = field(default_factory=dict)
    sizes: dict[int, int] = field(default_factory=dict)
    tiny: dict[int, int] = field(default_factory=dict)
    answers: dict[int, frozenset[int]] = field(default_factory=dict)


def index(benchmarks: Iterable[Benchmark], words: int) -> Index:
    """What to look for: of texts that several benchmarks have, the first one counts."""
    draft, names = _Draft(), list[tuple[str, str]]()
    for benchmark in benchmarks:
        for group in benchmark.groups:
            _add(draft, group, len(names), words)
            names += [(benchmark.name, item.id) for item in group]
    runs, first = np.unique(np.concatenate([np.empty(0, np.uint64), *draft.runs]), return_index=True)
    anchors = {
        size: (np.array(sorted(of), np.uint64), {key: frozenset(lengths) for key, lengths in of.items()})
        for size, of in sorted(draft.anchors.items())
    }
    sieve = np.zeros(SIEVE, np.bool_)
    for hashes in (runs, *(of for of, _ in anchors.values())):
        sieve[_sieved(hashes)] = True
    return Index(
        words,
        tuple(names),
        runs,
        np.concatenate([np.empty(0, np.int64), *draft.owners])[first],
        sieve,
        anchors,
        draft.exact,
        draft.sizes,
        draft.tiny,
        np.array(sorted(draft.tiny), np.uint64),
        draft.answers,
    )


def _add(draft: _Draft, group: Sequence[Item], first: int, size: int) -> None:
    """Enter the instances of a task, numbered from `first`."""
    whole = wording.without_markup(wording.read([item.text for item in group]))
    plain = whole.only(_is_word(whole))
    texts, owner = whole.texts(), _owners(plain.starts)
    places = _places(plain.starts, size)
    runs, of = plain.runs(places, size), owner[places]
    own = _own(runs, of, len(group))
    draft.runs.append(runs[own])
    draft.owners.append(of[own] + first)
    told = set(of[own].tolist())
    lengths = np.diff(plain.starts)
    at = np.flatnonzero(_is_word(whole))
    for number, item in enumerate(group):
        count = int(lengths[number])
        if number in told or whole.starts[number] == whole.starts[number + 1]:
            continue
        answers = _answers(item.answers)
        if count < TINY:
            same = draft.tiny.setdefault(int(texts[number]), first + number)
            draft.answers[same] = draft.answers.get(same, frozenset()) | answers
            continue
        begin = int(plain.starts[number])
        anchor = int(plain.runs(np.array([begin]), min(count, size))[0])
        length = int(whole.starts[number + 1]) - int(at[begin])
        run = int(whole.runs(np.array([at[begin]]), length)[0])
        draft.anchors[min(count, size)][anchor].add(length)
        # Of items with one text the first stands for all, with the answers of all.
        same = draft.exact.setdefault((run, length), first + number)
        draft.answers[same] = draft.answers.get(same, frozenset()) | answers
        draft.sizes[same] = count


def _answers(texts: Sequence[str]) -> frozenset[int]:
    """The hashes of answers; an empty one is none, else each instance would have it."""
    found = wording.without_markup(wording.read(texts))
    return frozenset(found.texts()[np.diff(found.starts) > 0].tolist())


def _own(runs: Hashes, of: Places, count: int) -> npt.NDArray[np.bool_]:
    """Which runs are not the wording of the whole task."""
    if count < LEAST_OF_GROUP or not len(runs):
        return np.ones(len(runs), np.bool_)
    _, number = np.unique(runs, return_inverse=True)
    pairs = np.unique(number.astype(np.int64) * count + of)
    return np.asarray(np.bincount(pairs // count)[number] * 2 <= count)


def find(words: Words, index: Index) -> list[Found]:
    """The rows of a batch (their pieces, as near-duplicates have them) that hold a text of a benchmark, in order."""
    words = wording.without_markup(words)
    plain = words.only(_is_word(words))
    rows = plain.starts[::PIECES]
    found = {row: Found(row, item, "run") for row, item in reversed(_by_runs(plain, rows, index))}
    for one in (*_by_anchors(words, plain, rows, index), *_tiny(words, index)):
        found.setdefault(one.row, one)
    return [found[row] for row in sorted(found)]


def _by_runs(plain: Words, rows: Places, index: Index) -> list[tuple[int, int]]:
    places = _places(rows, index.words)
    at, known = _known(plain.runs(places, index.words), index.runs, index.sieve)
    hit = places[known]
    return list(zip((np.searchsorted(rows, hit, side="right") - 1).tolist(), index.owners[at].tolist(), strict=True))


def _by_anchors(words: Words, plain: Words, rows: Places, index: Index) -> list[Found]:
    """Texts that must be there as a whole: their first words are looked for, then all of them."""
    found = []
    at = np.flatnonzero(_is_word(words))
    answers: npt.NDArray[np.uint64] | None = None
    for size, (hashes, lengths) in index.anchors.items():
        places = _places(rows, size)
        runs = plain.runs(places, size)
        _, known = _known(runs, hashes, index.sieve)
        for place, run in zip(places[known].tolist(), runs[known].tolist(), strict=True):
            row, begin = int(np.searchsorted(rows, place, side="right")) - 1, int(at[place])
            for length in sorted(lengths[run]):
                item = _whole(words, begin, length, int(words.starts[(row + 1) * PIECES]), index)
                if item is None:
                    continue
                if answers is None:
                    answers = words.texts().reshape(-1, PIECES)[:, 2:]
                answered = not index.answers[item].isdisjoint(answers[row].tolist())
                if answered or index.sizes[item] >= WITHIN or _is_line(words, begin, length):
                    found.append(Found(row, item, "whole"))
    return found


def _whole(words: Words, begin: int, length: int, end: int, index: Index) -> int | None:
    """The item whose whole text stands there, if any."""
    if begin + length > end:
        return None
    return index.exact.get((int(words.runs(np.array([begin]), length)[0]), length))


def _tiny(words: Words, index: Index) -> list[Found]:
    """Texts of a few words that are a whole instruction or input, or both together, with their answer."""
    texts = words.texts().reshape(-1, PIECES)
    asked = np.stack([texts[:, 0], texts[:, 1], _asked(words)], 1)
    rows, pieces = np.nonzero(np.isin(asked, index.tiny_hashes))
    found = []
    for row, piece in zip(rows.tolist(), pieces.tolist(), strict=True):
        item = index.tiny[int(asked[row, piece])]
        if not index.answers[item].isdisjoint(texts[row, 2:].tolist()):
            found.append(Found(row, item, "whole"))
    return found


def _asked(words: Words) -> Hashes:
    """The hash of instruction and input, one after the other, of each instance."""
    begin = words.starts[:-1:PIECES]
    return words.runs(begin, words.starts[2::PIECES] - begin)


def _is_word(words: Words) -> npt.NDArray[np.bool_]:
    return np.asarray((words.tokens & np.uint64(wording.WORD)) != 0)


def _is_line(words: Words, begin: int, length: int) -> bool:
    """Whether a run of tokens is one line, or several whole ones."""
    end = begin + length
    starts = begin == 0 or words.lines[begin - 1] != words.lines[begin]
    return bool(starts and (end == len(words.lines) or words.lines[end] != words.lines[end - 1]))


def _places(starts: Places, size: int) -> Places:
    """Where runs of `size` words begin that end within the same text."""
    last = np.repeat(starts[1:], np.diff(starts))
    return np.flatnonzero(np.arange(len(last)) + size <= last)


def _owners(starts: Places) -> Places:
    return np.repeat(np.arange(len(starts) - 1), np.diff(starts))


def _known(runs: Hashes, hashes: Hashes, sieve: npt.NDArray[np.bool_]) -> tuple[Places, Places]:
    """Where known runs stand among sorted hashes, and which of the runs these are; the sieve spares most the search."""
    if not len(hashes):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    hopeful = np.flatnonzero(sieve[_sieved(runs)])
    at = np.minimum(np.searchsorted(hashes, runs[hopeful]), len(hashes) - 1)
    known = np.flatnonzero(hashes[at] == runs[hopeful])
    return at[known], hopeful[known]


def _sieved(hashes: Hashes) -> Places:
    return (hashes % np.uint64(SIEVE)).astype(np.int64)
