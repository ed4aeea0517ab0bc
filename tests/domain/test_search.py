"""Exploring as pure logic: which task is asked about next, what the tree takes in, and that it always ends."""

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from stages.domain.search import ExploreParams
from stages.domain.tree import Tree
from stages.shared.llm.seam import Prompt
from tests.domain import driving, straightforward
from tests.domain.driving import EXPLORE, Driven, explore, listed, plain, scripted
from tests.domain.scripted import PROSE, Script, names

ROOT = "working_with_texts"
ROOT_NAME = "Working with texts"


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A domain and its wording."""
    return driving.read(tmp_path_factory.mktemp("domain") / "texts")


def numbered(count: int) -> list[str]:
    """So many names that are not near to each other."""
    return [names("others")[number % 12].replace(" ", f"q{number} ") for number in range(count)]


@pytest.mark.parametrize("form", ["numbered", "plain", "latex"])
def test_the_tree_is_what_the_script_holds_whatever_is_wrong_with_the_replies(tmp_path: Path, form: str) -> None:
    domain, wording = driving.read(tmp_path / "texts", form)
    dropped: Counter[tuple[str, str]] = Counter()
    for salt in range(12):
        script = Script(form, 0.5 if salt % 2 else 0.1, salt=str(salt))
        expected = straightforward.explored(domain, wording, script, [8, 6], 3)
        found = explore(domain, wording, scripted(script))
        assert plain(found.tree) == plain(expected.tree)
        assert (len(found.asked), len(found.answers)) == (expected.requests, expected.answers)
        reasons = {(unit, reason): n for unit in found.counts for reason, n in found.reasons(unit).items()}
        assert reasons == dict(expected.dropped)
        dropped += expected.dropped
    assert {reason for _, reason in dropped} >= {
        "empty-reply", "other-format", "cut-off", "no-word", "repeated-name", "near-name", "beyond-breadth",
        "of-dropped-subtask", "blocked-word",
    }  # fmt: skip


def test_breadth_goes_level_by_level_and_asks_all_of_a_level_at_once(known: Any) -> None:
    found = explore(*known, scripted(Script()))
    assert [[prompt.item for prompt in one] for one in found.rounds] == [
        [ROOT],
        [node.task_name for node in found.tree if node.depth == 1],
    ]
    assert Counter(node.depth for node in found.tree) == {0: 1, 1: 8, 2: 48}
    assert [node.raw_task_name for node in found.tree.children(ROOT)] == names(ROOT_NAME)[:8]


def test_depth_goes_down_to_the_first_subtask_and_comes_back_to_widen(known: Any) -> None:
    found = explore(*known, scripted(Script()), search="depth", breadth=[4, 3])
    first, second, third, fourth = (node.task_name for node in found.tree.children(ROOT))
    assert [(prompt.item, prompt.setting) for prompt in found.asked] == [
        (ROOT, "lookahead"),  # three at a time
        (first, "lookahead"),
        (ROOT, "backtracking"),  # the fourth, and two beyond it
        (second, "lookahead"),
        (third, "lookahead"),
        (fourth, "lookahead"),
    ]
    assert all(len(one) == 1 for one in found.rounds)
    assert found.reasons("subtasks") == {"beyond-breadth": 2}
    assert [node.raw_task_name for node in found.tree.children(ROOT)] == names(ROOT_NAME)[:4]


def test_both_searches_find_all_there_is(known: Any) -> None:
    wide, deep = (explore(*known, scripted(Script()), search=one) for one in ("breadth", "depth"))
    assert {node.task_name for node in wide.tree} == {node.task_name for node in deep.tree}


def test_a_request_asks_for_the_gap_but_for_no_less_than_three_and_no_more_than_twelve_in_all(known: Any) -> None:
    new = iter(numbered(100))
    gives = iter([5, 2, 2, 1, 1])
    found = explore(*known, lambda _: listed(*(next(new) for _ in range(next(gives)))), max_depth=1, breadth=[11])
    asks = [prompt.messages[1]["content"].split("Think of ")[1].split()[0] for prompt in found.asked]
    assert asks == ["11", "6", "4", "3", "2"]
    assert [prompt.setting for prompt in found.asked] == ["lookahead"] + ["backtracking"] * 4


def test_a_task_with_twelve_subtasks_is_closed_however_many_are_wanted(known: Any) -> None:
    found = explore(*known, lambda _: listed(*numbered(20)), max_depth=1, breadth=[15])
    assert len(found.tree.children(ROOT)) == 12
    assert len(found.asked) == 1
    assert found.reasons("subtasks") == {"beyond-breadth": 8}


@pytest.mark.parametrize("search", ["breadth", "depth"])
@pytest.mark.parametrize(
    ("reply", "unit", "reason"),
    [
        ("", "fragments", "empty-reply"),
        (PROSE, "fragments", "other-format"),
        (listed("?!...", "---"), "subtasks", "no-word"),
        (listed("WORKING with   texts!", "working-with-texts"), "subtasks", "repeated-name"),
        (listed("Working with short texts"), "subtasks", "near-name"),
    ],
)
def test_a_task_that_yields_nothing_new_is_closed_after_its_tries(
    known: Any, search: str, reply: str, unit: str, reason: str
) -> None:
    found = explore(*known, lambda _: reply, search=search, tries=4)
    assert len(found.tree) == 1
    assert [prompt.draw for prompt in found.asked] == [0, 1, 2, 3]
    assert len({driving.request_of(driving.MODEL, prompt).key for prompt in found.asked}) == 4
    assert set(found.reasons(unit)) == {reason}
    assert found.work.counts()["dry"] == {"0": 1}
    assert found.work.counts()["open"] == {}


def test_tries_are_counted_from_the_last_request_that_brought_something(known: Any) -> None:
    one, other = numbered(2)
    replies = iter([PROSE] * 2 + [listed(one)] + [PROSE] * 4 + [listed(other)] + [PROSE] * 6)
    found = explore(*known, lambda _: next(replies), max_depth=1, tries=3)
    # Each prose is given twice: as a reply and to the complaint about it.
    assert [prompt.draw for prompt in found.asked] == list(range(8))
    assert [node.raw_task_name for node in found.tree.children(ROOT)] == [one, other]


def test_the_reply_to_a_complaint_is_used_and_its_examples_name_it(known: Any) -> None:
    good = scripted(Script())
    found = explore(*known, lambda prompt: PROSE if len(prompt.messages) == 2 else good(prompt), max_depth=1)
    assert len(found.tree) == 9
    assert [one.turn for one in found.answers] == [0, 1]
    keys = {example.answer for node in found.tree.children(ROOT) for example in node.examples}
    assert keys == {found.answers[1].key}
    assert found.reasons("fragments") == {"other-format": 1}
    assert found.counts["requests"] == {"read": 1, "kept": 1, "dropped": {}}


def test_a_request_without_an_answer_is_counted_and_made_again_with_another_draw(known: Any) -> None:
    good = scripted(Script())

    def reply(prompt: Prompt) -> str | tuple[str, str]:
        if prompt.draw == 0:
            raise LookupError("timeout")
        return good(prompt)

    found = explore(*known, reply, max_depth=1)
    assert [prompt.draw for prompt in found.asked] == [0, 1]
    assert found.counts["requests"] == {"read": 2, "kept": 1, "dropped": {"timeout": 1}}
    assert len(found.tree) == 9


def test_names_are_compared_in_the_whole_tree_and_the_dropped_row_names_the_other(known: Any) -> None:
    found = explore(*known, lambda _: listed("Poems and songs", "Poems, and songs", "Poems, and sad songs"))
    assert [node.raw_task_name for node in found.tree] == [ROOT_NAME, "Poems and songs"]
    details = {row["reason"]: row["detail"] for row in found.dropped if row["what"] == "subtask"}
    assert details["near-name"] == "Poems, and sad songs ~ Poems and songs (0.857)"
    assert details["repeated-name"].endswith("~ Poems and songs")


def test_near_names_may_be_let_in(known: Any) -> None:
    found = explore(*known, lambda _: listed("Poems and songs", "Poems, and sad songs"), max_depth=1, near=None)
    assert len(found.tree) == 3


def test_a_subtask_without_examples_stays_and_one_that_is_dropped_takes_its_examples_along(known: Any) -> None:
    example = "Examples:\n###\n1. Instruction: Say it in verse.\nInput: Hello.\nOutput: Hello, fellow.\n###"
    reply = f"New subtask: Verse\nReason: Art.\n\nNew subtask: verse\nReason: Again.\n{example}"
    found = explore(*known, lambda _: reply, max_depth=1, tries=1)
    (node,) = found.tree.children(ROOT)
    assert (node.raw_task_name, node.examples) == ("Verse", ())
    refused = next(row for row in found.dropped if row["what"] == "example")
    assert refused == {
        "what": "example", "id": f"{ROOT}:lookahead:0:2.1", "stage": "explore", "reason": "of-dropped-subtask",
        "detail": "Say it in verse.",
    }  # fmt: skip


def test_an_example_that_the_tree_has_already_is_dropped(known: Any) -> None:
    example = "Examples:\n###\n1. Instruction: Say it in verse.\nInput: Hello.\nOutput: {}.\n###"
    reply = "\n\n".join(
        f"New subtask: {name}\nReason: So.\n{example.format(name)}" for name in ("Verse", "Rhyme", "Song")
    )
    found = explore(*known, lambda _: reply, max_depth=1, breadth=[3])
    assert [[one.output for one in node.examples] for node in found.tree.children(ROOT)] == [["Verse."], [], []]
    assert found.reasons("examples") == {"repeated-example": 2}


@pytest.mark.parametrize("search", ["breadth", "depth"])
@pytest.mark.parametrize("most", [0, 1, 4])
def test_the_search_stops_at_its_bound_and_tells_what_is_open(known: Any, search: str, most: int) -> None:
    found = explore(*known, scripted(Script()), search=search, max_requests=most)
    counts: Any = found.work.counts()
    assert len(found.asked) == most
    lacking = [len(found.tree.children(node.task_name)) < (8, 6)[node.depth] for node in found.tree if node.depth < 2]
    assert sum(counts["open"].values()) == sum(lacking) > 0
    assert counts["dry"] == {}


def test_seed_tasks_count_and_are_taken_apart_like_others(tmp_path: Path) -> None:
    more = "subtasks: [{name: Letters}, {name: Poems, subtasks: [{name: Odes}, {name: Haiku}]}]\n"
    domain, wording = driving.read(tmp_path / "texts", more=more)
    found = explore(domain, wording, scripted(Script()), breadth=[2, 3])
    assert [prompt.item for prompt in found.asked] == ["letters", "poems"]
    assert [len(found.tree.children(name)) for name in (ROOT, "letters", "poems")] == [2, 3, 3]
    assert [node.task_name for node in found.tree.children("poems")][:2] == ["odes", "haiku"]
    assert explore(domain, wording, scripted(Script()), search="depth", breadth=[2, 3]).tree.root == found.tree.root


def test_nothing_is_asked_of_a_tree_that_is_complete_or_at_depth_0(tmp_path: Path, known: Any) -> None:
    assert explore(*known, scripted(Script()), max_depth=0, breadth=[]).asked == []
    more = "subtasks: [{name: Letters}, {name: Poems}]\n"
    domain, wording = driving.read(tmp_path / "texts", more=more)
    assert explore(domain, wording, scripted(Script()), max_depth=1, breadth=[2]).asked == []


def test_prompts_show_two_examples_of_the_parent_drawn_anew_for_each_request(known: Any) -> None:
    found = explore(*known, scripted(Script(bad_share=0.5, salt="x")), tries=9)
    shown = [prompt.messages[1]["content"].split("Examples:\n###\n1. ")[-1].split("\n\n")[0] for prompt in found.asked]
    own = {example.instruction.rstrip(".") for example in found.tree.root.examples}
    for text in shown:
        assert sum(instruction in text for instruction in own) == 2
    assert len(set(shown)) > 5


def test_a_breadth_is_needed_for_each_depth() -> None:
    with pytest.raises(ValidationError, match="breadth must hold a number for each depth below max_depth"):
        ExploreParams.model_validate({**EXPLORE, "max_depth": 3})


pieces = st.sampled_from(
    ["New subtask: ", "Reason: ", "Examples:", "\n", "\n\n", "###\n", "1. Instruction: ", "Input: ", "Output: ", "?!",
     "Poems and songs", "poems AND songs.", "<noinput>", "Say it in other words", "{", '"name"', "draw a map"]
)  # fmt: skip
replies = st.one_of(
    st.text(max_size=60),
    st.lists(pieces | st.text(max_size=8), max_size=30).map("".join),
    st.lists(st.text(max_size=12), max_size=14).map(lambda some: listed(*some)),
)


@settings(max_examples=60, deadline=None)
@given(
    said=st.lists(st.tuples(replies, st.sampled_from(["stop", "length"])) | st.none(), max_size=12),
    search=st.sampled_from(["breadth", "depth"]),
    breadth=st.tuples(st.integers(0, 14), st.integers(0, 4)),
    near=st.none() | st.floats(0, 1),
    most=st.none() | st.integers(0, 9),
)
def test_whatever_is_replied_it_ends_with_a_valid_tree_and_a_ledger_that_balances(
    known: Any, said: list[tuple[str, str] | None], search: str, breadth: tuple[int, int], near: float | None,
    most: int | None,
) -> None:  # fmt: skip
    dice = random.Random(str(said))

    def reply(_: Prompt) -> tuple[str, str]:
        one = dice.choice(said) if said else None
        if one is None:
            raise LookupError("timeout")
        return one

    changes: Any = {"search": search, "breadth": breadth, "near": near, "max_requests": most, "tries": 2}
    found: Driven = explore(*known, reply, **changes)
    assert [node.task_name for node in Tree("texts", found.tree)] == [node.task_name for node in found.tree]
    for node in found.tree:
        limit = min(breadth[node.depth], 12) if node.depth < 2 else 0
        assert len(found.tree.children(node.task_name)) <= limit
        assert [one.number for one in node.examples] == list(range(len(node.examples)))
    assert len(found.asked) <= (most if most is not None else 10_000)
    assert found.counts.get("requests", {"read": 0})["read"] == len(found.asked)
    assert found.counts.get("subtasks", {"kept": 0})["kept"] == len(found.tree) - 1
    assert found.counts.get("examples", {"kept": 0})["kept"] == sum(len(node.examples) for node in found.tree) - 5
