"""Replaying recorded answers: matched on dataset and config, and nothing made up."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from stages.shared.errors import InputError, ParamsError
from stages.shared.llm.recorded import Recorded
from stages.shared.llm.seam import NOT_RECORDED, ModelParams, Prompt, Unanswered, open_provider, unasked
from stages.shared.records import Answer, Card
from tests.hub.examples import card

TASK = {"instruction": "Say it.", "input_fields": ["text"], "output_field": ["label"]}


def recorded(folder: Path, *lines: dict[str, Any], **changes: Any) -> ModelParams:
    path = folder / "recorded.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    known = {"path": str(path), "sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "model": "gpt-3.5-turbo"}
    return ModelParams(provider="recorded", **{**known, **changes})


def line(dataset: str, config: str | None = None, **more: Any) -> dict[str, Any]:
    return {"dataset": dataset, "config": config, "tasks": [TASK], **more}


def silent(prompt: Prompt) -> str:
    return ""


def ask(
    provider: Recorded, *cards: Card, settings: tuple[str, ...] = ("aware", "unaware")
) -> list[Answer | Unanswered]:
    prompts = [Prompt(one.taskname, setting, (), subject={"card": one}) for one in cards for setting in settings]
    return list(provider.answer(prompts))


def test_the_aware_prompt_gets_all_tasks_and_the_unaware_one_is_not_recorded(tmp_path: Path) -> None:
    aware, unaware = ask(Recorded("r", recorded(tmp_path, line("toy"))), card())
    assert isinstance(aware, Answer)
    assert json.loads(aware.reply) == {"task1": TASK}
    assert (aware.finish_reason, aware.provider, aware.model) == ("stop", "recorded", "gpt-3.5-turbo")
    assert unaware == Unanswered("toy", "unaware", 0, NOT_RECORDED)


def test_a_config_without_summary_gets_its_tasks_by_the_only_prompt_it_has(tmp_path: Path) -> None:
    (unaware,) = ask(Recorded("r", recorded(tmp_path, line("toy"))), card(summary=""), settings=("unaware",))
    assert isinstance(unaware, Answer)
    assert json.loads(unaware.reply) == {"task1": TASK}


def test_null_matches_a_dataset_of_one_config_only(tmp_path: Path) -> None:
    provider = Recorded("r", recorded(tmp_path, line("toy"), line("many")))
    one = card("toy", config="plain_text")
    several = card("many-a", dataset="many", config="a")
    first, second = ask(provider, one, several, settings=("aware",))
    assert isinstance(first, Answer)
    assert second == Unanswered("many-a", "aware", 0, NOT_RECORDED)
    assert provider.unasked() == ["many"]


def test_a_config_is_matched_by_its_name(tmp_path: Path) -> None:
    provider = Recorded("r", recorded(tmp_path, line("many", "a"), line("many", "b")))
    ask(provider, card("many-b", dataset="many", config="b"))
    assert provider.unasked() == ["many:a"]


def test_a_prompt_about_something_else_is_not_recorded(tmp_path: Path) -> None:
    provider = Recorded("r", recorded(tmp_path, line("toy")))
    (answer,) = provider.answer([Prompt("node", "aware", (), subject={"node": 1})])
    assert answer == Unanswered("node", "aware", 0, NOT_RECORDED)


def test_the_seam_tells_what_nobody_asked_for(tmp_path: Path) -> None:
    provider = open_provider("r", recorded(tmp_path, line("toy")), silent, tmp_path / "answers.jsonl")
    assert unasked(provider) == ["toy"]
    template = open_provider("t", ModelParams(provider="template", model="rules-1"), silent, tmp_path / "answers.jsonl")
    assert unasked(template) == []


def test_another_file_than_the_params_describe_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParamsError, match=r"llm\.models\.r\.sha256"):
        Recorded("r", recorded(tmp_path, line("toy"), sha256="0" * 64))


@pytest.mark.parametrize("missing", [{"path": None}, {"sha256": None}, {"path": "nowhere.jsonl"}])
def test_a_missing_path_or_hash_is_refused(tmp_path: Path, missing: dict[str, Any]) -> None:
    with pytest.raises(ParamsError, match=r"llm\.models\.r"):
        Recorded("r", recorded(tmp_path, line("toy"), **missing))


@pytest.mark.parametrize(
    "lines",
    [
        [line("toy"), line("toy")],
        [line("toy", model="another-model")],
        [{"dataset": "toy", "config": None}],
        [line("toy", typo=1)],
    ],
)
def test_lines_that_leave_the_answer_open_are_refused(tmp_path: Path, lines: list[dict[str, Any]]) -> None:
    with pytest.raises(InputError, match=r"recorded\.jsonl"):
        Recorded("r", recorded(tmp_path, *lines))


def test_the_released_tasks_can_be_replayed(test_data: Path) -> None:
    path = test_data / "recorded" / "gpt35_tasks.jsonl"
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    model = ModelParams(provider="recorded", model="gpt-3.5-turbo", path=str(path), sha256=sha256)
    provider = Recorded("gpt35", model)
    assert len(provider.unasked()) == 133
    (answer,) = ask(provider, card("glue-sst2", dataset="glue", config="sst2"), settings=("aware",))
    assert isinstance(answer, Answer)
    assert [task["output_field"] for task in json.loads(answer.reply).values()] == [
        ["sentence"],
        ["label"],
        ["sentence"],
    ]
