"""lm-evaluation-harness measures models made on the spot, on questions of CoPA and SVAMP."""

import json
import math
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from transformers import LlamaForCausalLM

from stages.model import harness, network, opening
from stages.model.harnessed import scores
from stages.model.tokenizing import Tokens
from stages.shared.errors import InputError, ParamsError
from tests.house import ROOT
from tests.model import models, tokenizers
from tests.model.conftest import TINY, options

SUPERNI = ROOT / "data/sources/benchmarks/superni"
OPTIONS = re.compile(r"(.*) \(A\) (.*) \(B\) (.*), Question: (\w+)")


def questions(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((SUPERNI / f"{name}.json").read_text("utf-8"))["Instances"]
    return found


def copa() -> Iterator[dict[str, Any]]:
    for one in questions("task1393_superglue_copa_text_completion")[:12]:
        read = OPTIONS.fullmatch(one["input"])
        assert read
        said = f"{read[1]} {'because' if read[4] == 'cause' else 'so'}"
        yield {"said": said, "choices": [read[2], read[3]], "right": "AB".index(one["output"][0])}


def svamp() -> Iterator[dict[str, Any]]:
    for one in questions("task1761_svamp")[:6]:
        yield {"asked": one["input"], "right": str(one["output"][0])}


TASKS: dict[str, dict[str, Any]] = {
    "copa": {
        "output_type": "multiple_choice",
        "doc_to_text": "said",
        "doc_to_target": "right",
        "doc_to_choice": "choices",
        "metric_list": [{"metric": "acc", "aggregation": "mean", "higher_is_better": True}],
    },
    "svamp": {
        "output_type": "generate_until",
        "doc_to_text": "Question: {{asked}}\nAnswer:",
        "doc_to_target": "right",
        "generation_kwargs": {"until": ["\n"], "max_gen_toks": 8},
        "metric_list": [{"metric": "exact_match", "aggregation": "mean", "higher_is_better": True}],
        "filter_list": [{"name": "number", "filter": [{"function": "regex", "regex_pattern": "(\\d+)"}]}],
    },
    "text": {"output_type": "loglikelihood_rolling", "doc_to_text": "", "doc_to_target": "{{asked}}",
             "metric_list": [{"metric": "bits_per_byte"}]},
    "code": {"output_type": "generate_until", "doc_to_text": "asked", "doc_to_target": "right", "unsafe_code": True},
}  # fmt: skip


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with own tasks, their data, and a Llama."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    own = tmp_path / "own"
    own.mkdir()
    for name, rows in (("copa", list(copa())), ("svamp", list(svamp()))):
        (own / f"{name}.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    for name, task in TASKS.items():
        data = {"dataset_path": "json", "dataset_kwargs": {"data_files": {"test": f"own/{_data(name)}.jsonl"}}}
        told = {"task": name, "test_split": "test", **data, "metadata": {"version": 2.0}, **task}
        (own / f"{name}.yaml").write_text(yaml.safe_dump(told), "utf-8")
    models.llama(tmp_path)
    return tmp_path


def _data(task: str) -> str:
    return "copa" if task == "copa" else "svamp"


def run(place: Path, model: str = "llama.yaml", **suite: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What the stage writes: the metrics and the samples."""
    told = {"from": model, "tasks": ["copa"], "shots": 0, "limit": None, "template": False, **suite}
    settings = {"batch": 4, "threads": 1, "seed": 7, "unsafe": False}
    (place / "params.yaml").write_text(yaml.safe_dump({"harness": settings, "suites": {"one": told}}), "utf-8")
    out = place / "out"
    harness.main(
        options(suite="one", model=place / model, own=place / "own", samples=out / "s.jsonl", metrics=out / "m.json")
    )
    lines = (out / "s.jsonl").read_text("utf-8").splitlines()
    return json.loads((out / "m.json").read_text("utf-8")), [json.loads(line) for line in lines]


def likelihood(place: Path, question: str, answer: str) -> float:
    """The log-likelihood of an answer by the Llama, added up id by id."""
    network = LlamaForCausalLM.from_pretrained(place / "llama-folder").eval()
    tokenizer = tokenizers.chatty()
    ids = tokenizer(question + answer).input_ids
    start = len(tokenizer(question).input_ids)
    with torch.inference_mode():
        weights = network(torch.tensor([ids])).logits[0].log_softmax(-1)
    return float(sum(weights[at - 1, ids[at]] for at in range(start, len(ids))))


def test_choices_are_weighed_as_by_hand_and_the_likelier_one_is_the_answer(place: Path) -> None:
    found, samples = run(place)
    assert len(samples) == 12
    for row, one in zip(copa(), samples, strict=True):
        by_hand = [likelihood(place, row["said"], f" {choice}") for choice in row["choices"]]
        assert one["answers"] == pytest.approx(by_hand, abs=1e-4)
        assert one["scores"] == {"acc": float(by_hand[row["right"]] == max(by_hand))}
        assert (one["prompt"], one["choices"]) == (row["said"], [f" {choice}" for choice in row["choices"]])
    mean = sum(one["scores"]["acc"] for one in samples) / 12
    assert found["questions"] == {"read": 12, "kept": 12, "dropped": {}}
    told = found["tasks"]["copa"]
    assert told["acc"] == pytest.approx(mean, abs=1e-6)
    assert told["acc_stderr"] == pytest.approx((mean * (1 - mean) / 11) ** 0.5, abs=1e-6)
    assert [told[key] for key in ("version", "shots", "questions", "asked", "cut")] == [2.0, 0, 12, 12, 0]
    assert not (place / ".sauropod/work").exists() or not list((place / ".sauropod/work").rglob("*.sqlite*"))


def test_a_question_is_put_in_the_form_the_model_was_trained_on_worked_examples_and_all_in_one_turn(
    place: Path,
) -> None:
    found, samples = run(place, tasks=["svamp"], shots=1, limit=3, template=True)
    assert len(samples) == 3
    for one, row in zip(samples, svamp(), strict=False):
        head, _, told = one["prompt"].partition("### Instruction:\n")
        assert head.startswith("Below is an instruction that describes a task.")
        assert told.endswith(f"\n\nQuestion: {row['asked']}\nAnswer:\n\n### Response:")
        assert told.count("Question:") == 2
    assert found["tasks"]["svamp"]["exact_match,number"] == 0
    assert [found["tasks"]["svamp"][key] for key in ("shots", "questions", "asked")] == [1, 6, 3]


def test_a_template_without_a_place_for_a_system_gets_its_words_in_the_question(place: Path) -> None:
    turns = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"}]
    alpaca = opening.open_model(place / "llama.yaml")
    assert "### Instruction:\nBe brief.\n\nWhy?\n\n### Response:" in harness.asked(alpaca, turns)
    described = yaml.safe_load((place / "llama.yaml").read_text("utf-8")) | {"prompt": models.CHAT}
    (place / "chat.yaml").write_text(yaml.safe_dump(described), "utf-8")
    chat = harness.asked(opening.open_model(place / "chat.yaml"), turns)
    assert chat == "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\n"


def test_encoder_decoders_are_measured_too_one_over_bytes_by_its_own_ids(place: Path) -> None:
    models.t5(place)
    _, samples = run(place, "t5.yaml", tasks=["copa", "svamp"])
    assert [one["task"] for one in samples] == ["copa"] * 12 + ["svamp"] * 6
    (place / "tiny.yaml").write_text(yaml.safe_dump(TINY), "utf-8")
    _, samples = run(place, "tiny.yaml")
    model = opening.open_model(place / "tiny.yaml")
    for one in samples[:3]:
        source = [byte + 3 for byte in one["prompt"].encode()] + [1]
        targets = [[byte + 3 for byte in choice.encode()] for choice in one["choices"]]
        weights = network.weights(model, [Tokens(source, target, 0) for target in targets])
        assert one["answers"] == pytest.approx([-bits * math.log(2) for bits, _, _ in weights], abs=1e-3)


def test_questions_that_the_model_cannot_read_whole_are_counted(place: Path) -> None:
    found, samples = run(place, tasks=["svamp"], shots=2)
    long = [one for one in samples if len(tokenizers.chatty()(one["prompt"]).input_ids) + 8 > 256]
    assert 0 < len(long) < 6
    assert found["tasks"]["svamp"]["cut"] == len(long)


def test_a_text_is_weighed_whole(place: Path) -> None:
    found, samples = run(place, tasks=["text"])
    assert found["tasks"]["text"]["bits_per_byte"] > 0
    assert (len(samples), found["tasks"]["text"]["cut"]) == (6, 0)


def test_what_a_killed_process_was_told_is_not_asked_again(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = {"made": 0, "allowed": 3}
    forward = LlamaForCausalLM.forward

    def counted(self: Any, *args: Any, **more: Any) -> Any:
        if calls["made"] == calls["allowed"]:
            raise KeyboardInterrupt
        calls["made"] += 1
        return forward(self, *args, **more)

    with monkeypatch.context() as patch:
        patch.setattr(LlamaForCausalLM, "forward", counted)
        with pytest.raises(KeyboardInterrupt):
            run(place)
        calls["allowed"] = 100
        again = run(place)
    assert calls["made"] == 6  # 24 choices, 4 at a time
    assert run(place) == again


@pytest.mark.parametrize(
    ("suite", "said"),
    [
        ({"tasks": ["svampp"]}, "expected a task of the harness, such as svamp, .*got 'svampp'"),
        ({"tasks": ["code"]}, "expected tasks that run no code written by a model, got code, which does"),
        ({"model": "asked.yaml"}, "expected a model that is loaded here.*got asked.yaml"),
        ({"shots": -1}, "section suites.one"),
    ],
)
def test_what_cannot_be_measured_is_said(
    place: Path, monkeypatch: pytest.MonkeyPatch, suite: dict[str, Any], said: str
) -> None:
    (place / "asked.yaml").write_text("kind: endpoint\n", "utf-8")
    library = harness.library()
    manager = library.tasks.TaskManager
    # Looking through the thousands of tasks that come with the harness takes seconds.
    monkeypatch.setattr(library.tasks, "TaskManager", lambda **more: manager(**{**more, "include_defaults": False}))
    with pytest.raises(ParamsError, match=said):
        run(place, **suite)


def test_data_that_is_not_there_and_a_missing_harness_are_said(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / "own/svamp.jsonl").unlink()
    with pytest.raises(InputError, match=r"expected the data of svamp, got FileNotFoundError, Unable to find"):
        run(place, tasks=["svamp"])
    monkeypatch.setitem(sys.modules, "lm_eval", None)
    with pytest.raises(InputError, match=r'install the extra: pip install -e "\.\[harness\]"'):
        run(place)


def test_only_finite_numbers_are_scores_and_filters_have_names() -> None:
    found = {
        "alias": "x", "sample_len": 4, "acc,none": 0.5, "acc_stderr,none": 0.25, "exact_match,strict": 1,
        "exact_match_stderr,strict": "N/A", "perplexity,none": float("inf"),
    }  # fmt: skip
    assert scores(found) == {"acc": 0.5, "acc_stderr": 0.25, "exact_match,strict": 1.0}
