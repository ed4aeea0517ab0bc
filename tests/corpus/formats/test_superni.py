import json
from pathlib import Path
from typing import Any

import pytest

from stages.corpus.formats import superni
from stages.corpus.forms import Single
from tests.corpus.formats.spoiling import WRONG, accepted

TASK: dict[str, Any] = {
    "Contributors": ["A. Author"],
    "Definition": ["Add.", "Give the sum."],
    "Positive Examples": [{"input": "0 0", "output": "0", "explanation": "none"}],
    "Instances": [
        {"id": "t-1", "input": "1 1", "output": ["2", "two", "2"]},
        {"id": "t-2", "input": "2 2", "output": ["4"]},
    ],
}


def test_every_different_output_is_an_exchange_under_the_first_definition() -> None:
    assert superni.read(TASK) == [Single("Add.", "1 1", "2"), Single("Add.", "1 1", "two"), Single("Add.", "2 2", "4")]


@pytest.mark.parametrize(
    ("outputs", "texts"),
    [("2", ["2"]), (2, ["2"]), ([2, 0.5], ["2", "0.5"]), ([-7, "2"], ["-7", "2"]), (10**400, ["1" + "0" * 400])],
)
def test_early_files_have_texts_for_lists_and_numbers_for_texts(outputs: Any, texts: list[str]) -> None:
    task = {"Definition": "Add.", "Instances": [{"input": "1 1", "output": outputs}]}
    assert superni.read(task) == [Single("Add.", "1 1", text) for text in texts]


def test_every_real_task_gives_each_of_its_instances_once(test_data: Path) -> None:
    files = sorted((test_data / "eval" / "superni").glob("*.json"))
    assert len(files) == 28
    total = 0
    for file in files:
        task = json.loads(file.read_text("utf-8"))
        # In these files each instance has one output, a number in two of them.
        expected = [Single(task["Definition"][0], one["input"], f"{one['output'][0]}") for one in task["Instances"]]
        assert superni.read(task) == expected, file.name
        total += len(expected)
    assert total == 9577


def test_examples_for_prompts_are_no_instances() -> None:
    assert all(found.input != "0 0" for found in superni.read(TASK))  # type: ignore[union-attr]


def test_wrong_types_are_refused() -> None:
    found = {name for name in accepted(superni.read, TASK) if name.startswith(("Definition", "Instances"))}
    numbers = ("number", "fraction")
    outputs = ("Instances.0.output", "Instances.1.output")
    assert found == {
        *(f"Definition{place}: {what}" for place in ("", ".0", ".1") for what in numbers),
        "Definition: list",
        *(f"Definition.{number}: left out" for number in range(2)),
        *(f"Instances.{number}: left out" for number in range(2)),
        *(f"Instances.{number}.id: {what}" for number in range(2) for what in _ANYTHING),
        *(f"{place}: {what}" for place in outputs for what in (*numbers, "list")),
        *(f"Instances.0.output.{number}: {what}" for number in range(3) for what in (*numbers, "left out")),
        *(f"Instances.1.output.0: {what}" for what in numbers),
    }


_ANYTHING = (*WRONG, "left out")
"""An id is not looked at."""


@pytest.mark.parametrize(
    "changes", [{"Definition": []}, {"Instances": []}, {"Instances": [{"input": "1", "output": []}]}]
)
def test_a_task_needs_a_definition_an_instance_and_an_output(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="at least 1 item"):
        superni.read({**TASK, **changes})
