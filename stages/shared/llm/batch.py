"""OpenAI's Batch API: half the price, answers within a day, and nothing lost by who waits for them.

What is at the endpoint is written in the store before it is sent, so a wait that was interrupted goes on with the same
batches, whoever runs it next. Requests of a batch that expired, failed or came back in part are sent again, and only
those.
"""

import io
import json
import sqlite3
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal, TypeVar

import openai
from openai.types import Batch as Found

from stages.shared.errors import ModelError
from stages.shared.llm import books
from stages.shared.llm.calls import Ask, CallError, Completion, of_status, without_key
from stages.shared.llm.client import ClientParams, Endpoint
from stages.shared.llm.openai import body, completion_of, error_of
from stages.shared.llm.owners import UNSENT, is_being_sent
from stages.shared.llm.pool import Done, Purse, poverty
from stages.shared.llm.progress import Progress
from stages.shared.llm.seam import ModelParams
from stages.shared.llm.store import Store
from stages.shared.records import Answer
from stages.shared.text import whole

Result = TypeVar("Result")

MOST_REQUESTS, MOST_BYTES = 50_000, 100_000_000
"""Of one batch; the endpoint takes up to 200 MB."""
PATH: Literal["/v1/chat/completions"] = "/v1/chat/completions"
TOKEN = "sauropod"  # noqa: S105 - the name of a batch's metadata entry, by which one is found that was just being sent
ENDED = ("completed", "failed", "expired", "cancelled")
NEVER_RUN = ("batch_expired", "batch_cancelled")
"""Error codes of requests that no model has seen."""


