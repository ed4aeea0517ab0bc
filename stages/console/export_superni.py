"""The form of Super-NaturalInstructions: a file for each task, with its definition and its instances (spec D3)."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from stages.dataset.inventory import dataset_of
from stages.shared.files import dump_json

CATEGORY = "Misc."
"""The category of every task: the dataset knows no other."""

LANGUAGES = {"en": "English", "de": "German", "es": "Spanish", "fr": "French", "zh": "Chinese"}
"""The form names languages in English; one that is not listed keeps its code."""

Row = Mapping[str, Any]


def instance(row: Row) -> dict[str, Any]:
    """What is asked, and the one right answer; raise ValueError for a conversation."""
    if row["messages"] is not None:
        raise ValueError("a conversation is no instance of a task")
    return {"input": row["input"], "output": [row["output"]]}


def write(folder: Path, rows: Iterable[tuple[Row, Mapping[str, Any]]]) -> None:
    """Write the tasks, numbered in the order in which they first come, so that a dataset that grows keeps the numbers.

    A file is added to as its rows come; only the names of the tasks are held.
    """
    names: dict[str, str] = {}
    for row, written in rows:
        name = names.get(row["task_id"])
        line = {"id": "", **written}
        if name is None:
            names[row["task_id"]] = name = _name(len(names) + 1, row["taskname"])
            start = f'{dump_json(header(row))[:-1]},\n"Instances":[\n'
        else:
            start = ",\n"
        line["id"] = f"{name.partition('_')[0]}-{row['instance_id']}"
        with (folder / f"{name}.json").open("a", encoding="utf-8", newline="\n") as file:
            file.write(f"{start}{dump_json(line)}")
    for name in names.values():
        with (folder / f"{name}.json").open("a", encoding="utf-8", newline="\n") as file:
            file.write("\n]}\n")


def header(row: Row) -> dict[str, Any]:
    """What stands before the instances of a task, from its first row."""
    language = [LANGUAGES.get(row["language"], row["language"] or "Unknown")]
    return {
        "Contributors": [],
        "Source": [dataset_of(row["part"], row["origin"])],
        "URL": [row["website"]],
        "Categories": [CATEGORY],
        "Reasoning": [],
        "Definition": [row["instruction"]],
        "Input_language": language,
        "Output_language": language,
        "Instruction_language": language,
        "Domains": [],
        "Positive Examples": [],
        "Negative Examples": [],
        "Instance License": [row["license"] or "Unknown"],
    }


def _name(number: int, taskname: str) -> str:
    """task0001_glue_sst2."""
    word = re.sub(r"[^A-Za-z0-9]+", "_", taskname).strip("_")[:80] or "task"
    return f"task{number:04}_{word}"
