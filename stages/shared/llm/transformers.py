"""A local causal or seq2seq model with its chat template, asked in batches: no network but for loading, no money.

The same request gets the same reply, since greedy replies need no chance and drawn ones take theirs from the request's
key alone. What else is in a batch decides only how far prompts are padded, which on some hardware, and with weights of
16 bits more often, can change the last digits of a score and so, now and then, a token. Nothing is ever unpickled and
no code of a model is run. A JSON schema is not enforced here: a reply that does not follow it goes through the same
repair and the same second question as any other.
"""

import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

# Threads that wait for each other sleep instead of spinning, which would slow down all other work on the machine.
# OpenMP reads this once, when torch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch
import transformers
from transformers import LogitsProcessor, StoppingCriteria, TopPLogitsWarper

from stages.shared import networks
from stages.shared.errors import ModelError
from stages.shared.llm import books
from stages.shared.llm.calls import Ask, CallError, Completion, answer_to
from stages.shared.llm.local import Messages, check, cut, prompt_text
from stages.shared.llm.pool import POLL, Done
from stages.shared.llm.progress import Progress
from stages.shared.llm.seam import ModelParams, Sampling
from stages.shared.llm.store import Store
from stages.shared.records import Answer, Usage

BATCH = 8
"""Requests that are answered together, in the order in which they come."""
NEW_TOKENS = 512
"""The bound on a reply where sampling names none."""
BUDGET = "local"
"""What the answers' costs, all of them 0, are counted under in the store."""
ENDLESS = 10**9
"""A tokenizer that knows no bound on the length of a text names a number far above this one."""

KEPT = (
    "bos_token_id", "decoder_start_token_id", "forced_bos_token_id", "forced_eos_token_id", "suppress_tokens",
    "begin_suppress_tokens",
)  # fmt: skip
"""What is kept of the defaults a model comes with: what its tokens are for. How it draws is up to `sampling`."""

Ids = list[int]


class Local:
    """A sender that answers on this machine; the model is loaded when there is something to ask it."""

    def __init__(self, name: str, model: ModelParams) -> None:
        check(name, model)
        self._where = f"params.yaml, key llm.models.{name}.path"
        self._path, self._revision, self._sampling = model.path or "", model.revision, model.sampling
        self._loaded: Loaded | None = None

    def send(self, asks: Iterator[Ask], store: Store, progress: Progress, done: Done) -> None:
        """Get everything answered; raise ModelError where the model can't be loaded, with all answers kept."""
        while held := self._pass(asks, store, progress, done):
            store.bury_the_dead()
            time.sleep(POLL)
            asks = iter(held)

    def close(self) -> None:
        """Nothing is let go of: the model stays loaded."""

    def _pass(self, asks: Iterator[Ask], store: Store, progress: Progress, done: Done) -> list[Ask]:
        """Answer whatever nobody else is at work on, in batches; return what somebody is."""
        held: list[Ask] = []
        while group := list(islice(asks, BATCH)):
            mine = self._claimed(group, store, held, done)
            if mine:
                self._answer(mine, store, progress, done)
        return held

    def _claimed(self, asks: list[Ask], store: Store, held: list[Ask], done: Done) -> list[Ask]:
        """The requests that are ours now; those answered meanwhile are done, those of others are added to `held`."""
        owner = store.owner.id
        claims = store.writer.do(lambda db: [books.claim(db, ask.key, owner, BUDGET, 0, None) for ask in asks])
        mine = []
        for ask, claim in zip(asks, claims, strict=True):
            if claim == "mine":
                mine.append(ask)
            elif claim == "answered" and (entry := store.find(ask.key)):
                done(ask, entry.answer)
            else:
                held.append(ask)
        return mine

    def _answer(self, asks: list[Ask], store: Store, progress: Progress, done: Done) -> None:
        """Answer claimed requests and settle them, all in one step."""
        if self._loaded is None:
            self._loaded = load(self._path, self._revision, self._sampling, self._where)
        progress.under_way(len(asks))
        found = self._loaded.completions(asks)
        outcomes = [
            outcome if isinstance(outcome, CallError) else answer_to(ask, outcome)
            for ask, outcome in zip(asks, found, strict=True)
        ]
        at = int(time.time())

        def settle(db: sqlite3.Connection) -> None:
            for ask, outcome in zip(asks, outcomes, strict=True):
                if isinstance(outcome, Answer):
                    books.settle(db, outcome, 0, BUDGET, at)
                else:
                    books.release(db, ask.key)

        store.writer.do(settle)
        for ask, outcome in zip(asks, outcomes, strict=True):
            if isinstance(outcome, Answer):
                progress.answered(0, len(asks))
            done(ask, outcome)


