"""Sample a domain: choose examples of its thinned tree and write them as instances (spec B5).

Pruned nodes and those deeper than `sample.max_depth` are left out, which the original only says it does. The largest of
`sample.sizes` is written, in an order in which each smaller size is what comes first; each size follows the rule
(shares.py) as closely as the smaller one inside it allows. A size for which there are too few examples gets fewer.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Annotated, Any, NamedTuple

import pyarrow as pa
from pydantic import Field, PositiveInt, field_validator

from stages.domain import coverage, picture, shares
from stages.domain.pruned import Pruned, read_pruned
from stages.domain.source import Domain, read_domain
from stages.domain.tree import Example, Node, Tree, read_tree
from stages.shared import files, ledger, params, stage
from stages.shared.licenses import row_license
from stages.shared.params import Section
from stages.shared.records import INSTANCES, digest, instance_id
from stages.shared.terms import terms_of

REASONS = {
    "pruned": "its task is pruned",
    "too-deep": "its task is deeper in the tree than `sample.max_depth`",
    "no-output": "it is a seed that is an instruction alone",
    "repeat": "a task before has the same instruction, input and output",
    "not-drawn": "the sizes and shares of the sample leave no place for it",
}
"""Why a node or an example is left out."""

BATCH_ROWS = 1000
"""Instances held in memory at once."""


class SampleParams(Section):
    """`sample` in params.yaml.

    rule: how many examples each node gives (shares.py). sizes: instances, ascending; the largest is written. max_depth:
    of nodes that are sampled, 0 for the root. most_per_node: examples with which a node counts at most in the
    proportional rule. seed: of the order within a node.
    """

    rule: shares.Rule
    sizes: Annotated[tuple[PositiveInt, ...], Field(min_length=1)]
    max_depth: Annotated[int, Field(ge=0)]
    most_per_node: PositiveInt
    seed: int

    @field_validator("sizes")
    @classmethod
    def _ascending(cls, sizes: tuple[int, ...]) -> tuple[int, ...]:
        if list(sizes) != sorted(set(sizes)):
            raise ValueError("sizes ascend, each once")
        return sizes


class Drawn(NamedTuple):
    """An example of the sample and its node."""

    node: Node
    example: Example


@dataclass(frozen=True)
class Size:
    """A size that was asked for, how many examples there are, and how many of them each node gave."""

    wanted: int
    got: int
    nodes: dict[str, int]


def left_out(node: Node, pruned: Pruned, settings: SampleParams) -> str:
    """The reason why a node is not sampled, "" where it is."""
    if node.task_name in pruned.pruned:
        return "pruned"
    return "too-deep" if node.depth > settings.max_depth else ""


def pools(tree: Tree, pruned: Pruned, settings: SampleParams, book: ledger.Ledger) -> dict[str, list[Example]]:
    """The examples of each node to draw from, in the order of the draw; enter in the ledger what is left out."""
    seen: set[str] = set()
    found: dict[str, list[Example]] = {}
    for node in tree:
        book.read("nodes")
        book.read("examples", len(node.examples))
        if reason := left_out(node, pruned, settings):
            book.drop("nodes", node.task_name, reason)
            for example in node.examples:
                book.drop("examples", f"{node.task_name}:{example.number}", reason)
            continue
        book.keep("nodes")
        fresh = []
        for example in node.examples:
            if not example.output:
                book.drop("examples", f"{node.task_name}:{example.number}", "no-output")
            elif (id := instance_id(example.instruction, example.input, example.output)) in seen:
                book.drop("examples", f"{node.task_name}:{example.number}", "repeat")
            else:
                seen.add(id)
                fresh.append(example)
        Random(f"{settings.seed}/{tree.domain}/{node.task_name}").shuffle(fresh)  # noqa: S311 - an order, not a secret
        found[node.task_name] = fresh
    return found


def draw(tree: Tree, pool: dict[str, list[Example]], settings: SampleParams) -> tuple[list[Drawn], list[Size]]:
    """The sample in the order it is written in, and what each size inside it has."""
    counts = {task_name: len(examples) for task_name, examples in pool.items()}
    taken = dict.fromkeys(counts, 0)
    drawn: list[Drawn] = []
    sizes = []
    for size in settings.sizes:
        shared = shares.RULES[settings.rule](counts, size, settings.most_per_node)
        more = {task_name: max(share - taken[task_name], 0) for task_name, share in shared.items()}
        for task_name, count in shares.cut(more, size - len(drawn)).items():
            some = pool[task_name][taken[task_name] : taken[task_name] + count]
            drawn += [Drawn(tree[task_name], example) for example in some]
            taken[task_name] += count
        sizes.append(Size(size, len(drawn), dict(taken)))
    return drawn, sizes


def enter(pool: dict[str, list[Example]], sizes: list[Size], book: ledger.Ledger) -> None:
    """Enter in the ledger which examples of the pools are drawn, and which not."""
    for task_name, examples in pool.items():
        taken = sizes[-1].nodes[task_name]
        book.keep("examples", taken)
        for example in sorted(examples[taken:], key=lambda one: one.number):
            book.drop("examples", f"{task_name}:{example.number}", "not-drawn")


def instances(drawn: list[Drawn], tree: Tree, domain: Domain, revision: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of INSTANCES; `revision` is that of examples that no model was asked for."""
    for one in drawn:
        example, task_name = one.example, one.node.task_name
        yield {
            "instance_id": instance_id(example.instruction, example.input, example.output),
            "instruction": example.instruction,
            "input": example.input,
            "output": example.output,
            "messages": None,
            "license": row_license(domain.license),
            "terms": domain.terms or terms_of(example.generator),
            "website": "",
            "taskname": f"{domain.id}-{task_name}",
            "task_id": digest([domain.id, task_name]),
            "part": domain.part,
            "origin": tree.path(task_name),
            "revision": example.answer or revision,
            "row": f"examples:{example.number}",
            "generator": example.generator,
            "language": domain.language,
        }


def write_instances(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write instances, some at a time."""
    with files.parquet_writer(path, INSTANCES) as writer:
        for start in range(0, len(rows), BATCH_ROWS):
            writer.write_batch(pa.RecordBatch.from_pylist(rows[start : start + BATCH_ROWS], INSTANCES))


def main(paths: argparse.Namespace) -> None:
    """Sample the thinned tree of a domain; write the instances, what they cover, and the tree as a picture."""
    domain = read_domain(paths.domain)
    settings = domain.settled("sample", params.read("sample", SampleParams))
    tree = read_tree(paths.thinned)
    pruned = read_pruned(paths.pruned, tree)
    revision = domain.revision
    extra: dict[str, Any] = {}
    with ledger.opened("sample", paths.dropped, paths.metrics, sample=extra) as book:
        pool = pools(tree, pruned, settings, book)
        drawn, sizes = draw(tree, pool, settings)
        enter(pool, sizes, book)
        write_instances(paths.instances, list(instances(drawn, tree, domain, revision)))
        extra.update(sizes=[vars(size) for size in sizes])
        extra.update(coverage.measured(tree, drawn, domain, settings.seed))
        picture.write(paths.picture, tree, sizes[-1].nodes, set(pruned.pruned))


if __name__ == "__main__":
    stage.run(
        main,
        __doc__,
        inputs=("domain", "thinned", "pruned"),
        outputs=("instances", "dropped", "metrics", "picture"),
    )
