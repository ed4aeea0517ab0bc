"""Reading the rows of a wave a few of one taskname at a time: memory grows neither with the wave nor with a dataset."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stages.shared import files
from stages.shared.errors import InputError
from stages.shared.records import ROWS
from stages.shared.text import whole

CHUNK_ROWS = 500
"""Rows of one taskname that are looked at together; fewer where a row group (4 MB of text, see crawl) ends."""

_INEXACT = 2.0**63
"""From here on a number may be a whole one that does not fit into 64 bits, which orjson makes inexact."""


_EXACT = {str, int, bool, type(None)}
"""What orjson reads as it was written, and holds nothing else."""


@dataclass(frozen=True)
class Row:
    """A row of a source dataset: its split, its number in the split from 0, and its values by field."""

    split: str
    index: int
    values: dict[str, Any]

    @property
    def place(self) -> str:
        """`split:index`, as instances name it."""
        return f"{self.split}:{self.index}"


class Chunk:
    """Some rows of one taskname in order; their JSON is read when it is asked for, and once."""

    def __init__(self, rows: pa.Table, source: str = "rows") -> None:
        """Hold rows of the schema ROWS, all of one taskname; `source` is the file, for errors."""
        self._rows = rows
        self._source = source

    def __len__(self) -> int:
        return int(self._rows.num_rows)

    @property
    def size(self) -> int:
        """The bytes of the rows' JSON, about."""
        return int(self._rows.nbytes)

    @cached_property
    def splits(self) -> list[str]:
        """The split of each row."""
        return self._column("split")

    @cached_property
    def indexes(self) -> list[int]:
        """The number of each row in its split."""
        return self._column("index")

    @cached_property
    def places(self) -> list[str]:
        """`split:index` of each row."""
        return [f"{split}:{index}" for split, index in zip(self.splits, self.indexes, strict=True)]

    @cached_property
    def values(self) -> list[dict[str, Any]]:
        """The fields of each row; raises InputError where one is no JSON object."""
        try:
            found = [orjson.loads(text) for text in self._bytes("row")]
        except orjson.JSONDecodeError:  # NaN, half characters, or no JSON at all
            return self._objects()
        for number, values in enumerate(found):
            if type(values) is not dict:
                raise self._fault(number, type(values).__name__)
        return self._objects() if _may_be_inexact([values.values() for values in found]) else found

    def _objects(self) -> list[dict[str, Any]]:
        return [self._object(number, text) for number, text in enumerate(self._column("row"))]

    def _object(self, number: int, text: str) -> dict[str, Any]:
        """One row as Python's json reads it: integers of any size, NaN."""
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise self._fault(number, str(error)) from error
        if not isinstance(values, dict):
            raise self._fault(number, type(values).__name__)
        return values if "\\u" not in text else {whole(name): whole(value) for name, value in values.items()}

    def _column(self, name: str) -> list[Any]:
        found: list[Any] = self._rows.column(name).to_pylist()
        return found

    def _bytes(self, name: str) -> Iterator[memoryview]:
        """The texts of a column as they lie in memory, in UTF-8; making them strings would copy them twice."""
        for part in self._rows.column(name).chunks:
            _, ends, texts = part.buffers()
            if not len(part):
                continue
            stored = memoryview(b"" if texts is None else texts)
            for start, end in pairwise(memoryview(ends).cast("i")[part.offset : part.offset + len(part) + 1]):
                yield stored[start:end]

    def _fault(self, number: int, came: str) -> InputError:
        where = f"{self._source}, {self._rows.column('taskname')[number]}, {self.places[number]}"
        return InputError("a row as a JSON object", came, where, "run the crawl of this wave again")


def _may_be_inexact(groups: Sequence[Iterable[Any]]) -> bool:
    """Whether a number among values that come in groups, or in one of them, may be another than was written."""
    kinds = set(map(type, chain.from_iterable(groups)))
    if kinds <= _EXACT:
        return False
    values = chain.from_iterable(groups)
    if float in kinds and not all(-_INEXACT < value < _INEXACT for value in values if type(value) is float):
        return True
    inner = [
        value.values() if type(value) is dict else value
        for value in chain.from_iterable(groups)
        if type(value) is dict or type(value) is list
    ]
    return bool(inner) and _may_be_inexact(inner)


class WaveRows:
    """The rows of a wave, by taskname, in the order they are stored."""

    def __init__(self, path: Path) -> None:
        """Open the file and find each taskname's row groups; raise InputError where it holds no rows of a wave."""
        self._path = path
        self._file = files.open_parquet(path, ROWS.names)
        self._groups = row_groups(self._file)
        told = [number for numbers in self._groups.values() for number in numbers]
        self._shared = {number for number in told if told.count(number) > 1} if len(told) > len(set(told)) else set()

    def count(self, taskname: str) -> int:
        """How many rows a taskname has, or a few more where it shares a row group."""
        return sum(self._file.metadata.row_group(number).num_rows for number in self._groups.get(taskname, []))

    def of(self, taskname: str, limit: int | None = None) -> list[Row]:
        """The first `limit` rows of a taskname (None: all); [] where there are none."""
        found: list[Row] = []
        for chunk in self.chunks(taskname, CHUNK_ROWS if limit is None else max(limit, 1)):
            rows = zip(chunk.splits, chunk.indexes, chunk.values, strict=True)
            found += [Row(*row) for row in rows]
            if limit is not None and len(found) >= limit:
                return found[:limit]
        return found

    def chunks(self, taskname: str, rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
        """Yield all rows of a taskname, at most so many at once."""
        for number in self._groups.get(taskname, []):
            group = self._file.read_row_group(number, columns=ROWS.names, use_threads=False)
            if number in self._shared:
                group = group.filter(pc.equal(group.column("taskname"), taskname))
            for start in range(0, group.num_rows, rows):
                yield Chunk(group.slice(start, rows), str(self._path))


def row_groups(file: pq.ParquetFile) -> dict[str, list[int]]:
    """The row groups that hold rows of each taskname: by statistics where a group holds one, else by reading it."""
    column = file.schema_arrow.names.index("taskname")
    found: dict[str, list[int]] = {}
    for number in range(file.num_row_groups):
        statistics = file.metadata.row_group(number).column(column).statistics
        if statistics is not None and statistics.has_min_max and statistics.min == statistics.max:
            names = [statistics.min]
        else:
            names = file.read_row_group(number, columns=["taskname"]).column(0).unique().to_pylist()
        for name in names:
            found.setdefault(name, []).append(number)
    return found
