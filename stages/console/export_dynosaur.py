"""The form of Dynosaur's release: rows with six keys, its tasks, and the licences of its sources (spec A4, A8, A9)."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from stages.console.revisions import Version
from stages.shared.errors import InputError
from stages.shared.files import dump_json, write_json

ROWS, TASKS, LICENSES = "dynosaur-full.json", "instructions-full.json", "license_info.json"
"""The files of a folder; the first holds a row a line, as the released one does."""

KEYS = ("instruction", "input", "output", "license", "website", "taskname")
"""The keys of a row."""

TASKS_FILE = "tasks.jsonl"
"""Where the dataset has the tasks of its hub datasets."""


def row(instance: Mapping[str, Any]) -> dict[str, Any]:
    """A row; raise ValueError for a conversation, which the form has no place for."""
    if instance["messages"] is not None:
        raise ValueError("a conversation is no row of Dynosaur")
    return {key: instance[key] for key in KEYS}


def write(folder: Path, version: Version, rows: Iterable[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> None:
    """Write the rows, the tasks that have one, and the licence and website of each name.

    Memory grows with the tasks and names, not with the rows.
    """
    tasks: set[str] = set()
    names: dict[str, dict[str, set[str]]] = {}
    with (folder / ROWS).open("w", encoding="utf-8", newline="\n") as file:
        for instance, written in rows:
            file.write(f"{dump_json(written)}\n")
            if instance["part"].startswith("hub/"):
                tasks.add(instance["task_id"])
            known = names.setdefault(instance["taskname"], {"license": set(), "website": set()})
            for key, values in known.items():
                values.add(instance[key])
    write_json(folder / TASKS, [task for task in _tasks(version) if task.pop("task_id") in tasks])
    told = {name: {key: "|".join(sorted(values)) for key, values in known.items()} for name, known in names.items()}
    write_json(folder / LICENSES, dict(sorted(told.items())))


def _tasks(version: Version) -> list[dict[str, Any]]:
    """The tasks of a version, each as the release has it, with its task_id beside."""
    file = next((one for one in version.files if one.name == TASKS_FILE), None)
    if file is None:
        return []
    found = []
    with file.reading() as opened:
        for number, line in enumerate(opened, start=1):
            try:
                task = json.loads(line)
                fields = {key: task[key] for key in ("input_fields", "output_field")}
                names = {"task_name": task["taskname"], "instruction": task["instruction"], "task_id": task["task_id"]}
                found.append({**fields, **names})
            except (ValueError, KeyError, TypeError) as error:
                where = f"{TASKS_FILE} of {version.name}, line {number}"
                raise InputError("a task", str(error), where, "run `dvc checkout`") from error
    return found
