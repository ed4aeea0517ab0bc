"""What a fault server was asked, what it answered and what it would bill."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any


@dataclass
class Entry:
    """One request body: how often it was asked and billed, the tokens billed for it, and its place in the answers.

    last_answered: the number of its last answer, counted from 1 over all answers; None where there was none.
    """

    asked: int = 0
    billed: int = 0
    input: int = 0
    output: int = 0
    last_answered: int | None = None


class Ledger:
    """Counts in memory; holds names of headers and never their values.

    in_flight counts calls that are neither answered nor left by their client. Requests of a batch are not among them:
    they count as asked when the batch is made, and as answered and billed when it is done.
    """

    def __init__(self) -> None:
        self._in_flight = 0
        self.reset()

    def reset(self) -> None:
        """Forget everything except calls in flight."""
        self._asked = self._answered = self._billed = 0
        self._faults: Counter[str] = Counter()
        self._most_in_flight = self._in_flight
        self._requests: dict[str, Entry] = {}
        self._sequence: list[str] = []
        self._headers: set[str] = set()

    @contextmanager
    def flight(self, headers: Iterable[str]) -> Iterator[None]:
        """A call, from its arrival until it is answered or its client leaves."""
        self._in_flight += 1
        self._most_in_flight = max(self._most_in_flight, self._in_flight)
        self._headers.update(headers)
        try:
            yield
        finally:
            self._in_flight -= 1

    def ask(self, digest: str | None) -> None:
        """Count a request; None where its body could not be read."""
        self._asked += 1
        if digest is not None:
            self._entry(digest).asked += 1

    def fault(self, name: str) -> None:
        """Count a fault, or a refusal under its reason."""
        self._faults[name] += 1

    def answer(self, digest: str) -> None:
        """Count a complete right reply."""
        self._answered += 1
        self._entry(digest).last_answered = self._answered

    def bill(self, digest: str, input: int, output: int) -> None:
        """Count what a reply costs, in tokens."""
        self._billed += 1
        self._sequence.append(digest)
        entry = self._entry(digest)
        entry.billed += 1
        entry.input += input
        entry.output += output

    def as_dict(self) -> dict[str, Any]:
        """The ledger as it is served."""
        requests = {digest: asdict(entry) for digest, entry in self._requests.items()}
        return {
            "asked": self._asked,
            "answered": self._answered,
            "billed": self._billed,
            "faults": dict(sorted(self._faults.items())),
            "in_flight": self._in_flight,
            "most_in_flight": self._most_in_flight,
            "tokens": {name: sum(entry[name] for entry in requests.values()) for name in ("input", "output")},
            "requests": requests,
            "sequence": list(self._sequence),
            "headers_seen": sorted(self._headers),
        }

    def _entry(self, digest: str) -> Entry:
        # Entries of answers whose asking was forgotten by a reset come anew.
        return self._requests.setdefault(digest, Entry())
