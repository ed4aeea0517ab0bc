"""A hub of datasets that were crawled before, in Dynosaur's two files of JSON Lines (spec A2, A3, A5).

The first file says what is known of each dataset or config, the second holds its rows; both name it by `task_name`.
Each record is a dataset of one config, `default`, with one split, `train`; its card is written from the record. Only
names and places in the files are held in memory, and one record at a time.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import yaml

from stages.shared.errors import HubError, InputError
from stages.shared.hub import cards, inference, local, tables
from stages.shared.hub.own import CONFIG, NO_CARD, SPLIT, check_inside
from stages.shared.hub.seam import HubDataset
from stages.shared.records import Feature
from stages.shared.text import whole

TEXTS = ("summary", "supported_task", "data_fields", "task_category", "task_ids", "multilinguality")
"""Keys of a record that hold a text, or an empty list where the card had no such heading (spec A2)."""

SECTIONS = {"Dataset Summary": "summary", "Supported Tasks and Leaderboards": "supported_task"}
SECTIONS |= {"Data Fields": "data_fields"}
"""Headings of a card, and the keys of a record under which their texts stand."""

LANGUAGES = {"english": "en"}
"""The language that the word `multilinguality` stands for; any other word for several (`mul`, ISO 639-2)."""


@dataclass(frozen=True)
class Place:
    """Where a dataset's two lines begin, in bytes."""

    metadata: int
    data: int


