"""Records of tables, read as streams: Parquet, CSV and TSV. A row becomes an object with the columns as its keys."""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from stages.corpus.judging import Refused, Text
from stages.corpus.window import BLOCK, Window, none_of
from stages.shared import files
from stages.shared.errors import InputError
from stages.shared.hub import features, parquet, tables
from stages.shared.hub.features import Column
from stages.shared.hub.seam import UnreadableError

_LINE_END = ord("\n")
_QUOTED = rb'[^"]*+(?:""[^"]*+)*+'
_QUOTED_REST = re.compile(_QUOTED)


def parquet_rows(path: Path, longest: int) -> Iterator[Text | Refused]:
    """The rows of a Parquet file, all columns in its order, as JSON can say them (features.as_json).

    A row that holds bytes, or text that is not UTF-8, is refused. Raises InputError for a file that is damaged, no
    Parquet, or has two columns of one name.
    """
    where = str(path)
    try:
        with parquet.open_file(path, where) as file:
            names = file.schema_arrow.names
            if len(set(names)) < len(names):
                twice = sorted(name for name, count in Counter(names).items() if count > 1)
                raise InputError("columns of different names", f"{', '.join(twice)} twice", where, "rename them")
            columns = parquet.columns(file, where)
            number = 0
            for batch in parquet.batches(file, names, where):
                for row in _rows(batch):
                    number += 1
                    yield _record(str(number), row, columns, longest)
    except UnreadableError as error:
        raise InputError("a Parquet file", error.detail, where, "fetch it again") from error


def csv_rows(file: BinaryIO, where: str, delimiter: str, longest: int, block: int = BLOCK) -> Iterator[Text | Refused]:
    """The rows of a CSV file under the names in its first line; every value is the text that stands there.

    delimiter: "" for the one that the first line holds most of. A row that is longer than `longest` bytes, not UTF-8,
    or has another number of values than there are names is refused. Raises InputError for a first line that names no
    columns, and for a quote that is never closed.
    """
    # The limit is the csv module's own and holds for all of a process; it begins at 131,072 characters.
    csv.field_size_limit(max(csv.field_size_limit(), longest))
    window = Window(file, where, block)
    first = window.data[window.at :].lstrip().split(b"\n", 1)[0]
    delimiter = delimiter or tables.delimiter(first.decode("utf-8", "replace"))
    names: list[str] = []
    number = 0
    for line in _lines(window, delimiter.encode(), longest):
        if names:
            number += 1
            yield _csv_record(str(number), line, names, delimiter, longest)
        elif line is None or line.strip():
            names = _names(line, delimiter, f"{where}, the first line")
    if not names:
        raise InputError("a first line that names the columns", "blank lines", where, "fetch it again")


def _rows(batch: pa.RecordBatch) -> list[dict[str, Any] | Exception]:
    """The rows of a batch, with the error in the place of one that Python has no value for.

    Arrow checks neither that a text is UTF-8 nor that a year has four digits.
    """
    try:
        return list(batch.to_pylist())
    except parquet.FAULTS as error:
        if batch.num_rows == 1:
            return [error]
    return [row for at in range(batch.num_rows) for row in _rows(batch.slice(at, 1))]


def _record(place: str, row: dict[str, Any] | Exception, columns: dict[str, Column], longest: int) -> Text | Refused:
    """A row of Parquet as a record."""
    if isinstance(row, Exception):
        return Refused(place, "not-utf-8" if isinstance(row, UnicodeDecodeError) else "not-a-row", str(row))
    for name, column in columns.items():
        if column.left_out and _holds_bytes(row[name]):
            return Refused(place, "bytes", name)
    faults: Counter[str] = Counter()
    return _text(place, {name: features.as_json(row[name], part, faults) for name, part in columns.items()}, longest)


def _holds_bytes(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_bytes, value.values()))
    return any(map(_holds_bytes, value)) if isinstance(value, list | tuple) else isinstance(value, bytes)


def _text(place: str, row: dict[str, Any], longest: int) -> Text | Refused:
    text = files.dump_json(row)
    return Text(place, text) if len(text.encode()) <= longest else Refused(place, "too-long")


def _lines(window: Window, delimiter: bytes, longest: int) -> Iterator[bytes | None]:
    """The rows of a CSV file as they stand, quoted line ends within; None for one of more than `longest` bytes."""
    row = _row(delimiter)
    while True:
        start, match = window.place, row.match(window.data, window.at)
        left = len(window.data) - window.at
        if match:
            window.at = match.end()
            yield match[0] if len(match[0]) <= longest + 1 else None
        elif left > longest:
            _skip_row(window, delimiter)
            yield None
        elif not window.more(left):
            # As long as what is held: each row is then tried a few times at most, however long it is.
            if window.data and not row.fullmatch(window.data + b"\n"):
                raise _unclosed(window, start)
            if window.data:
                yield window.data
            return


def _row(delimiter: bytes) -> re.Pattern[bytes]:
    """A whole row with its line end. A quote counts where a value begins, as it does for the csv module."""
    rest = none_of(delimiter + b"\n") + rb"*+"
    value = rb'(?:"' + _QUOTED + rb'"' + rest + rb"|" + none_of(delimiter + b'"\n') + rest + rb")?+"
    return re.compile(value + rb"(?:" + re.escape(delimiter) + value + rb")*+\n")


def _skip_row(window: Window, delimiter: bytes) -> None:
    """Go to the end of a row without holding it."""
    start = window.place
    plain = re.compile(none_of(delimiter + b"\n") + rb"*+")
    while True:
        if window.data[window.at : window.at + 1] == b'"':
            window.at += 1
            # A quote at the end of the data may be the first of a pair.
            while window.skip(_QUOTED_REST) >= len(window.data) - 1:
                if not window.more():
                    break
            if window.at == len(window.data):
                raise _unclosed(window, start)
        while window.skip(plain) == len(window.data):
            if not window.more():
                return
        window.at += 1
        if window.data[window.at - 1] == _LINE_END or not (window.at < len(window.data) or window.more()):
            return


def _unclosed(window: Window, start: int) -> InputError:
    expected = f"the closing quote of a value in the row at byte {start}"
    return InputError(expected, "the end of the file", window.where, "fetch it again, or double the quotes in values")


def _names(line: bytes | None, delimiter: str, where: str) -> list[str]:
    """The names of the columns; raise InputError where the first line has none."""
    expected = "a first line that names the columns"
    if line is None:
        raise InputError(expected, "a line that is too long", where, "allow longer records")
    try:
        return tables.header(_values(line, delimiter), where)
    except UnreadableError as error:
        raise InputError(expected, error.detail, where, "mend it") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(expected, str(error), where, "mend it") from error


def _csv_record(place: str, line: bytes | None, names: list[str], delimiter: str, longest: int) -> Text | Refused:
    if line is None:
        return Refused(place, "too-long")
    if not line.strip(b"\r\n"):
        return Refused(place, "blank-line")
    try:
        row = _values(line, delimiter)
    except UnicodeDecodeError as error:
        return Refused(place, "not-utf-8", str(error))
    except csv.Error as error:
        return Refused(place, "not-a-row", str(error))
    if len(row) != len(names):
        return Refused(place, "not-a-row", f"{len(row)} values, the first line names {len(names)} columns")
    return _text(place, dict(zip(names, row, strict=True)), longest)


def _values(line: bytes, delimiter: str) -> list[str]:
    return next(csv.reader([line.decode("utf-8")], delimiter=delimiter, strict=True))