def load(path: str, revision: str | None, sampling: Sampling, where: str) -> "Loaded":
    """Load a model from a folder or the hub; raise ModelError where that can't be done safely and completely."""
    found = networks.load(path, revision, "auto", "text")
    if isinstance(found, str):
        raise ModelError(
            "a causal or seq2seq model with its tokenizer, its weights as safetensors",
            found,
            f"{where}, {path}",
            "name a folder or hub id that holds all of it, at the right revision",
        )
    network, tokenizer = found
    network.to("cuda" if torch.cuda.is_available() else "cpu")
    return Loaded(tokenizer, network, sampling)


class Loaded:
    """A model with its tokenizer, and how it draws its replies."""

    def __init__(self, tokenizer: Any, network: Any, sampling: Sampling) -> None:
        self._tokenizer, self._network, self._sampling = tokenizer, network, sampling
        config, own = network.config, network.generation_config
        self._seq2seq = bool(config.is_encoder_decoder)
        positions = getattr(config.get_text_config(), "max_position_embeddings", None)
        lengths = (positions, tokenizer.model_max_length)
        self._context = next((one for one in lengths if isinstance(one, int) and 0 < one < ENDLESS), ENDLESS)
        self._new_tokens = sampling.bound or NEW_TOKENS
        if self._seq2seq and positions:
            self._new_tokens = min(self._new_tokens, positions)
        ends = own.eos_token_id if isinstance(own.eos_token_id, list) else [own.eos_token_id]
        self._ends = [one for one in dict.fromkeys([*ends, tokenizer.eos_token_id]) if one is not None]
        self._filler = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else (self._ends or [0])[0]
        made: Any = transformers.GenerationConfig
        network.generation_config = made(
            do_sample=False,
            max_new_tokens=self._new_tokens,
            eos_token_id=self._ends or None,
            pad_token_id=self._filler,
            **{key: getattr(own, key, None) for key in KEPT},
        )

    def completions(self, asks: Sequence[Ask]) -> list[Completion | CallError]:
        """What comes of each request; one that can't be answered takes no other with it."""
        read = {ask.key: self._read(ask.request.messages) for ask in asks}
        rows = [(key, ids) for key, ids in read.items() if not isinstance(ids, CallError)]
        written = dict(zip((key for key, _ in rows), self._written(rows), strict=True))
        return [one if isinstance(one := read[ask.key], CallError) else written[ask.key] for ask in asks]

    def _read(self, messages: Messages) -> Ids | CallError:
        """The tokens of a prompt, or why the model can't be asked it."""
        try:
            text, bare = prompt_text(self._tokenizer, messages, joined=self._seq2seq)
        except CallError as error:
            return error
        ids: Ids = self._tokenizer(text, add_special_tokens=bare, verbose=False)["input_ids"]
        room = self._context - (0 if self._seq2seq else self._new_tokens)
        if 0 < len(ids) <= room:
            return ids
        reply = "" if self._seq2seq else f", {self._new_tokens:,} of them for the reply"
        detail = f"the prompt has {len(ids):,} tokens; the model reads 1 to {self._context:,}{reply}"
        return CallError("rejected", detail, final=True)

    def _written(self, rows: Sequence[tuple[str, Ids]]) -> list[Completion | CallError]:
        """The replies to prompts, each with its request's key; one by one where memory is too short for all."""
        if not rows:
            return []
        try:
            return [*self._write(rows)]
        except (RuntimeError, MemoryError) as error:
            if not networks.is_out_of_memory(error):
                raise
        # Only here, where the error no longer holds what had been computed, can its memory be used again.
        torch.cuda.empty_cache()
        if len(rows) == 1:
            return [CallError("server-error", f"out of memory for {len(rows[0][1]):,} tokens of prompt", final=True)]
        return [outcome for row in rows for outcome in self._written([row])]

    def _write(self, rows: Sequence[tuple[str, Ids]]) -> list[Completion]:
        width = max(len(ids) for _, ids in rows)
        padded = [self._pad(ids, [self._filler] * (width - len(ids))) for _, ids in rows]
        masks = [self._pad([1] * len(ids), [0] * (width - len(ids))) for _, ids in rows]
        device, sampling = self._network.device, self._sampling
        start = 1 if self._seq2seq else width
        stops = Stops(self._tokenizer, sampling.stop or (), start, len(rows))
        draw = [Draw([key for key, _ in rows], sampling.temperature, sampling.top_p)] if sampling.temperature else []
        written = self._network.generate(
            inputs=torch.tensor(padded, device=device),
            attention_mask=torch.tensor(masks, device=device),
            logits_processor=transformers.LogitsProcessorList(draw),
            stopping_criteria=transformers.StoppingCriteriaList([stops] if stops.strings else []),
        )
        new = written[:, start:].tolist()
        return [self._completion(len(ids), new[at], stops.ended[at]) for at, (_, ids) in enumerate(rows)]

    def _pad(self, row: Ids, filling: Ids) -> Ids:
        """A causal model goes on from the last token, so its rows are filled up on the left."""
        return row + filling if self._seq2seq else filling + row

    def _completion(self, read: int, new: Ids, stopped: int | None) -> Completion:
        """The reply in a row of new tokens, which others in the batch may have made longer than it is."""
        ended = next((at + 1 for at, id in enumerate(new) if id in self._ends), None)
        length = min(stopped or len(new), ended or len(new))
        said = new[: length - 1] if ended == length else new[:length]
        text: str = self._tokenizer.decode(said, skip_special_tokens=True)
        reply = cut(text, self._sampling.stop or ())
        finish = "stop" if ended == length or reply != text else "length"
        return Completion(reply, finish, Usage(input=read, output=length))


