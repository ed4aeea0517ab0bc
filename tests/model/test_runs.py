"""What a run takes of its parts: slices, shares and caps."""

import hashlib
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.model.runs import Piece, Slice, named, pieces
from stages.model.trained import write_trained
from stages.shared.errors import ParamsError
from tests.model.test_mix import dataset_rows, dropped, ids, run

JOINED = ["hub/one", "corpus/two"]


def position(purpose: str, id: str) -> Fraction:
    """Where a hash puts an id, from 0 up to 1, in exact arithmetic."""
    return Fraction(int(hashlib.sha256(f"{purpose}:{id}".encode()).hexdigest()[:16], 16), 2**64)


@given(tasks=st.sets(st.text(st.characters(codec="ascii"), max_size=8)), of=st.integers(1, 9))
def test_slices_are_disjoint_and_together_they_are_all_tasks(tasks: set[str], of: int) -> None:
    found = [task for number in range(1, of + 1) for task in tasks if Slice(number, of).holds(task)]
    assert Counter(found) == dict.fromkeys(tasks, 1)


def test_a_slice_is_the_stretch_of_hashes_that_its_number_says() -> None:
    for task in map(str, range(300)):
        expected = [number for number in range(1, 4) if number - 1 <= position("tasks", task) * 3 < number]
        assert [number for number in range(1, 4) if Slice(number, 3).holds(task)] == expected


def test_slices_are_about_equal() -> None:
    sizes = Counter(number for number in range(1, 4) for task in range(3000) if Slice(number, 3).holds(str(task)))
    assert all(900 < size < 1100 for size in sizes.values())


def test_parts_come_in_the_order_they_joined_each_with_what_is_taken_of_it() -> None:
    listed = [{"part": "corpus/two", "tasks": "2/3", "share": 0.5, "per_task": 20, "most": 100}, "hub/one"]
    expected = Piece(part="corpus/two", tasks=Slice(2, 3), share=0.5, per_task=20, most=100)
    assert pieces("r", listed, JOINED) == [Piece(part="hub/one"), expected]
    assert pieces("r", "all", JOINED) == [Piece(part=part) for part in JOINED]
    assert (named(listed), named("all")) == (["corpus/two", "hub/one"], [])


@pytest.mark.parametrize(
    ("listed", "where", "why"),
    [
        ("some", r"runs\.r\.parts:", "`all` or a list"),
        (None, r"runs\.r\.parts:", "`all` or a list"),
        (["hub/three"], r"runs\.r\.parts\[0\]", "hub/three"),
        (["hub/one", {"part": "hub/one", "tasks": "1/2"}], r"runs\.r\.parts\[1\]", "each part once"),
        ([{"tasks": "1/2"}], r"runs\.r\.parts\[0\]", "part: field required"),
        ([{"part": "hub/one", "tasks": "0/3"}], r"runs\.r\.parts\[0\]", "tasks: .*k from 1 to n"),
        ([{"part": "hub/one", "tasks": "4/3"}], r"runs\.r\.parts\[0\]", "tasks: .*k from 1 to n"),
        ([{"part": "hub/one", "tasks": 3}], r"runs\.r\.parts\[0\]", "tasks: .*k from 1 to n"),
        ([{"part": "hub/one", "share": 0}], r"runs\.r\.parts\[0\]", "share: "),
        ([{"part": "hub/one", "share": 1.5}], r"runs\.r\.parts\[0\]", "share: "),
        ([{"part": "hub/one", "per_task": 0}], r"runs\.r\.parts\[0\]", "per_task: "),
        ([{"part": "hub/one", "most": 0}], r"runs\.r\.parts\[0\]", "most: "),
        ([{"part": "hub/one", "first": 3}], r"runs\.r\.parts\[0\]", "first: "),
        ([7], r"runs\.r\.parts\[0\]", "a part's id, or a mapping"),
    ],
)
def test_what_is_no_part_is_refused_by_key(listed: Any, where: str, why: str) -> None:
    with pytest.raises(ParamsError, match=f"{where}.*{why}"):
        pieces("r", listed, JOINED)


def mixed(road: Path, out: str = "mix") -> list[str]:
    """Ids of a mix, both sides."""
    return [*ids(road, "train", out), *ids(road, "validation", out)]


