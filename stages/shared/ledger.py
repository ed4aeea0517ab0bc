"""The ledger of a stage: everything read is kept or dropped with a reason, or the stage fails (design 3)."""

import io
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from stages.shared.errors import LedgerError
from stages.shared.files import json_bytes, replacing, write_json


class Ledger:
    """Counts what a stage reads, keeps and drops, unit by unit (`rows`, `tasks` ...), and writes each drop down."""

    def __init__(self, stage: str, dropped: IO[str]) -> None:
        """Start empty; each drop goes to `dropped` as one JSON line at once, so memory does not grow with them."""
        self.stage = stage
        self._dropped_file = dropped
        self._read: Counter[str] = Counter()
        self._kept: Counter[str] = Counter()
        self._dropped: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def read(self, unit: str, count: int = 1) -> None:
        """Count `count` more things read."""
        self._read[unit] += count

    def keep(self, unit: str, count: int = 1) -> None:
        """Count `count` more things passed on."""
        self._kept[unit] += count

    def drop(self, unit: str, id: str, reason: str, detail: str = "") -> None:
        """Count one thing dropped for `reason` and write it down."""
        self._dropped[unit][reason] += 1
        # A Dropped record, written as it is: checking it would take most of the time where millions are dropped.
        record = {"what": unit.removesuffix("s"), "id": id, "stage": self.stage, "reason": reason, "detail": detail}
        self._dropped_file.write(json_bytes(record).decode() + "\n")

    def count(self, unit: str) -> int:
        """How many were read so far."""
        return self._read[unit]

    def add(self, part: "Part") -> None:
        """Enter the whole of another ledger after what is in this one."""
        self._read.update(part._read)
        self._kept.update(part._kept)
        for unit, counts in part._dropped.items():
            self._dropped[unit].update(counts)
        self._dropped_file.write(part.lines)

    def counts(self) -> dict[str, dict[str, Any]]:
        """The counts by unit: read, kept, and dropped by reason; raise LedgerError where they do not balance."""
        found = {}
        for unit in sorted({*self._read, *self._kept, *self._dropped}):
            dropped = self._dropped.get(unit, Counter())
            read, kept = self._read[unit], self._kept[unit]
            if read != kept + dropped.total():
                raise LedgerError(
                    f"read {unit} = kept + dropped",
                    f"{read} read, {kept} kept, {dropped.total()} dropped",
                    f"stage {self.stage}",
                    "this is a defect of the stage; please report it",
                )
            found[unit] = {"read": read, "kept": kept, "dropped": dict(sorted(dropped.items()))}
        return found


class Part(Ledger):
    """The ledger of a part of a stage's work, made elsewhere and brought to that of the stage; travels as a pickle."""

    def __init__(self, stage: str) -> None:
        """Start empty."""
        self._written = io.StringIO()
        super().__init__(stage, self._written)

    @property
    def lines(self) -> str:
        """What was dropped, as JSON Lines."""
        return self._written.getvalue()


@contextmanager
def opened(stage: str, dropped: Path, metrics: Path, **extra: Any) -> Iterator[Ledger]:
    """Open the ledger of a stage: `dropped` (JSON Lines) and `metrics` (JSON: the counts, then `extra`) appear when
    the block ends without an error and the counts balance; `extra` values may be filled in by the block.
    """
    with replacing(dropped) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as file:
        ledger = Ledger(stage, file)
        yield ledger
        counts = ledger.counts()
    write_json(metrics, {**counts, **extra})