class CollectedHub:
    """The datasets of two such files; see `seam.Hub` for what each method promises.

    Raises UnreadableError (line-unreadable) for a line that is no JSON object, InputError for a record without a name
    or rows, for a name that is there twice, and for one that only one of the files has; all with file and line.
    """

    def __init__(self, metadata: Path, data: Path) -> None:
        for path in (metadata, data):
            if not path.is_file():
                raise HubError("a file of datasets that were crawled before", "none", str(path), "correct the path")
            check_inside(path, [path])
        self._metadata, self._data = metadata, data
        known, rows = _places(metadata, rows=False), _places(data, rows=True)
        for name in sorted(set(known) ^ set(rows)):
            where = str(data if name in known else metadata)
            expected, remedy = f"the dataset {name!r}, which the other file has", "name two files that belong together"
            raise InputError(expected, "none", where, remedy)
        self._places = {name: Place(known[name], rows[name]) for name in known}

    @cached_property
    def files_revision(self) -> str:
        """The hash of both files, which is every dataset's revision."""
        return local.files_revision((path.name, path) for path in (self._metadata, self._data))

    def datasets(self) -> list[str]:
        """The names of all datasets."""
        return sorted(self._places)

    def revision(self, id: str) -> str:
        """The revision of the files."""
        self._place(id)
        return self.files_revision

    def dataset(self, id: str) -> HubDataset:
        """The dataset with a card written from its record."""
        record = _record(self._metadata, self._place(id).metadata)
        website = _text(record.get("website"))
        return HubDataset(id, self.files_revision, website, card(record), {CONFIG: {SPLIT: (self._data.name,)}})

    def features(self, dataset: HubDataset, config: str) -> dict[str, Feature]:
        """The columns, by all values of the dataset's rows."""
        self._check(dataset, config, SPLIT)
        return inference.features(inference.kinds(self._rows(dataset.id)))

    def rows(
        self, dataset: HubDataset, config: str, split: str, limit: int | None, faults: Counter[str]
    ) -> Iterator[dict[str, object]]:
        """Yield the first rows of the dataset."""
        self._check(dataset, config, split)
        rows = self._rows(dataset.id)
        kinds = inference.kinds(rows)
        return (inference.fitted(row, kinds, faults) for row in islice(rows, limit))

    def _place(self, id: str) -> Place:
        if id not in self._places:
            raise HubError("the name of a dataset in it", repr(id), str(self._metadata), "correct the name")
        return self._places[id]

    def _check(self, dataset: HubDataset, config: str, split: str) -> None:
        if (config, split) != (CONFIG, SPLIT):
            came = f"config {config!r}, split {split!r}"
            raise HubError(f"config {CONFIG!r}, split {SPLIT!r}", came, dataset.id, "name these")

    def _rows(self, id: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = _record(self._data, self._place(id).data)["selected_data"]
        return rows


def card(record: Mapping[str, Any]) -> str:
    """The card of a record: a header with licence, language and tasks, and a section for each text.

    A text that would not come back from the card as it is (it opens a block of code and never ends it, say) is put on
    one line.
    """
    language = _text(record.get("multilinguality"))
    header = {
        "license": _words(record.get("license"), "|"),
        "language": [LANGUAGES.get(language, "mul")] if language else [],
        "multilinguality": [language] if language else [],
        "task_categories": _words(record.get("task_category"), ","),
        "task_ids": _words(record.get("task_ids"), ","),
    }
    head = yaml.safe_dump(header, allow_unicode=False, sort_keys=False, default_style='"', width=10**9)
    parts = [_section(title, _text(record.get(key))) for title, key in SECTIONS.items()]
    return f"---\n{head}---\n\n" + "\n".join(part for part in parts if part)


def _section(title: str, text: str) -> str:
    """A heading with its text, in a form that is read back whole and leaves the next heading one."""
    after = "Data Fields" if title != "Data Fields" else "Dataset Summary"
    for body in (text, _one_line(text)):
        written = f"# {title}\n\n{body}\n"
        found = cards.sections(f"{NO_CARD}{written}\n# {after}\n\nx\n")
        if [part.title for part in found if part.level == 1] == [title, after] and found[0].text == body:
            return written
    return ""


def _one_line(text: str) -> str:
    """The words of a text on one line that opens no block."""
    line = " ".join("".join(mark if mark.isprintable() else " " for mark in text).split())
    return line if line[:1].isalnum() else f"\\{line}"


def _places(path: Path, rows: bool) -> dict[str, int]:
    """Where the line of each dataset begins; with `rows` it must hold a list of rows."""
    found: dict[str, int] = {}
    lines: dict[str, int] = {}
    for number, place, record in tables.json_lines(path):
        where, remedy = f"{path}, line {number}", "mend the line or take the dataset out of both files"
        name = record.get("task_name")
        if not isinstance(name, str) or not name or name != whole(name):
            raise InputError("a text under the key task_name", repr(name)[:80], where, remedy)
        if name in found:
            raise InputError("each dataset once", f"{name!r}, which line {lines[name]} has too", where, remedy)
        _check_record(record, rows, where, remedy)
        found[name], lines[name] = place, number
    return found


def _check_record(record: Mapping[str, Any], rows: bool, where: str, remedy: str) -> None:
    data = record.get("selected_data")
    if rows and not (isinstance(data, list) and all(isinstance(row, dict) for row in data)):
        raise InputError("a list of objects under the key selected_data", repr(data)[:80], where, remedy)
    for key in (*TEXTS, "license", "website"):
        value = record.get(key)
        if value is not None and not isinstance(value, str) and not _is_texts(value):
            raise InputError(f"a text or a list of texts under the key {key}", repr(value)[:80], where, remedy)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(entry, str) for entry in value)


def _record(path: Path, place: int) -> dict[str, Any]:
    """The record whose line begins at a place, which `_places` has looked at."""
    with path.open("rb") as file:
        file.seek(place)
        line = file.readline(tables.LONGEST + 1)
        return tables.json_object(line.removeprefix(b"\xef\xbb\xbf"), f"{path}, byte {place}")


def _text(value: Any) -> str:
    """A text of a record; "" for the empty list that stands for a heading the card lacks."""
    return str(whole(value if isinstance(value, str) else ", ".join(value or ()))).strip()


def _words(value: Any, separator: str) -> list[str]:
    """The parts of a text that lists several, or of a list of texts."""
    entries = [value] if isinstance(value, str) else value or []
    return [word.strip() for entry in entries for word in whole(entry).split(separator) if word.strip()]