def test_the_slices_of_a_part_are_disjoint_mixes_and_together_they_are_the_part(
    road: Path, change: Callable[..., None]
) -> None:
    run(road, out="whole")
    tasks = {row["instance_id"]: row["task_id"] for row in dataset_rows(road, "one")}
    found = []
    for number in (1, 2, 3):
        change("runs.first", parts=[{"part": "hub/one", "tasks": f"{number}/3"}])
        run(road, out=f"third-{number}")
        found.append(mixed(road, f"third-{number}"))
        expected = {id for id in mixed(road, "whole") if int(position("tasks", tasks[id]) * 3) == number - 1}
        assert set(found[-1]) == expected
    assert sorted(id for one in found for id in one) == sorted(mixed(road, "whole"))


def test_a_larger_share_keeps_the_smaller_and_its_order(road: Path, change: Callable[..., None]) -> None:
    run(road, out="whole")
    for share, out in ((0.3, "small"), (0.6, "large")):
        change("runs.first", parts=[{"part": "hub/one", "share": share}])
        found = run(road, out=out)
        expected = [id for id in ids(road, "train", "whole") if position("share", id) < share]
        assert ids(road, "train", out) == expected
        assert found["instances"]["dropped"]["not-in-share"] > 0
    assert set(mixed(road, "small")) < set(mixed(road, "large"))


def in_order(road: Path, purpose: str = "order", out: str = "whole") -> list[str]:
    """The ids of a whole mix, both sides, in the order that a purpose gives them."""
    return sorted(mixed(road, out), key=lambda one: (position(purpose, one), one))


def test_the_first_instances_of_a_part_are_the_first_in_the_order_of_the_mix(
    road: Path, change: Callable[..., None]
) -> None:
    run(road, out="whole")
    change("runs.first", parts=[{"part": "hub/one", "most": 10}])
    found = run(road)
    assert set(mixed(road)) == set(in_order(road)[:10])
    assert dropped(road, "per-part-cap") == set(in_order(road)[10:])
    assert found["instances"]["kept"] == 10


@pytest.mark.parametrize("where", ["piece", "run"])
def test_a_cap_of_the_part_or_of_the_run_is_used_instead_of_that_of_mix(
    road: Path, change: Callable[..., None], where: str
) -> None:
    run(road, out="whole")
    change("mix", per_task=1)
    if where == "piece":
        change("runs.first", parts=[{"part": "hub/one", "per_task": 3}])
    else:
        change("runs.first", per_task=3)
    run(road)
    tasks = {row["instance_id"]: row["task_id"] for row in dataset_rows(road, "one")}
    kept: list[str] = []
    for id in in_order(road):
        if sum(tasks[one] == tasks[id] for one in kept) < 3:
            kept.append(id)
    assert set(mixed(road)) == set(kept)


def test_a_run_may_have_another_order_and_other_exclusions(road: Path, change: Callable[..., None]) -> None:
    change("runs.first", exclude_sources_of=None, seed=7, per_task=None)
    run(road)
    assert not dropped(road, "benchmark-source")
    order = [id for id in in_order(road, "order:7", "mix") if id in set(ids(road, "train"))]
    assert ids(road, "train") == order
    change("runs.first", exclude_sources_of="another")
    with pytest.raises(ParamsError, match=r"key runs\.first\.exclude_sources_of"):
        run(road)


def test_a_stage_replays_tasks_of_an_earlier_slice_of_the_very_same_part(
    road: Path, change: Callable[..., None]
) -> None:
    tasks = {row["instance_id"]: row["task_id"] for row in dataset_rows(road, "one")}
    change("runs.first", parts=[{"part": "hub/one", "tasks": "1/2"}])
    run(road, out="before")
    (road / "trained").mkdir()
    write_trained(road / "trained", [], [(id, tasks[id], "hub/one") for id in mixed(road, "before")])
    change("runs.second", parts=[{"part": "hub/one", "tasks": "2/2"}], replay={"strategy": "instruction-diverse"})
    found = run(road, "second", "trained")
    own = {id for id in mixed(road) if position("tasks", tasks[id]) >= Fraction(1, 2)}
    again = set(mixed(road)) - own
    assert again < set(mixed(road, "before"))
    assert len(again) == found["replays"]["kept"] > 0
    assert found["train"]["hub/one"] == found["train"]["all"]
