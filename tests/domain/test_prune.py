"""Pruning: names in level order, on the demo domain and on small trees."""

import json
from argparse import Namespace
from pathlib import Path

import pytest

from stages.domain import prune as stage
from stages.domain.prune import PruneParams, prune
from stages.domain.pruned import Pruned, Verdict, read_pruned, write_pruned
from stages.shared.errors import InputError
from tests.domain import trees

BY_ITSELF = PruneParams(threshold=0.7, subtree=False)

# `edit_the_text` comes twice; what is below the second is judged by itself.
PARENTS = {
    "text_work": None,
    "edit_the_text": "text_work",
    "edit_the_text_again": "text_work",
    "shorten": "edit_the_text_again",
    "edit_the_text_once_again": "edit_the_text",
    "shorten_it": "shorten",
}


def test_the_demo_domain_is_pruned_of_nothing_at_0_7_and_of_two_nodes_at_0_3(test_data: Path) -> None:
    tree = trees.demo(test_data)
    assert prune(tree, BY_ITSELF).pruned == {}
    found = prune(tree, PruneParams(threshold=0.3, subtree=False)).pruned
    assert {name: verdict.like for name, verdict in found.items()} == {
        "text_expansion": "assistance_for_text_editting",
        "language_style_simulation": "style_transfer",
    }
    assert found["language_style_simulation"].score == pytest.approx(0.4)


def test_a_node_below_a_pruned_one_is_judged_on_its_own() -> None:
    found = prune(trees.made(PARENTS), BY_ITSELF).pruned
    assert list(found) == ["edit_the_text_again", "edit_the_text_once_again"]
    assert found["edit_the_text_again"].like == "edit_the_text"


def test_a_subtree_is_pruned_with_its_head_where_that_is_asked_for() -> None:
    found = prune(trees.made(PARENTS), PruneParams(threshold=0.7, subtree=True)).pruned
    assert found["shorten"] == found["shorten_it"] == Verdict(below="edit_the_text_again")
    assert "below" not in found["edit_the_text_once_again"].model_dump(exclude_none=True)


def test_a_name_is_compared_with_kept_names_only() -> None:
    chain = trees.made({"root": None, "a_b_c_d": "root", "a_b_c_e": "root", "x_b_c_e": "root"})
    found = prune(chain, PruneParams(threshold=0.7, subtree=False)).pruned
    assert list(found) == ["a_b_c_e"]  # 0.75 to the first; the third has 0.5 with that, 0.75 with the pruned one


def test_what_is_below_a_pruned_node_prunes_nothing_when_it_goes_with_it() -> None:
    parents = {"root": None, "a_b": "root", "a_b_2": "root", "write_a_poem": "a_b_2", "sing": "a_b"}
    tree = trees.made({**parents, "write_the_poem": "sing"})
    loose = PruneParams(threshold=0.6, subtree=False)
    assert list(prune(tree, loose).pruned) == ["a_b_2", "write_the_poem"]
    assert list(prune(tree, loose.model_copy(update={"subtree": True})).pruned) == ["a_b_2", "write_a_poem"]


def test_the_stage_writes_verdicts_that_read_back_and_a_balanced_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    trees.prepared(tmp_path, trees.made(PARENTS), {"prune": {"threshold": 0.7, "subtree": True}})
    stage.main(
        Namespace(
            domain=Path("rewriting"), explored=Path("tree.json"), pruned=Path("pruned.json"),
            dropped=Path("dropped.jsonl"), metrics=Path("metrics.json"),
        )
    )  # fmt: skip
    written = json.loads(Path("pruned.json").read_text("utf-8"))
    assert written["pruned"]["shorten"] == {"below": "edit_the_text_again"}
    assert set(written["pruned"]["edit_the_text_again"]) == {"score", "like"}
    assert list(read_pruned(Path("pruned.json"), trees.made(PARENTS)).pruned) == [
        id for _, id, _ in trees.dropped(Path("dropped.jsonl"))
    ]
    assert json.loads(Path("metrics.json").read_text("utf-8"))["nodes"] == {
        "read": 6, "kept": 2, "dropped": {"below-pruned": 2, "near-name": 2},
    }  # fmt: skip


def test_a_file_that_tells_no_pruned_nodes_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pruned.json").write_text('{"domain": "d", "pruned": ["a"]}', "utf-8")
    with pytest.raises(InputError, match="pruned: input should be an object"):
        read_pruned(tmp_path / "pruned.json", trees.made(PARENTS))


def test_pruned_nodes_of_another_tree_are_refused(tmp_path: Path) -> None:
    write_pruned(tmp_path / "pruned.json", Pruned(domain="made", pruned={"elsewhere": Verdict(below="shorten")}))
    with pytest.raises(InputError, match="nodes of the tree of made, got 'elsewhere'"):
        read_pruned(tmp_path / "pruned.json", trees.made(PARENTS))
