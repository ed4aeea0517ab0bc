"""The forms that texts of benchmarks come in."""

import json
from pathlib import Path

import pytest

from stages.dataset import benchmark
from stages.shared.errors import InputError


def test_the_shipped_tasks_are_read_whole_with_their_own_ids(repository: Path) -> None:
    folder = repository / "data/sources/benchmarks/superni"
    found = benchmark.read(folder)
    tasks = [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))]
    assert [[item.text for item in group] for group in found.groups] == [
        [one["input"] for one in task["Instances"]] for task in tasks
    ]
    assert len({item.id for group in found.groups for item in group}) == sum(map(len, found.groups))


def test_a_short_input_is_looked_for_with_its_instruction_and_a_problem_alone(tmp_path: Path) -> None:
    long = "a text of more than thirteen words that stands for itself in all that follows here"
    records = [
        {"id": "i1", "instruction": "Name it.", "instances": [{"input": "", "output": "x"}]},
        {"instruction": "Name it.", "instances": [{"input": "cat", "output": "x"}, {"input": long, "output": "y"}]},
        {"problem": "1 + 1?", "solution": "2"},
        {"question": "2 + 2?", "std_answer": "4", "level": "Level 1"},
    ]
    (tmp_path / "all.jsonl").write_text("\n".join(map(json.dumps, records)), "utf-8")
    [group] = benchmark.read(tmp_path).groups
    assert [(item.id, item.text, item.answers) for item in group] == [
        ("i1", "Name it.", ("x",)),
        ("all.jsonl:2", "Name it.\ncat", ("x",)),
        ("all.jsonl:2", long, ("y",)),
        ("all.jsonl:3", "1 + 1?", ("2",)),
        ("all.jsonl:4", "2 + 2?", ("4",)),
    ]


def test_ends_of_lines_within_a_text_end_no_record(tmp_path: Path) -> None:
    lines = '\ufeff{"problem": "one\u2028two\x85three"}\r\n{"problem": "four"}\r\n'
    (tmp_path / "a.jsonl").write_bytes(lines.encode())
    [group] = benchmark.read(tmp_path).groups
    assert [(item.id, item.text) for item in group] == [("a.jsonl:1", "one\u2028two\x85three"), ("a.jsonl:2", "four")]


def test_the_revision_is_of_names_and_bytes(tmp_path: Path) -> None:
    revisions = []
    for name, text in (
        ("a.jsonl", '{"problem": "x"}'),
        ("b.jsonl", '{"problem": "x"}'),
        ("a.jsonl", '{"problem": "y"}'),
    ):
        folder = tmp_path / str(len(revisions))
        folder.mkdir()
        (folder / name).write_text(text, "utf-8")
        revisions.append(benchmark.read(folder).revision)
    assert len(set(revisions)) == 3


@pytest.mark.parametrize(
    ("name", "text", "came"),
    [
        ("a.jsonl", '{"text": "x"}', "a.jsonl, line 1: expected a task .* got the keys text"),
        ("a.jsonl", "{", "a.jsonl, line 1"),
        ("a.json", "[]", "a.json: expected a task .* got no list `Instances`"),
        ("a.json", '{"Instances": [{"input": "x", "output": ["y"]}, {"input": "x"}]}', "instance 2: .* the keys input"),
        ("a.json", '{"Instances": ["x"]}', "a.json, instance 1: expected a task .* got 'x'"),
        ("a.jsonl", '{"instruction": "a", "instances": ["x"]}', "line 1: .* the keys instruction, instances"),
        ("a.txt", "", "expected files .json or .jsonl with instances, got none"),
    ],
)
def test_a_file_of_no_known_form_is_refused_with_its_place(tmp_path: Path, name: str, text: str, came: str) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(InputError, match=came):
        benchmark.read(tmp_path)
