"""The picture of a tree: well-formed whatever the names, the same every time, and its bars to scale."""

from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.domain import picture
from stages.domain.tree import Node, Tree
from tests.domain import trees

SVG = "{http://www.w3.org/2000/svg}"
PARENTS = {"root": None, "one": "root", "two": "root", "below_two": "two", "last": "root"}


def tree_of(names: list[str]) -> Tree:
    """A root with children of these names."""
    tree = Tree("t", [Node(task_name="root", raw_task_name="Root", parent=None, depth=0)])
    for number, name in enumerate(names):
        tree.add(Node(task_name=f"n{number}", raw_task_name=name, parent="root", depth=1))
    return tree


def drawn(tree: Tree, sampled: dict[str, int], pruned: set[str]) -> ElementTree.Element:
    return ElementTree.fromstring(picture.drawn(tree, sampled, pruned))


def said(root: ElementTree.Element, kind: str) -> list[str]:
    """The texts of a class, in order."""
    return ["".join(one.itertext()) for one in root.iter() if kind in one.get("class", "").split()]


def test_rows_stand_below_their_parents_deeper_ones_further_right() -> None:
    root = drawn(trees.made(PARENTS), dict.fromkeys(PARENTS, 0), set())
    rows = [text for text in root.iter(f"{SVG}text") if text.find(f"{SVG}title") is not None]
    names = [row[0].text for row in rows]
    assert names == ["root", "one", "two", "below two", "last"]
    lefts = [float(row.get("x", "")) for row in rows]
    assert lefts[0] < lefts[1] == lefts[2] == lefts[4] < lefts[3]
    tops = [float(row.get("y", "")) for row in rows]
    assert {after - before for before, after in pairwise(tops)} == {picture.ROW}


def test_bars_are_as_long_as_the_examples_are_many() -> None:
    tree = trees.made(PARENTS, {"one": ["x"] * 10, "two": ["x"] * 40, "below_two": ["x"] * 20})
    root = drawn(tree, {"root": 0, "one": 5, "two": 40, "last": 0}, {"below_two"})
    widths = {
        kind: [float(one.get("width", "")) for one in root.iter(f"{SVG}rect") if one.get("class") == kind][1:]
        for kind in ("thinned", "sampled", "empty")
    }
    assert widths == {
        "thinned": [picture.BARS / 4, picture.BARS],
        "sampled": [picture.BARS / 8, picture.BARS],
        "empty": [picture.BARS / 2 - 1],
    }
    assert said(root, "number")[1:] == ["0 of 0", "5 of 10", "40 of 40", "0 of 20", "0 of 0"]


def test_pruned_and_too_deep_tasks_are_marked() -> None:
    root = drawn(trees.made(PARENTS), {"root": 0, "two": 0, "last": 0}, {"one"})
    assert said(root, "struck") == ["one"]
    assert said(root, "pruned") == ["pruned"]
    assert [text for text in said(root, "out") if text != "depth"] == ["one", "below two", "too deep"]
    assert len([one for one in root.iter() if one.get("class") == "cross"]) == 1


@given(st.lists(st.one_of(st.text(max_size=120), st.sampled_from(["<script>", "a & b", "\x00\x1b", "]]>", "\"'"]))))
def test_any_names_make_a_well_formed_picture(names: list[str]) -> None:
    tree = tree_of(names)
    text = picture.drawn(tree, {"root": 0}, {"n0"})
    root = ElementTree.fromstring(text)
    assert text == picture.drawn(tree.copy(), {"root": 0}, {"n0"})
    assert {one.tag.removeprefix(SVG) for one in root.iter()} <= {
        "svg", "title", "style", "rect", "text", "tspan", "path", "circle",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["word " * 40, "字" * 60, "W" * 200])
def test_a_long_name_is_cut_and_told_whole_beside(name: str) -> None:
    root = drawn(tree_of([name]), {"root": 0, "n0": 0}, set())
    row = next(text for text in root.iter(f"{SVG}text") if "(n0)" in "".join(text.itertext()))
    shown = row[0].text or ""
    assert shown.endswith("…")
    assert len(shown) < 62
    assert name.strip() in (row.findtext(f"{SVG}title") or "")


def test_a_deep_tree_stays_within_the_column_of_names() -> None:
    names = [f"n{number}" for number in range(100)]
    tree = trees.made({name: names[number - 1] if number else None for number, name in enumerate(names)})
    root = drawn(tree, {}, set())
    knots = [float(one.get("cx", "")) for one in root.iter(f"{SVG}circle")]
    assert len(knots) == 100
    assert knots == sorted(knots)
    assert knots[-1] < picture.MARGIN + picture.NAMES / 2


def test_it_is_written_with_both_modes(tmp_path: Path) -> None:
    picture.write(tmp_path / "plots/tree.svg", trees.made(PARENTS), {}, set())
    text = (tmp_path / "plots/tree.svg").read_text("utf-8")
    assert "prefers-color-scheme: dark" in text
    assert "href" not in text
