"""What goes wrong on a hub, and when: drawn from a seed and the request; a run repeats and a retry gets through."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from types import MappingProxyType

FAULTS = ("429", "503", "500", "reset", "cut", "short", "redirect", "slow")
"""429 (with Retry-After), 503, 500; reset: a TCP reset; cut: half of the length that the headers promise;
short: half of a file, and a Content-Length that agrees with it; redirect: to the same address; slow: the right reply
after a while."""


@dataclass(frozen=True)
class FaultPlan:
    """share: of requests that fail, in 0..1. kinds: of FAULTS. most: faults in a row for one and the same request.

    slow_s: seconds that a slow reply takes, retry_after_s: what a 429 says. only: the datasets it is about, None: all
    and the lists too. always: a kind for every request about a dataset, for ever.
    """

    share: float = 0.0
    seed: int = 0
    kinds: tuple[str, ...] = FAULTS
    most: int = 2
    slow_s: float = 0.2
    retry_after_s: float = 0.05
    only: frozenset[str] | None = None
    always: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        unknown = {*self.kinds, *self.always.values()} - set(FAULTS)
        if unknown or not 0 <= self.share <= 1:
            raise ValueError(f"a share in 0..1 and faults of {FAULTS}, not {self.share} and {sorted(unknown)}")


class Draws:
    """The faults of one server: counts how often each request came."""

    def __init__(self, plan: FaultPlan) -> None:
        self.plan = plan
        self._came: Counter[str] = Counter()
        self._in_a_row: Counter[str] = Counter()

    def draw(self, line: str, dataset: str | None, *, is_file: bool) -> str | None:
        """The fault of a request (`line`: all that makes it the same request), None where it is answered."""
        plan = self.plan
        if dataset in plan.always:
            return _fitting(plan.always[dataset], is_file)
        if not plan.share or (plan.only is not None and dataset not in plan.only):
            return None
        chance, choice = _numbers(f"{plan.seed} {self._came[line]} {line}")
        self._came[line] += 1
        if chance >= plan.share or self._in_a_row[line] >= plan.most:
            self._in_a_row[line] = 0
            return None
        self._in_a_row[line] += 1
        return _fitting(plan.kinds[int(choice * len(plan.kinds))], is_file)


def _fitting(kind: str, is_file: bool) -> str:
    """A wrong length is one of a file; a list that comes short is one that is cut."""
    return "cut" if kind == "short" and not is_file else kind


def _numbers(text: str) -> tuple[float, float]:
    digest = sha256(text.encode("utf-8", "surrogateescape")).digest()
    return int.from_bytes(digest[:8]) / 2**64, int.from_bytes(digest[8:16]) / 2**64
