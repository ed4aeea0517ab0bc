"""What measuring a model at an endpoint would ask is told before it is paid for."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from stages.console import forecast
from stages.shared.llm import books, refill
from stages.shared.llm.seam import ModelParams, Prompt, request_of
from stages.shared.llm.store import open_store
from stages.shared.records import Answer, Usage
from tests.console.test_forecast import nothing_committed
from tests.house import ROOT

LLM: dict[str, Any] = {
    "provider": "openai",
    "endpoint": "openai",
    "model": "m",
    "sampling": {"temperature": 0, "max_tokens": 64},
}
MATH = ROOT / "data/sources/benchmarks/math/MATH_eval_set_sample.jsonl"
PRICE = {"input": 1.0, "output": 2.0, "as_of": "2026-06"}


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository's root with a model at an endpoint and a recorded one, each measured on MATH."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SAUROPOD_ANSWERS", str(tmp_path / "answers.sqlite"))
    monkeypatch.setattr(refill, "committed", nothing_committed)
    shutil.copy(ROOT / "dvc.yaml", tmp_path / "dvc.yaml")
    (tmp_path / "gpt.yaml").write_text(yaml.safe_dump({"kind": "endpoint", "llm": LLM}), "utf-8")
    (tmp_path / "known.yaml").write_text(yaml.safe_dump({"kind": "recorded", "path": "x", "sha256": "y"}), "utf-8")
    sources = tmp_path / "data/sources/benchmarks/superni-test-sources.yaml"
    sources.parent.mkdir(parents=True)
    sources.write_text("benchmark: b\ntasks: {}\n", "utf-8")
    client = yaml.safe_load((ROOT / "params.yaml").read_text("utf-8"))["llm"]["client"]
    values = {
        "benchmarks": {"math": {"kind": "math", "decode": {"new_ids": 512}}},
        "measures": {
            "gpt-math": {"from": "gpt.yaml", "benchmark": "math", "reads": str(MATH)},
            "gpt-gone": {"from": "gpt.yaml", "benchmark": "math", "reads": "nowhere.jsonl"},
            "known-math": {"from": "known.yaml", "benchmark": "math", "reads": str(MATH)},
            "run-math": {"from": "data/train/run", "benchmark": "math", "reads": str(MATH)},
        },
        "pairs": {},
        "llm": {"models": {}, "client": {**client, "prices": {"m": PRICE}}},
    }
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(values), "utf-8")
    return tmp_path


def test_a_model_at_an_endpoint_has_a_price_and_what_is_known_has_none() -> None:
    found = forecast.of(["predict@gpt-math", "predict@known-math", "predict@run-math", "evaluate@gpt-math"])
    (one,) = found["asks"]
    assert (one["stage"], one["model"], one["prompts"], one["to_ask"], one["exact"]) == (
        "predict@gpt-math",
        "m",
        500,
        500,
        True,
    )
    # Nothing is known of its replies: half of 512 tokens each, at two dollars a million, and what is asked.
    assert one["tokens_out"]["expected"] == 500 * 256
    assert one["usd"]["expected"] == pytest.approx((one["tokens_in"] + 2 * 500 * 256) / 1e6)
    assert any("predict@gpt-math asks m: 500 prompts to ask" in line for line in forecast.lines(found))


def test_answers_that_were_paid_for_are_not_asked_for_again() -> None:
    question = json.loads(MATH.read_text("utf-8").splitlines()[0])
    model = ModelParams.model_validate({**LLM, "sampling": {"temperature": 0, "max_tokens": 512}})
    key = request_of(model, Prompt("i", "", ({"role": "user", "content": question["question"]},))).key
    answer = Answer(
        key=key, item="i", setting="", draw=0, provider="openai", model="m", reply="2", finish_reason="stop",
        usage=Usage(input=10, output=3),
    )  # fmt: skip
    with open_store() as store:
        entry = books.Stored(answer=answer, cost=1, budget="default", at=1_700_000_000)
        store.writer.do(lambda db: books.put(db, entry))
    (one,) = forecast.of(["predict@gpt-math"])["asks"]
    assert (one["in_store"], one["to_ask"]) == (1, 499)


def test_a_benchmark_that_is_not_there_yet_is_said() -> None:
    (one,) = forecast.of(["predict@gpt-gone"])["asks"]
    assert (one["to_ask"], one["exact"], one["from"]) == (0, False, "the benchmark is not there yet (nowhere.jsonl)")
