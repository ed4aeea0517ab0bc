"""What Dynosaur's released code makes of tasks and rows, told again from its description (spec A6-A8) in plain steps.

An oracle for tests: it shares nothing with stages/, has no styles, limits or reasons, and is written for being read
against the description, one row and one field at a time.
"""

from collections import Counter
from typing import Any

Task = dict[str, Any]
Row = dict[str, Any]


def filtered(tasks: dict[str, Task], fields: set[str]) -> list[Task]:
    """The tasks of one reply that pass, in order (A6); fields are those of the first stored row."""
    passed: list[Task] = []
    before: list[str] = []
    for task in tasks.values():
        named = task["input_fields"] + task["output_field"]
        good = len(task["output_field"]) > 0
        good = good and all(name in fields for name in named)
        good = good and not any(name in task["output_field"] for name in task["input_fields"])
        good = good and task["instruction"] not in before
        before.append(task["instruction"])
        if good:
            passed.append(task)
    return passed


def without_copies(tasks: list[Task]) -> list[Task]:
    """The last copy of each task over both settings (A6)."""
    return [task for place, task in enumerate(tasks) if task not in tasks[place + 1 :]]


def instances(task: Task, rows: list[Row]) -> list[tuple[str, str, str]]:
    """Instruction, input and output of every row the released code writes for a task (A7, A8)."""
    instruction = with_label_space(task, rows)
    if instruction is None:
        return []
    made = []
    for row in rows:
        answer = row.get(task["output_field"][0])
        if not is_scalar(answer):
            break
        given = joined(task["input_fields"], row)
        if given is None or given == "":
            continue
        made.append((instruction, given[:2000], str(answer).strip()[:2000]))
    return made


def with_label_space(task: Task, rows: list[Row]) -> str | None:
    """The instruction with the answers named where they are few and even; None where the task is dropped (A7)."""
    first = [row.get(task["output_field"][0]) for row in rows[:100]]
    if not all(is_scalar(value) for value in first):
        return None
    counts: Counter[str] = Counter()
    for value in first:
        counts[str(value).strip()] += 1
    if len(counts) > 10:
        return str(task["instruction"])
    most = max(counts.values(), default=0)
    even = (len(counts) == 2 and most <= 70) or (len(counts) > 2 and most <= 50)
    if not even:
        return None
    if any(len(label) > 15 for label in counts):
        return str(task["instruction"])
    return task["instruction"] + " Answers must be one of " + ", ".join(counts) + "."


def joined(fields: list[str], row: Row) -> str | None:
    """The input of a row; None where one of its fields cannot be written (A8)."""
    text = ""
    for name in fields:
        value = row.get(name)
        if is_scalar(value):
            if len(fields) == 1:
                return str(value).strip()
            text = text + name + " is '" + str(value).strip() + "'. "
        elif isinstance(value, list) and len(value) > 0 and all(isinstance(entry, str) for entry in value):
            if "choice" in name:
                letter = ord("A")
                for entry in value:
                    text = text + " " + chr(letter) + ". '" + entry + "',"
                    letter = letter + 1
                text = text[: len(text) - 1] + "."
            else:
                text = text + "'" + "', '".join(value) + "'. "
        else:
            return None
    return text


def is_scalar(value: object) -> bool:
    """Whether a value is a text, a number or a truth value."""
    return type(value) in (str, bool, int, float)


def label_order_aside(instruction: str) -> str:
    """The instruction with the answers it names sorted: the released order is that of a set, so any will do."""
    head, mark, labels = instruction.rpartition(" Answers must be one of ")
    return head + mark + ", ".join(sorted(labels.removesuffix(".").split(", "))) if mark else instruction
