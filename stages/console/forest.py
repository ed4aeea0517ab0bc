"""`sauropod show domain` and `sauropod export --format explore-instruct`: a domain's tree as its stages have it."""

import argparse
import json
from pathlib import Path
from typing import Any

from stages.console.holding import DOMAINS
from stages.domain import original
from stages.domain.pruned import read_pruned
from stages.domain.source import read_domain
from stages.domain.tree import Tree, read_tree
from stages.shared import files
from stages.shared.parts import check_id

TREES = ("explore", "enrich", "thin")
"""The stages that write a tree, in their order."""


def run(arguments: argparse.Namespace) -> None:
    """Print the tree of a domain with the examples of each task after every stage that has run."""
    name = check_id(arguments.domain, "sauropod show domain, DOMAIN")
    trees = read_trees(name)
    tree = list(trees.values())[-1]
    counts = counted(name, trees)
    pruned = left_out(name, tree)
    if arguments.json:
        print(json.dumps({"domain": name, "nodes": [*told(tree, counts, pruned)]}, indent=2, ensure_ascii=False))
        return
    print_tree(tree, counts, pruned)


def export(arguments: argparse.Namespace) -> None:
    """Write the tree of a domain after the last stage that has run as a folder of the original's form."""
    name = check_id(arguments.domain, "sauropod export, --domain")
    stage, tree = list(read_trees(name).items())[-1]
    out = Path(arguments.out)
    if not arguments.dry_run:
        original.write(out, tree)
    examples = sum(len(node.examples) for node in tree)
    if arguments.json:
        said = {"wrote": [] if arguments.dry_run else [str(out)], "stage": stage, "tasks": len(tree)}
        print(json.dumps({**said, "examples": examples, "dry_run": arguments.dry_run}, indent=2))
        return
    verb = "would write" if arguments.dry_run else "wrote"
    print(f"{verb} {out}: {len(tree):,} tasks with {examples:,} examples, as {stage} left them")


def read_trees(name: str) -> dict[str, Tree]:
    """The trees of a domain by the stage that wrote them, in order; `seed` alone where none has run."""
    seed = read_domain(DOMAINS / name).seed()
    paths = {stage: Path("data") / stage / name / "tree.json" for stage in TREES}
    return {stage: read_tree(path) for stage, path in paths.items() if path.is_file()} or {"seed": seed}


def counted(name: str, trees: dict[str, Tree]) -> dict[str, dict[str, int]]:
    """The examples of each task by stage; `sample` where that has run."""
    counts = {stage: {node.task_name: len(node.examples) for node in tree} for stage, tree in trees.items()}
    metrics = Path("metrics/sample") / f"{name}.json"
    if metrics.is_file():
        counts["sample"] = files.read_json(metrics)["sample"]["sizes"][-1]["nodes"]
    return counts


def left_out(name: str, tree: Tree) -> set[str]:
    """The tasks that prune marked, where it has run."""
    path = Path("data/prune") / name / "pruned.json"
    return set(read_pruned(path, tree).pruned) if path.is_file() else set()


def told(tree: Tree, counts: dict[str, dict[str, int]], pruned: set[str]) -> list[dict[str, Any]]:
    """What is known of each task, in level order."""
    return [
        {
            "task_name": node.task_name,
            "name": node.raw_task_name,
            "parent": node.parent,
            "depth": node.depth,
            "pruned": node.task_name in pruned,
            "examples": {stage: of.get(node.task_name, 0) for stage, of in counts.items()},
        }
        for node in tree
    ]


def print_tree(tree: Tree, counts: dict[str, dict[str, int]], pruned: set[str]) -> None:
    """The tree for a terminal: a line a task, its examples after each stage in columns."""
    # Loaded here: only this command draws a tree.
    from rich.box import SIMPLE  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415
    from rich.markup import escape  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table(box=SIMPLE, pad_edge=False)
    table.add_column("task", overflow="fold")
    for stage in counts:
        table.add_column(stage, justify="right")

    def add(task_name: str, before: str, below: str) -> None:
        node = tree[task_name]
        mark = "  (pruned)" if task_name in pruned else ""
        table.add_row(
            f"{before}{escape(node.raw_task_name)}{mark}", *(f"{of.get(task_name, 0):,}" for of in counts.values())
        )
        children = tree.children(task_name)
        for child in children:
            last = child is children[-1]
            add(child.task_name, f"{below}{'└ ' if last else '├ '}", f"{below}{'  ' if last else '│ '}")

    add(tree.root.task_name, "", "")
    table.add_section()
    table.add_row(f"{len(tree):,} tasks", *(f"{sum(of.values()):,}" for of in counts.values()))
    Console(width=None if Console().is_terminal else 140, highlight=False).print(table)
