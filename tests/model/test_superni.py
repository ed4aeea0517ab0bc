import json
from pathlib import Path
from typing import Any

import pytest

from stages.model.superni import category, instruction, read_tasks
from stages.shared.errors import InputError
from stages.shared.sources import read_sources

SHIPPED = "data/sources/benchmarks/superni"
TASK: dict[str, Any] = {
    "Definition": ["Say it."],
    "Categories": ["Word  Analogy", "Other"],
    "Positive Examples": [{"input": "a", "output": "b", "explanation": ""}],
    "Instances": [{"id": "t-1", "input": "x", "output": [51, "y", 1.5]}],
}


def write(folder: Path, name: str = "task1_x", **changes: Any) -> None:
    (folder / f"{name}.json").write_text(json.dumps(TASK | changes), "utf-8")


def test_all_shipped_tasks_are_read(repository: Path) -> None:
    tasks = dict(read_tasks(repository / SHIPPED))
    assert len(tasks["task957_e2e_nlg_text_generation_generate"].instances) == 2161
    assert category(tasks["task957_e2e_nlg_text_generation_generate"]) == "data_to_text"
    assert category(tasks["task1393_superglue_copa_text_completion"]) == "cause_effect_classification"
    assert len(tasks) >= 8


def test_the_genuine_files_are_as_they_were_released(repository: Path, test_data: Path) -> None:
    for file in (repository / SHIPPED).glob("*.json"):
        assert file.read_bytes() == (test_data / "eval/superni" / file.name).read_bytes()


def test_every_task_of_the_larger_test_data_is_read(test_data: Path) -> None:
    assert len(list(read_tasks(test_data / "eval/superni"))) == 28


def test_numbers_among_the_references_become_text(tmp_path: Path) -> None:
    write(tmp_path)
    (_, task), *_ = read_tasks(tmp_path)
    assert task.instances[0].output == ["51", "y", "1.5"]


def test_a_definition_may_be_a_plain_text(tmp_path: Path) -> None:
    write(tmp_path, Definition="Say it")
    (_, task), *_ = read_tasks(tmp_path)
    assert task.definition == ["Say it"]


def test_the_one_renamed_task_has_its_reported_name(tmp_path: Path) -> None:
    write(tmp_path, name="task121_atomic_question_rewriting")
    assert [name for name, _ in read_tasks(tmp_path)] == ["task121_zest_question_rewriting"]


@pytest.mark.parametrize(
    "changes",
    [
        {"Instances": [{"id": "a", "input": "x", "output": "not a list"}]},
        {"Instances": [{"id": "a", "input": "x", "output": []}]},
        {"Definition": []},
        {"Categories": []},
    ],
)
def test_a_task_of_another_form_is_refused_by_name(tmp_path: Path, changes: dict[str, Any]) -> None:
    write(tmp_path, **changes)
    with pytest.raises(InputError, match=r"task1_x\.json"):
        list(read_tasks(tmp_path))


def test_a_folder_without_tasks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="none"):
        list(read_tasks(tmp_path))


def test_the_definition_stands_alone_by_default() -> None:
    assert instruction("Say it", [], [], lambda _: True) == "Say it."


def test_positive_examples_follow_in_the_words_of_the_encoder() -> None:
    assert instruction("Say it.", [("a", "b"), ("c!", "d")], [], lambda _: True) == (
        "Say it.\n\n Positive Example 1 -\nInput: a.\n Output: b.\n\n Positive Example 2 -\nInput: c!\n Output: d.\n"
    )


def test_negative_examples_follow_the_positive_ones() -> None:
    written = instruction("Say it.", [("a", "b")], [("c", "d"), ("e", "f")], lambda _: True)
    assert written == (
        "Say it.\n\n Positive Example 1 -\nInput: a.\n Output: b.\n\n"
        " Negative Example 1 -\nInput: c.\n Output: d.\n\n Negative Example 2 -\nInput: e.\n Output: f.\n"
    )


def test_the_official_tasks_are_read_out_of_all_that_a_folder_holds(tmp_path: Path) -> None:
    for name in ("task1_x", "task2_y", "task121_atomic_question_rewriting"):
        write(tmp_path, name=name)
    wanted = ("task2_y", "task121_zest_question_rewriting")
    assert sorted(name for name, _ in read_tasks(tmp_path, wanted)) == sorted(wanted)
    with pytest.raises(
        InputError, match=r"the 3 official test tasks, got no file for 1 of them, such as task3_z\.json"
    ):
        list(read_tasks(tmp_path, (*wanted, "task3_z")))


def test_the_table_of_sources_names_the_119_official_tasks(repository: Path, test_data: Path) -> None:
    listed = (test_data / "eval/superni_test_tasks.txt").read_text("utf-8").split()
    assert list(read_sources(repository / "data/sources/benchmarks/superni-test-sources.yaml").official) == listed
    assert len(listed) == 119


def test_examples_are_added_only_while_they_fit() -> None:
    assert instruction("Say it.", [("a", "b"), ("c", "d")], [], lambda text: len(text) < 60).count("Positive") == 1
    assert instruction("Say it.", [("a", "b")], [], lambda text: len(text) < 20) == "Say it."
