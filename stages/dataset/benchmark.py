"""Texts of the benchmarks, as far as a dataset may not hold them: what is asked, and the answers that are expected.

A benchmark is a folder of data: Super-NaturalInstructions has a JSON file for each task, others have JSON Lines of
instructions with instances, or of problems with solutions. Definitions of tasks are no texts of a benchmark: many an
instance of a dataset may begin with the same sentence.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from stages.shared.errors import InputError
from stages.shared.files import read_json

PROBLEMS = (("problem", "solution"), ("question", "std_answer"))
"""Keys of a problem and its solution, as data sets of mathematics name them."""

SHORT = 13
"""Words below which an input is looked for together with the instruction that it came with."""


@dataclass(frozen=True)
class Item:
    """An instance of a benchmark. id: its own, or its file and line. text: what is asked. answers: any of these."""

    id: str
    text: str
    answers: tuple[str, ...]


@dataclass(frozen=True)
class Benchmark:
    """A benchmark: its name, the SHA-256 of its files, and its instances in groups that may share a template."""

    name: str
    revision: str
    groups: tuple[tuple[Item, ...], ...]


def read_all(folder: Path, wanted: Sequence[str] | Literal["all"]) -> list[Benchmark]:
    """The benchmarks of a folder, sorted, or those that are `wanted`; raise InputError for one that is not there."""
    there = sorted(path.name for path in folder.iterdir() if path.is_dir())
    for name in () if wanted == "all" else wanted:
        if name not in there:
            raise InputError(
                f"a benchmark of {', '.join(there) or 'none'}", name, str(folder), "add its folder, or correct the name"
            )
    return [read(folder / name) for name in there if wanted == "all" or name in wanted]


def read(folder: Path) -> Benchmark:
    """One benchmark, a folder or a file; raise InputError where it holds no instance, or a record of no known form."""
    files = folder.iterdir() if folder.is_dir() else [folder]
    paths = sorted(path for path in files if path.suffix in (".json", ".jsonl"))
    whole = hashlib.sha256()
    groups = []
    for path in paths:
        whole.update(f"{path.name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\0".encode())
        groups.append(tuple(_items(path)))
    if not any(groups):
        raise InputError("files .json or .jsonl with instances", "none", str(folder), "add them, or remove the folder")
    return Benchmark(folder.stem, whole.hexdigest(), tuple(groups))


def _items(path: Path) -> Iterator[Item]:
    if path.suffix == ".json":
        task = read_json(path)
        if not isinstance(task, dict) or not isinstance(task.get("Instances"), list):
            raise _unknown(path.name, "no list `Instances`")
        for place, one in enumerate(task["Instances"]):
            if not isinstance(one, dict) or not {"input", "output"} <= one.keys():
                raise _unknown(f"{path}, instance {place + 1}", _keys(one))
            yield Item(str(one.get("id", f"{path.stem} {place}")), str(one["input"]), _answers(one["output"]))
        return
    # Not splitlines: a text may hold other ends of lines, which JSON needs no escapes for.
    text = path.read_text("utf-8-sig").rstrip("\n")
    for number, line in enumerate(text.split("\n") if text else [], start=1):
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            raise _unknown(f"{path}, line {number}", str(error)) from error
        yield from _of_record(record, f"{path.name}:{number}", f"{path}, line {number}")


def _of_record(record: Any, id: str, where: str) -> Iterable[Item]:
    if isinstance(record, dict):
        if isinstance(record.get("instances"), list) and all(isinstance(one, dict) for one in record["instances"]):
            return [_instructed(record, one, id) for one in record["instances"]]
        for problem, solution in PROBLEMS:
            if problem in record:
                return [Item(id, str(record[problem]), _answers(record.get(solution, "")))]
    raise _unknown(where, _keys(record))


def _instructed(record: Mapping[str, Any], instance: Mapping[str, Any], id: str) -> Item:
    instruction, text = str(record.get("instruction", "")), str(instance.get("input", ""))
    asked = text if len(text.split()) >= SHORT else f"{instruction}\n{text}".strip()
    return Item(str(record.get("id", id)), asked, _answers(instance.get("output", "")))


def _answers(output: Any) -> tuple[str, ...]:
    return tuple(map(str, output)) if isinstance(output, list) else (str(output),)


def _keys(record: Any) -> str:
    return f"the keys {', '.join(map(str, record))}" if isinstance(record, dict) else repr(record)[:60]


def _unknown(where: str, came: str) -> InputError:
    return InputError(
        "a task of Super-NaturalInstructions, an instruction with instances, or a problem with its solution",
        came,
        where,
        "mend the file, or bring it to one of these forms",
    )
