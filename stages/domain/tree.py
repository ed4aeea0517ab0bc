"""The tree of a domain: its tasks as nodes, each with its examples, from the whole domain down (spec B1, B2).

A node is told apart by its id, `task_name`, made from the name that a model gave it; where two names make one id, the
later gets a number. Trees travel between stages as tree.json, one node a line, in level order, parents before children.
"""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from stages.shared import files
from stages.shared.errors import InputError
from stages.shared.files import dump_json, replacing
from stages.shared.records import Frozen

_NO_WORD = re.compile(r"[\W_]+")


class Example(Frozen):
    """An instruction with its input ("" for none) and output.

    number: its place in the node, counted from 0, which thinning leaves as it is. generator: who wrote it
    (`provider:model`, or `human`). answer: the key of the answer it was read from, "" for one that no model was asked
    for.
    """

    instruction: str
    input: str
    output: str
    number: int
    generator: str
    answer: str = ""


class Node(Frozen):
    """A task of a domain.

    task_name: its id. raw_task_name: its name in words. parent: the id of the task it is part of, None for the root.
    depth: 0 for the root. reason: why it is a task of its own, "" where nobody said.
    """

    task_name: str
    raw_task_name: str
    parent: str | None
    depth: int
    reason: str = ""
    examples: tuple[Example, ...] = ()


class Tree:
    """The tasks of a domain, in level order; within a level and under one parent in the order they were added."""

    def __init__(self, domain: str, nodes: Iterable[Node] = ()) -> None:
        """Hold the nodes, which must stand parents before children; raise ValueError where they are no tree."""
        self.domain = domain
        self._nodes: dict[str, Node] = {}
        self._children: dict[str, list[str]] = {}
        for node in nodes:
            self.add(node)

    def __iter__(self) -> Iterator[Node]:
        """The nodes, level by level; a level in the order of its parents."""
        level = [self.root] if self._nodes else []
        while level:
            yield from level
            level = [child for node in level for child in self.children(node.task_name)]

    def __len__(self) -> int:
        """How many nodes there are."""
        return len(self._nodes)

    def __contains__(self, task_name: object) -> bool:
        """Whether there is a node of this id."""
        return task_name in self._nodes

    def __getitem__(self, task_name: str) -> Node:
        """The node of an id; raise KeyError where there is none."""
        return self._nodes[task_name]

    @property
    def root(self) -> Node:
        """The whole domain."""
        return next(iter(self._nodes.values()))

    def children(self, task_name: str) -> list[Node]:
        """The nodes right below one, in the order they were added."""
        return [self._nodes[child] for child in self._children[task_name]]

    def peers(self, task_name: str) -> list[Node]:
        """The other children of a node's parent; none for the root."""
        parent = self._nodes[task_name].parent
        return [] if parent is None else [node for node in self.children(parent) if node.task_name != task_name]

    def path(self, task_name: str) -> str:
        """The ids from the root down to a node, joined by slashes."""
        node = self._nodes[task_name]
        return task_name if node.parent is None else f"{self.path(node.parent)}/{task_name}"

    def add(self, node: Node) -> None:
        """Add a node below its parent; raise ValueError where the id is taken or the place is impossible."""
        if node.task_name in self._nodes:
            raise ValueError(f"two nodes {node.task_name!r}")
        if (node.parent is None) != (not self._nodes):
            raise ValueError(f"the node {node.task_name!r} is no first and only root")
        if node.parent is not None:
            if node.parent not in self._nodes:
                raise ValueError(f"the node {node.task_name!r} stands before its parent {node.parent!r}, or has none")
            self._children[node.parent].append(node.task_name)
        depth = 0 if node.parent is None else self._nodes[node.parent].depth + 1
        if node.depth != depth:
            raise ValueError(f"the node {node.task_name!r} has depth {node.depth}, its place {depth}")
        self._nodes[node.task_name] = node
        self._children[node.task_name] = []

    def with_examples(self, task_name: str, examples: Iterable[Example]) -> None:
        """Let a node have these examples and no others."""
        self._nodes[task_name] = self._nodes[task_name].model_copy(update={"examples": tuple(examples)})

    def copy(self) -> "Tree":
        """A tree of its own with the same nodes."""
        return Tree(self.domain, self)


def plain_id(raw_task_name: str) -> str:
    """The id that a name makes: runs of what is neither letter nor digit become `_`; "" where nothing is left."""
    return _NO_WORD.sub("_", raw_task_name).strip("_").lower()


def free_id(raw_task_name: str, tree: Tree) -> str:
    """The id of a new node: that of its name, with `_2`, `_3` ... where the tree has it; "" for a name without a word.

    The original gives up after ten clashes and overwrites a node (spec B2).
    """
    wanted = plain_id(raw_task_name)
    found, number = wanted, 1
    while found in tree:
        number += 1
        found = f"{wanted}_{number}"
    return found


def write_tree(path: Path, tree: Tree) -> None:
    """Write a tree, one node a line."""
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as file:
        file.write(f'{{"domain":{dump_json(tree.domain)},"nodes":[')
        for number, node in enumerate(tree):
            file.write((",\n" if number else "\n") + dump_json(node.model_dump(mode="json")))
        file.write("\n]}\n")


def read_tree(path: Path) -> Tree:
    """Read a tree; raise InputError naming the fault where it is none."""
    remedy = "run the stage that writes it again"
    found: Any = files.read_json(path)
    if not isinstance(found, dict) or not isinstance(found.get("domain"), str) or not found.get("nodes"):
        raise InputError("a tree: `domain` and `nodes`, at least one", json.dumps(found)[:80], str(path), remedy)
    try:
        return Tree(found["domain"], [Node.model_validate_json(dump_json(node)) for node in found["nodes"]])
    except ValidationError as error:
        raise InputError("nodes of a tree", files.explain(error), str(path), remedy) from error
    except ValueError as error:
        raise InputError("nodes that make one tree, parents first", str(error), str(path), remedy) from error
