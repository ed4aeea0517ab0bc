"""The stage enrich; a whole run, its kills and its order are in test_explore.py."""

from pathlib import Path
from typing import Any

import pytest

from stages.domain.tree import read_tree, write_tree
from stages.shared import files
from stages.shared.errors import InputError, ParamsError
from stages.shared.llm.fault_serving import serving
from tests.domain import driving
from tests.domain.driving import plain, scripted
from tests.domain.scripted import Script, Scripted, names
from tests.domain.stages_run import prepare, within

NOWHERE = "http://127.0.0.1:9/v1"


def explored(folder: Path, url: str, more: str = "", **changes: Any) -> Path:
    """A folder with a domain and its explored tree: a root with five examples, three subtasks with two each."""
    domain, wording = prepare(folder, url, more=more, **changes)
    tree = driving.explore(domain, wording, scripted(Script()), max_depth=1, breadth=[3]).tree
    write_tree(folder / "explore/tree.json", tree)
    return folder


def test_a_tree_gets_its_examples_each_with_its_writer_and_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    poor = frozenset(names("Working with texts")[:1])
    with serving(Scripted(script=Script(poor=poor))) as server:
        folder = explored(tmp_path / "texts", server.url, enrich={"examples": [12, 14]})
        within(folder, "enrich", monkeypatch)
    tree = read_tree(Path("enrich/tree.json"))
    assert [len(node.examples) for node in tree] == [12, 4, 14, 14]
    new = [one for node in tree for one in node.examples[5 if node.parent is None else 2 :]]
    assert {one.generator for one in new} == {"lab:m"}
    answers = [line.split('"key":"')[1][:64] for line in Path("enrich/answers.jsonl").read_text("utf-8").splitlines()]
    assert {one.answer for one in new} <= set(answers)
    metrics: Any = files.read_json(Path("enrich/metrics.json"))
    assert metrics["tree"]["dry"] == {"1": 1}
    # By hand: what the answers list, kept or not, is what the bill counts.
    assert metrics["asked"]["proposed_tasks"] == metrics["examples"]["read"]
    assert metrics["asked"]["cost_usd"] > 0


def test_what_lacks_examples_in_the_end_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    poor = frozenset(names("Working with texts")[:1])
    with serving(Scripted(script=Script(poor=poor))) as server:
        within(explored(tmp_path / "poor", server.url, enrich={"examples": [5, 6]}), "enrich", monkeypatch)
        assert "fewer examples than wanted (the model had no more): 1 at depth 1." in capsys.readouterr().err
        within(explored(tmp_path / "few", server.url, enrich={"max_requests": 2}), "enrich", monkeypatch)
        assert "fewer examples than wanted (max_requests 2): 3 at depth 1." in capsys.readouterr().err


def test_a_tree_that_has_its_examples_asks_nobody_whatever_the_model_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = explored(tmp_path / "full", NOWHERE, enrich={"examples": [5, 2], "model": "rules"})
    within(folder, "enrich", monkeypatch)
    assert plain(read_tree(Path("enrich/tree.json"))) == plain(read_tree(Path("explore/tree.json")))
    assert Path("enrich/answers.jsonl").read_bytes() == b""


def test_a_model_that_answers_by_rule_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ParamsError, match=r"key enrich\.model: expected a model that can be asked"):
        within(explored(tmp_path / "rules", NOWHERE, enrich={"model": "rules"}), "enrich", monkeypatch)
    assert not Path("enrich").exists() or list(Path("enrich").iterdir()) == []


def test_a_key_that_enrich_does_not_have_is_refused_where_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = explored(tmp_path / "own", NOWHERE, more="settings: {enrich: {targets: [5]}}\n")
    with pytest.raises(InputError, match=r"domain\.yaml, key settings\.enrich.*targets"):
        within(folder, "enrich", monkeypatch)
