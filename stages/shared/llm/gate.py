"""How many requests may be under way: bounded, and adapted to what the endpoint bears.

Additive increase, multiplicative decrease: a refusal for haste lowers the limit by a quarter, once for all requests
that were under way together; as many successes in a row as the limit is high raise it by one. What an endpoint says of
waiting holds for everybody.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable

from aiolimiter import AsyncLimiter

KEPT_AFTER_HASTE = 0.75
LONGEST_PAUSE = 300.0
"""Seconds; an endpoint that wants more is asked again all the same, now and then."""


class Gate:
    """Lets requests through; `limit` is how many at once at present, `most` how many at best."""

    def __init__(
        self,
        most: int,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.most = self.limit = most
        self._clock, self._sleep = clock, sleep
        self.active = 0
        self._streak = 0
        self._cut_at = 0.0
        self._closed_until = 0.0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def enter(self) -> float:
        """Wait for a place; return the moment of entry, which `refused` wants to know."""
        while True:
            now = self._clock()
            if now < self._closed_until:
                await self._sleep(self._closed_until - now)
            elif self.active < self.limit:
                self.active += 1
                return now
            else:
                place = asyncio.get_running_loop().create_future()
                self._waiting.append(place)
                await place

    def leave(self) -> None:
        """Give up a place."""
        self.active -= 1
        self._wake()

    def succeeded(self) -> None:
        """An answer came."""
        self._streak += 1
        if self._streak >= self.limit < self.most:
            self.limit += 1
            self._streak = 0
            self._wake()

    def refused(self, entered: float, wait: float | None) -> None:
        """The endpoint wants less; `entered` is when the refused request came in, `wait` the seconds it asks for."""
        now = self._clock()
        self._streak = 0
        if entered > self._cut_at:
            self.limit = max(1, int(self.limit * KEPT_AFTER_HASTE))
            self._cut_at = now
        if wait is not None:
            self._closed_until = max(self._closed_until, now + min(wait, LONGEST_PAUSE))

    def _wake(self) -> None:
        for _ in range(self.limit - self.active):
            while self._waiting:
                place = self._waiting.popleft()
                if not place.done():
                    place.set_result(None)
                    break


class Pace:
    """Requests and tokens per minute, spread evenly: no more than a second's, or ten seconds', worth at once."""

    def __init__(self, requests_per_minute: float | None, tokens_per_minute: float | None) -> None:
        self._requests = self._tokens = None
        if requests_per_minute is not None:
            each = 60 / requests_per_minute
            self._requests = AsyncLimiter(max(1.0, 1 / each), max(1.0, each))
        if tokens_per_minute is not None:
            self._tokens = AsyncLimiter(tokens_per_minute / 6, 10)

    async def wait(self, tokens: int) -> None:
        """Wait until a request of so many tokens may be sent; one larger than the limit goes alone."""
        if self._requests:
            await self._requests.acquire()
        if self._tokens:
            await self._tokens.acquire(min(float(tokens), self._tokens.max_rate))
