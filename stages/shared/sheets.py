"""Tables for people: CSV files that a spreadsheet opens well, and that come back from one in a form of its own.

What a cell holds is text from anywhere, and a spreadsheet would run a text that begins like a formula. Such a text gets
an apostrophe before it, which comes off again when it is read.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from stages.shared.errors import InputError
from stages.shared.files import replacing

LONGEST = 32_000
"""Characters of a cell; a spreadsheet takes 32,767 and silently loses what is beyond."""
CUT = " [cut]"

_FORMULA = re.compile(r"['\s]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]")
"""How a text begins that a spreadsheet may take for a formula, in plain and in full-width signs."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_DELIMITERS = (",", ";", "\t")

csv.field_size_limit(1 << 24)


def write_sheet(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> int:
    """Write rows as CSV under a header and return how many; a byte order mark tells spreadsheets that it is UTF-8."""
    count = 0
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow([neutral(row[column]) for column in columns])
            count += 1
    return count


def read_sheet(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each row that isn't empty with its number, the header being row 1: the named columns, stripped.

    Commas, semicolons and tabs part cells, whichever the header shows; further columns are passed over. Raises
    InputError where the file is not UTF-8 or lacks a column.
    """
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("a table in UTF-8", str(error), str(path), "save it as CSV UTF-8") from error
    header = text.partition("\n")[0]
    mark = max(_DELIMITERS, key=header.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    found = [name.strip() for name in next(lines, [])]
    if missing := [name for name in columns if name not in found]:
        raise InputError(
            f"the columns {', '.join(columns)}", f"none called {', '.join(missing)}", str(path), "put them back"
        )
    places = [(name, found.index(name)) for name in columns]
    for number, cells in enumerate(lines, start=2):
        if any(cell.strip() for cell in cells):
            yield number, {name: plain(cells[at]) if at < len(cells) else "" for name, at in places}


def neutral(text: str) -> str:
    """A text as a cell that nothing runs: no control characters, not too long, and no beginning of a formula."""
    text = _CONTROL.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))
    if len(text) > LONGEST:
        text = text[: LONGEST - len(CUT)] + CUT
    return f"'{text}" if _FORMULA.match(text) else text


def plain(cell: str) -> str:
    """The text of a cell that `neutral` may have changed, without blanks around it."""
    text = cell.strip()
    return text[1:].strip() if text.startswith("'") and _FORMULA.match(text) else text
