"""Rows to show of a comparison: which ones, and what stands in them."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

import numpy as np

from stages.console.comparing import WORDS, Comparison, Places, Side
from stages.console.revisions import VersionFile
from stages.shared.errors import InputError

SHOWN = ("instruction", "input", "output", "messages", *WORDS, "part", "origin", "row", "task_id")
"""Columns that are read of a row that is shown."""

Row = dict[str, Any]


def examples(found: Comparison, most: int) -> dict[str, Any]:
    """At most so many rows that entered, that left, and that changed (before and after), read from their shards."""
    changed = chosen(found.after, found.changed[:, 1], most)
    partners = dict(found.changed[:, ::-1].tolist()) if len(changed) else {}
    before = rows_at(found.before, [partners[place] for place in changed])
    after = rows_at(found.after, changed)
    return {
        "entered": rows_at(found.after, chosen(found.after, found.entered, most)),
        "left": rows_at(found.before, chosen(found.before, found.left, most)),
        "changed": [{"before": old, "after": new} for old, new in zip(before, after, strict=True)],
    }


def chosen(side: Side, places: Places, most: int) -> list[int]:
    """Some of the places: of as many tasks as there are, otherwise by chance, which the rows' own identity draws."""
    keys = side.keys[places]
    drawn = places[np.lexsort((keys[:, 1], keys[:, 0]))]
    firsts = drawn[np.sort(np.unique(side.task[drawn], return_index=True)[1])][:most]
    others = drawn[~np.isin(drawn, firsts)][: most - len(firsts)]
    return [int(place) for place in (*firsts, *others)]


def rows_at(side: Side, places: Sequence[int]) -> list[Row]:
    """The rows at some places, in that order; each is read with the row group that it is in."""
    wanted: dict[int, list[int]] = {}
    for place in places:
        wanted.setdefault(bisect_right(side.starts, place) - 1, []).append(place)
    found: dict[int, Row] = {}
    for number, inside in wanted.items():
        start = side.starts[number]
        rows = _read(side.shards[number], [place - start for place in inside])
        found.update(zip(inside, rows, strict=True))
    return [found[place] for place in places]


def _read(shard: VersionFile, numbers: Sequence[int]) -> list[Row]:
    """The rows with these numbers of a shard."""
    with shard.parquet() as file:
        sizes = [file.metadata.row_group(at).num_rows for at in range(file.num_row_groups)]
        starts = [0, *np.cumsum(sizes).tolist()]
        names = [name for name in SHOWN if name in file.schema_arrow.names]
        rows = []
        for number in numbers:
            group = bisect_right(starts, number) - 1
            if group >= len(sizes):
                raise InputError(f"a row {number}", f"{starts[-1]} rows", shard.name, "run `dvc checkout`")
            with shard.whole():
                table = file.read_row_group(group, columns=names)
            rows += table.slice(number - starts[group], 1).to_pylist()
    return rows
