"""The files that corpora come in: which kind a file is, and its records as a stream, whatever the kind."""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from stages.corpus import jsonstream, tabular
from stages.corpus.judging import Refused, Text
from stages.shared.errors import InputError

_LINES = (".jsonl", ".ndjson")
_JSON = (*_LINES, ".json")
_TABLES = {".csv": "", ".tsv": "\t"}  # with the delimiter of each; "" for the one that the first line shows

ENDINGS = (*_JSON, *_TABLES, ".parquet")
"""Endings of the files that are read; all but Parquet may have .gz after them."""


def records(path: Path, rows: str, longest: int) -> Iterator[Text | Refused]:
    """Yield every record of a file, or why it is none, in the file's order.

    rows: "" or, for a file that is one JSON object, the key of its array that holds the records: each is then the
    object with this one element in the array. longest: bytes of a record, and what is held of one in memory; a longer
    one is refused. Raises InputError for a file of another kind, an empty, damaged or unfinished one, and one in UTF-16
    or UTF-32; what was yielded before is sound.
    """
    name = path.name.casefold()
    packed = name.endswith(".gz")
    ending = Path(name.removesuffix(".gz")).suffix
    if ending not in ENDINGS or (packed and ending == ".parquet"):
        expected = f"a file that ends in {', '.join(ENDINGS)} (or in one of the text kinds and .gz)"
        raise InputError(expected, path.name, str(path), "convert it to one of them")
    if rows and ending not in _JSON:
        raise InputError("JSON, where `rows` names a key", ending, str(path), "remove `rows` from the description")
    if ending == ".parquet":
        yield from tabular.parquet_rows(path, longest)
    elif packed:
        with gzip.open(path, "rb") as file:
            yield from _unpacked(cast("BinaryIO", file), path, ending, rows, longest)
    else:
        with path.open("rb") as file:
            yield from _text_records(file, str(path), ending, rows, longest)


def _unpacked(file: BinaryIO, path: Path, ending: str, rows: str, longest: int) -> Iterator[Text | Refused]:
    """The records of a packed file."""
    try:
        yield from _text_records(file, f"{path} (unpacked)", ending, rows, longest)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InputError("a whole gzip file", str(error), str(path), "fetch it again") from error


def _text_records(file: BinaryIO, where: str, ending: str, rows: str, longest: int) -> Iterator[Text | Refused]:
    """The records of a file of text."""
    _check_encoding(file.read(4), where)
    file.seek(0)
    if ending in _TABLES:
        yield from tabular.csv_rows(file, where, _TABLES[ending], longest)
    elif rows:
        yield from jsonstream.rows(file, where, rows, longest)
    elif ending in _LINES:
        yield from jsonstream.lines(file, longest)
    else:
        yield from jsonstream.document(file, where, longest)


def _check_encoding(start: bytes, where: str) -> None:
    """Refuse an empty file, and one whose first bytes are no text in UTF-8; it would be a refusal for every line.

    UTF-16 and UTF-32 begin with a mark of their own, or have zeros beside the first letter.
    """
    if not start:
        raise InputError("records", "an empty file", where, "fetch it again")
    if start.startswith(b"\x1f\x8b"):
        raise InputError("text in UTF-8", "a gzip file", where, "let its name end in .gz")
    if start.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in start:
        raise InputError("text in UTF-8", "UTF-16 or UTF-32", where, "convert it, for instance with iconv")
