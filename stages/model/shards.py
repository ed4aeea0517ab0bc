"""Reading the dataset: one Parquet shard per part, streamed."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from stages.shared.errors import InputError
from stages.shared.files import batches
from stages.shared.parts import Part


def shard(dataset: Path, part: Part) -> Path:
    """The file of a part; raise InputError where the dataset lacks it."""
    path = dataset / part.shard
    if not path.exists():
        raise InputError(f"the shard of {part}", "no file", str(path), "run `dvc repro merge`")
    return path


def rows(path: Path, columns: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Yield the rows of a Parquet file with the named columns, in order."""
    for batch in batches(path, columns):
        yield from batch.to_pylist()
