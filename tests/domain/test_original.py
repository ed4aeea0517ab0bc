"""The original's folder form: there and back with the demo domain, and what is wrong with other folders."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from stages.domain import original
from stages.shared.errors import InputError
from tests.domain import trees


def node(name: str, *children: Any, **changed: Any) -> dict[str, Any]:
    told = {"raw_task_name": name.title(), "task_name": name, "config_filename": f"{name}.json", "reason": "why"}
    return {**told, **changed, "children": list(children)}


def folder(path: Path, root: dict[str, Any]) -> Path:
    """Write a tree's file and the files of its nodes, as far as their names allow."""
    (path / original.META).write_text(json.dumps(root), "utf-8")
    waiting = [root]
    while waiting:
        one = waiting.pop()
        waiting += one["children"]
        told = {key: value for key, value in one.items() if key != "children"}
        name = one["config_filename"]
        if re.fullmatch(r"\w+\.json", name, re.ASCII) and name != original.META:
            examples = [{"instruction": "Do it.", "input": "", "output": "Done."}]
            (path / name).write_text(json.dumps({**told, "examples": examples}), "utf-8")
    return path


def test_import_then_export_gives_the_content_of_the_demo_folder(test_data: Path, tmp_path: Path) -> None:
    source = test_data / "explore/demo_domain"
    original.write(tmp_path / "out", trees.demo(test_data))
    names = sorted(path.name for path in source.glob("*.json"))
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == names
    for name in names:
        written = json.loads((tmp_path / "out" / name).read_text("utf-8"))
        assert written == json.loads((source / name).read_text("utf-8")), name


def test_nodes_come_in_level_order_with_their_examples_numbered(tmp_path: Path) -> None:
    tree = original.read(folder(tmp_path, node("a", node("b", node("d")), node("c"))), "test", "openai:gpt")
    assert [(one.task_name, one.parent, one.depth) for one in tree] == [
        ("a", None, 0), ("b", "a", 1), ("c", "a", 1), ("d", "b", 2),
    ]  # fmt: skip
    assert tree["d"].examples[0].model_dump() == {
        "instruction": "Do it.", "input": "", "output": "Done.", "number": 0, "generator": "openai:gpt", "answer": "",
    }  # fmt: skip


def nested(levels: int) -> dict[str, Any]:
    root = node("n0")
    below = root
    for number in range(1, levels):
        below["children"] = [node(f"n{number}")]
        below = below["children"][0]
    return root


@pytest.mark.parametrize(
    ("root", "said"),
    [
        (node("a", node("b", node("a"))), "the task 'a' below itself"),
        (node("a", node("b"), node("c", node("b"))), "'b' twice"),
        (node("a", node("b"), node("c", config_filename="b.json")), "two nodes in one"),
        (node("a", node("b", config_filename="../b.json")), "the name of a file in the folder"),
        (node("a", node("b", config_filename="/etc/passwd")), "the name of a file in the folder"),
        (node("a", node("b", config_filename="c\\b.json")), "the name of a file in the folder"),
        (node("a", node("b", config_filename="b\0.json")), "the name of a file in the folder"),
        (node("a", node("b", config_filename="..")), "the name of a file in the folder"),
        (node("a", node("b", config_filename="")), "the name of a file in the folder"),
        (node("a", node("b", config_filename=original.META)), "the name of a file in the folder"),
        (node("a", node("b/c", config_filename="b.json")), "an id without a slash"),
        (node("a", node("", config_filename="b.json")), "an id without a slash"),
        (node("a", node("b", config_filename="é.json")), "expected a file of a tree, got none"),
        (node("a", node("b", config_filename="b" * 5000)), "the name of a file in the folder"),
        (node("a", {"children": []}), "task_name: field required"),
        (node("a", "b"), "input should be a valid dictionary"),  # type: ignore[arg-type]
        (nested(original.MOST_LEVELS + 1), "at most 100 levels"),
    ],
)
def test_a_folder_that_is_no_tree_is_refused_with_the_reason(tmp_path: Path, root: dict[str, Any], said: str) -> None:
    if all(isinstance(child, dict) and "task_name" in child for child in root["children"]):
        folder(tmp_path, root)
    else:
        (tmp_path / original.META).write_text(json.dumps(root), "utf-8")
        told = {key: value for key, value in root.items() if key != "children"}
        (tmp_path / "a.json").write_text(json.dumps({**told, "examples": []}), "utf-8")
    with pytest.raises(InputError) as caught:
        original.read(tmp_path, "test", "g")
    assert said in str(caught.value)


def test_the_deepest_tree_that_is_allowed_is_read_and_written(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    tree = original.read(folder(tmp_path / "in", nested(original.MOST_LEVELS)), "test", "g")
    original.write(tmp_path / "out", tree)
    assert len(original.read(tmp_path / "out", "test", "g")) == original.MOST_LEVELS


@pytest.mark.parametrize("text", ["{", "\xff", "[" * 100_000, "[]", "null", '{"a": NaN}'])
def test_a_damaged_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / original.META).write_text(text, "latin-1")
    with pytest.raises(InputError):
        original.read(tmp_path, "test", "g")


def test_a_folder_without_a_tree_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a file of a tree"):
        original.read(tmp_path, "test", "g")


@pytest.mark.parametrize("name", ["a.json", original.META])
def test_a_link_that_leaves_the_folder_is_not_followed(tmp_path: Path, name: str) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    folder(inside, node("a"))
    (inside / name).rename(tmp_path / name)
    (inside / name).symlink_to(tmp_path / name)
    with pytest.raises(InputError, match="a link out of it"):
        original.read(inside, "test", "g")


def test_a_link_to_itself_is_no_file(tmp_path: Path) -> None:
    folder(tmp_path, node("a"))
    (tmp_path / "a.json").unlink()
    (tmp_path / "a.json").symlink_to(tmp_path / "a.json")
    with pytest.raises(InputError, match="expected a file of a tree, got none"):
        original.read(tmp_path, "test", "g")


def test_two_files_that_say_different_things_of_a_node_are_refused(tmp_path: Path) -> None:
    folder(tmp_path, node("a"))
    told = json.loads((tmp_path / "a.json").read_text("utf-8"))
    (tmp_path / "a.json").write_text(json.dumps({**told, "reason": "other"}), "utf-8")
    with pytest.raises(InputError, match=r"reason 'why', as in tree_meta_info\.json"):
        original.read(tmp_path, "test", "g")


def test_half_characters_become_whole(tmp_path: Path) -> None:
    folder(tmp_path, node("a", raw_task_name="\ud800"))
    original.write(tmp_path / "out", original.read(tmp_path, "test", "g"))
    assert json.loads((tmp_path / "out/a.json").read_text("utf-8"))["raw_task_name"] == "\N{REPLACEMENT CHARACTER}"


def test_an_id_that_can_not_be_a_file_name_is_written_under_another(tmp_path: Path) -> None:
    names = ["long" * 90, "..", "tree_meta_info", "a\\b", "naïve_2"]
    tree = trees.made({"root": None, **dict.fromkeys(names, "root")}, {"..": ["Go up."]})
    original.write(tmp_path / "out", tree)
    assert list(tmp_path.iterdir()) == [tmp_path / "out"]
    back = original.read(tmp_path / "out", "made", "m")
    assert [one.task_name for one in back] == ["root", *names]
    assert back[".."].examples[0].instruction == "Go up."


def test_a_folder_with_something_in_it_is_not_written_to(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep", "utf-8")
    with pytest.raises(InputError, match="a new or empty folder"):
        original.write(tmp_path, trees.made({"root": None}))
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
