"""What a killed training or asking leaves is gone on from, and the result is that of one that was never killed."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from stages.model import answering, train
from stages.model.trained import read_trained
from tests.model import models
from tests.model import test_predict as asking
from tests.model.test_train import blend, contents, run
from tests.waiting import until

Change = Callable[..., None]


class StoppedError(Exception):
    """Stands for whatever ends a process."""


def training(road: Path, *before: str, init: str = "tiny.yaml", model: str = "trained") -> list[str]:
    return [
        *(before or (sys.executable, "-m")),
        "stages.model.train",
        *("--recipe", "tiny", "--mix", str(road / "mix/first"), "--init", str(road / init)),
        *("--model", str(road / model), "--metrics", str(road / f"{model}.json"), "--plot", str(road / f"{model}.svg")),
    ]


def kill_when(command: list[str], there: Callable[[], bool]) -> None:
    """Start a command, and end it without a word as soon as something is there."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        until(there, process)
        assert process.poll() is None, process.communicate()[0]
        process.send_signal(signal.SIGKILL)


def counted(monkeypatch: pytest.MonkeyPatch, where: Any, name: str, stop: int | None = None) -> list[Any]:
    """Count the calls of a function; raise StoppedError at call number `stop`."""
    calls: list[Any] = []
    function = getattr(where, name)

    def counting(*given: Any) -> Any:
        calls.append(given)
        if len(calls) == stop:
            raise StoppedError
        return function(*given)

    monkeypatch.setattr(where, name, counting)
    return calls


def test_a_training_killed_in_the_middle_ends_with_the_same_bytes(
    road: Path, change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    change("recipes.tiny", steps=30, passes=100, save_every=4, log_every=7)
    blend(road, "first", "tiny.yaml")
    whole = run(road, model="whole/trained")
    assert not list((road / ".sauropod/work/train").glob("*"))
    kill_when(training(road), lambda: any((road / ".sauropod/work").glob("train/*/*/step-*")))
    assert not (road / "trained").exists()
    steps = counted(monkeypatch, train, "learn")
    assert run(road) == whole
    assert contents(road / "trained") == contents(road / "whole/trained")
    assert 0 < len(steps) <= 26
    assert not list((road / ".sauropod/work/train").glob("*"))


@pytest.mark.parametrize("lora", [None, {"r": 4, "alpha": 8, "dropout": 0.1, "targets": "all-linear"}])
def test_an_interrupted_packed_training_ends_with_the_same_bytes(
    road: Path, change: Change, lora: dict[str, Any] | None
) -> None:
    change("recipes.tiny", **models.CAUSAL, packing=True, steps=9, save_every=2, micro_batch=2, lora=lora)
    init = models.llama(road)
    whole = run(road, init=init, model="whole/trained")
    with pytest.MonkeyPatch.context() as patch:
        counted(patch, train, "learn", stop=8)
        with pytest.raises(StoppedError):
            run(road, init=init)
    with pytest.MonkeyPatch.context() as patch:
        steps = counted(patch, train, "learn")
        assert run(road, init=init) == whole
        assert [step for _, step, _ in steps] == [7, 8, 9]
    assert contents(road / "trained") == contents(road / "whole/trained")


def test_a_checkpoint_of_other_inputs_is_left_alone(
    road: Path, change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    change("recipes.tiny", save_every=2)
    with pytest.MonkeyPatch.context() as patch:
        counted(patch, train, "learn", stop=4)
        with pytest.raises(StoppedError):
            run(road)
    change("recipes.tiny", learning_rate=1e-3)
    steps = counted(monkeypatch, train, "learn")
    run(road)
    assert len(steps) == 5


def test_two_processes_see_in_each_step_what_one_sees(road: Path, change: Change) -> None:
    change("recipes.tiny", **models.CAUSAL, packing=True, micro_batch=2, clip=None, save_every=2, log_every=1)
    init = models.llama(road, attention_dropout=0.0)
    one = run(road, init=init, model="one")
    launch = (sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2", "--module")
    done = subprocess.run(
        training(road, *launch, init=init, model="two"),
        env={**os.environ, "MASTER_ADDR": "127.0.0.1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    two = json.loads((road / "two.json").read_text("utf-8"))
    assert (one["training"]["processes"], two["training"]["processes"]) == (1, 2)
    assert read_trained(road / "two") == read_trained(road / "one")
    assert two["instances"] == one["instances"]
    for mine, theirs in zip(two["training"]["curve"], one["training"]["curve"], strict=True):
        assert (mine["train"], mine["validation"]) == pytest.approx((theirs["train"], theirs["validation"]), abs=2e-3)
    first, second = (load_file(road / model / "model.safetensors") for model in ("one", "two"))
    assert all(torch.allclose(first[name], second[name], atol=2e-3) for name in first)


def test_an_asking_killed_in_the_middle_gives_the_same_predictions(
    road: Path, change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    change("predict", batch=1)
    asking.run(road, "holdout", out="whole")
    command = [sys.executable, "-m", "stages.model.predict", "--benchmark", "holdout", "--model", "tiny.yaml"]
    command += ["--benchmark-data", "dataset", "--sources", "sources.yaml"]
    command += [f"--{name}={road}/out/{name}.jsonl" for name in ("predictions", "answers", "dropped")]
    command += [f"--metrics={road}/out/metrics.json"]
    partial = ".sauropod/work"
    monkeypatch.chdir(road)
    kill_when(command, lambda: any(one.stat().st_size for one in (road / partial).glob("predict/*/*/answers.jsonl")))
    kept = next((road / partial).glob("predict/*/*/answers.jsonl"))
    with kept.open("a") as file:
        file.write('{"at": 3, "sa')
    asked = counted(monkeypatch, answering.network, "write_until_ends")
    asking.run(road, "holdout")
    assert (road / "out/predictions.jsonl").read_bytes() == (road / "whole/predictions.jsonl").read_bytes()
    assert len(asked) < 10
    assert not list((road / ".sauropod/work/predict").glob("*"))
