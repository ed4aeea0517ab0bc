import json
from pathlib import Path

import pytest

from stages.corpus.formats import self_instruct
from stages.corpus.forms import Chat, Found, Message, Preference, Single
from tests.corpus.formats.spoiling import accepted

TASK = {
    "id": "t1",
    "name": "add",
    "instruction": "Add.",
    "instances": [{"input": "1 1", "output": "2"}, {"input": None, "output": "0"}],
    "is_classification": False,
}


def test_each_instance_is_an_exchange_under_the_instruction_of_its_task() -> None:
    assert self_instruct.read(TASK) == [Single("Add.", "1 1", "2"), Single("Add.", "", "0")]


@pytest.mark.parametrize(
    ("name", "count"), [("corpora/self_instruct_seed_tasks.jsonl", 175), ("eval/user_oriented_instructions.jsonl", 252)]
)
def test_real_tasks_have_one_instance_each_and_come_back_as_they_were(name: str, count: int, test_data: Path) -> None:
    tasks = [json.loads(line) for line in (test_data / name).read_text("utf-8").splitlines()]
    assert len(tasks) == count
    for task in tasks:
        [found] = self_instruct.read(task)
        assert self_instruct.write(found) == {key: task[key] for key in ("instruction", "instances")}


@pytest.mark.parametrize(
    "found", [Chat((Message("user", "q"), Message("assistant", "a"))), Preference((Message("user", "q"),), "a", "b")]
)
def test_only_single_exchanges_are_written(found: Found) -> None:
    with pytest.raises(ValueError, match="single exchanges only"):
        self_instruct.write(found)


def test_wrong_types_are_refused_and_a_task_needs_an_instance() -> None:
    read_over = ("id", "name", "is_classification")
    assert {name for name in accepted(self_instruct.read, TASK) if not name.startswith(read_over)} == {
        "instances.0: left out",
        "instances.0.input: null",
        "instances.1: left out",
        "instances.1.input: null",
    }
    with pytest.raises(ValueError, match="instances"):
        self_instruct.read({**TASK, "instances": []})
