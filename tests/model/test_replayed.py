"""Recorded answers become predictions; what does not match the benchmark one to one is refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from stages.model import predict
from stages.model.predictions import Prediction
from stages.shared.errors import InputError
from stages.shared.fetched import hash_of
from stages.shared.files import read_jsonl
from tests.model.conftest import options

MODELS = ("davinci", "davinci-t0-ft", "davinci-self-instruct", "text-davinci-003")
USER = "data/sources/benchmarks/user-instructions/user_oriented_instructions.jsonl"


def record(road: Path, answers: list[dict[str, Any]], sha256: str | None = None) -> Path:
    """A model that is known by some answers."""
    path = road / "answers.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in answers), "utf-8")
    described = {"kind": "recorded", "path": str(path), "sha256": sha256 or hash_of(path)}
    (road / "recorded.yaml").write_text(yaml.safe_dump(described), "utf-8")
    return road / "recorded.yaml"


def run(road: Path, benchmark: str, data: Path, model: Path) -> list[Prediction]:
    predict.main(
        options(
            benchmark=benchmark,
            model=model,
            benchmark_data=data,
            sources=road / "sources.yaml",
            predictions=road / "out/predictions.jsonl",
            answers=road / "out/asked.jsonl",
            dropped=road / "out/dropped.jsonl",
            metrics=road / "out/metrics.json",
        )
    )
    return list(read_jsonl(road / "out/predictions.jsonl", Prediction))


def ids(road: Path) -> list[str]:
    """The instances of Super-NI that are asked."""
    files = sorted((road / "superni").glob("task*.json"))
    return [one["id"] for file in files for one in json.loads(file.read_text("utf-8"))["Instances"][:3]]


def test_the_four_shipped_models_answered_each_of_the_252(
    road: Path, repository: Path, change: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    change("benchmarks", user={"kind": "user-instructions"})
    (road / "data").symlink_to(repository / "data")
    asked = [json.loads(line) for line in (repository / USER).read_text("utf-8").splitlines()]
    for model in MODELS:
        found = run(road, "user", repository / USER, repository / f"data/sources/models/{model}.yaml")
        assert [one.id for one in found] == [one["id"] for one in asked]
        assert [one.references[0] for one in found] == [one["instances"][0]["output"] for one in asked]
    assert (road / "out/asked.jsonl").read_bytes() == b""


@pytest.mark.parametrize("model", MODELS)
def test_recorded_answers_are_those_that_were_released(repository: Path, test_data: Path, model: str) -> None:
    shipped = repository / f"data/sources/recorded/user-instructions/{model}.jsonl"
    lines = (test_data / f"eval/predictions_252/{model}.jsonl").read_text("utf-8").splitlines()
    released = [json.loads(line) for line in lines]
    found = [json.loads(line) for line in shipped.read_text("utf-8").splitlines()]
    # GPT-3 went on for pages; its file would not fit into a megabyte.
    longest = 4096 if model == "davinci" else None
    assert [one["answer"] for one in found] == [one["response"][:longest] for one in released]
    questions = [json.loads(line) for line in (test_data / f"eval/{Path(USER).name}").read_text("utf-8").splitlines()]
    for one, asked, told in zip(found, questions, released, strict=True):
        assert one["id"] == asked["id"]
        assert asked["instruction"].strip() == told["instruction"].strip()
        assert asked["instances"][0]["input"].strip() == told["input"].strip()


def test_answers_to_questions_that_are_not_asked_are_counted_and_left_out(road: Path) -> None:
    asked = ids(road)
    model = record(road, [{"id": id, "answer": f" said {id} "} for id in ["other", *reversed(asked)]])
    found = run(road, "superni", road / "superni", model)
    assert [(one.id, one.prediction) for one in found] == [(id, f"said {id}") for id in asked]
    counts = json.loads((road / "out/metrics.json").read_text("utf-8"))["recorded"]
    assert counts == {"read": len(asked) + 1, "kept": len(asked), "dropped": {"not-asked": 1}}


@pytest.mark.parametrize(
    ("cut", "fault"),
    [
        (lambda ids: ids[1:], r"an answer to each of 30 questions, got none to task1393-\w+;"),
        (lambda ids: ids[2:], r"got none to task1393-\w+ and 1 more"),
        (lambda ids: [*ids, ids[4]], r"each id once, got task\S+ again"),
        (
            lambda _: ["user_oriented_task_0"],
            r"answers to this benchmark .*, got those of another \(user_oriented_task_0",
        ),
        (lambda _: [], r"those of another \(no line at all"),
    ],
)
def test_answers_that_do_not_fit_the_benchmark_are_refused(
    road: Path, cut: Callable[[list[str]], list[str]], fault: str
) -> None:
    model = record(road, [{"id": id, "answer": "yes"} for id in cut(ids(road))])
    with pytest.raises(InputError, match=fault):
        run(road, "superni", road / "superni", model)
    assert not (road / "out/predictions.jsonl").exists()


def test_a_file_that_was_changed_or_is_not_there_is_refused(road: Path) -> None:
    model = record(road, [{"id": id, "answer": "yes"} for id in ids(road)], sha256="0" * 64)
    with pytest.raises(
        InputError, match=r"expected the SHA-256 0000.*recorded\.yaml, file|recorded\.yaml, file .*0000"
    ):
        run(road, "superni", road / "superni", model)
    (road / "answers.jsonl").unlink()
    with pytest.raises(InputError, match="got no file"):
        run(road, "superni", road / "superni", model)
