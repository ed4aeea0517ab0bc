"""A sample of different texts that is the same in whatever order they come: those whose hashes are smallest.

Memory is that of the sample. What a part gives depends on that part alone, and the sample of several parts is taken
from theirs, so a part that joins leaves the numbers of the others as they are.
"""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b

_HASHES = 1 << 64


@dataclass
class Picked:
    """At most `most` of the different texts that are added; `whole` while that is all of them."""

    most: int
    whole: bool = True
    _texts: dict[int, str] = field(default_factory=dict)
    _largest: list[int] = field(default_factory=list)

    def add(self, texts: Iterable[str]) -> None:
        """Look at texts, of which any may have come before."""
        for text in dict.fromkeys(texts):
            self._enter(int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()), text)

    def merge(self, other: "Picked") -> None:
        """Look at all that another one kept, which is of the same size."""
        self.whole = self.whole and other.whole
        for key, text in other._texts.items():
            self._enter(key, text)

    def texts(self) -> list[str]:
        """The sample, sorted by the texts' hashes: the first so many are a sample of their own."""
        return [self._texts[key] for key in sorted(self._texts)]

    @property
    def different(self) -> int:
        """How many different texts were added; an estimate where they are more than the sample holds.

        Where hashes are spread evenly, the k-th smallest of n is about k / n of the way to the largest possible one.
        The estimate is off by some 1 / sqrt(k), so with 20,000 texts by less than a hundredth.
        """
        return len(self._texts) if self.whole else round((self.most - 1) / -self._largest[0] * _HASHES)

    def _enter(self, key: int, text: str) -> None:
        if key in self._texts:
            return
        self._texts[key] = text
        heapq.heappush(self._largest, -key)
        if len(self._texts) > self.most:
            del self._texts[-heapq.heappop(self._largest)]
            self.whole = False
