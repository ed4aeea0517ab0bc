"""Which earlier tasks are replayed, worked out by hand, against all pairs, and on the released instructions."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.model.embed import Embedder, Vector, task_vectors
from stages.model.replay import (
    RULES,
    Choice,
    ReplayParams,
    Strategy,
    candidates,
    choose,
    data_text,
    drawn,
    likeness,
)
from stages.model.trained import Seen
from tests.model.sentence_model import MINILM

# Earlier tasks a to d, new tasks x and y, all of length 1 in the plane (3-4-5 triangles).
PLANE = {
    "a": (1.0, 0.0),
    "b": (0.8, 0.6),
    "c": (0.0, 1.0),
    "d": (-0.6, 0.8),
    "x": (1.0, 0.0),
    "y": (0.6, 0.8),
}
# S_cl, a row for each new task:        a      b      c      d
#   x                                   1.0    0.8    0.0   -0.6
#   y                                   0.6    0.96   0.8    0.28    (b: 0.48 + 0.48; d: -0.36 + 0.64)
#   column sums                         1.6    1.76   0.8   -0.32
#   divided by 2                        0.8    0.88   0.4   -0.16
# S_ll:                                 a      b      c      d      row sum   divided by 4
#   a                                   1.0    0.8    0.0   -0.6    1.2       0.3
#   b                                   0.8    1.0    0.6    0.0    2.4       0.6              (d: -0.48 + 0.48)
#   c                                   0.0    0.6    1.0    0.8    2.4       0.6
#   d                                  -0.6    0.0    0.8    1.0    1.2       0.3
BY_HAND: dict[Strategy, list[tuple[str, float]]] = {
    "none": [],
    "instruction-diverse": [("d", -0.16), ("c", 0.4), ("a", 0.8), ("b", 0.88)],
    "instruction-similar": [("b", 0.88), ("a", 0.8), ("c", 0.4), ("d", -0.16)],
    "instruction-support": [("b", 0.6), ("c", 0.6), ("a", 0.3), ("d", 0.3)],
    "data-diverse": [("d", -0.16), ("c", 0.4), ("a", 0.8), ("b", 0.88)],
}
STRATEGIES = [name for name in BY_HAND if name != "none"]
PER_STAGE = [
    Seen("1", "old", "p", 0), Seen("2", "both", "p", 0), Seen("3", "both", "p", 1), Seen("4", "late", "p", 1),
]  # fmt: skip


def params(strategy: Strategy, tasks: int = 4, **values: Any) -> ReplayParams:
    return ReplayParams(strategy=strategy, tasks=tasks, **{"scope": "last", "per_task": None, "examples": 5, **values})


def plane(points: dict[str, tuple[float, float]]) -> dict[str, Vector]:
    return {id: np.array(point, np.float32) for id, point in points.items()}


@pytest.mark.parametrize("strategy", BY_HAND)
def test_a_strategy_chooses_what_was_worked_out_by_hand(strategy: Strategy) -> None:
    found = choose("abcd", "xy", plane(PLANE), params(strategy))
    assert found == BY_HAND[strategy]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_number_of_tasks_cuts_the_list_and_changes_nothing_else(strategy: Strategy) -> None:
    found = choose("dcba", "yx", plane(PLANE), params(strategy, tasks=2))
    assert found == BY_HAND[strategy][:2]


def test_every_strategy_but_none_has_a_rule() -> None:
    assert list(RULES) == STRATEGIES


def test_equal_vectors_tie_and_the_lower_id_comes_first() -> None:
    some = {f"t{number}": PLANE["b"] for number in range(9)} | {"x": PLANE["x"]}
    for strategy in STRATEGIES:
        found = choose(sorted(some.keys() - {"x"}, reverse=True), "x", plane(some), params(strategy, tasks=3))
        assert [choice.task_id for choice in found] == ["t0", "t1", "t2"]


def test_what_differs_by_rounding_is_a_tie_and_no_score_is_minus_zero() -> None:
    some = plane({"a": (1.0, 0.0), "b": (1.0, -1e-8), "c": (1.0, 1e-8), "x": (0.0, 1.0)})
    assert str(choose("cba", "x", some, params("instruction-diverse"))) == str([Choice(id, 0.0) for id in "abc"])


def test_nothing_is_chosen_from_nothing_or_for_nothing() -> None:
    for strategy in STRATEGIES:
        assert choose("", "xy", plane(PLANE), params(strategy)) == []
    assert choose("abcd", "", plane(PLANE), params("instruction-diverse")) == []


def test_a_task_without_a_vector_is_named() -> None:
    with pytest.raises(KeyError, match="unknown"):
        choose(["a", "unknown"], "x", plane(PLANE), params("instruction-similar"))


def unit_rows(count: int, seed: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    rows = np.random.default_rng(seed).standard_normal((count, 5))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@given(st.integers(1, 30), st.integers(1, 30), st.integers(0, 99), st.sampled_from(STRATEGIES), st.randoms())
def test_the_choice_is_that_of_the_sums_over_all_pairs_whatever_the_order(
    earlier: int, new: int, seed: int, strategy: Strategy, chance: Any
) -> None:
    rows = unit_rows(earlier + new, seed)
    old, now = [f"old{at:02}" for at in range(earlier)], [f"new{at:02}" for at in range(new)]
    vectors = dict(zip([*old, *now], rows, strict=True))
    pairs = {(one, other): sum(float(a) * float(b) for a, b in zip(vectors[one], vectors[other], strict=True))
             for one in old for other in vectors}  # fmt: skip
    against = old if strategy == "instruction-support" else now
    sums = {one: sum(pairs[one, other] for other in against) / len(against) for one in old}
    shuffled = [*old], [*now]
    for ids in shuffled:
        chance.shuffle(ids)
    found = choose(*shuffled, vectors, params(strategy, tasks=earlier))
    assert sorted(id for id, _ in found) == old
    assert [score for _, score in found] == pytest.approx([sums[id] for id, _ in found], abs=1e-6)
    scores = [score for _, score in found]
    assert scores == sorted(scores, reverse=strategy in {"instruction-similar", "instruction-support"})


def test_many_tasks_are_compared_piece_by_piece_with_the_same_scores(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = dict(zip(map(str, range(100)), unit_rows(100, 1), strict=True))
    whole = likeness(list(vectors), list(vectors), vectors)
    monkeypatch.setattr("stages.model.replay.ROWS", 7)
    assert likeness(list(vectors), list(vectors), vectors) == pytest.approx(whole, abs=1e-6)


def test_the_last_stage_is_what_it_was_first_to_see_and_all_is_every_stage() -> None:
    assert candidates(PER_STAGE, [], "last") == ["both", "late"]
    assert candidates(PER_STAGE, [], "all") == ["both", "late", "old"]
    assert candidates([], [], "last") == []


def test_a_task_that_comes_again_is_new_and_not_replayed() -> None:
    assert candidates(PER_STAGE, {"late", "other"}, "last") == ["both"]


def test_a_tasks_instances_are_those_with_the_lowest_hashes() -> None:
    # sha256sum of "replay:1:i0" to "replay:1:i3" begins 86a5, 72b1, 0555 and 5719.
    pairs = [("t", id) for id in ("i0", "i1", "i2", "i3")]
    assert drawn(pairs, 2, 1) == {"t": ["i2", "i3"]}
    assert drawn(pairs, None, 1) == {"t": ["i2", "i3", "i1", "i0"]}


@given(st.lists(st.tuples(st.sampled_from("abc"), st.text(max_size=3))), st.integers(1, 9), st.integers(0, 3))
def test_a_larger_number_keeps_the_smaller_and_order_does_not_matter(
    pairs: list[tuple[str, str]], number: int, seed: int
) -> None:
    found, more = drawn(pairs, number, seed), drawn(reversed(pairs), number + 1, seed)
    assert list(found) == sorted({task for task, _ in pairs})
    for task, ids in found.items():
        assert ids == more[task][:number]
        assert len(more[task]) == min(number + 1, len({id for one, id in pairs if one == task}))


def test_another_seed_draws_other_instances() -> None:
    pairs = [("t", str(number)) for number in range(100)]
    assert drawn(pairs, 10, 1) != drawn(pairs, 10, 2)


def test_data_is_input_and_output_without_the_instruction() -> None:
    assert data_text("2 + 2", "4") == "2 + 2\n4"
    assert data_text("", "4") == "4"


@pytest.fixture(scope="module")
def released(test_data: Path) -> dict[str, str]:
    """The 5,740 released instructions by an id that says where the task comes from."""
    tasks = json.loads((test_data / "dynosaur/instructions-full.json").read_text("utf-8"))
    return {f"{task['task_name']}/{number:04}": task["instruction"] for number, task in enumerate(tasks)}


def test_of_the_released_tasks_the_most_and_least_alike_are_those_that_all_pairs_give(
    released: dict[str, str], tmp_path: Path
) -> None:
    vectors = task_vectors(
        {id: [text] for id, text in released.items()}, Embedder(model="lexical", revision=None), tmp_path
    )
    new = [id for id in released if id.startswith("glue")]
    earlier = [id for id in released if not id.startswith("glue")]
    assert (len(new), len(earlier)) == (44, 5696)
    pairs = np.stack([vectors[id] for id in new]).astype(np.float64) @ np.stack([vectors[id] for id in earlier]).T
    sums = dict(zip(earlier, pairs.mean(axis=0), strict=True))
    found = choose(earlier, new, vectors, params("instruction-similar", tasks=50))
    assert [score for _, score in found] == pytest.approx(sorted(sums.values(), reverse=True)[:50], abs=1e-6)
    assert [sums[id] for id, _ in found] == pytest.approx([score for _, score in found], abs=1e-6)
    least = choose(earlier, new, vectors, params("instruction-diverse", tasks=50))
    assert [score for _, score in least] == pytest.approx(sorted(sums.values())[:50], abs=1e-6)


CHOICE = """
import json, pathlib, sys
from stages.model.embed import Embedder, task_vectors
from stages.model.replay import ReplayParams, choose

