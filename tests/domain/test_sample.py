"""Sampling: which examples, in which order, as which instances, and what the metrics say."""

import hashlib
import json
from argparse import Namespace
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from stages.domain import sample as stage
from stages.domain.pruned import Pruned, Verdict, write_pruned
from stages.domain.sample import SampleParams, draw, enter, pools
from stages.domain.source import HUMAN
from stages.domain.tree import Tree
from stages.shared.records import INSTANCES, digest, instance_id
from tests.domain import trees

PARAMS: dict[str, Any] = {"rule": "proportional", "sizes": [1000], "max_depth": 3, "most_per_node": 500, "seed": 42}
TREE = {"root": None, "one": "root", "two": "root", "below_two": "two", "deep": "below_two"}


def settings(**changed: Any) -> SampleParams:
    return SampleParams.model_validate({**PARAMS, **changed})


def pruned(*names: str) -> Pruned:
    return Pruned(domain="made", pruned={name: Verdict(below="root") for name in names})


def texts(**counts: int) -> dict[str, list[str]]:
    return {name: [f"{name} {number}" for number in range(count)] for name, count in counts.items()}


def drawn(tree: Tree, chosen: SampleParams, out: Pruned) -> tuple[list[str], list[stage.Size], dict[str, Any]]:
    """The instructions drawn in order, the sizes, and the ledger."""
    book = trees.book()
    pool = pools(tree, out, chosen, book)
    some, sizes = draw(tree, pool, chosen)
    enter(pool, sizes, book)
    return [one.example.instruction for one in some], sizes, book.counts()


def test_a_thousand_of_the_demo_domain_are_drawn_as_published(test_data: Path) -> None:
    _, sizes, counts = drawn(trees.thinned_demo(test_data), settings(), pruned())
    assert list(sizes[0].nodes.values()) == [1, 110, 142, 146, 154, 69, 121, 99, 158]
    assert counts["examples"] == {"read": 2448, "kept": 1000, "dropped": {"not-drawn": 1448}}


def test_pruned_nodes_and_deeper_ones_are_left_out_with_the_reason() -> None:
    tree = trees.made(TREE, texts(root=1, one=2, two=3, below_two=4, deep=5))
    found, _, counts = drawn(tree, settings(max_depth=2), pruned("two"))
    assert Counter(text.split()[0] for text in found) == {"root": 1, "one": 2, "below_two": 4}
    assert counts["nodes"] == {"read": 5, "kept": 3, "dropped": {"pruned": 1, "too-deep": 1}}
    assert counts["examples"] == {"read": 15, "kept": 7, "dropped": {"pruned": 3, "too-deep": 5}}


def test_the_same_example_in_two_nodes_is_drawn_once() -> None:
    tree = trees.made(TREE, {"one": ["same", "own"], "two": ["same", "other"]})
    found, _, counts = drawn(tree, settings(), pruned())
    assert sorted(found) == ["other", "own", "same"]
    assert counts["examples"]["dropped"] == {"repeat": 1}


@pytest.mark.parametrize("rule", ["proportional", "balanced"])
def test_each_size_is_the_beginning_of_the_larger_ones_and_follows_the_rule(test_data: Path, rule: str) -> None:
    tree = trees.thinned_demo(test_data)
    found, sizes, _ = drawn(tree, settings(rule=rule, sizes=[10, 100, 1000, 2000]), pruned())
    assert [size.got for size in sizes] == [10, 100, 1000, 2000]
    for size in sizes:
        alone, alone_sizes, _ = drawn(tree, settings(rule=rule, sizes=[size.wanted]), pruned())
        assert alone_sizes[0].nodes == size.nodes
        assert Counter(found[: size.wanted]) == Counter(alone)


def test_a_size_holds_no_more_than_it_asks_for_where_the_first_nodes_are_due_more_than_is_left() -> None:
    tree = trees.made(TREE, texts(**dict.fromkeys(TREE, 10)))
    found, sizes, _ = drawn(tree, settings(sizes=[4, 5]), pruned())
    assert [list(size.nodes.values()) for size in sizes] == [[1, 1, 1, 1, 0], [2, 1, 1, 1, 0]]
    assert len(found) == 5


def test_too_few_examples_are_no_failure() -> None:
    tree = trees.made(TREE, texts(one=3))
    found, sizes, _ = drawn(tree, settings(sizes=[2, 5, 50]), pruned())
    assert [(size.wanted, size.got) for size in sizes] == [(2, 2), (5, 3), (50, 3)]
    assert len(found) == 3
    assert drawn(trees.made(TREE), settings(), pruned())[0] == []