class Draw(LogitsProcessor):
    """Makes the drawn token the likeliest one; each request draws from numbers that its key alone decides."""

    def __init__(self, keys: Sequence[str], temperature: float, top_p: float | None) -> None:
        self._dice = [torch.Generator().manual_seed(int(key[:16], 16)) for key in keys]
        self._temperature, self._top = temperature, TopPLogitsWarper(top_p or 1.0)

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """Scores that leave one token of each row."""
        kept = self._top(input_ids, scores / self._temperature)
        shares = torch.softmax(kept, dim=-1, dtype=torch.float64).cumsum(dim=-1)
        draws = torch.stack([torch.rand(1, generator=one) for one in self._dice]).to(shares)
        drawn = torch.searchsorted(shares, draws * shares[:, -1:], right=True)
        return torch.full_like(scores, -torch.inf).scatter(1, drawn, 0.0)


class Stops(StoppingCriteria):
    """Ends each row with the token that completes a stop string; `ended` has the tokens it has then."""

    def __init__(self, tokenizer: Any, strings: Sequence[str], start: int, rows: int) -> None:
        self.strings = strings
        self.ended: list[int | None] = [None] * rows
        self._tokenizer, self._start = tokenizer, start
        # A token that writes anything writes a byte, so this many hold every string, with a few to spare.
        self._seen = max((len(one.encode()) for one in strings), default=0) + 8

    def __call__(self, input_ids: Any, scores: Any, **kwargs: Any) -> Any:  # noqa: ARG002 - as it is called
        """Which rows have ended."""
        new = input_ids[:, self._start :]
        texts = self._tokenizer.batch_decode(new[:, -self._seen :], skip_special_tokens=True)
        for at, text in enumerate(texts):
            if self.ended[at] is None and any(one in text for one in self.strings):
                self.ended[at] = new.shape[1]
        return torch.tensor([one is not None for one in self.ended], device=input_ids.device)