lines = pathlib.Path("data/sources/corpora/self-instruct-seeds.jsonl").read_text("utf-8").splitlines()
texts = {task["id"]: [task["instruction"]] for task in map(json.loads, lines)}
vectors = task_vectors(texts, Embedder(model="lexical", revision=None), pathlib.Path(sys.argv[1]))
params = ReplayParams(strategy="instruction-diverse", scope="last", tasks=50, per_task=None, examples=1, seed=1)
new = set(list(texts)[:20])
print(choose(texts.keys() - new, new, vectors, params), "torch" in sys.modules)
"""


def test_neither_hash_seed_nor_threads_change_a_byte_and_no_model_is_loaded(repository: Path, tmp_path: Path) -> None:
    found = []
    for number in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": number, "OPENBLAS_NUM_THREADS": number}
        command = [sys.executable, "-c", CHOICE, str(tmp_path / number)]
        made = subprocess.run(command, check=True, cwd=repository, env=environment, capture_output=True, text=True)
        (kept,) = (tmp_path / number).iterdir()
        found.append((made.stdout, kept.name, kept.read_bytes()))
    assert found[0] == found[1]
    assert found[0][0].count("Choice(") == 50
    assert found[0][0].endswith("False\n")


def test_a_real_sentence_model_finds_the_task_that_says_the_same_in_other_words(tmp_path: Path) -> None:
    texts = {
        "sentiment": ["Decide whether a film review is favourable or not."],
        "sorting": ["Put these integers in ascending order."],
        "cooking": ["List the ingredients that a cake needs."],
        "new": ["Tell if the opinion about a movie is positive or negative."],
    }
    vectors = task_vectors(texts, Embedder(model=str(MINILM), revision=None), tmp_path)
    earlier = ["cooking", "sentiment", "sorting"]
    similar = choose(earlier, ["new"], vectors, params("instruction-similar", tasks=1))
    diverse = choose(earlier, ["new"], vectors, params("instruction-diverse", tasks=3))
    assert [choice.task_id for choice in similar] == ["sentiment"]
    assert diverse[-1] == similar[0] == Choice("sentiment", pytest.approx(similar[0].score))
