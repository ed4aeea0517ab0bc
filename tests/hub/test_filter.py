"""Which tasks pass, and why the others do not."""

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from stages.hub import filter as filtering
from stages.shared import files
from stages.shared.errors import InputError, ParamsError
from stages.shared.records import Answer, Task, task_id
from tests.hub import released
from tests.hub.examples import card, write_params, write_rows

GOOD = {"instruction": "Say what it is about.", "input_fields": ["text"], "output_field": ["label"]}
ROW = {"text": "Hello.", "label": "greeting", "other": 1}


def answer(reply: object, setting: str = "aware", item: str = "toy") -> Answer:
    text = reply if isinstance(reply, str) else json.dumps(reply)
    known = {"key": "k1", "draw": 0, "provider": "template", "model": "rules-1", "finish_reason": "stop"}
    return Answer(item=item, setting=setting, reply=text, **known)  # type: ignore[arg-type]


def run(folder: Path, *answers: Answer, one_output: bool = True, **wave: list[dict[str, Any]]) -> argparse.Namespace:
    write_params(folder, filter={"one_output": one_output})
    wave = wave or {"toy": [ROW]}
    files.write_jsonl(folder / "cards.jsonl", [card(name) for name in wave])
    files.write_jsonl(folder / "answers.jsonl", answers)
    write_rows(folder / "rows.parquet", wave)
    names = ("answers.jsonl", "cards.jsonl", "rows.parquet", "tasks.jsonl", "dropped.jsonl", "metrics.json")
    paths = argparse.Namespace(**{name.partition(".")[0]: folder / name for name in names})
    filtering.main(paths)
    return paths


def kept(paths: argparse.Namespace) -> list[Task]:
    return list(files.read_jsonl(paths.tasks, Task))


def dropped(paths: argparse.Namespace) -> list[tuple[str, str]]:
    lines = map(json.loads, paths.dropped.read_text("utf-8").splitlines())
    return [(line["what"], line["reason"]) for line in lines]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_good_task_passes_with_its_identity(tmp_path: Path) -> None:
    (task,) = kept(run(tmp_path, answer({"task1": GOOD})))
    assert task == Task(
        task_id=task_id("toy", "default", GOOD["instruction"], ("text",), ("label",)),  # type: ignore[arg-type]
        taskname="toy",
        setting="aware",
        instruction="Say what it is about.",
        input_fields=("text",),
        output_field=("label",),
        license="apache-2.0",
        answer_key="k1",
        generator="template:rules-1",
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"instruction": "  "}, "instruction-empty"),
        ({"output_field": []}, "empty-output"),
        ({"input_fields": []}, "empty-input"),
        ({"input_fields": ["text", "nowhere"]}, "unknown-field"),
        ({"output_field": ["Label"]}, "unknown-field"),
        ({"output_field": ["label", "other"]}, "several-outputs"),
        ({"input_fields": ["text", "label"]}, "field-overlap"),
    ],
)
def test_each_rule_has_its_reason(tmp_path: Path, change: dict[str, Any], reason: str) -> None:
    paths = run(tmp_path, answer({"task1": {**GOOD, **change}}))
    assert kept(paths) == []
    assert dropped(paths) == [("task", reason)]


def test_the_first_rule_that_fits_gives_the_reason(tmp_path: Path) -> None:
    assert dropped(run(tmp_path, answer({"t": {**GOOD, "output_field": [], "input_fields": ["nowhere"]}}))) == [
        ("task", "empty-output")
    ]


def test_several_outputs_pass_where_the_params_allow_them(tmp_path: Path) -> None:
    (task,) = kept(run(tmp_path, answer({"t": {**GOOD, "output_field": ["label", "other"]}}), one_output=False))
    assert task.output_field == ("label", "other")


