"""One line about the asking: how much is done, from where, how fast, for how much, and how long it will take."""

import sys
import time
from collections import Counter
from typing import TextIO

from stages.shared.llm import money

TERMINAL_SECONDS, FILE_SECONDS = 0.2, 10.0
"""How often the line is shown: on a terminal in place, elsewhere as a new line."""


class Progress:
    """Counts, and shows the line now and then; nothing is shown of work that takes less than a moment.

    expected: how many prompts there will be, as far as the stage can tell.
    """

    def __init__(self, title: str, expected: int | None, out: TextIO | None = None) -> None:
        self.title, self.expected = title, expected
        self.seen = self.from_store = self.from_endpoint = self.failed = self.now = 0
        self.paid: int | None = 0
        self.retries: Counter[str] = Counter()
        self._out = out or sys.stderr
        self._terminal = self._out.isatty()
        self._start = self._shown = time.monotonic()

    def stored(self) -> None:
        """A prompt whose answer was in the store."""
        self.from_store += 1
        self._show()

    def answered(self, cost: int | None, now: int) -> None:
        """An answer that was asked for; `cost` is None where it is not known, `now` how many calls are under way."""
        self.from_endpoint += 1
        self.now = now
        self.paid = None if cost is None or self.paid is None else self.paid + cost
        self._show()

    def without(self) -> None:
        """A prompt that stays without an answer."""
        self.failed += 1
        self._show()

    def under_way(self, now: int) -> None:
        """So many calls are under way."""
        self.now = now
        self._show()

    def retried(self, reason: str) -> None:
        """A call will be made again."""
        self.retries[reason] += 1
        self._show()

    def finish(self) -> None:
        """Show the line a last time, if it was shown at all or anything was asked."""
        self.now = 0
        if self.from_endpoint or self.failed or self.retries:
            self._write("\n")

    def line(self) -> str:
        """The line as it stands."""
        done = self.from_store + self.from_endpoint + self.failed
        total = f"/{max(self.expected, done):,}" if self.expected else ""
        rate = self.from_endpoint / max(time.monotonic() - self._start, 1e-9)
        parts = [
            f"{self.title}: {done:,}{total} answered",
            f"{self.from_store:,} from store",
            f"{self.now} in flight",
            f"{rate:,.1f}/s",
            "price unknown" if self.paid is None else money.shown(self.paid),
        ]
        if self.failed:
            parts.append(f"{self.failed:,} without answer")
        if self.retries:
            parts.append("again: " + ", ".join(f"{reason} {count:,}" for reason, count in sorted(self.retries.items())))
        if self.expected and self.now and rate > 0:
            left = int(max(self.expected - done, 0) / rate)
            parts.append(f"{left // 3600}:{left // 60 % 60:02}:{left % 60:02} left")
        return " · ".join(parts)

    def _show(self) -> None:
        now = time.monotonic()
        if now - self._shown >= (TERMINAL_SECONDS if self._terminal else FILE_SECONDS):
            self._shown = now
            self._write("" if self._terminal else "\n")

    def _write(self, end: str) -> None:
        # On a terminal the line is written over the one before, and what that one was longer is cleared.
        self._out.write(f"\r{self.line()}\x1b[K{end}" if self._terminal else self.line() + end)
        self._out.flush()
