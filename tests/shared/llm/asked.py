"""Asking a fault server the way a stage does: settings, prompts, and a whole `answer` of many prompts."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from stages.shared.llm.asking import Asking, purse_of
from stages.shared.llm.client import ClientParams, Endpoint
from stages.shared.llm.openai import OpenAI
from stages.shared.llm.pool import Pool
from stages.shared.llm.seam import ModelParams, Prompt, Sampling, Unanswered
from stages.shared.records import Answer

PRICES = {"m": {"input": 1.0, "cached_input": 0.5, "output": 4.0, "batch_discount": 0.5, "as_of": "2026-06"}}
CLIENT: dict[str, Any] = {
    "endpoints": {"lab": {"base_url": "http://127.0.0.1:9/v1", "key_env": None}},
    "concurrency": 16,
    "requests_per_minute": None,
    "tokens_per_minute": None,
    "timeout_s": 10.0,
    "attempts": 8,
    "patience_s": 120.0,
    "max_failed_share": 0.0,
    "budget_usd": None,
    "budget_id": "test",
    "pay_again": False,
    "poll_s": 0.01,
    "prices": PRICES,
}
MODEL = ModelParams(provider="openai", endpoint="lab", model="m", sampling=Sampling(temperature=0, max_tokens=64))
KEY = "canary-key-5f1e"


def client_of(**changes: Any) -> ClientParams:
    return ClientParams.model_validate({**CLIENT, **changes})


def prompts(count: int, **more: Any) -> list[Prompt]:
    return [
        Prompt(f"item-{n:04}", "aware", ({"role": "user", "content": f"Question {n}"},), **more) for n in range(count)
    ]


def asking(url: str, folder: Path, model: ModelParams = MODEL, **changes: Any) -> Asking:
    """The provider of a stage whose output would be in `folder`, over the real SDK."""
    client = client_of(**changes)
    endpoint = Endpoint(base_url=url, key_env=None)
    pool = Pool(model.label, lambda: OpenAI(endpoint, KEY, client.timeout_s), client, purse_of(model, client))
    return Asking(model, pool, client, folder / "answers.jsonl")


def ask(url: str, folder: Path, asked: Iterable[Prompt], **changes: Any) -> list[Answer | Unanswered]:
    return list(asking(url, folder, **changes).answer(asked))


def complains_unless(word: str) -> Callable[[str], str]:
    """A check that wants a word in the reply."""

    def complaint(reply: str) -> str:
        return "" if word in reply else f"it does not hold the word {word}."

    return complaint
