"""Files that people wrote: seed corpora and curated tasks."""

import json
from pathlib import Path

import pytest

from stages.domain.grammar import Written
from stages.domain.seeds import read_curated, read_seeds
from stages.shared.errors import InputError

TASK = {
    "Definition": ["Name the colour.", "And more."],
    "Categories": ["Naming", "Other"],
    "Positive Examples": [],
    "Instances": [{"id": "t-1", "input": " a cherry ", "output": ["red", "crimson"]}, {"input": "7", "output": [7]}],
}


def test_seeds_may_have_an_instruction_alone_an_output_or_instances(tmp_path: Path) -> None:
    rows = [
        {"instruction": " Tell me a story. "},
        {"id": 7, "instruction": "Add.", "input": "1 + 1", "output": "2"},
        {"instruction": "Name one.", "instances": [{"input": "tree", "output": "elm"}, {"input": "", "output": "any"}]},
    ]
    path = tmp_path / "seeds.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)) + "\n\n", "utf-8")
    assert read_seeds(path) == [
        Written("Tell me a story.", "", ""),
        Written("Add.", "1 + 1", "2"),
        Written("Name one.", "tree", "elm"),
        Written("Name one.", "", "any"),
    ]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('{"prompt": "Hi"}', "instruction: field required"),
        ('{"instruction": "  "}', "instruction: string should have at least 1 character"),
        ('{"instruction": 3}', "instruction: input should be a valid string"),
        ('{"instruction": "a", "output": 3}', "output: input should be a valid string"),
        ('{"instruction": "a", "instances": []}', "instances: tuple should have at least 1 item"),
        ("instruction: a", "record: invalid json"),
        ("[1]", "record: input should be an object"),
        ('{"instruction": "\\ud800"}', "record: invalid json"),
        ("\ufeff{}", "record: invalid json"),
    ],
)
def test_a_row_that_is_no_seed_is_told_with_its_line(line: str, fault: str, tmp_path: Path) -> None:
    path = tmp_path / "seeds.jsonl"
    path.write_text(f'{{"instruction": "Good."}}\n{line}\n', "utf-8")
    with pytest.raises(InputError) as error:
        read_seeds(path)
    assert error.value.where == f"{path}, line 2"
    assert error.value.came.startswith(fault)


def test_a_missing_or_empty_file_of_seeds_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"seeds\.jsonl: expected the file of seeds .*, got none; add it"):
        read_seeds(tmp_path / "seeds.jsonl")
    (tmp_path / "seeds.jsonl").write_text("\n", "utf-8")
    with pytest.raises(InputError, match="expected at least one seed, got an empty file"):
        read_seeds(tmp_path / "seeds.jsonl")


@pytest.mark.parametrize(
    ("name", "count", "without"),
    [
        ("instructionwild_seed_prompts_en", 429, 429),
        ("instructionwild_seed_prompts_ch", 429, 429),
        ("self_instruct_seed_tasks", 175, 0),
    ],
)
def test_published_seed_corpora_are_read(name: str, count: int, without: int, test_data: Path) -> None:
    found = read_seeds(test_data / "corpora" / f"{name}.jsonl")
    assert (len(found), sum(not one.output for one in found)) == (count, without)


def test_a_task_gives_its_instances_with_the_first_definition_and_the_first_output(tmp_path: Path) -> None:
    (tmp_path / "b.json").write_text(json.dumps(TASK), "utf-8")
    (tmp_path / "a.json").write_text(json.dumps({**TASK, "Definition": "Say it.", "Categories": []}), "utf-8")
    (tmp_path / "README.md").write_text("no task", "utf-8")
    assert list(read_curated(tmp_path)) == [
        ("a", "", [Written("Say it.", "a cherry", "red"), Written("Say it.", "7", "7")]),
        ("b", "Naming", [Written("Name the colour.", "a cherry", "red"), Written("Name the colour.", "7", "7")]),
    ]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"Definition": []}, "Definition: list should have at least 1 item"),
        ({"Instances": []}, "Instances: list should have at least 1 item"),
        ({"Instances": [{"input": "a", "output": []}]}, "Instances.0.output: list should have at least 1 item"),
        ({"Instances": [{"input": "a", "output": "b"}]}, "Instances.0.output: input should be a valid list"),
        ({"Instances": [{"input": "a", "output": [True]}]}, "Instances.0.output.0: input should be a valid string"),
    ],
)
def test_a_file_that_is_no_task_is_told(change: dict[str, object], fault: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({**TASK, **change}), "utf-8")
    with pytest.raises(InputError) as error:
        list(read_curated(tmp_path))
    assert error.value.where == str(tmp_path / "a.json")
    assert error.value.came.startswith(fault)


def test_a_folder_without_tasks_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"expected task files named \*\.json, got none"):
        list(read_curated(tmp_path / "none"))


def test_tasks_in_the_form_of_super_natural_instructions_are_read(test_data: Path) -> None:
    folder = test_data / "eval" / "superni"
    found = {name: examples for name, _, examples in read_curated(folder)}
    assert len(found) == 28
    for name, examples in found.items():
        assert len(examples) == len(json.loads((folder / f"{name}.json").read_text("utf-8"))["Instances"])
    assert found["task1393_superglue_copa_text_completion"][0].output == "A"
