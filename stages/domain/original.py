"""Trees in the folder form of the original's code: tree_meta_info.json and a JSON file for each node (spec B2).

The first has the nodes nested in each other without their examples, the others one node each with its examples.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from stages.domain.tree import Example, Node, Tree
from stages.shared import files
from stages.shared.errors import InputError
from stages.shared.records import digest
from stages.shared.text import whole

META = "tree_meta_info.json"
"""The file that has the shape of the tree."""

MOST_LEVELS = 100
"""A tree that is deeper is taken for a fault; the published ones have three levels."""

LONGEST = 255
"""Bytes of a file's name that file systems allow."""

FILE_NAME = re.compile(r"[\w-]+")
"""Ids that are the names of their files."""

REMEDY = "mend the folder, or name another"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class _Named(_Strict):
    """What both files say of a node."""

    raw_task_name: str
    task_name: str
    config_filename: str
    reason: str


class _Place(_Named):
    """A node in the tree's file; its children are looked at one by one, so that no nesting is too deep."""

    children: list[Any]


class _Written(_Strict):
    instruction: str
    input: str = ""
    output: str


class _Filled(_Named):
    """A node in its own file."""

    examples: list[_Written]


def read(folder: Path, domain: str, generator: str) -> Tree:
    """The tree in a folder of the original's form; its examples are said to be written by `generator`.

    Raise InputError for a file that is missing, damaged or outside the folder, for two nodes of one id or one file,
    for a node that is below itself, and for a nesting of more than MOST_LEVELS.
    """
    tree = Tree(domain)
    seen: set[str] = set()
    for place, parent, depth in _places(folder / META):
        if place.config_filename in seen:
            raise InputError("a file for each node", "two nodes in one", str(folder / place.config_filename), REMEDY)
        seen.add(place.config_filename)
        tree.add(
            Node(
                task_name=place.task_name,
                raw_task_name=place.raw_task_name,
                parent=parent,
                depth=depth,
                reason=place.reason,
                examples=tuple(
                    Example(**one.model_dump(), number=number, generator=generator)
                    for number, one in enumerate(_filled(folder, place).examples)
                ),
            )
        )
    return tree


def _places(path: Path) -> Iterator[tuple[_Place, str | None, int]]:
    """Yield each node of the tree's file with the id of its parent and its depth, level by level."""
    waiting: list[tuple[Any, tuple[str, ...]]] = [(_json(path), ())]
    seen: set[str] = set()
    while waiting:
        below: list[tuple[Any, tuple[str, ...]]] = []
        for found, above in waiting:
            where = "/".join((str(path), *above))
            place = _parsed(_Place, found, where)
            if place.task_name in above:
                raise InputError("a tree", f"the task {place.task_name!r} below itself", where, REMEDY)
            if place.task_name in seen:
                raise InputError("an id for each task", f"{place.task_name!r} twice", where, REMEDY)
            if not place.task_name or "/" in place.task_name:
                raise InputError("an id without a slash", repr(place.task_name), where, REMEDY)
            if len(above) == MOST_LEVELS:
                raise InputError(f"at most {MOST_LEVELS} levels", "more", str(path), REMEDY)
            seen.add(place.task_name)
            yield place, above[-1] if above else None, len(above)
            below += [(child, (*above, place.task_name)) for child in place.children]
        waiting = below


def _filled(folder: Path, place: _Place) -> _Filled:
    """The file of a node; raise InputError where it is not in the folder or says otherwise than the tree's file."""
    name = place.config_filename
    plain = name not in {"", ".", "..", META} and not set(name) & {"/", "\\", "\0"} and len(name.encode()) <= LONGEST
    if not plain:
        raise InputError("the name of a file in the folder", repr(name), f"{folder / META}, {place.task_name}", REMEDY)
    path = folder / name
    filled: _Filled = _parsed(_Filled, _json(path), str(path))
    for key in _Named.model_fields:
        if getattr(filled, key) != getattr(place, key):
            expected = f"{key} {getattr(place, key)!r}, as in {META}"
            raise InputError(expected, repr(getattr(filled, key)), str(path), "let the two files say the same")
    return filled


def _json(path: Path) -> Any:
    """The content of a file of a folder; raise InputError where there is none in it, only a link out of it."""
    if not path.is_file():
        raise InputError("a file of a tree", "none", str(path), REMEDY)
    if path.is_symlink() and path.resolve().parent != path.parent.resolve():
        raise InputError("a file in the folder", "a link out of it", str(path), REMEDY)
    try:
        return whole(files.read_json(path))
    except RecursionError as error:
        raise InputError(f"at most {MOST_LEVELS} levels", "more", str(path), REMEDY) from error


def _parsed(record: type[Any], found: Any, where: str) -> Any:
    try:
        return record.model_validate(found)
    except ValidationError as error:
        raise InputError("a node: " + ", ".join(record.model_fields), files.explain(error), where, REMEDY) from error


def write(folder: Path, tree: Tree) -> None:
    """Write a tree as a folder of the original's form; raise InputError where the folder has something in it."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError("a new or empty folder", "one with files in it", str(folder), "name another, or empty it")
    named = {node.task_name: _named(node) for node in tree}
    places: dict[str, dict[str, Any]] = {key: {**value, "children": []} for key, value in named.items()}
    for node in tree:
        if node.parent is not None:
            places[node.parent]["children"].append(places[node.task_name])
    with files.replacing(folder) as temporary:
        for node in tree:
            told = [{"instruction": one.instruction, "input": one.input, "output": one.output} for one in node.examples]
            files.write_json(
                temporary / named[node.task_name]["config_filename"], {**named[node.task_name], "examples": told}
            )
        files.write_json(temporary / META, places[tree.root.task_name])


def _named(node: Node) -> dict[str, str]:
    """What both files say of a node; an id that can't be the name of a file is told by its hash."""
    name = node.task_name
    if len(f".{name}.json.partial".encode()) > LONGEST or not FILE_NAME.fullmatch(name) or f"{name}.json" == META:
        name = digest(name)
    return {
        "raw_task_name": node.raw_task_name,
        "task_name": node.task_name,
        "config_filename": f"{name}.json",
        "reason": node.reason,
    }
