"""Asking models for money: what was ever answered comes from the store, the rest is asked for once, in any order.

Answers are told apart by the identity of their request, so nothing can shift: they are kept as they come, and handed
out from the store in the order of the prompts. A reply that its prompt complains of is answered with that complaint
once; both replies are handed out, so that a stage's output refills a store completely.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from stages.shared.errors import BudgetError, ModelError
from stages.shared.llm import client as settings
from stages.shared.llm import money, refill
from stages.shared.llm.calls import Ask, CallError, Transport
from stages.shared.llm.client import ClientParams, Endpoint
from stages.shared.llm.pool import Done, Pool, Purse
from stages.shared.llm.progress import Progress
from stages.shared.llm.seam import ModelParams, Prompt, Round, Unanswered, request_of
from stages.shared.llm.store import Store, open_store
from stages.shared.records import Answer

SENDERS = ("openai", "batch", "anthropic", "transformers")
"""The providers that take time or money, whose answers are kept in the store."""

AGAIN = (
    "That reply can't be used: {complaint} Answer the request above again, in the form it asks for, and write nothing "
    "else."
)
"""What a model is told of a reply that can't be used."""


SILENCE, GIVEN_UP = 300.0, 50
"""Where for so many seconds nothing was answered, and so many prompts in a row were given up, nobody is there."""


class Sender(Protocol):
    """Whatever gets requests answered and keeps the answers in the store."""

    def send(self, asks: Iterator[Ask], store: Store, progress: Progress, done: Done) -> None:
        """Get everything answered, and tell of each what came of it; raise SauropodError where that must stop."""

    def close(self) -> None:
        """Let go of what was held from one `send` to the next."""


@dataclass
class Slot:
    """The place of one prompt in the output: the keys of its answers, or the error it ended with."""

    item: str
    setting: str
    draw: int
    keys: list[str]
    error: CallError | None = None


@dataclass(frozen=True)
class Complaint:
    """A reply that will not do: whose it was, the request to make of it, and the place it belongs to."""

    slot: Slot
    ask: Ask


class Asking:
    """The provider for models that are asked; `sender` is how."""

    def __init__(
        self, model: ModelParams, sender: Sender, client: ClientParams, out: Path, expected: int | None = None
    ) -> None:
        self._model, self._sender, self._client, self._out, self._expected = model, sender, client, out, expected

    def answer(self, prompts: Iterable[Prompt]) -> Iterator[Answer | Unanswered]:
        """Yield what comes of each Prompt, in order, after all of them have been asked; raise what `rounds` raises."""
        with self.rounds() as ask:
            yield from ask(prompts)

    @contextmanager
    def rounds(self) -> Iterator[Round]:
        """Yield a function that asks, to be called as often as answers lead to new prompts.

        The last commit is read back once at most, and the progress is told of all prompts together. Raises ModelError
        at once where the endpoint refuses the key, and where more than llm.client.max_failed_share of all prompts stay
        without an answer: at the end, or after a round of several prompts of which none is answered; BudgetError where
        the budget ends; StoreError. What was answered is kept.
        """
        progress = Progress(f"{self._model.model} {self._out.parent.name}", self._expected)
        with open_store() as store, closing(self._sender):
            again = self._client.pay_again
            book = _Book(store, progress, self._model, lambda: refill.refill(store, self._out, pay_again=again))

            def done(ask: Ask, outcome: Answer | CallError) -> None:
                book.done(ask, outcome)
                if book.is_silent():
                    self._check(book.slots, progress.expected)

            def ask(prompts: Iterable[Prompt]) -> Iterator[Answer | Unanswered]:
                start = len(book.slots)
                if self._expected is None and isinstance(prompts, Sized):
                    progress.expected = start + len(prompts)
                self._sender.send(book.first(prompts), store, progress, done)
                self._sender.send(book.second(), store, progress, done)
                own = book.slots[start:]
                if len(own) > 1 and all(slot.error for slot in own):
                    self._check(book.slots)  # nobody answers, and further rounds would have to wait as long
                return book.answers(own)

            try:
                yield ask
            finally:
                progress.finish()
            self._check(book.slots)

    def _check(self, slots: list[Slot], expected: int | None = None) -> None:
        """Raise ModelError where too many prompts have no answer, even if all that are still expected get one."""
        failed = [slot.error for slot in slots if slot.error]
        if len(failed) > self._client.max_failed_share * max(len(slots), expected or 0):
            reasons = ", ".join(f"{reason} {n}" for reason, n in Counter(one.reason for one in failed).most_common())
            raise ModelError(
                f"at most {self._client.max_failed_share:.1%} of {len(slots):,} prompts without an answer",
                f"{len(failed):,} ({reasons}; the first: {failed[0].detail})",
                f"endpoint {self._model.label}, key llm.client.max_failed_share",
                "run it again, which asks for these only, or allow a larger share",
            )


