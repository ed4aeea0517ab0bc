"""The columns of a Parquet file: their types, their class labels, and their values as JSON.

Types come from the `huggingface` metadata that the hub's clients write into the schema (ClassLabel, Image, Audio,
Sequence ...); where it is absent or does not fit, from the Arrow types alone.
"""

import json
import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import pyarrow as pa

from stages.shared.records import Feature
from stages.shared.text import whole

MODALITIES = ("image", "audio", "video", "pdf", "array")
"""Types that are no text; a column that holds one of them at any depth has that type."""

FAULTS = {
    "hidden-label": "a class label of -1, which test sets use to hide the answer: null",
    "unknown-label": "a class label with no such class: null",
    "not-finite": "NaN or infinity: null",
}
"""What `as_json` counts when it cannot keep a value."""

LEFT_OUT = ("image", "audio", "video", "pdf", "binary")
"""Types of which no value can stand in a row of JSON."""

_SPECIAL = {"Image": "image", "Audio": "audio", "Video": "video", "Pdf": "pdf", "Nifti": "array"}
_SPECIAL |= {f"Array{n}D": "array" for n in range(2, 6)}
_ARROW_NAMES = {
    "float": "float32",
    "double": "float64",
    "halffloat": "float16",
    "large_string": "string",
    "string_view": "string",
    "large_binary": "binary",
    "binary_view": "binary",
}


@dataclass(frozen=True)
class Column:
    """A column or a part of one: its type word, its class names, and what lies inside it."""

    type: str
    labels: tuple[str, ...] | None = None
    item: "Column | None" = None
    fields: Mapping[str, "Column"] = field(default_factory=dict)

    @property
    def feature(self) -> Feature:
        """The column as a card shows it; class names only where the column itself is a label."""
        return Feature(type=self.type, labels=self.labels if self.type == "label" else None)

    @property
    def left_out(self) -> bool:
        """Whether no value of this column can stand in a row of JSON."""
        return self.type in LEFT_OUT


def columns(schema: pa.Schema) -> dict[str, Column]:
    """The columns of a Parquet schema, in its order."""
    specs = _specs(schema)
    return {entry.name: _column(specs.get(entry.name), entry.type) for entry in schema}


def as_json(value: Any, column: Column, faults: Counter[str]) -> Any:
    """The value of a cell as what JSON can say: label names, ISO 8601 dates, decimals as strings, no NaN.

    What had to become null is counted in `faults` under the words of FAULTS.
    """
    if value is None:
        return None
    if column.type == "label" and isinstance(value, int):
        return _label_name(value, column.labels or (), faults)
    if column.fields and isinstance(value, dict):
        return {name: as_json(value[name], part, faults) for name, part in column.fields.items()}
    if column.item and isinstance(value, list):
        return [as_json(entry, column.item, faults) for entry in value]
    return _scalar(value, faults)


def _specs(schema: pa.Schema) -> dict[str, Any]:
    """The feature descriptions that the hub's clients store beside a schema; {} where there are none to be read."""
    try:
        found = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))
        specs = found["info"]["features"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    return specs if isinstance(specs, dict) else {}


def _column(spec: Any, arrow: pa.DataType) -> Column:
    """Lay a feature description over an Arrow type; where the two disagree the Arrow type is right."""
    kind = spec.get("_type") if isinstance(spec, dict) else None
    if kind == "ClassLabel" and not pa.types.is_nested(arrow):
        return Column("label", _class_names(spec))
    if isinstance(kind, str) and kind in _SPECIAL:
        return Column(_SPECIAL[kind])
    if pa.types.is_dictionary(arrow):
        return _column(spec, arrow.value_type)
    if pa.types.is_struct(arrow):
        return _struct(spec, kind, arrow)
    if pa.types.is_nested(arrow):
        return _list(spec, arrow)
    return Column("binary" if pa.types.is_fixed_size_binary(arrow) else _ARROW_NAMES.get(str(arrow), str(arrow)))


def _struct(spec: Any, kind: object, arrow: pa.StructType) -> Column:
    """A struct; a sequence of records is stored as one list a field, and described by its record."""
    inner = _item_spec(spec) if kind in ("Sequence", "List", "LargeList") else spec
    if not isinstance(inner, dict):
        inner = {}
    wrap: Callable[[Any], Any] = (lambda part: [part]) if inner is not spec else (lambda part: part)
    fields = {}
    for entry in arrow:
        part = inner.get(entry.name)
        fields[entry.name] = _column(None if part is None else wrap(part), entry.type)
    carried = _carried(fields.values())
    if carried:
        return Column(carried)
    if isinstance(kind, str) and kind.startswith("Translation"):
        return Column("translation", fields=fields)
    inside = ", ".join(f"{name}: {part.type}" for name, part in fields.items())
    return Column(f"struct<{inside}>", fields=fields)


def _list(spec: Any, arrow: pa.DataType) -> Column:
    """A list; a map is a list of its entries, as pairs."""
    if pa.types.is_map(arrow):
        parts = (_column(None, arrow.key_type), _column(None, arrow.item_type))
        return Column(_carried(parts) or f"map<{parts[0].type}, {parts[1].type}>")
    if not hasattr(arrow, "value_type"):
        return Column(str(arrow))
    item = _column(_item_spec(spec), arrow.value_type)
    return Column(_carried([item]) or f"list<{item.type}>", item=item)


def _carried(parts: Any) -> str | None:
    """The first type inside that stands for the whole column: a modality, or bytes."""
    return next((part.type for part in parts if part.type in (*MODALITIES, *LEFT_OUT)), None)


def _item_spec(spec: Any) -> Any:
    if isinstance(spec, list) and len(spec) == 1:
        return spec[0]
    return spec.get("feature") if isinstance(spec, dict) else None


def _class_names(spec: Mapping[str, Any]) -> tuple[str, ...]:
    names = spec.get("names")
    if isinstance(names, list):
        return tuple(whole(str(name)) for name in names)
    count = spec.get("num_classes")
    return tuple(str(number) for number in range(count)) if isinstance(count, int) and count < 10_000 else ()


def _label_name(value: int, labels: tuple[str, ...], faults: Counter[str]) -> str | None:
    """The name of a class; -1 hides the answer and must not be read as the last class (spec A2)."""
    if 0 <= value < len(labels):
        return labels[value]
    faults["hidden-label" if value == -1 else "unknown-label"] += 1
    return None


def _scalar(value: Any, faults: Counter[str]) -> Any:
    """A value without a column of its own: as it is, or in the one form that JSON can say."""
    if isinstance(value, float) and not math.isfinite(value):
        faults["not-finite"] += 1
        return None
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, list | tuple):
        return [_scalar(entry, faults) for entry in value]
    if isinstance(value, dict):
        return {str(name): _scalar(entry, faults) for name, entry in value.items()}
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value.isoformat() if isinstance(value, datetime | date | time) else str(value)
