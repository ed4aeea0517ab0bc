"""Thinning, on the demo domain against the published counts and rouge_score itself."""

import json
from argparse import Namespace
from pathlib import Path

import pytest
from rouge_score.rouge_scorer import RougeScorer

from stages.domain import thin as stage
from stages.domain.thin import ThinParams, thin
from stages.domain.tree import read_tree
from stages.shared.errors import InputError
from tests.domain import trees

NODE = ThinParams(threshold=0.7, scope="node")


def test_the_demo_domain_keeps_the_published_counts(test_data: Path) -> None:
    thinned = trees.thinned_demo(test_data)
    assert {node.task_name: len(node.examples) for node in thinned} == trees.THINNED
    assert sum(trees.THINNED.values()) == 2448
    assert sum(len(node.examples) for node in trees.demo(test_data)) == 4433


@pytest.mark.parametrize("node", ["fix_spelling_and_grammar", "paraphrase"])
def test_rouge_score_itself_keeps_the_same_of_a_part(test_data: Path, node: str) -> None:
    scorer = RougeScorer(["rougeL"], use_stemmer=False)
    kept: list[int] = []
    examples = trees.demo(test_data)[node].examples[:150]
    for example in examples:
        scores = (scorer.score(examples[other].instruction, example.instruction)["rougeL"] for other in kept)
        if all(score.fmeasure <= 0.7 for score in scores):
            kept.append(example.number)
    found = [example.number for example in trees.thinned_demo(test_data)[node].examples]
    assert [number for number in found if number < 150] == kept


def test_the_ledger_balances_and_names_what_an_example_is_too_like() -> None:
    tree = trees.made({"root": None}, {"root": ["write a poem now", "sing", "write a poem today", "write a poem now"]})
    book = trees.book()
    thinned = thin(tree, NODE, book)
    assert [example.number for example in thinned.root.examples] == [0, 1]
    assert book.counts()["examples"] == {"read": 4, "kept": 2, "dropped": {"near-repeat": 2}}
    details = [json.loads(line)["detail"] for line in book._dropped_file.getvalue().splitlines()]  # type: ignore[attr-defined]
    assert details == ["0.750 to root:0", "1.000 to root:0"]


def test_a_scope_of_the_tree_compares_nodes_with_each_other() -> None:
    tree = trees.made(
        {"root": None, "one": "root", "two": "root"},
        {"root": ["write a poem"], "one": ["draw a map", "write a poem"], "two": ["draw a map", "sing a song"]},
    )
    alone = thin(tree, NODE, trees.book())
    together = thin(tree, ThinParams(threshold=0.7, scope="tree"), trees.book())
    assert [len(node.examples) for node in alone] == [1, 2, 2]
    assert [[example.number for example in node.examples] for node in together] == [[0], [0], [1]]
    assert [len(node.examples) for node in tree] == [1, 2, 2]


def test_the_stage_writes_the_thinned_tree_with_the_settings_of_the_domain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    tree = trees.made({"root": None}, {"root": ["write a poem", "write a song", "paint"]})
    trees.prepared(
        tmp_path, tree, {"thin": {"threshold": 0.7, "scope": "node"}}, "settings: {thin: {threshold: 0.5}}\n"
    )
    stage.main(
        Namespace(
            domain=Path("rewriting"), enriched=Path("tree.json"), tree=Path("thin.json"),
            dropped=Path("dropped.jsonl"), metrics=Path("metrics.json"),
        )
    )  # fmt: skip
    assert [example.number for example in read_tree(Path("thin.json")).root.examples] == [0, 2]
    assert trees.dropped(Path("dropped.jsonl")) == [("example", "root:1", "near-repeat")]
    assert json.loads(Path("metrics.json").read_text("utf-8")) == {
        "examples": {"read": 3, "kept": 2, "dropped": {"near-repeat": 1}},
        "examples_kept": {"root": 2},
    }


def test_a_threshold_that_is_none_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    params = {"thin": {"threshold": 0.7, "scope": "node"}}
    trees.prepared(tmp_path, trees.made({"root": None}), params, "settings: {thin: {threshold: 7}}\n")
    with pytest.raises(InputError, match=r"threshold: input should be less than or equal to 1"):
        stage.main(Namespace(domain=Path("rewriting"), enriched=Path("tree.json")))