class _Book:
    """What is known of each prompt while they are asked; prompts themselves are let go as soon as they can be."""

    def __init__(self, store: Store, progress: Progress, model: ModelParams, refill_once: Callable[[], int]) -> None:
        self.slots: list[Slot] = []
        self._store, self._progress, self._model, self._refill = store, progress, model, refill_once
        self._refilled = False
        self._waiting: dict[str, list[tuple[Slot, Prompt | None]]] = {}
        self._complaints: list[Complaint] = []
        self._given_up, self._heard = 0, time.monotonic()

    def first(self, prompts: Iterable[Prompt]) -> Iterator[Ask]:
        """The requests of all prompts that the store has no answer to."""
        for prompt in prompts:
            request = request_of(self._model, prompt)
            slot = Slot(prompt.item, prompt.setting, prompt.draw, [key := request.key])
            self.slots.append(slot)
            if self._is_missing(key, slot, prompt):
                yield Ask(request, key, prompt.item, prompt.setting, prompt.draw)

    def second(self) -> Iterator[Ask]:
        """The requests that complaints make, of those that the store has no answer to."""
        while self._complaints:
            complaint = self._complaints.pop(0)
            complaint.slot.keys.append(complaint.ask.key)
            if self._is_missing(complaint.ask.key, complaint.slot, None):
                yield complaint.ask

    def done(self, ask: Ask, outcome: Answer | CallError) -> None:
        """Note what came of a request, for all prompts that made it."""
        if isinstance(outcome, Answer):
            self._given_up, self._heard = 0, time.monotonic()
        elif outcome.reason != "rejected":
            self._given_up += 1
        for slot, prompt in self._waiting.pop(ask.key):
            if isinstance(outcome, Answer):
                self._judge(slot, prompt, outcome)
            elif ask.turn:
                slot.keys.remove(ask.key)  # the first reply stands, with what there is to complain of
            else:
                slot.error = outcome
                self._progress.without()

    def is_silent(self) -> bool:
        """Whether nobody answers any more, so that asking for the rest would only take time."""
        return self._given_up >= GIVEN_UP and time.monotonic() - self._heard >= SILENCE

    def answers(self, slots: Iterable[Slot]) -> Iterator[Answer | Unanswered]:
        """What comes of each prompt, in order."""
        for slot in slots:
            if slot.error:
                yield Unanswered(slot.item, slot.setting, slot.draw, slot.error.reason, slot.error.detail)
                continue
            for turn, key in enumerate(slot.keys):
                entry = self._store.find(key)
                if entry is None:
                    raise ModelError("an answer that was stored", "none", f"{self._store.path}, {key}", "run it again")
                own = {"item": slot.item, "setting": slot.setting, "draw": slot.draw, "turn": turn}
                yield entry.answer.model_copy(update=own)

    def _is_missing(self, key: str, slot: Slot, prompt: Prompt | None) -> bool:
        """Whether a request must be sent; if not, its answer is there, or on its way for another prompt."""
        if key in self._waiting:
            self._waiting[key].append((slot, prompt))
            return False
        entry = self._store.find(key)
        if entry is None and not self._refilled:
            self._refilled = True
            self._refill()
            entry = self._store.find(key)
        if entry is not None:
            self._progress.stored()
            self._judge(slot, prompt, entry.answer)
            return False
        self._waiting[key] = [(slot, prompt)]
        return True

    def _judge(self, slot: Slot, prompt: Prompt | None, answer: Answer) -> None:
        """Complain of a first reply that will not do."""
        ask = complaint_of(self._model, prompt, answer.reply) if prompt else None
        if ask:
            self._complaints.append(Complaint(slot, ask))


def complaint_of(model: ModelParams, prompt: Prompt, reply: str) -> Ask | None:
    """The second request of a prompt, with what is wrong with the reply to the first; None where the reply will do."""
    complaint = prompt.complaint(reply)
    if not complaint:
        return None
    said = {"role": "assistant", "content": reply or "(nothing)"}
    asked = {"role": "user", "content": AGAIN.format(complaint=complaint)}
    request = replace(request_of(model, prompt), messages=(*prompt.messages, said, asked))
    return Ask(request, request.key, prompt.item, prompt.setting, prompt.draw, turn=1)


def purse_of(model: ModelParams, client: ClientParams) -> Purse:
    """What a model's requests may cost; raise BudgetError where a budget is set that could not be kept."""
    rate = money.rate_of(model.model, client.prices, batch=model.provider == "batch")
    cap = None if client.budget_usd is None else money.picodollars(client.budget_usd)
    purse = Purse(rate, model.sampling.bound, client.budget_id, cap)
    if cap is not None and rate is None:
        raise BudgetError(
            f"a price of {model.model}, since a budget is set",
            "none",
            "params.yaml, key llm.client.prices",
            "add the model's price, or set budget_usd to null",
        )
    if cap is not None and purse.max_tokens is None:
        raise BudgetError(
            f"a bound on the replies of {model.model}, since a budget is set",
            "none",
            "params.yaml, key llm.models, sampling",
            "set max_tokens or max_completion_tokens, or set budget_usd to null",
        )
    return purse


def open_asking(name: str, model: ModelParams, out: Path, expected: int | None) -> Asking:
    """The provider for a model that is asked; raise ParamsError or BudgetError where its settings are incomplete."""
    client = settings.read()
    if model.provider == "transformers":
        from stages.shared.llm.transformers import Local  # noqa: PLC0415

        return Asking(model, Local(name, model), client, out, expected)
    endpoint = settings.endpoint_of(name, model, client)
    key = settings.secret(endpoint, model.endpoint or "")
    purse = purse_of(model, client)
    if model.provider == "batch":
        from stages.shared.llm.batch import Batch  # noqa: PLC0415

        return Asking(model, Batch(model, endpoint, key, client, purse), client, out, expected)
    pool = Pool(model.label, _transport(model.provider, endpoint, key, client), client, purse)
    return Asking(model, pool, client, out, expected)


def _transport(provider: str, endpoint: Endpoint, key: str, client: ClientParams) -> Callable[[], Transport]:
    """How to open the connections of a provider, inside the event loop that will use them."""
    if provider == "openai":
        from stages.shared.llm.openai import OpenAI  # noqa: PLC0415

        return lambda: OpenAI(endpoint, key, client.timeout_s)
    try:
        from stages.shared.llm.anthropic import Anthropic  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise ModelError(
            "the anthropic SDK",
            "none in this environment",
            "provider anthropic",
            'install it: pip install -e ".[anthropic]"',
        ) from error
    return lambda: Anthropic(endpoint, key, client.timeout_s)
