"""The shape of task sets: of Dynosaur's release it has the numbers of the specification (A9, F rows 1 to 3)."""

import json
from pathlib import Path

from stages.dataset.tasksets import Shape, categories, labels, shape


def test_dynosaurs_released_tasks_have_the_numbers_of_the_specification(test_data: Path) -> None:
    released = json.loads((test_data / "dynosaur/instructions-full.json").read_text("utf-8"))
    found = shape(
        Shape(one["task_name"], one["instruction"], tuple(one["input_fields"]), tuple(one["output_field"]))
        for one in released
    )
    assert (found["tasks"], found["names"], found["instructions"]) == (5740, 2061, 4252)
    assert found["labelled"] == sum(found["labels"].values()) == 1231
    assert set(found["labels"]) == {str(number) for number in range(2, 11)}
    assert found["longest_label"] == 15
    assert found["tasks"] - found["outputs"]["1"] == 257
    assert (found["overlaps"], found["repeats"], found["given"]) == (0, 0, 4221)
    histogram = "1:4,168 2:1,463 3:60 4:22 5:10 6:2 7:4 8:4 9:7"
    pairs = [entry.split(":") for entry in histogram.replace(",", "").split()]
    assert found["input_fields"] == {number: int(count) for number, count in pairs}


def test_labels_are_read_as_they_were_written() -> None:
    assert labels("Judge it. Answers must be one of no, yes.") == ("no", "yes")
    assert labels("Judge it. Answers must be one of a, b; c; d.e.") == ("a, b", "c", "d.e")
    assert labels("Answers must be one of them? Say which.") == ()


def test_repeats_and_overlaps_are_counted() -> None:
    one, two = Shape("t", "Do it.", ("a", "b"), ("b",)), Shape("t", "Do it.", ("a",), ("b",))
    found = shape([one, two, one])
    assert (found["overlaps"], found["repeats"], found["instructions"]) == (2, 1, 1)
    assert shape([])["longest_label"] == 0


def test_what_is_in_several_categories_counts_in_each() -> None:
    of = {"glue-cola": ("a", "b"), "qasc": ("b",)}
    assert categories({"glue-cola": 3, "qasc": 2, "other": 5}, of) == {"a": 3, "b": 5, "undeclared": 5}
