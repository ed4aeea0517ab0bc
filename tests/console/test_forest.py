"""`sauropod show domain` prints the tree of a domain, and export writes it as the original does."""

import json
from pathlib import Path

import pytest

from stages.console.main import main
from stages.domain import original
from stages.domain.pruned import Pruned, Verdict, write_pruned
from stages.domain.tree import Example, Node, Tree, write_tree
from stages.shared.files import write_json
from tests.domain.scripted import write_domain


def example(number: int) -> Example:
    return Example(instruction=f"Say {number}.", input="", output=str(number), number=number, generator="human")


def tree(examples: int) -> Tree:
    """A root with two tasks, one of them with a subtask."""
    nodes = [("texts", None, 0), ("tone", "texts", 1), ("length", "texts", 1), ("shorter", "length", 2)]
    return Tree(
        "texts",
        [
            Node(
                task_name=name,
                raw_task_name="[red]shorter[/red]" if name == "shorter" else name,
                parent=parent,
                depth=depth,
                examples=tuple(example(number) for number in range(examples)),
            )
            for name, parent, depth in nodes
        ],
    )


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository's root with one domain of which no stage has run."""
    monkeypatch.chdir(tmp_path)
    write_domain(tmp_path / "data/sources/domains/texts")
    return tmp_path


def run(*words: str) -> int:
    try:
        main(list(words))
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def test_before_any_stage_the_seed_tree_is_shown(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("show", "domain", "texts", "--json") == 0
    (node,) = json.loads(capsys.readouterr().out)["nodes"]
    assert (node["name"], node["examples"]) == ("Working with texts", {"seed": 5})


def test_the_tree_is_shown_with_the_examples_of_each_stage_and_what_is_pruned(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_tree(root / "data/explore/texts/tree.json", tree(1))
    write_tree(root / "data/thin/texts/tree.json", tree(4))
    write_pruned(root / "data/prune/texts/pruned.json", Pruned(domain="texts", pruned={"tone": Verdict(below="texts")}))
    sizes = [{"nodes": {"texts": 1}}, {"nodes": {"texts": 3, "length": 2}}]
    write_json(root / "metrics/sample/texts.json", {"sample": {"sizes": sizes}})
    assert run("show", "domain", "texts") == 0
    said = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert said[0] == "task explore thin sample"
    # Names are not read as markup.
    assert said[2:6] == [
        "texts 1 4 3",
        "├ tone (pruned) 1 4 0",
        "└ length 1 4 2",
        "└ [red]shorter[/red] 1 4 0",
    ]
    assert said[-1] == "4 tasks 4 16 5"


def test_an_exported_tree_is_the_one_that_the_last_stage_wrote(root: Path) -> None:
    write_tree(root / "data/explore/texts/tree.json", tree(1))
    write_tree(root / "data/enrich/texts/tree.json", tree(3))
    assert run("export", "--format", "explore-instruct", "--domain", "texts", "--out", "out", "--dry-run") == 0
    assert not (root / "out").exists()
    assert run("export", "--format", "explore-instruct", "--domain", "texts", "--out", "out") == 0
    found = original.read(root / "out", "texts", "human")
    assert [(one.raw_task_name, len(one.examples)) for one in found] == [(one.raw_task_name, 3) for one in tree(3)]


def test_the_form_and_the_domain_go_together(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("export", "--format", "explore-instruct", "--out", "out") == 2
    for form in ("dynosaur-metadata", "superni"):
        assert run("export", "--format", form, "--domain", "texts", "--out", "out") == 2
    said = capsys.readouterr().err
    assert "expected --domain DOMAIN, got no domain" in said
    assert said.count("expected options of that form, got --domain") == 2


def test_a_domain_that_is_not_there_is_told(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("show", "domain", "cooking") == 2
    assert "data/sources/domains/cooking/domain.yaml: expected the description of a domain" in capsys.readouterr().err
