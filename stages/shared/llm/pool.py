"""Asking an endpoint many things at once: every answer is paid for once, kept before it is used, and none is lost.

A request is claimed in the store before it is sent, with the money that it may cost, and settled there when its answer
has come, so no other process asks for it meanwhile and no interleaving can pass a budget. Calls that may have been
billed without an answer count as paid at their most.
"""

import asyncio
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from stages.shared.errors import BudgetError, ModelError
from stages.shared.llm import books, money
from stages.shared.llm.calls import Ask, CallError, Completion, Transport, answer_to
from stages.shared.llm.client import ClientParams
from stages.shared.llm.gate import Gate, Pace
from stages.shared.llm.progress import Progress
from stages.shared.llm.seam import Request
from stages.shared.llm.store import Store
from stages.shared.records import Answer

Done = Callable[[Ask, Answer | CallError], None]
"""What is told of each request once: its answer, or the error that it ended with."""

FIRST_BACKOFF, LONGEST_BACKOFF = 0.5, 60.0
"""Seconds before the second call, doubled for each further one, drawn from zero up to that."""
DOUBLINGS = 20
"""More than it takes to get from one to the other."""
POLL = 0.1
"""Seconds between two looks at what another process or another request holds."""
LOOKS = 20
"""After so many, it is seen to whether who holds it is still there."""


@dataclass(frozen=True)
class Purse:
    """What requests cost and may cost: the rate (None: unknown), the bound on a reply in tokens, the budget's cap."""

    rate: money.Rate | None
    max_tokens: int | None
    budget: str
    cap: int | None

    def at_most(self, ask: Ask) -> int:
        """What is held back for a request: 0 where that can't be known, which a cap rules out."""
        if self.rate is None or self.max_tokens is None:
            return 0
        return self.rate.at_most(ask.request, self.max_tokens)

    def cost(self, completion: Completion) -> int | None:
        """What an answer costs by its usage; None where price or usage are unknown."""
        return self.rate.cost(completion.usage) if self.rate and completion.usage else None


@dataclass
class Line:
    """What lasts from one `send` to the next: connections, limits, and whether the endpoint takes no JSON schema."""

    transport: Transport
    gate: Gate
    pace: Pace
    is_plain: bool = False


class Pool:
    """A sender that keeps many calls of one transport under way."""

    def __init__(self, label: str, transport: Callable[[], Transport], client: ClientParams, purse: Purse) -> None:
        self._label, self._open, self._client, self._purse = label, transport, client, purse
        self._runner: asyncio.Runner | None = None
        self._line: Line | None = None

    def send(self, asks: Iterator[Ask], store: Store, progress: Progress, done: Done) -> None:
        """Ask everything; raise what stopped the asking, after all calls under way have come to an end."""
        # One event loop for all sends: connections and limiters belong to the loop that they began in.
        self._runner = self._runner or asyncio.Runner()
        self._runner.run(self._send(asks, store, progress, done))

    def close(self) -> None:
        """Close all connections."""
        if self._runner is None:
            return
        try:
            if self._line:
                self._runner.run(self._line.transport.close())
        finally:
            self._runner.close()
            self._runner = self._line = None

    async def _send(self, asks: Iterator[Ask], store: Store, progress: Progress, done: Done) -> None:
        if self._line is None:
            pace = Pace(self._client.requests_per_minute, self._client.tokens_per_minute)
            self._line = Line(self._open(), Gate(self._client.concurrency), pace)
        await _Round(self._label, self._line, self._client, self._purse, store, progress).run(asks, done)


