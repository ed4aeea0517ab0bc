"""Reading and writing the files that stages exchange: JSON Lines, JSON, YAML and Parquet.

Everything is written under a temporary name in the same folder and renamed when complete, so a file
that is there is whole. JSON is written with the keys in the order given and without clock times.
"""

import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from stages.shared.errors import InputError

Record = TypeVar("Record", bound=BaseModel)

PARQUET_COMPRESSION = "zstd"
BATCH_ROWS = 4096
"""Rows of a Parquet file that are read at once."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success it takes the place of `path`, on failure it is removed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.partial")
    remove(temporary)
    try:
        yield temporary
        if temporary.is_dir():
            remove(path)
        temporary.replace(path)
    except BaseException:
        remove(temporary)
        raise


def remove(path: Path) -> None:
    """Remove a file, a link or a whole folder; nothing happens where there is none."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def dump_json(value: Any) -> str:
    """One line of JSON: keys as given, text as it is, no blanks between tokens, no NaN."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def json_bytes(value: Any) -> bytes:
    """The same line in UTF-8, made faster; for texts, whole numbers, and lists and objects of them.

    Half characters become the bytes they would have, which is good enough to hash and no UTF-8.
    """
    try:
        return orjson.dumps(value)
    except TypeError:  # half characters, integers of more than 64 bits
        return dump_json(value).encode("utf-8", "surrogatepass")


def write_json(path: Path, value: Any) -> None:
    """Write `value` as indented JSON with a final newline."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n", "utf-8")


def write_jsonl(path: Path, records: Iterable[BaseModel]) -> int:
    """Write one record a line, in the order given, and return how many there were."""
    count = 0
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as file:
        for record in records:
            file.write(dump_json(record.model_dump(mode="json")) + "\n")
            count += 1
    return count


def read_json(path: Path) -> Any:
    """Read a JSON file; raise InputError with the place of the fault where it is not JSON."""
    try:
        return json.loads(path.read_text("utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InputError("a JSON document in UTF-8", str(error), str(path), "mend or restore the file") from error


def read_jsonl(
    path: Path, record: type[Record], remedy: str = "run the stage that writes this file again"
) -> Iterator[Record]:
    """Yield the records of a JSON Lines file; raise InputError naming file, line and key of the first bad one."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                yield record.model_validate_json(line)
            except ValidationError as error:
                raise InputError(
                    f"a {record.__name__} record", explain(error), f"{path}, line {number}", remedy
                ) from error


def read_yaml(path: Path) -> Any:
    """Read a YAML 1.2 file as DVC does (1e3 and 010 are numbers); raise InputError with the place of the fault."""
    try:
        return deepcopy(_parsed(path.read_text("utf-8")))
    except (YAMLError, UnicodeDecodeError) as error:
        raise InputError("a YAML document", " ".join(str(error).split()), str(path), "mend the file") from error


@lru_cache(maxsize=4)
def _parsed(text: str) -> Any:
    # A command asks params.yaml for one key after another, up to twenty times; parsing it takes a tenth of a second.
    return YAML(typ="safe", pure=True).load(text)


def explain(error: ValidationError) -> str:
    """The faults of a record in one phrase: `key: fault (value)`, joined by semicolons."""
    faults = []
    for fault in error.errors(include_url=False):
        key = ".".join(str(part) for part in fault["loc"]) or "record"
        value = repr(fault["input"])
        shown = value if len(value) <= 80 else value[:77] + "..."
        faults.append(f"{key}: {fault['msg'].lower()} ({shown})")
    return "; ".join(faults)


@contextmanager
def parquet_writer(
    path: Path, schema: pa.Schema, statistics: bool | list[str] = False, **options: Any
) -> Iterator[pq.ParquetWriter]:
    """Open a Parquet file for writing batches; it appears under its name when the block ends without an error.

    `statistics` names the columns whose minima and maxima are kept (True: all, False: none, since those of texts would
    put whole texts into the file's footer); `options` go to the writer.
    """
    with (
        replacing(path) as temporary,
        pq.ParquetWriter(
            temporary, schema, compression=PARQUET_COMPRESSION, write_statistics=statistics, **options
        ) as writer,
    ):
        yield writer


def open_parquet(path: Path, columns: Iterable[str] = ()) -> pq.ParquetFile:
    """Open a Parquet file that must have `columns`; raise InputError where it is damaged or lacks one."""
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError("a Parquet file", str(error), str(path), "run the stage that writes it again") from error
    missing = [name for name in columns if name not in file.schema_arrow.names]
    if missing:
        came = ", ".join(file.schema_arrow.names)
        raise InputError(f"the columns {', '.join(missing)}", came, str(path), "run the stage that writes it again")
    return file


def batches(path: Path, columns: Iterable[str] = ()) -> Iterator[pa.RecordBatch]:
    """Yield a Parquet file BATCH_ROWS rows at a time, all columns where none are named.

    Raises InputError where it is damaged or lacks a column.
    """
    names = list(columns)
    file = open_parquet(path, names)
    try:
        yield from file.iter_batches(BATCH_ROWS, columns=names or None)
    except (pa.ArrowException, OSError) as error:
        raise InputError("a whole Parquet file", str(error), str(path), "run the stage that writes it again") from error
