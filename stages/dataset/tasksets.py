"""The shape of a set of tasks: names, label spaces, input fields, repeats (spec A9, F rows 1 to 3)."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

LABELS_MARK = " Answers must be one of "
"""What stands before the answers that an instruction names."""

_LABELS = re.compile(rf"{LABELS_MARK}(.+)\.\Z", re.DOTALL)


class Shape(NamedTuple):
    """Of a task what its shape depends on; Dynosaur's released tasks have the same four."""

    taskname: str
    instruction: str
    input_fields: tuple[str, ...]
    output_field: tuple[str, ...]


def labels(instruction: str) -> tuple[str, ...]:
    """The answers that an instruction names at its end, as organize writes them; () where it names none.

    Semicolons stand between them where a label has a comma of its own. Dynosaur's release has commas always, so of its
    labels one with a comma counts as two.
    """
    found = _LABELS.search(instruction)
    return tuple(re.split(r"; " if "; " in found[1] else r", ", found[1])) if found else ()


def shape(tasks: Iterable[Shape]) -> dict[str, Any]:
    """The counts of a set of tasks.

    names: different tasknames. instructions: different ones. labelled: tasks that name their answers; labels: how many
    tasks name so many answers; longest_label in characters. outputs: tasks by how many output fields they list.
    overlaps: tasks with a field in both input and output. repeats: tasks that an earlier one equals in all of Shape.
    input_fields: tasks by how many of them they have. given: tasks whose instruction begins with that word.
    """
    found = list(tasks)
    answers = [named for task in found if (named := labels(task.instruction))]
    return {
        "tasks": len(found),
        "names": len({task.taskname for task in found}),
        "instructions": len({task.instruction for task in found}),
        "given": sum(task.instruction.startswith("Given") for task in found),
        "labelled": len(answers),
        "labels": _by_number(map(len, answers)),
        "longest_label": max((len(label) for named in answers for label in named), default=0),
        "outputs": _by_number(len(task.output_field) for task in found),
        "overlaps": sum(not set(task.input_fields).isdisjoint(task.output_field) for task in found),
        "repeats": len(found) - len(set(found)),
        "input_fields": _by_number(len(task.input_fields) for task in found),
    }


def categories(names: Mapping[str, int], of: Mapping[str, tuple[str, ...]]) -> Counter[str]:
    """How much is in each task category; what is in several counts in each of them.

    names: how much there is of each taskname. of: the categories that its card declares; where it declares none they
    count as "undeclared".
    """
    found: Counter[str] = Counter()
    for name, count in names.items():
        found.update(dict.fromkeys(of.get(name) or ("undeclared",), count))
    return found


def _by_number(numbers: Iterable[int]) -> dict[str, int]:
    return {str(number): count for number, count in sorted(Counter(numbers).items())}
