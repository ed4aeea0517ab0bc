"""The benchmarks that come as one file: what they hold, and what is refused of them."""

import io
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stages.model.benchmarks import BelleEn, Math, UserInstructions, items
from stages.model.item import Item, fingerprint_of
from stages.shared.errors import InputError
from stages.shared.fetched import hash_of
from stages.shared.ledger import Ledger
from stages.shared.sources import Sources

FOLDER = "data/sources/benchmarks"
NAMES = {
    "user-instructions": "user-instructions/user_oriented_instructions.jsonl",
    "math": "math/MATH_eval_set_sample.jsonl",
}
USER, MATH = UserInstructions(kind="user-instructions"), Math(kind="math")


def read(settings: UserInstructions | Math | BelleEn, path: Path) -> list[Item]:
    return items(settings, path, Sources("", frozenset(), frozenset()), Ledger("predict", io.StringIO()))


def test_the_252_user_instructions_are_as_counted(repository: Path) -> None:
    """Spec E1: 252 of 71 applications, 208 with an input."""
    found = read(USER, repository / FOLDER / NAMES["user-instructions"])
    apps = Counter(one.task for one in found)
    assert (len(found), sum(bool(one.input) for one in found), len(apps)) == (252, 208, 71)
    assert (apps["Grammarly"], apps["merriam-webster.com"], apps["Gmail"], apps["Netflix"]) == (10, 10, 9, 9)


def test_the_500_of_math_are_as_counted(repository: Path) -> None:
    """Spec B8: by level and by subject."""
    found = read(MATH, repository / FOLDER / NAMES["math"])
    assert Counter(one.category for one in found) == {
        "Level 1": 40, "Level 2": 91, "Level 3": 113, "Level 4": 133, "Level 5": 123,
    }  # fmt: skip
    assert Counter(one.task for one in found) == {
        "Algebra": 119, "Prealgebra": 94, "Intermediate Algebra": 91, "Precalculus": 56, "Number Theory": 54,
        "Counting & Probability": 44, "Geometry": 42,
    }  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_shipped_benchmarks_are_as_they_were_released_and_say_whose_they_are(
    repository: Path, test_data: Path, name: str
) -> None:
    shipped = repository / FOLDER / NAMES[name]
    assert shipped.read_bytes() == (test_data / "eval" / shipped.name).read_bytes()
    assert "- Licence: " in (shipped.parent / "ATTRIBUTION.md").read_text("utf-8")


def test_belle_is_read_where_it_is_the_file_that_was_described(test_data: Path, repository: Path) -> None:
    path = test_data / "eval/en_eval_set.jsonl"
    text = (repository / "params.yaml").read_text("utf-8")
    described = BelleEn(kind="belle-en", sha256=hash_of(path))
    assert f"sha256: {described.sha256}" in text
    found = read(described, path)
    assert Counter(one.task for one in found) == {"brainstorming": 208, "generation": 166, "rewrite": 94}
    with pytest.raises(InputError, match="expected SHA-256 0000"):
        read(BelleEn(kind="belle-en", sha256="0" * 64), path)


def lacking(line: dict[str, Any]) -> None:
    line["std_answer"] = " "


def doubled(line: dict[str, Any]) -> None:
    line["question_id"] = "twice"


def nameless(line: dict[str, Any]) -> None:
    del line["question"]


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lacking, r"expected a reference for each question, got none for ekctdE2Vch7KeyHvW859aS;"),
        (doubled, r"expected each question once, got the id twice twice;"),
        (nameless, r"math\.jsonl, line 1: expected a Asking record, got question: field required"),
    ],
)
def test_a_file_of_questions_that_is_not_whole_is_refused(
    repository: Path, tmp_path: Path, spoil: Callable[[dict[str, Any]], None], fault: str
) -> None:
    lines = [json.loads(line) for line in (repository / FOLDER / NAMES["math"]).read_text("utf-8").splitlines()[:3]]
    for line in lines:
        spoil(line)
    (tmp_path / "math.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    with pytest.raises(InputError, match=fault):
        read(MATH, tmp_path / "math.jsonl")


def test_another_question_another_reference_or_another_order_is_another_benchmark() -> None:
    one, other = Item("a", "t", "Say it", "x", ("y",)), Item("b", "t", "Say it", "x", ("y",))
    prints = {
        fingerprint_of(some)
        for some in ([one], [other], [one, other], [other, one], [Item("a", "t", "Say it", "x", ("z",))])
    }
    assert len(prints) == 5
    assert fingerprint_of([one]) == fingerprint_of([Item("a", "other task", "Say it", "x", ("y",))])