class Batch:
    """A sender that puts requests into batches and waits for them."""

    def __init__(self, model: ModelParams, endpoint: Endpoint, key: str, client: ClientParams, purse: Purse) -> None:
        self._model, self._client, self._purse = model, client, purse
        self._key = key
        self._sdk = openai.OpenAI(api_key=key, base_url=endpoint.base_url, max_retries=0, timeout=client.timeout_s)

    def send(self, asks: Iterator[Ask], store: Store, progress: Progress, done: Done) -> None:
        """Get everything answered; raise ModelError or BudgetError where that must stop, with all answers kept."""
        left = {ask.key: ask for ask in asks}
        tries: Counter[str] = Counter()
        while left:
            for lines in _batches(self._claimed(left, store, done)):
                self._submit(lines, store)
            for batch, asked in self._open(store):
                for key, outcome in self._collected(batch, asked, store, progress):
                    tries[key] += 1
                    if key in left and (isinstance(outcome, Answer) or self._is_hopeless(outcome, tries[key])):
                        done(left.pop(key), outcome)
            if left:
                at_work = sum(len(asked) for _, asked in self._open(store))
                progress.under_way(at_work)
                if at_work or self._held(left, store):
                    time.sleep(self._client.poll_s)

    def close(self) -> None:
        """Nothing is let go of: batches outlast this process, and the SDK's connections end with it."""

    def _is_hopeless(self, error: CallError, tries: int) -> bool:
        return error.final or tries >= self._client.attempts

    def _claimed(self, left: dict[str, Ask], store: Store, done: Done) -> list[Ask]:
        """The requests that are ours to send now; those that have been answered meanwhile are done."""
        wanted = list(left.values())
        amounts = [self._purse.at_most(ask) for ask in wanted]
        owner, budget, cap = store.owner.id, self._purse.budget, self._purse.cap
        found = store.writer.do(
            lambda db: [
                books.claim(db, ask.key, owner, budget, amount, cap)
                for ask, amount in zip(wanted, amounts, strict=True)
            ]
        )
        for ask, state in zip(wanted, found, strict=True):
            if state == "answered" and (entry := store.find(ask.key)):
                done(left.pop(ask.key), entry.answer)
        mine = [ask for ask, state in zip(wanted, found, strict=True) if state == "mine"]
        if not mine and not self._open(store):
            # Money that other batches hold back may come free in a day, if somebody fetches them.
            lacking = ("spent", "full") if store.is_held_by_batches(budget) else ("spent",)
            if (poor := next((at for at, state in enumerate(found) if state in lacking), None)) is not None:
                raise poverty(store, self._purse, amounts[poor])
        return mine

    def _held(self, left: dict[str, Ask], store: Store) -> bool:
        """Whether somebody else is at work on what is left, or holds back the money for it."""
        store.bury_the_dead()
        return bool(left) and bool(store.query("SELECT 1 FROM claims LIMIT 1"))

    def _submit(self, asks: list[Ask], store: Store) -> None:
        """Send one batch; it is in the store before the endpoint has it."""
        token = f"{UNSENT}{store.owner.id}-{uuid.uuid4().hex}"
        asked: dict[str, list[str | int]] = {ask.key: [ask.item, ask.setting, ask.draw, ask.turn] for ask in asks}
        lines = b"".join(_line(ask) for ask in asks)
        label, model = self._model.label, self._model.model
        store.writer.do(lambda db: books.hand_over(db, token, label, model, asked))
        # Where this fails, what became of the batch is looked up by its token when it is asked for next.
        file = self._steady(lambda: self._sdk.files.create(file=(f"{token}.jsonl", lines), purpose="batch").id)
        sent = self._steady(
            lambda: (
                self._sdk.batches.create(
                    input_file_id=file, endpoint=PATH, completion_window="24h", metadata={TOKEN: token}
                ).id
            ),
            once=True,
        )
        store.writer.do(lambda db: books.rename_batch(db, token, sent))

    def _open(self, store: Store) -> list[tuple[str, dict[str, Any]]]:
        """The batches of this model at this endpoint that are not fetched yet, with the prompts they answer."""
        rows = store.query(
            "SELECT id, keys FROM batches WHERE label = ? AND model = ? ORDER BY id",
            self._model.label,
            self._model.model,
        )
        found = [(str(id), json.loads(str(keys))) for id, keys in rows]
        return [(id, asked) for id, asked in found if not self._is_being_sent(id, store)]

    def _is_being_sent(self, batch: str, store: Store) -> bool:
        """Whether another living process is just sending it."""
        return not batch.startswith(UNSENT + store.owner.id) and is_being_sent(store.owners, batch)

    def _collected(
        self, batch: str, asked: dict[str, Any], store: Store, progress: Progress
    ) -> list[tuple[str, Answer | CallError]]:
        """What came of each request of a batch, settled in the store; nothing while it is under way."""
        found = self._found(batch)
        if found is None:
            store.writer.do(lambda db: books.close_batch(db, batch, billed=False))
            return []
        if batch.startswith(UNSENT):
            store.writer.do(lambda db: books.rename_batch(db, batch, found.id))
            batch = found.id
        if found.status not in ENDED:
            return []
        if found.status == "failed":
            store.writer.do(lambda db: books.close_batch(db, batch, billed=False))
            faults = found.errors.data if found.errors and found.errors.data else []
            raise ModelError(
                "a batch that the endpoint accepts",
                "; ".join(f"{one.code}: {one.message}" for one in faults)[:300] or "a failed one",
                f"endpoint {self._model.label}, batch {batch}",
                "mend what it says and run it again: nothing of it was billed",
            )
        return self._settled(batch, asked, self._outcomes(found, asked), store, progress)

    def _found(self, batch: str) -> Found | None:
        """The batch as the endpoint has it; None where one that was just being sent never arrived."""
        if not batch.startswith(UNSENT):
            return self._steady(lambda: _batch(self._sdk.batches.retrieve(batch)))
        known = self._steady(lambda: [_batch(one) for one in self._sdk.batches.list(limit=100)])
        return next((one for one in known if (one.metadata or {}).get(TOKEN) == batch), None)

    def _outcomes(self, found: Found, asked: Iterable[str]) -> dict[str, Completion | CallError]:
        """What the files of an ended batch say of each of its requests, in whatever order."""
        # Of a completed one each request was run, and is billed; of others those that are missing never were.
        missing = CallError("server-error", "the batch holds no result", billed=found.status == "completed")
        results: dict[str, Completion | CallError] = dict.fromkeys(asked, missing)
        for file in filter(None, (found.output_file_id, found.error_file_id)):
            # Read to its end before anything is made of it, so that a torn file is fetched again.
            said = self._steady(lambda file=file: _results(self._sdk.files.content(file).content, self._key))  # type: ignore[misc]
            for key, outcome in said:
                if key in results and not isinstance(results[key], Completion):
                    results[key] = outcome
        return results

    def _settled(
        self,
        batch: str,
        asked: dict[str, Any],
        outcomes: Mapping[str, Completion | CallError],
        store: Store,
        progress: Progress,
    ) -> list[tuple[str, Answer | CallError]]:
        results: dict[str, Answer | CallError] = {}
        paid: list[tuple[Answer, int | None]] = []
        for key, outcome in outcomes.items():
            if isinstance(outcome, CallError):
                results[key] = outcome
            else:
                results[key] = answer = self._answer(key, asked[key], outcome)
                paid.append((answer, self._purse.cost(outcome)))
        lost = [key for key, outcome in outcomes.items() if isinstance(outcome, CallError) and outcome.billed]
        budget, at = self._purse.budget, int(time.time())

        def settle(db: sqlite3.Connection) -> None:
            for answer, cost in paid:
                books.settle(db, answer, cost, budget, at)
            for key in lost:
                books.charge(db, key)
            books.close_batch(db, batch, billed=False)

        store.writer.do(settle)
        for _, cost in paid:
            progress.answered(cost, 0)
        return list(results.items())

    def _answer(self, key: str, asked: list[Any], found: Completion) -> Answer:
        item, setting, draw, turn = asked
        return Answer(
            key=key,
            item=item,
            setting=setting,
            draw=draw,
            turn=turn,
            provider=self._model.label,
            model=self._model.model,
            reply=found.reply,
            finish_reason=found.finish_reason,
            usage=found.usage,
        )

    def _steady(self, call: Callable[[], Result], *, once: bool = False) -> Result:
        """Make a call of the SDK until it succeeds; `once` where doing it twice would pay twice."""
        deadline = time.monotonic() + self._client.patience_s
        while True:
            try:
                return call()
            except openai.OpenAIError as error:
                fault = error_of(error, self._key)
            except CallError as error:
                fault = error
            except (AttributeError, TypeError, ValueError):  # the SDK takes a page, or any JSON, for what was asked
                fault = CallError("broken-reply", "an answer that is not of the Batch API", billed=True)
            wait = fault.wait or self._client.poll_s
            if fault.final or (once and fault.billed) or time.monotonic() + wait > deadline:
                raise ModelError(
                    "an endpoint that takes batches",
                    f"{fault.reason}, {fault.detail}",
                    f"endpoint {self._model.label}",
                    "mend what it says and run it again: batches that were sent are waited for, not sent again; "
                    "`sauropod answers --forget-batch ID` gives one up",
                ) from None  # the SDK's error holds the request with its headers
            time.sleep(wait)


