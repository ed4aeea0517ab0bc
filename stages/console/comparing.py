"""Two versions of the dataset, row by row: which rows entered, left and changed.

A row is known by its part, origin, place in its source and task; the k-th of several rows with the same four is the
same row as the k-th on the other side. It has changed where anything else of it differs. Shards that are in both
versions byte for byte are not read. Of the others each row is held as a few numbers (some 70 bytes), no text, so that
a million rows need some hundred megabytes.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stages.console.revisions import Version, VersionFile
from stages.dataset.inventory import dataset_of
from stages.shared.files import json_bytes

IDENTITY = ("part", "origin", "row", "task_id")
"""What makes a row the same row in two versions."""

WORDS = ("license", "terms", "website", "taskname", "revision", "generator", "language")
"""Columns that hold few different words, compared by the number of the word; the texts by `instance_id`."""

TEXT = "text"
"""The word for instruction, input, output and messages together, whose identity is `instance_id`."""

BATCH_ROWS = 20_000
"""Rows read at once."""

Numbers = npt.NDArray[np.uint64]
Codes = npt.NDArray[np.int32]
Places = npt.NDArray[np.int64]


@dataclass
class Words:
    """The different words of a column in both versions; a word's number is its place."""

    numbers: dict[str, int] = field(default_factory=dict)

    def number(self, word: str) -> int:
        """The number of a word, a new one for a new word."""
        return self.numbers.setdefault(word, len(self.numbers))

    def listed(self) -> list[str]:
        """The words by number."""
        return list(self.numbers)


@dataclass(frozen=True)
class Side:
    """The rows of the shards that only one version has, in the order of the shards.

    keys: n x 2, the identity of each row. text, task: n, hashes. codes: n x columns, the numbers of its words. starts:
    of each shard, the place of its first row.
    """

    shards: tuple[VersionFile, ...]
    keys: Numbers
    text: Numbers
    task: Numbers
    codes: Codes
    starts: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.text)


@dataclass(frozen=True)
class Comparison:
    """What differs between two versions.

    words: by column, those of WORDS and `part` and `dataset`. entered: places in `after`; left: in `before`; changed:
    places in both, n x 2. same: shards that both have.
    """

    before: Side
    after: Side
    words: dict[str, list[str]]
    entered: Places
    left: Places
    changed: Places
    same: tuple[VersionFile, ...]

    def column(self, side: Side, name: str) -> Codes:
        """The numbers of a column's words, row by row."""
        found: Codes = side.codes[:, list(self.words).index(name)]
        return found

    def counts(self, side: Side, name: str, places: Places | None = None) -> dict[str, int]:
        """How many rows (of some, or of all) have each word of a column, in the order of the words."""
        codes = self.column(side, name) if places is None else self.column(side, name)[places]
        found = np.bincount(codes, minlength=len(self.words[name]))
        return {word: int(count) for word, count in zip(self.words[name], found, strict=True) if count}

    def changed_columns(self) -> dict[str, int]:
        """How many changed rows differ in their texts, and in each column."""
        old, new = self.changed[:, 0], self.changed[:, 1]
        found = {TEXT: int(np.count_nonzero(self.before.text[old] != self.after.text[new]))}
        for name in WORDS:
            differs = self.column(self.before, name)[old] != self.column(self.after, name)[new]
            found[name] = int(np.count_nonzero(differs))
        return {name: count for name, count in found.items() if count}


def compare(before: Version, after: Version) -> Comparison:
    """Compare two versions; raise InputError where a shard that differs is not at hand, or damaged."""
    both = {shard.md5 for shard in before.shards} & {shard.md5 for shard in after.shards}
    words = {name: Words() for name in (*WORDS, "part", "dataset")}
    old, new = (
        _side([shard for shard in version.shards if shard.md5 not in both], words) for version in (before, after)
    )
    pairs = matched(old.keys, new.keys)
    codes_differ = (old.codes[pairs[:, 0]] != new.codes[pairs[:, 1]]).any(axis=1)
    changed = pairs[codes_differ | (old.text[pairs[:, 0]] != new.text[pairs[:, 1]])]
    return Comparison(
        old,
        new,
        {name: one.listed() for name, one in words.items()},
        entered=_without(len(new), pairs[:, 1]),
        left=_without(len(old), pairs[:, 0]),
        changed=changed,
        same=tuple(shard for shard in after.shards if shard.md5 in both),
    )


