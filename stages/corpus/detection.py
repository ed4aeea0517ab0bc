"""Which format records have, by the keys of their objects.

A format fits a record that has all keys of one of its sets; where several fit, the one with the most keys counts, as
Dolly's instruction, context and response count more than Alpaca's instruction.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from stages.corpus.reading import FORMATS
from stages.shared.errors import InputError

SHOWN = 5
"""Kinds of record that an error names."""


def detect(records: Sequence[dict[str, Any]], where: str) -> str:
    """The name of the one format of all records that have any; others are for clean to refuse.

    Raises InputError naming the keys that were seen where no record has a format, a record has several, or two records
    have different ones.
    """
    kinds = Counter(tuple(record) for record in records)
    found = {name for keys in kinds for name in fitting(keys)}
    if len(found) == 1:
        return found.pop()
    seen = "; ".join(f"{count} with {_listed(keys)}" for keys, count in kinds.most_common(SHOWN)) or "no records"
    if len(found) > 1:
        came, remedy = f"{_listed(sorted(found))} ({seen})", "state the format in the description of the corpus"
        raise InputError("records of one format", came, where, remedy)
    raise InputError(
        f"records of one of the formats {', '.join(FORMATS)}", seen, where, "convert the file to one of them"
    )


def fitting(keys: Sequence[str]) -> list[str]:
    """The formats that fit an object of these keys, less those that ask for fewer of the same keys."""
    there = frozenset(keys)
    found = {
        name: max((one for one in form.keys if one <= there), key=len, default=None) for name, form in FORMATS.items()
    }
    sets = {name: one for name, one in found.items() if one is not None}
    return [name for name, one in sets.items() if not any(one < other for other in sets.values())]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(str(name)[:40] for name in names[:20]) or "no keys"
