"""Reading the Parquet files of a dataset, a few rows at a time, whatever holds their bytes."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from stages.shared.hub import features
from stages.shared.hub.features import Column
from stages.shared.hub.seam import UnreadableError

BATCH_ROWS = 64
BATCH_BYTES = 8_000_000
"""Rows, and bytes of rows as the file's own figures have them, that are held in memory at once."""

MAX_ROW_BYTES = 20_000_000
"""Rows that are larger than this on average, in bytes as the file has them, are not read."""

BUFFER_BYTES = 256_000
"""What is read of a column at a time, so that the first rows of a large file cost only its first pages."""

FAULTS = (pa.ArrowException, OSError, ValueError, OverflowError, RecursionError)
"""What pyarrow raises for a file that is damaged, is no Parquet, or is nested too deep."""


def open_file(source: Path | BinaryIO, where: str) -> pq.ParquetFile:
    """Open a Parquet file; raise UnreadableError (parquet-unreadable) naming `where` for one that is none."""
    try:
        return pq.ParquetFile(source, buffer_size=BUFFER_BYTES, pre_buffer=False)
    except FAULTS as error:
        raise damaged(where, error) from error


def columns(file: pq.ParquetFile, where: str) -> dict[str, Column]:
    """The columns of an open file; raise UnreadableError where its schema cannot be read."""
    try:
        return features.columns(file.schema_arrow)
    except FAULTS as error:
        raise damaged(where, error) from error


def rows(file: pq.ParquetFile, names: list[str], where: str, faults: Counter[str]) -> Iterator[dict[str, object]]:
    """Yield the rows of an open file, ready for JSON, with the columns in the order of `names`.

    Raises UnreadableError (columns-differ, parquet-unreadable).
    """
    found = columns(file, where)
    if set(found) != set(names):
        came = f"{_listed(list(found))} here, {_listed(names)} in the first split"
        raise UnreadableError("columns-differ", came, where)
    kept = {name: found[name] for name in names if not found[name].left_out}
    for batch in batches(file, list(kept), where):
        try:
            for row in batch.to_pylist():
                yield {name: features.as_json(row[name], part, faults) for name, part in kept.items()}
        except FAULTS as error:
            raise damaged(where, error) from error


def batches(file: pq.ParquetFile, names: list[str], where: str) -> Iterator[pa.RecordBatch]:
    """Yield some columns of an open file in batches that fit into memory; raise UnreadableError."""
    try:
        largest = _row_bytes(file, set(names))
        if largest > MAX_ROW_BYTES:
            detail = f"{largest} bytes on average, at most {MAX_ROW_BYTES} are read"
            raise UnreadableError("rows-too-large", detail, where)
        rows_at_once = max(1, min(BATCH_ROWS, BATCH_BYTES // max(largest, 1)))
        yield from file.iter_batches(batch_size=rows_at_once, columns=names)
    except FAULTS as error:
        raise damaged(where, error) from error


def _row_bytes(file: pq.ParquetFile, names: set[str]) -> int:
    """The average size of a row in the row group whose rows are largest, of some columns, as the file has it."""
    largest = 0
    for number in range(file.metadata.num_row_groups):
        group = file.metadata.row_group(number)
        columns = [group.column(at) for at in range(group.num_columns)]
        size = sum(one.total_uncompressed_size for one in columns if one.path_in_schema.split(".")[0] in names)
        largest = max(largest, size // max(group.num_rows, 1))
    return largest


def damaged(where: str, error: Exception) -> UnreadableError:
    """The error for a file that cannot be read, with what the library said of it."""
    return UnreadableError("parquet-unreadable", " ".join(str(error).split())[:300], where)


def _listed(names: list[str]) -> str:
    return ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