def test_an_instruction_counts_once_in_a_reply_even_after_a_dropped_task(tmp_path: Path) -> None:
    bad, again = {**GOOD, "output_field": ["nowhere"]}, {**GOOD, "input_fields": ["other"]}
    paths = run(tmp_path, answer({"a": bad, "b": GOOD, "c": again}), answer({"a": again}, "unaware"))
    assert [reason for _, reason in dropped(paths)] == ["unknown-field", "repeated-instruction", "repeated-instruction"]
    assert [task.setting for task in kept(paths)] == ["unaware"]


def test_a_task_of_both_settings_keeps_its_first_copy(tmp_path: Path) -> None:
    paths = run(tmp_path, answer({"a": GOOD}), answer({"x": GOOD, "y": {**GOOD, "instruction": "Name it."}}, "unaware"))
    assert dropped(paths) == [("task", "repeated-task")]
    assert [(task.setting, task.instruction) for task in kept(paths)] == [
        ("aware", "Say what it is about."),
        ("unaware", "Name it."),
    ]


def test_the_same_task_of_two_configs_stands_twice(tmp_path: Path) -> None:
    paths = run(tmp_path, answer({"a": GOOD}, item="b"), answer({"a": GOOD}, item="a"), a=[ROW], b=[ROW])
    assert [task.taskname for task in kept(paths)] == ["a", "b"]


def test_tasks_come_in_the_order_of_the_cards(tmp_path: Path) -> None:
    paths = run(tmp_path, answer({"a": GOOD}, item="b"), answer({"a": GOOD}, item="a"), b=[ROW], a=[ROW])
    assert [task.taskname for task in kept(paths)] == ["b", "a"]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [("I would rather not.", "parse-failure"), ("", "parse-failure"), ("{}", "no-task"), ('{"tasks": []}', "no-task")],
)
def test_a_reply_without_tasks_is_dropped_whole(tmp_path: Path, reply: str, reason: str) -> None:
    paths = run(tmp_path, answer(reply))
    assert dropped(paths) == [("answer", reason)]
    assert files.read_json(paths.metrics) == {"answers": {"read": 1, "kept": 0, "dropped": {reason: 1}}}


def test_a_reply_that_was_asked_for_again_stands_beside_the_one_that_could_not_be_read(tmp_path: Path) -> None:
    bad, good = answer("Sure! Here are some tasks."), answer({"a": GOOD}).model_copy(update={"turn": 1, "key": "l"})
    paths = run(tmp_path, bad, good)
    assert dropped(paths) == [("answer", "parse-failure")]
    assert [task.answer_key for task in kept(paths)] == ["l"]


def test_fields_of_a_config_without_rows_are_unknown(tmp_path: Path) -> None:
    assert dropped(run(tmp_path, answer({"a": GOOD}), toy=[])) == [("task", "unknown-field")]


def test_an_answer_about_another_config_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="elsewhere"):
        run(tmp_path, answer({"a": GOOD}, item="elsewhere"))


def test_an_unknown_parameter_is_refused(tmp_path: Path) -> None:
    paths = run(tmp_path)
    write_params(tmp_path, filter={"one_output": True, "two_outputs": 1})
    with pytest.raises(ParamsError, match="two_outputs"):
        filtering.main(paths)


def test_what_passes_is_what_the_released_code_would_pass(tmp_path: Path) -> None:
    reply = {
        "task1": GOOD,
        "task2": {**GOOD, "instruction": "Two.", "output_field": ["label", "other"]},
        "task3": {**GOOD, "output_field": ["other"]},
        "task4": {**GOOD, "instruction": "Four.", "output_field": []},
        "task5": {**GOOD, "instruction": "Five.", "input_fields": ["gone"]},
        "task6": {**GOOD, "instruction": "Six.", "input_fields": ["text", "label"]},
    }
    expected = released.without_copies([*released.filtered(reply, set(ROW)), *released.filtered(reply, set(ROW))])
    found = kept(run(tmp_path, answer(reply), answer(reply, "unaware"), one_output=False))
    came = [(task.instruction, list(task.input_fields), list(task.output_field)) for task in found]
    assert Counter(map(str, came)) == Counter(
        str((task["instruction"], task["input_fields"], task["output_field"])) for task in expected
    )
