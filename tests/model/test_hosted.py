"""A model at an endpoint is asked what a benchmark asks, paid for once, and measured like any other."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from stages.model import hosted
from stages.model.decoding import Decode
from stages.model.item import Item
from stages.model.predictions import Prediction
from stages.shared.errors import InputError, ModelError, ParamsError
from stages.shared.llm.fault_plan import Plan
from stages.shared.llm.fault_serving import serving
from tests.model.test_replayed import run
from tests.shared.llm.asked import CLIENT, MODEL

DATA = "data/sources/benchmarks"


def prepare(road: Path, url: str, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> Path:
    """A model at this address; changes: keys of llm.client."""
    monkeypatch.setenv("SAUROPOD_ANSWERS", str(road / "answers.sqlite"))
    path = road / "params.yaml"
    values = yaml.safe_load(path.read_text("utf-8"))
    values["llm"] = {
        "models": {},
        "client": {**CLIENT, "endpoints": {"lab": {"base_url": url, "key_env": None}}, **changes},
    }
    values["benchmarks"]["math"] = {"kind": "math", "preface": "Box it. ", "decode": {"new_ids": 512}}
    path.write_text(yaml.safe_dump(values, sort_keys=False), "utf-8")
    model = {"kind": "endpoint", "llm": MODEL.model_dump(mode="json", exclude_none=True)}
    (road / "hosted.yaml").write_text(yaml.safe_dump(model), "utf-8")
    return road / "hosted.yaml"


def ask(road: Path, model: Path) -> list[Prediction]:
    return run(road, "superni", road / "superni", model)


def test_each_question_is_asked_once_and_never_paid_for_again(road: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = Plan.model_validate({"reply": "said {digest}", "faults": {"503": 0.2}, "max_faults_per_request": 1})
    with serving(rules) as server:
        model = prepare(road, server.url, monkeypatch)
        found = ask(road, model)
        first = (road / "out/predictions.jsonl").read_bytes()
        asked = server.ledger()["answered"]
        assert ask(road, model) == found
        assert server.ledger()["answered"] == asked == len(found) == 30
    assert (road / "out/predictions.jsonl").read_bytes() == first
    assert len({one.prediction for one in found}) == 30
    answers = [json.loads(line) for line in (road / "out/asked.jsonl").read_text("utf-8").splitlines()]
    assert [(one["item"], one["reply"]) for one in answers] == [(one.id, one.prediction) for one in found]
    metrics = json.loads((road / "out/metrics.json").read_text("utf-8"))
    assert metrics["answers"] == {"read": 30, "kept": 30, "dropped": {}}
    assert metrics["asked"]["answers"] == 30
    assert metrics["asked"]["cut_off"] == 0
    assert metrics["asked"]["cost_usd"] > 0


def test_a_question_without_an_answer_counts_as_an_empty_one_and_is_told(
    road: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(Plan.model_validate({"first": ["400"], "output_tokens": [5000, 6000]})) as server:
        model = prepare(road, server.url, monkeypatch, max_failed_share=0.05)
        found = ask(road, model)
    lacking = [one for one in found if one.unanswered]
    assert [(one.prediction, one.unanswered) for one in lacking] == [("", "rejected")]
    metrics = json.loads((road / "out/metrics.json").read_text("utf-8"))
    assert metrics["answers"]["dropped"] == {"rejected": 1}
    assert metrics["asked"]["cut_off"] == 29  # all others wanted to say more than they may
    dropped = json.loads((road / "out/dropped.jsonl").read_text("utf-8").splitlines()[-1])
    assert (dropped["what"], dropped["id"]) == ("answer", lacking[0].id)


def test_too_many_questions_without_an_answer_leave_no_predictions(road: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Plan.model_validate({"first": ["400", "400"]})) as server:
        model = prepare(road, server.url, monkeypatch, max_failed_share=0.05)
        with pytest.raises(ModelError, match="without an answer"):
            ask(road, model)
    assert not (road / "out/predictions.jsonl").exists()


def test_a_question_is_one_message_with_the_examples_that_are_shown() -> None:
    one = Item("i", "t", "Add.", "1 and 1", ("2",), examples=(("2 and 2", "4"),), negative=(("1 and 2", "12"),))
    assert hosted.prompt(one).messages == (
        {
            "role": "user",
            "content": "Definition: Add.\n\n"
            " Positive Example 1 -\nInput: 2 and 2.\n Output: 4.\n\n"
            " Negative Example 1 -\nInput: 1 and 2.\n Output: 12.\n\n"
            "Now complete the following example -\nInput: 1 and 1.\nOutput:",
        },
    )
    assert hosted.prompt(Item("i", "t", "Add 1 and 1.", "", ("2",))).messages[0]["content"] == "Add 1 and 1."


def test_a_benchmark_says_how_its_answers_are_drawn() -> None:
    assert hosted.drawn(MODEL, None, "m") == MODEL
    changed = hosted.drawn(MODEL, Decode(temperature=0.7, new_ids=512), "m").sampling
    assert changed.sent() == {"temperature": 0.7, "max_tokens": 512}
    warm = MODEL.model_copy(update={"sampling": MODEL.sampling.model_copy(update={"temperature": None})})
    assert hosted.drawn(warm, Decode(new_ids=512), "m").sampling.sent() == {"max_tokens": 512}
    with pytest.raises(ParamsError, match="1 beam"):
        hosted.drawn(MODEL, Decode(beams=10), "m")


@pytest.mark.parametrize("provider", ["template", "recorded"])
def test_a_provider_that_asks_nobody_is_no_endpoint(road: Path, provider: str) -> None:
    described = {"kind": "endpoint", "llm": {"provider": provider, "model": "m"}}
    (road / "odd.yaml").write_text(yaml.safe_dump(described), "utf-8")
    with pytest.raises(InputError, match="a provider that asks a model"):
        ask(road, road / "odd.yaml")


def test_math_is_asked_with_its_preface(road: Path, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    boxed = Plan.model_validate({"replies": [{"contains": "Box it. ", "reply": "It is \\boxed{2}"}]})
    with serving(boxed) as server:
        model = prepare(road, server.url, monkeypatch)
        few = road / "math.jsonl"
        lines = (repository / DATA / "math/MATH_eval_set_sample.jsonl").read_text("utf-8").splitlines(keepends=True)
        few.write_text("".join(lines[:5]), "utf-8")
        found = run(road, "math", few, model)
    assert [one.prediction for one in found] == ["It is \\boxed{2}"] * 5
    assert [(one.task, one.category) for one in found][:2] == [("Prealgebra", "Level 2"), ("Algebra", "Level 3")]
