"""Trees to test with: the original's demo domain, and small ones made from a line a node."""

import io
import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from stages.domain import original
from stages.domain.thin import ThinParams, thin
from stages.domain.tree import Example, Node, Tree, write_tree
from stages.shared.ledger import Ledger

# What thinning at 0.7 leaves of each node of the demo domain (spec B5), in level order.
THINNED = {
    "assistance_for_text_editting": 2,
    "paraphrase": 269,
    "style_transfer": 347,
    "simplify_language": 357,
    "text_expansion": 376,
    "fix_spelling_and_grammar": 167,
    "language_style_simulation": 295,
    "coherence_and_cohesion_improvement": 241,
    "writing_enhancement": 394,
}

DESCRIPTION = """\
name: Rewriting
description: Rewrite texts.
license: Apache License 2.0
terms: ask first
language: en
answer_format: numbered
examples:
- {instruction: Rewrite the sentence., input: "It is.", output: "It was."}
"""


def book() -> Ledger:
    return Ledger("test", io.StringIO())


@cache
def demo(test_data: Path) -> Tree:
    """The demo domain, which nobody may change."""
    return original.read(test_data / "explore/demo_domain", "rewriting", "openai:gpt-3.5-turbo")


@cache
def thinned_demo(test_data: Path) -> Tree:
    """The demo domain thinned at 0.7, which nobody may change."""
    return thin(demo(test_data), ThinParams(threshold=0.7, scope="node"), book())


def made(parents: Mapping[str, str | None], examples: Mapping[str, Sequence[str]] | None = None) -> Tree:
    """A tree of names with their parents' names, and the instructions of some."""
    tree = Tree("made")
    for name, parent in parents.items():
        some = (examples or {}).get(name, ())
        tree.add(
            Node(
                task_name=name,
                raw_task_name=name.replace("_", " "),
                parent=parent,
                depth=0 if parent is None else tree[parent].depth + 1,
                examples=tuple(
                    Example(
                        instruction=text, input="", output="done", number=number, generator="m", answer=f"key{number}"
                    )
                    for number, text in enumerate(some)
                ),
            )
        )
    return tree


def prepared(folder: Path, tree: Tree, params: Mapping[str, Any], settings: str = "") -> None:
    """A folder to run stages in: params.yaml, a domain `rewriting`, and the tree as tree.json."""
    (folder / "params.yaml").write_text(json.dumps(params), "utf-8")
    (folder / "rewriting").mkdir()
    (folder / "rewriting/domain.yaml").write_text(DESCRIPTION + settings, "utf-8")
    write_tree(folder / "tree.json", tree)


def dropped(path: Path) -> list[tuple[str, str, str]]:
    """What a stage dropped: kind of thing, id, reason."""
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [(line["what"], line["id"], line["reason"]) for line in lines]
