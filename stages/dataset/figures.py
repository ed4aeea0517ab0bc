"""Metrics as other stages wrote them, read key by key: what is missing is named with its file, never guessed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from stages.shared.errors import InputError, LedgerError

REMEDY = "run `dvc repro`, so that all metrics are of one version"


@dataclass(frozen=True)
class Figures:
    """A value in a file of metrics, with the file and the keys that lead to it."""

    file: str
    value: Any
    keys: tuple[str, ...] = ()

    def at(self, *keys: str) -> "Figures":
        """What stands under some keys, each deeper than the one before; raise InputError where there is none."""
        found = self
        for key in keys:
            if not isinstance(found.value, dict) or key not in found.value:
                came = ", ".join(map(str, found.value)) if isinstance(found.value, dict) else repr(found.value)
                raise InputError(f"the key {key!r}", came or "no key", found.where, REMEDY)
            found = Figures(self.file, found.value[key], (*found.keys, key))
        return found

    def get(self, key: str) -> "Figures | None":
        """What stands under a key; None where there is no such key, or nothing in it."""
        return self.at(key) if isinstance(self.value, dict) and self.value.get(key) is not None else None

    def entries(self) -> Iterator[tuple[str, "Figures"]]:
        """The keys with what stands under them, in the file's order; raise InputError where it is no mapping."""
        if not isinstance(self.value, dict):
            raise InputError("a mapping", repr(self.value)[:80], self.where, REMEDY)
        for key in self.value:
            yield key, self.at(key)

    def number(self) -> float:
        """The number it is; raise InputError for anything else."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            raise InputError("a number", repr(self.value)[:80], self.where, REMEDY)
        return self.value

    def count(self) -> int:
        """The whole number it is, 0 or more; raise InputError for anything else."""
        if isinstance(self.value, bool) or not isinstance(self.value, int) or self.value < 0:
            raise InputError("a count", repr(self.value)[:80], self.where, REMEDY)
        return self.value

    def counts(self) -> dict[str, int]:
        """The counts by key; raise InputError where it holds anything else."""
        return {key: one.count() for key, one in self.entries()}

    @property
    def where(self) -> str:
        """The file, and the keys where there are any."""
        return f"{self.file}, key {'.'.join(self.keys)}" if self.keys else self.file


@dataclass(frozen=True)
class Unit:
    """What a stage read of one kind of thing, kept, and dropped by reason."""

    name: str
    read: int
    kept: int
    dropped: dict[str, int]


def units(ledger: Figures) -> list[Unit]:
    """The balanced counts in a stage's ledger; raise LedgerError where what was read is not what became of it."""
    found = []
    for name, one in ledger.entries():
        if isinstance(one.value, dict) and set(one.value) == {"read", "kept", "dropped"}:
            unit = Unit(name, one.at("read").count(), one.at("kept").count(), one.at("dropped").counts())
            lost = sum(unit.dropped.values())
            if unit.read != unit.kept + lost:
                raise LedgerError(
                    "read = kept + dropped", f"{unit.read} read, {unit.kept} kept, {lost} dropped", one.where, REMEDY
                )
            found.append(unit)
    return found
