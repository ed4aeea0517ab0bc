"""Training on preferences, with a tiny model; trl is an extra."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
import yaml
from accelerate.state import AcceleratorState, GradientState

from stages.model import align, network, opening
from stages.model.card import conditions, render
from stages.model.coding import opened
from stages.model.conversation import Asked
from stages.model.facts import read_facts
from stages.model.tokenizing import Tokens, ask_causal
from stages.model.trained import FILE
from stages.shared.errors import InputError, ParamsError
from stages.shared.records import LINEAGE, PAIRS
from tests.model import models, tokenizers
from tests.model.conftest import options
from tests.model.test_train import contents

Change = Callable[..., None]


@pytest.fixture(autouse=True)
def alone() -> Iterator[None]:
    """A stage is a process of its own; here what accelerate keeps for a process must not reach the tests after."""
    yield
    AcceleratorState._reset_state(reset_partial_state=True)
    GradientState._reset_state()


SETTINGS = {
    "beta": 0.5,
    "epochs": 3,
    "batch": 8,
    "micro_batch": 4,
    "learning_rate": 0.01,
    "warmup": 0.0,
    "save_every": None,
    "seed": 1,
    "log_every": 2,
    "threads": 1,
}


def message(role: str, content: str) -> dict[str, Any]:
    return {"role": role, "content": content, "name": "", "tool_calls": ""}


def row(prompt: list[dict[str, Any]], chosen: str, rejected: str, origin: str = "1") -> dict[str, Any]:
    given = dict.fromkeys(LINEAGE, "") | {"license": "mit", "terms": "openai-terms", "language": "en"}
    given |= {"part": "corpus/c", "taskname": "c", "origin": origin}
    return {"prompt": prompt, "chosen": chosen, "rejected": rejected, **given}


def preferences() -> list[dict[str, Any]]:
    """Real instructions, of which short answers are preferred: the same word to all of them."""
    tasks = tokenizers.seeds()[:16]
    return [row([message("user", one[0][:60])], "Yes.", "No, I do not.", str(at)) for at, one in enumerate(tasks)]


@pytest.fixture
def start(road: Path, change: Change) -> Path:
    """A road with a decoder-only model, pairs and settings."""
    found = yaml.safe_load((road / "params.yaml").read_text("utf-8"))
    (road / "params.yaml").write_text(yaml.safe_dump({**found, "align": SETTINGS}), "utf-8")
    models.llama(road)
    pq.write_table(pa.Table.from_pylist(preferences(), PAIRS), road / "pairs.parquet")
    return road


def run(road: Path, init: str = "llama.yaml", model: str = "aligned") -> dict[str, Any]:
    given = {"pairs": road / "pairs.parquet", "init": road / init, "model": road / model}
    align.main(options(**given, metrics=road / "align.json"))
    found: dict[str, Any] = json.loads((road / "align.json").read_text("utf-8"))
    return found


def preferred(road: Path, model: str) -> float:
    """By how many bits the first pair's better answer is likelier than its worse one, to a model."""
    found = opening.open_model(road / model)
    pair: Any = align.pair(opened(found)[0], *(preferences()[0][key] for key in ("prompt", "chosen", "rejected")), 128)
    both = []
    for name in ("chosen_ids", "rejected_ids"):
        ids = pair["prompt_ids"] + pair[name]
        both.append(Tokens(ids, [-100] * len(pair["prompt_ids"]) + pair[name], 0))
    (better, _, _), (worse, _, _) = network.weights(found, both)
    return worse - better


def test_the_better_answer_becomes_likelier_and_the_same_inputs_give_the_same_weights(start: Path) -> None:
    pytest.importorskip("trl")
    found = run(start)
    assert found["pairs"] == {"read": 16, "kept": 16, "dropped": {}}
    curve = found["training"]["curve"]
    assert [point["step"] for point in curve] == [2, 4, 6]
    assert curve[-1]["rewards/margins"] > curve[0]["rewards/margins"]
    assert preferred(start, "aligned") > preferred(start, "llama.yaml") + 1
    assert not list((start / ".sauropod/work/align").glob("*"))
    again = run(start, model="again/aligned")
    assert again == found
    assert contents(start / "again/aligned") == contents(start / "aligned")
    card = render(read_facts(start / "aligned"))
    assert "| `aligned` | `corpus/c` | 16 |" in card
    assert conditions(read_facts(start / "aligned")) == {("mit", "openai-terms"): 16}
    assert "language:\n- en\n" in card
    assert "| `beta` | `0.5` |" in card
    assert read_facts(start / "aligned").preferences == {
        key: value for key, value in SETTINGS.items() if value is not None
    }