class _Round:
    """One `send`: the workers, and what they share."""

    def __init__(
        self,
        label: str,
        line: Line,
        client: ClientParams,
        purse: Purse,
        store: Store,
        progress: Progress,
    ) -> None:
        self._label, self._line, self._client, self._purse = label, line, client, purse
        self._store, self._progress = store, progress
        self._dice = random.Random()  # noqa: S311 - spreads retries, decides nothing
        self._gate = line.gate
        self._stopped = asyncio.Event()
        self._fault: Exception | None = None
        self._at_the_door: set[asyncio.Task[Any]] = set()

    async def run(self, asks: Iterator[Ask], done: Done) -> None:
        """Let twice as many workers as calls run, so that calls don't wait for the store."""
        workers = [self._work(asks, done) for _ in range(2 * self._client.concurrency)]
        await asyncio.gather(*workers)
        if self._fault:
            raise self._fault

    async def _work(self, asks: Iterator[Ask], done: Done) -> None:
        try:
            while not self._stopped.is_set() and (ask := next(asks, None)) is not None:
                outcome = await self._ask(ask)
                if outcome is not None:
                    done(ask, outcome)
        except Exception as error:  # noqa: BLE001 - whatever it is, the calls under way end first, and are kept
            self._stop(error)

    def _stop(self, fault: Exception) -> None:
        self._fault = self._fault or fault
        self._stopped.set()
        for waiting in self._at_the_door:  # an endpoint can ask for minutes, which nobody needs to wait for now
            waiting.cancel()

    async def _ask(self, ask: Ask) -> Answer | CallError | None:
        """Ask until there is an answer or nothing more to hope for; None where the asking was stopped."""
        deadline = time.monotonic() + self._client.patience_s
        calls, refusals, funded = 0, 0, False
        while True:
            if not funded:
                found = await self._claimed(ask)
                if found != "mine":
                    return found
                funded = True
            try:
                completion = await self._call(ask)
                if completion is None:
                    await self._store.writer.begin(lambda db: books.release(db, ask.key))
                    return None
            except CallError as error:
                calls, refusals = calls + (not error.hasty), refusals + error.hasty
                if error.billed:
                    await self._store.writer.begin(lambda db: books.charge(db, ask.key))
                    funded = False
                # Who says "at once" after a refusal is not taken at its word, or it would be asked without end.
                wait = error.wait or self._backoff(calls + refusals)
                hopeless = calls >= self._client.attempts or time.monotonic() + wait > deadline
                if error.stop or (error.hasty and (error.wait or 0) > self._client.patience_s):
                    self._stop(self._refusal(error))
                if error.final or hopeless or await self._paused(wait):
                    await self._store.writer.begin(lambda db: books.release(db, ask.key))
                    return None if self._stopped.is_set() else error
                self._progress.retried(error.reason)
            else:
                return await self._settled(ask, completion)

    async def _claimed(self, ask: Ask) -> Answer | Literal["mine"] | None:
        """Claim a request: "mine" when it is, its answer if there is one meanwhile, None when stopped."""
        amount, cap, budget = self._purse.at_most(ask), self._purse.cap, self._purse.budget
        owner, looks = self._store.owner.id, 0
        while not self._stopped.is_set():
            claim = await self._store.writer.begin(lambda db: books.claim(db, ask.key, owner, budget, amount, cap))
            if claim == "mine":
                return "mine"
            if claim == "answered" and (entry := self._store.find(ask.key)):
                return entry.answer
            if claim == "spent" or (claim == "full" and self._store.is_held_by_batches(budget)):
                await self._store.writer.begin(lambda db: books.release(db, ask.key))
                self._stop(poverty(self._store, self._purse, amount))
                return None
            if looks % LOOKS == 0:
                self._store.bury_the_dead()
                if claim == "held" and (batch := self._store.batch_of(ask.key)):
                    self._stop(self._unfetched(batch))
                    return None
            looks += 1
            await self._paused(POLL)
        return None

    async def _call(self, ask: Ask) -> Completion | None:
        """One call within the limits, None where the asking was stopped before it; refusals are noted at the gate."""
        entered = await self._entered(money.input_bound(ask.request) // 4)  # about four bytes a token
        if entered is None:
            return None
        self._progress.under_way(self._gate.active)
        try:
            if self._stopped.is_set():
                return None
            async with asyncio.timeout(self._client.timeout_s):
                completion = await self._called(ask.request)
        except TimeoutError as error:
            raise CallError("timeout", f"no whole reply in {self._client.timeout_s:g} s", billed=True) from error
        except CallError as error:
            if error.hasty:
                self._gate.refused(entered, error.wait)
            raise
        finally:
            self._gate.leave()
        self._gate.succeeded()
        return completion

    async def _entered(self, tokens: int) -> float | None:
        """Wait until a call may be made; return the moment, None where the asking was stopped before."""
        own = asyncio.current_task()
        if own is None or self._stopped.is_set():
            return None
        self._at_the_door.add(own)
        try:
            await self._line.pace.wait(tokens)
            return await self._gate.enter()
        except asyncio.CancelledError:
            if not self._stopped.is_set():
                raise
            own.uncancel()
            return None
        finally:
            self._at_the_door.discard(own)

    async def _called(self, request: Request) -> Completion:
        """The reply to a request; where the endpoint takes no JSON schema, asked without one from then on."""
        if self._line.is_plain and request.schema:
            request = replace(request, schema=None)
        try:
            return await self._line.transport.call(request)
        except CallError as error:
            if error.reason != "rejected" or not request.schema:
                raise
        found = await self._line.transport.call(replace(request, schema=None))
        if not self._line.is_plain:
            self._line.is_plain = True
            sys.stderr.write(f"answers: {self._label} takes no JSON schema; asking without.\n")
        return found

    async def _settled(self, ask: Ask, completion: Completion) -> Answer:
        answer = answer_to(ask, completion)
        cost, budget, at = self._purse.cost(completion), self._purse.budget, int(time.time())
        paid = await self._store.writer.begin(lambda db: books.settle(db, answer, cost, budget, at))
        self._progress.answered(paid, self._gate.active)
        return answer

    async def _paused(self, seconds: float) -> bool:
        """Wait, but no longer than until the asking is stopped; return whether it is."""
        try:
            async with asyncio.timeout(seconds):
                await self._stopped.wait()
        except TimeoutError:
            return self._stopped.is_set()
        return True

    def _backoff(self, calls: int) -> float:
        return self._dice.uniform(0, min(LONGEST_BACKOFF, FIRST_BACKOFF * 2 ** min(max(0, calls - 1), DOUBLINGS)))

    def _refusal(self, error: CallError) -> ModelError:
        expected, remedy = "an endpoint that accepts key, account and model", "mend what it says and run it again"
        if error.hasty:
            expected = f"an endpoint that answers again within llm.client.patience_s ({self._client.patience_s:g} s)"
            remedy = "run it again after that"
        where = f"endpoint {self._label}"
        return ModelError(expected, error.detail, where, f"{remedy}: every answer so far is kept")

    def _unfetched(self, batch: str) -> ModelError:
        return ModelError(
            "requests that nobody else has under way",
            f"some of the batch {batch}, which is not fetched",
            f"endpoint {self._label}",
            "run it with `provider: batch`, which waits for what was sent, or give that batch up: "
            f"sauropod answers --forget-batch {batch}",
        )


def poverty(store: Store, purse: Purse, amount: int) -> BudgetError:
    """What to say when the next request, which costs `amount` at most, could pass the cap."""
    paid, uncertain, held = store.paid(purse.budget)
    broken = f", {money.shown(uncertain)} of it for calls that broke off" if uncertain else ""
    broken += f", and {money.shown(held)} held back for batches that are not fetched" if held else ""
    return BudgetError(
        f"room for a request of at most {money.shown(amount)}",
        f"{money.shown(paid)} of {money.shown(purse.cap)} paid{broken}",
        f"params.yaml, keys llm.client.budget_usd and budget_id ({purse.budget})",
        "raise the budget or name another budget_id and run it again: every answer so far is kept",
    )
