"""Reading the dataset: one Parquet shard per part, streamed."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from stages.shared.errors import InputError
from stages.shared.files import open_parquet
from stages.shared.parts import Part

BATCH_ROWS = 4096


def shard(dataset: Path, part: Part) -> Path:
    """The file of a part; raise InputError where the dataset lacks it."""
    path = dataset / f"{part.kind}-{part.id}.parquet"
    if not path.exists():
        raise InputError(f"the shard of {part}", "no file", str(path), "run `dvc repro merge`")
    return path


def batches(path: Path, columns: Iterable[str] = ()) -> Iterator[pa.RecordBatch]:
    """Yield a Parquet file batch by batch, all columns where none are named; raise InputError for a damaged one."""
    names = list(columns)
    file = open_parquet(path, names)
    try:
        yield from file.iter_batches(BATCH_ROWS, columns=names or None)
    except (pa.ArrowException, OSError) as error:
        raise InputError("a whole Parquet file", str(error), str(path), "run the stage that writes it again") from error


def rows(path: Path, columns: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Yield the rows of a Parquet file with the named columns, in order."""
    for batch in batches(path, columns):
        yield from batch.to_pylist()