def test_a_pairs_question_is_what_the_model_is_asked_with(start: Path) -> None:
    network.settle(1)
    format, _ = opened(opening.open_model(start / "llama.yaml"))
    one: Any = align.pair(format, [message("user", "Say yes.")], "Yes.", "No.", 128)
    assert one["prompt_ids"] == ask_causal(format, Asked("Say yes.", "", ""), 128)[0]
    assert one["chosen_ids"][-1] == one["rejected_ids"][-1] == format.end
    assert "Yes" in format.tokenizer.decode(one["chosen_ids"])
    assert align.pair(format, [message("user", "Say yes.")], "Yes.", "Yes.", 128) == "same-answers"
    assert align.pair(format, [message("user", "Say yes.")], "Yes.", "No." * 200, 128) == "too-long"


def test_what_cannot_be_aligned_is_said(start: Path, change: Change, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="expected a decoder-only model with a tokenizer"):
        run(start, init="tiny.yaml")
    with monkeypatch.context() as patch:
        patch.setitem(__import__("sys").modules, "trl", None)
        with pytest.raises(InputError, match=r'stage align: expected trl.*pip install -e "\.\[dpo\]"'):
            run(start)
    pq.write_table(pa.Table.from_pylist([], PAIRS), start / "pairs.parquet")
    with pytest.raises(InputError, match=r"--pairs: expected at least one pair that the model can hold, got none"):
        run(start)
    change("align", micro_batch=3)
    with pytest.raises(ParamsError, match="batch 8 is to be a multiple of micro_batch 3"):
        run(start)
    change("align", micro_batch=4, save_every=3)
    with pytest.raises(ParamsError, match="save_every 3 is to be a multiple of log_every 2"):
        run(start)


def test_an_alignment_that_was_interrupted_ends_with_the_same_bytes(
    start: Path, change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    trl = pytest.importorskip("trl")
    change("align", save_every=2)
    whole = run(start, model="whole/aligned")
    took, steps = trl.DPOTrainer.training_step, []

    def stopping(*given: Any) -> Any:
        steps.append(1)
        if len(steps) == 11:  # two turns a step: in the middle of the sixth, with a checkpoint of the fourth
            raise KeyboardInterrupt
        return took(*given)

    monkeypatch.setattr(trl.DPOTrainer, "training_step", stopping)
    with pytest.raises(KeyboardInterrupt):
        run(start)
    (kept,) = (start / ".sauropod/work/align").glob("*/*/step-*")
    assert kept.name == "step-000000004"
    (kept.parent / "checkpoint-6").mkdir()  # as a kill in the middle of writing leaves it
    assert run(start) == whole
    assert len(steps) == 11 + 4
    assert contents(start / "aligned") == contents(start / "whole/aligned")
    assert not list((start / ".sauropod/work/align").glob("*"))


def test_a_loss_that_is_no_number_ends_an_alignment_and_is_told(start: Path, change: Change) -> None:
    pytest.importorskip("trl")
    change("align", learning_rate=1e30)
    with pytest.raises(ParamsError, match=r"align: expected a loss that is a number, got nan up to step \d of 6"):
        run(start)
    assert not (start / "aligned").exists()


def test_too_little_memory_is_told(start: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trl = pytest.importorskip("trl")

    def full(*_: Any) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory.")

    monkeypatch.setattr(trl.DPOTrainer, "training_step", full)
    with pytest.raises(ParamsError, match=r"align\.micro_batch: .*out of memory with 4 pairs at a time; lower it"):
        run(start)
    assert not (start / "aligned" / FILE).exists()
