"""A sample of the dataset that people can look through, the same for whoever draws it.

A part's rows stand in an order that follows from their ids alone, and the sample takes the first of them. So a part
keeps its first picks when others join, and never gets new ones for it; only its number shrinks as its share does.
"""

import hashlib
import heapq
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from stages.shared.files import batches, open_parquet
from stages.shared.records import digest

TEXTS = ("instruction", "input", "output", "messages")
COLUMNS = ("instance_id", "part", "taskname", "origin", "row", *TEXTS)


@dataclass(frozen=True)
class Pick:
    """A row of the sample. content: a hash of its texts. conversation: all turns where it has several, else ""."""

    instance_id: str
    content: str
    part: str
    taskname: str
    origin: str
    row: str
    instruction: str
    input: str
    output: str
    conversation: str


@dataclass(frozen=True)
class Shard:
    """A part of the dataset with rows: its file, its name and how many rows it has."""

    path: Path
    part: str
    rows: int


def shards(dataset: Path) -> list[Shard]:
    """The parts that have rows, in order of their files' names; none of a dataset that nothing has joined yet."""
    found = []
    for path in sorted(dataset.glob("*.parquet")):
        count = open_parquet(path, COLUMNS).metadata.num_rows
        if count:
            first = next(batches(path, ["part"]))
            found.append(Shard(path, first.column("part")[0].as_py(), count))
    return found


def quotas(sizes: Mapping[str, int], total: int, least: int) -> dict[str, int]:
    """How many rows of each part are taken: in proportion to its size, but `least` of each, or all where it has fewer.

    They sum up to `total`, or to all rows where there are fewer; to more only where `least` of each is more.
    """
    left, free, found = total, dict(sizes), dict[str, int]()
    while free:
        all_rows = sum(free.values())
        exact = {part: left * size / all_rows for part, size in free.items()}
        raised = [part for part, share in exact.items() if share < min(least, sizes[part])]
        for part in raised:
            found[part] = min(least, free.pop(part))
            left -= found[part]
        left = max(0, left)
        if not raised:
            found |= _whole({part: min(share, sizes[part]) for part, share in exact.items()}, min(left, all_rows))
            break
    return {part: found[part] for part in sizes}


def _whole(exact: Mapping[str, float], total: int) -> dict[str, int]:
    """Whole numbers near the exact ones that sum up to `total`: what rounding down leaves goes to the largest rests."""
    found = {part: int(share) for part, share in exact.items()}
    by_rest = sorted(exact, key=lambda part: (found[part] - exact[part], part))
    for part in by_rest[: total - sum(found.values())]:
        found[part] += 1
    return found


def rank(seed: int, instance_id: str) -> str:
    """Where a row stands in the order that samples are taken in; the lowest come first."""
    return hashlib.sha256(f"audit:{seed}:{instance_id}".encode("utf-8", "surrogatepass")).hexdigest()


def drawn(parts: list[Shard], total: int, least: int, seed: int, kept: Set[str]) -> list[Pick]:
    """The sample in the order of rank, and with it the rows whose ids are in `kept`, wherever they stand.

    kept: those that a person has judged, so that no work is lost as the dataset grows.
    """
    wanted = quotas({one.part: one.rows for one in parts}, total, least)
    found = []
    for shard in parts:
        places = _places(shard.path, wanted[shard.part], seed, kept)
        found += list(_picked(shard.path, places))
    return sorted(found, key=lambda pick: rank(seed, pick.instance_id))


def _places(path: Path, count: int, seed: int, kept: Set[str]) -> set[int]:
    """The places in a shard of its first `count` rows by rank, and of those in `kept`."""
    also: set[int] = set()

    def ranked() -> Iterator[tuple[str, int]]:
        ids = (id.as_py() for batch in batches(path, ["instance_id"]) for id in batch.column("instance_id"))
        for at, id in enumerate(ids):
            if id in kept:
                also.add(at)
            yield rank(seed, id), at

    return {at for _, at in heapq.nsmallest(count, ranked())} | also


def _picked(path: Path, places: set[int]) -> Iterator[Pick]:
    start = 0
    for batch in batches(path, COLUMNS):
        here = sorted(at - start for at in places if start <= at < start + batch.num_rows)
        yield from (_pick(row) for row in batch.take(pa.array(here, pa.int64())).to_pylist())
        start += batch.num_rows


def _pick(row: dict[str, Any]) -> Pick:
    turns = row["messages"] or []
    said = [f"[{turn['role']}] {turn['content'] or ''}{turn['tool_calls'] or ''}" for turn in turns]
    known = {name: row[name] for name in COLUMNS if name != "messages"}
    return Pick(**known, content=digest([row[name] for name in TEXTS], 24), conversation="\n\n".join(said))
