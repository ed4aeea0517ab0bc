"""Chance, as a plan means it: what happens to a request follows from the seed, its digest and how often it came.

The one thing that depends on time is the limit of requests per second: what it refuses counts as no draw.
"""

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from stages.shared.llm.fault_plan import FaultName, Plan
from stages.shared.llm.fault_requests import chance

Ending = Literal["batch_expired", "batch_failed"]
Name = TypeVar("Name", bound=str)


@dataclass(frozen=True)
class Drawn:
    """What happens to a call: a fault or None, and the seconds before that."""

    fault: FaultName | None
    latency_s: float


class Draws:
    """Draws by a plan; remembers how often each request came and how many faults it had."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        # In the order of names, so that the order of a plan's lines decides nothing.
        self._shares = sorted(plan.faults.items())
        self._calls = 0
        self._came: Counter[str] = Counter()
        self._faults: Counter[str] = Counter()
        self._started: deque[float] = deque()

    def admitted(self, now: float) -> bool:
        """Whether a call at `now` (seconds) stays within requests_per_second."""
        limit = self._plan.requests_per_second
        if limit is None:
            return True
        while self._started and self._started[0] <= now - 1:
            self._started.popleft()
        if len(self._started) >= limit:
            return False
        self._started.append(now)
        return True

    def call(self, digest: str) -> Drawn:
        """Draw for a call."""
        came, early = self._next(digest), self._calls
        self._calls += 1
        low, high = self._plan.latency_ms
        latency_s = (low + (high - low) * chance(self._plan.seed, digest, came, "latency")) / 1000 if high else 0.0
        if early < len(self._plan.first):
            fault = self._plan.first[early]
        elif self._shares and self._may_fail(digest):
            fault = _picked(self._shares, chance(self._plan.seed, digest, came, "fault"))
        else:
            fault = None
        self._faults[digest] += fault is not None
        return Drawn(fault, latency_s)

    def line(self, digest: str) -> Ending | None:
        """Draw for a request of a batch: how it fails, or None."""
        came = self._next(digest)
        if not self._may_fail(digest):
            return None
        shares: list[tuple[Ending, float]] = [
            ("batch_expired", self._plan.batch.expire_share),
            ("batch_failed", self._plan.batch.fail_share),
        ]
        ending = _picked(shares, chance(self._plan.seed, digest, came, "batch"))
        self._faults[digest] += ending is not None
        return ending

    def _next(self, digest: str) -> int:
        self._came[digest] += 1
        return self._came[digest] - 1

    def _may_fail(self, digest: str) -> bool:
        bound = self._plan.max_faults_per_request
        return bound is None or self._faults[digest] < bound


def _picked(shares: Sequence[tuple[Name, float]], drawn: float) -> Name | None:
    """The name in whose part of [0, 1) a drawn number lies; None beyond all parts."""
    for name, share in shares:
        if drawn < share:
            return name
        drawn -= share
    return None