@given(
    st.lists(st.integers(0, 30), min_size=5, max_size=5),
    st.sets(st.integers(1, 120), min_size=1, max_size=4).map(sorted),
    st.sampled_from(["proportional", "balanced"]),
    st.integers(1, 40),
)
def test_sizes_are_nested_and_the_ledger_balances_for_all_trees(
    counts: list[int], sizes: list[int], rule: str, most: int
) -> None:
    tree = trees.made(TREE, texts(**dict(zip(TREE, counts, strict=True))))
    found, told, ledger = drawn(tree, settings(rule=rule, sizes=sizes, most_per_node=most), pruned("two"))
    assert len(set(found)) == len(found) == told[-1].got
    assert ledger["examples"]["read"] == sum(counts)
    for size in told:
        assert Counter(text.split()[0] for text in found[: size.got]) == Counter(
            {name: count for name, count in size.nodes.items() if count}
        )
        assert size.got == sum(size.nodes.values()) <= size.wanted


def test_the_seed_decides_the_order_within_a_node() -> None:
    tree = trees.made(TREE, texts(one=50))
    orders = [drawn(tree, settings(seed=seed), pruned())[0] for seed in (1, 1, 2)]
    assert orders[0] == orders[1] != orders[2]
    assert orders[0] != sorted(orders[0])


@pytest.mark.parametrize("sizes", [[], [0], [5, 5], [10, 5]])
def test_sizes_that_do_not_ascend_are_refused(sizes: list[int]) -> None:
    with pytest.raises(ValidationError):
        settings(sizes=sizes)


@pytest.fixture
def sampled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which the stage ran: a node of two levels, its sibling pruned."""
    monkeypatch.chdir(tmp_path)
    tree = trees.made(TREE, texts(one=3, below_two=2, two=1))
    tree.with_examples("one", [tree["one"].examples[0].model_copy(update={"answer": "", "generator": HUMAN})])
    trees.prepared(tmp_path, tree, {"sample": PARAMS})
    write_pruned(Path("pruned.json"), pruned("two"))
    names = ("thinned", "pruned", "instances", "dropped", "metrics", "picture")
    files = ("tree.json", "pruned.json", "instances.parquet", "dropped.jsonl", "metrics.json", "picture.svg")
    paths = {name: Path(file) for name, file in zip(names, files, strict=True)}
    stage.main(Namespace(domain=Path("rewriting"), **paths))
    return tmp_path


def test_instances_lead_back_to_the_tree(sampled: Path) -> None:
    table = pq.read_table(sampled / "instances.parquet")
    assert table.schema.equals(INSTANCES)
    rows = {row["instruction"]: row for row in table.to_pylist()}
    assert set(rows) == {"one 0", "below_two 0", "below_two 1"}
    assert rows["below_two 1"] == {
        "instance_id": instance_id("below_two 1", "", "done"),
        "instruction": "below_two 1",
        "input": "",
        "output": "done",
        "messages": None,
        "license": "apache-2.0",
        "terms": "ask first",
        "website": "",
        "taskname": "rewriting-below_two",
        "task_id": digest(["rewriting", "below_two"]),
        "part": "domain/rewriting",
        "origin": "root/two/below_two",
        "revision": "key1",
        "row": "examples:1",
        "generator": "m",
        "language": "en",
    }
    by_hand = hashlib.sha256((sampled / "rewriting/domain.yaml").read_bytes()).hexdigest()
    assert (rows["one 0"]["revision"], rows["one 0"]["generator"]) == (by_hand, HUMAN)


def test_metrics_have_the_ledger_the_sizes_and_the_coverage(sampled: Path) -> None:
    metrics = json.loads((sampled / "metrics.json").read_text("utf-8"))
    assert metrics["examples"] == {"read": 4, "kept": 3, "dropped": {"pruned": 1}}
    assert metrics["sample"]["sizes"] == [
        {"wanted": 1000, "got": 3, "nodes": {"root": 0, "one": 1, "below_two": 2, "deep": 0}}
    ]
    assert metrics["sample"]["nodes_by_depth"] == {"0": 1, "1": 2, "2": 1, "3": 1}
    assert trees.dropped(sampled / "dropped.jsonl") == [("node", "two", "pruned"), ("example", "two:0", "pruned")]
    assert (sampled / "picture.svg").read_text("utf-8").startswith("<svg")