def _batch(found: Any) -> Found:
    """What the SDK takes for a batch; raise TypeError where it is none."""
    if not isinstance(found, Found) or not isinstance(found.status, str):
        raise TypeError(type(found).__name__)
    return found


def _line(ask: Ask) -> bytes:
    sent = {"custom_id": ask.key, "method": "POST", "url": PATH, "body": body(ask.request)}
    return json.dumps(sent, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"


def _batches(asks: list[Ask]) -> Iterator[list[Ask]]:
    """Cut requests into batches that the endpoint takes."""
    batch: list[Ask] = []
    size = 0
    for ask in asks:
        length = len(_line(ask))
        if batch and (len(batch) == MOST_REQUESTS or size + length > MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(ask)
        size += length
    if batch:
        yield batch


def _results(content: bytes, key: str) -> list[tuple[str, Completion | CallError]]:
    """What each line of a file of results says of which request; `key` is the endpoint's.

    Raises CallError for a line that names none: the file was torn on its way, or is a page that stands in the way.
    """
    said = []
    for line in filter(bytes.strip, io.BytesIO(content)):
        try:
            found = whole(json.loads(line))
        except (ValueError, RecursionError) as error:
            raise CallError("broken-reply", "a file of results that is not JSON Lines to its end") from error
        if not isinstance(found, dict) or not isinstance(found.get("custom_id"), str):
            raise CallError("broken-reply", "a file of results with a line that names no request")
        said.append((found["custom_id"], _outcome(found, key)))
    return said


def _outcome(line: Mapping[str, Any], key: str) -> Completion | CallError:
    """What one line of an output or error file says."""
    response, error = line.get("response"), line.get("error")
    if not isinstance(response, dict):
        told = error if isinstance(error, dict) else {}
        code = str(told.get("code"))
        return CallError("server-error", f"{code}: {told.get('message')}", final=code not in NEVER_RUN)
    status, body = response.get("status_code"), response.get("body")
    if isinstance(status, int) and status != 200:
        fault = body.get("error") if isinstance(body, dict) else None
        told = fault if isinstance(fault, dict) else {}
        return of_status(status, told, without_key(str(told.get("message")), key), {})
    try:
        return completion_of(body, key)
    except CallError as found:
        return found