def matched(old: Numbers, new: Numbers) -> Places:
    """The places (in old, in new) of rows that are the same, in the order of new; keys are n x 2."""
    keys = np.concatenate([old, new])
    side = np.repeat([0, 1], [len(old), len(new)])
    rank = np.concatenate([_ranks(old), _ranks(new)])
    order = np.lexsort((side, rank, keys[:, 1], keys[:, 0]))
    first, second = order[:-1], order[1:]
    twins = (keys[first] == keys[second]).all(axis=1) & (rank[first] == rank[second])
    pairs = np.stack([first[twins], second[twins] - len(old)], axis=1).astype(np.int64)
    return pairs[np.argsort(pairs[:, 1])]


def _ranks(keys: Numbers) -> Places:
    """Of each key, how many equal ones stand before it."""
    order = np.lexsort((keys[:, 1], keys[:, 0]))  # stable: equal keys keep their order
    ordered = keys[order]
    begins = np.ones(len(keys), bool)
    begins[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    here = np.arange(len(keys))
    ranks = np.empty(len(keys), np.int64)
    ranks[order] = here - np.maximum.accumulate(np.where(begins, here, 0))
    return ranks


def _without(count: int, places: Places) -> Places:
    left = np.ones(count, bool)
    left[places] = False
    return np.flatnonzero(left).astype(np.int64)


def _side(shards: Sequence[VersionFile], words: dict[str, Words]) -> Side:
    keys, texts, tasks, codes, starts, count = [hashes([], 2)], [hashes([])], [hashes([])], [], [], 0
    for shard in shards:
        starts.append(count)
        for batch in _batches(shard, ("instance_id", *IDENTITY, *WORDS)):
            columns = {name: batch.column(name) for name in batch.schema.names}
            rows = zip(*(columns[name].to_pylist() for name in IDENTITY), strict=True)
            keys.append(hashes([json_bytes(list(row)) for row in rows], 2))
            texts.append(hashes([id.encode() for id in columns["instance_id"].to_pylist()]))
            tasks.append(_by_word(columns["task_id"], lambda ids: hashes([id.encode() for id in ids])))
            codes.append(_codes(columns, words))
            count += batch.num_rows
    empty = np.empty((0, len(words)), np.int32)
    return Side(
        tuple(shards),
        np.concatenate(keys).reshape(-1, 2),
        np.concatenate(texts).reshape(-1),
        np.concatenate(tasks).reshape(-1),
        np.concatenate([empty, *codes]),
        tuple(starts),
    )


def _batches(shard: VersionFile, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """The rows of a shard in batches; a column that an older version lacks is full of empty words."""
    for batch in shard.batches(names, BATCH_ROWS):
        there = batch.schema.names
        columns = [
            batch.column(name) if name in there else pa.array([""] * batch.num_rows, pa.string()) for name in names
        ]
        yield pa.RecordBatch.from_arrays(columns, list(names))


def hashes(texts: Sequence[bytes], width: int = 1) -> Numbers:
    """A hash of `width` x 64 bits for each text, n x width."""
    raw = b"".join(blake2b(text, digest_size=8 * width).digest() for text in texts)
    return np.frombuffer(raw, np.uint64).reshape(-1, width)


def _codes(columns: dict[str, pa.Array], words: dict[str, Words]) -> Codes:
    found = [_coded(columns[name], words[name]) for name in (*WORDS, "part")]
    part, origin = (columns[name].dictionary_encode() for name in ("part", "origin"))
    parts, origins = part.dictionary.to_pylist(), origin.dictionary.to_pylist()
    pairs = part.indices.to_numpy().astype(np.int64) * len(origins) + origin.indices.to_numpy()
    distinct, places = np.unique(pairs, return_inverse=True)
    names = (dataset_of(parts[pair // len(origins)], origins[pair % len(origins)]) for pair in distinct.tolist())
    datasets = np.array([words["dataset"].number(name) for name in names], np.int32)
    return np.stack([*found, datasets[places]], axis=1)


def _coded(column: pa.Array, words: Words) -> Codes:
    found: Codes = _by_word(column, lambda listed: np.array([words.number(word) for word in listed], np.int32))
    return found


def _by_word(column: pa.Array, worth: Callable[[list[str]], Any]) -> Any:
    """What `worth` gives for the different words of a column, for each row."""
    encoded = column.dictionary_encode()
    return worth(encoded.dictionary.to_pylist())[encoded.indices.to_numpy()]
