"""Types of values that come without a schema: the columns of JSON Lines and of CSV, from what all their values are.

A column of whole numbers is int64, with fractions among them float64; truth values are bool, texts string, lists and
objects list<T> and struct<name: T, ...>. A column that holds several of these is string: its texts stay as they are,
every other value becomes its JSON text, so nothing of it is lost and prompts can show it.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from stages.shared.files import dump_json
from stages.shared.records import Feature
from stages.shared.text import whole

MAX_DEPTH = 16
"""Lists and objects inside each other; what lies deeper is kept as JSON text."""

MAX_FIELDS = 256
"""Names in the objects of one column; with more of them they are a table of their own, kept as JSON text."""


@dataclass
class Kind:
    """What the values of a column have been so far; `word` is null, bool, int64, float64, string, list or struct."""

    word: str = "null"
    depth: int = 0
    item: "Kind | None" = None
    fields: dict[str, "Kind"] = field(default_factory=dict)

    @property
    def type(self) -> str:
        """The type as a card shows it."""
        if self.word == "list":
            return f"list<{self.item.type if self.item else 'null'}>"
        if self.word == "struct":
            return f"struct<{', '.join(f'{name}: {part.type}' for name, part in self.fields.items())}>"
        return self.word

    def widen(self, value: Any) -> None:
        """Widen the type so that it holds `value` too."""
        if value is None or self.word == "string":
            return
        found = _word(value) if self.depth < MAX_DEPTH else "string"
        if self.word == "null":
            self.word = found
        elif self.word != found:
            self.word = "float64" if {self.word, found} == {"int64", "float64"} else "string"
        if self.word == "list":
            self.item = self.item or Kind(depth=self.depth + 1)
            for entry in value:
                self.item.widen(entry)
        elif self.word == "struct":
            for name, part in value.items():
                self.fields.setdefault(whole(name), Kind(depth=self.depth + 1)).widen(part)
            if len(self.fields) > MAX_FIELDS:
                self.word = "string"
        if self.word == "string":
            self.item, self.fields = None, {}

    def fit(self, value: Any, faults: Counter[str]) -> Any:
        """The value as this type has it; NaN and infinities become null, counted as `not-finite` (features.FAULTS)."""
        if isinstance(value, float) and not math.isfinite(value):
            faults["not-finite"] += 1
            return None
        if value is None or self.word in ("bool", "int64"):
            return value
        if self.word == "float64":
            return float(value)
        if self.item is not None:
            return [self.item.fit(entry, faults) for entry in value]
        if self.word == "struct":
            named = {whole(name): part for name, part in value.items()}
            return {name: part.fit(named.get(name), faults) for name, part in self.fields.items()}
        return whole(value) if isinstance(value, str) else dump_json(_finite(value, faults))


def kinds(rows: Iterable[Mapping[str, Any]]) -> dict[str, Kind]:
    """The columns of all rows in the order in which they first appear."""
    found: dict[str, Kind] = {}
    for row in rows:
        for name, value in row.items():
            found.setdefault(whole(name), Kind()).widen(value)
    return found


def features(columns: Mapping[str, Kind]) -> dict[str, Feature]:
    """The columns as a card shows them."""
    return {name: Feature(type=kind.type) for name, kind in columns.items()}


def fitted(row: Mapping[str, Any], columns: Mapping[str, Kind], faults: Counter[str]) -> dict[str, object]:
    """A row with every column, null where it lacks one."""
    named = {whole(name): value for name, value in row.items()}
    return {name: kind.fit(named.get(name), faults) for name, kind in columns.items()}


def _word(value: Any) -> str:
    """The type of one value of JSON; a whole number beyond 64 bits is kept as text."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return "int64" if -(2**63) <= value < 2**63 else "string"
    words: dict[type, str] = {float: "float64", str: "string", list: "list", dict: "struct"}
    return words[type(value)]


def _finite(value: Any, faults: Counter[str]) -> Any:
    """A value of JSON with null for NaN and infinities, and no lone surrogates."""
    if isinstance(value, float) and not math.isfinite(value):
        faults["not-finite"] += 1
        return None
    if isinstance(value, str):
        return whole(value)
    if isinstance(value, list):
        return [_finite(entry, faults) for entry in value]
    if isinstance(value, dict):
        return {whole(name): _finite(part, faults) for name, part in value.items()}
    return value
