"""Reading the rows of a wave one taskname at a time, so that memory grows with one dataset and never with the wave."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from stages.shared import files
from stages.shared.errors import InputError
from stages.shared.records import ROWS
from stages.shared.text import whole


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


class WaveRows:
    """The rows of a wave, by taskname, in the order they are stored."""

    def __init__(self, path: Path) -> None:
        """Open the file and find each taskname's row groups; raise InputError where it holds no rows of a wave."""
        self._path = path
        self._file = files.open_parquet(path, ROWS.names)
        self._groups = row_groups(self._file)

    def of(self, taskname: str, limit: int | None = None) -> list[Row]:
        """The first `limit` rows of a taskname (None: all); [] where there are none."""
        found: list[Row] = []
        groups = self._groups.get(taskname, [])
        batches = self._file.iter_batches(batch_size=1000 if limit is None else max(limit, 1), row_groups=groups)
        for batch in batches if groups else ():
            columns = batch.to_pydict()
            for name, split, index, text in zip(*(columns[name] for name in ROWS.names), strict=True):
                if limit is not None and len(found) >= limit:
                    return found
                if name == taskname:
                    found.append(Row(split, index, self._values(text, f"{taskname}, {split}:{index}")))
        return found

    def _values(self, text: str, where: str) -> dict[str, Any]:
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise self._fault(str(error), where) from error
        if not isinstance(values, dict):
            raise self._fault(type(values).__name__, where)
        return values if "\\u" not in text else {whole(name): whole(value) for name, value in values.items()}

    def _fault(self, came: str, where: str) -> InputError:
        return InputError("a row as a JSON object", came, f"{self._path}, {where}", "run the crawl of this wave again")


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
