"""Reading tasks out of replies, however they are written."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.hub.replies import MAX_CHARS, Proposal, parse

ONE = {"instruction": "Read it.", "input_fields": ["text"], "output_field": ["label"]}
TWO = {"instruction": "Write it.", "input_fields": ["label"], "output_field": ["text"]}
BOTH = [Proposal("Read it.", ("text",), ("label",)), Proposal("Write it.", ("label",), ("text",))]
TASKS = {"task1": ONE, "task2": TWO}


@pytest.mark.parametrize(
    "reply",
    [
        json.dumps(TASKS),
        json.dumps(TASKS, indent=4),
        str(TASKS),
        f"```json\n{json.dumps(TASKS)}\n```",
        f"```python\n{TASKS}\n```",
        f"```\n{json.dumps(TASKS)}",
        f"Sure! Here they are:\n\n{json.dumps(TASKS)}\n\nShall I write more?",
        f"Sure! Here they are:\n\n{TASKS}",
        json.dumps([ONE, TWO]),
        json.dumps({"tasks": [ONE, TWO]}),
        json.dumps({"result": {"tasks": TASKS, "note": "as you asked"}}),
        json.dumps({"first": ONE, "Task #2": TWO}),
        json.dumps({"task1": {**ONE, "additional_input": "x", "difficulty": 3}, "task2": TWO, "comment": "done"}),
        json.dumps({"task1": {**ONE, "input_fields": "text", "output_field": "label"}, "task2": TWO}),
        json.dumps({"task1": {"Instruction": "Read it.", "Input Fields": ["text"], "outputField": "label"}, "t": TWO}),
        f"Task 1: {json.dumps(ONE)}\nTask 2: {json.dumps(TWO)}",
        f"{json.dumps(ONE)}\n{json.dumps(TWO)}",
        json.dumps(TASKS)[:-1],
        json.dumps(TASKS)[:-4],
        json.dumps(TASKS).replace('"task2":', '"task2"'),
        json.dumps(TASKS).replace("}, ", "} "),
        json.dumps(TASKS).replace('"label"]', '"label",]'),
    ],
)
def test_a_reply_is_read_however_it_is_written(reply: str) -> None:
    assert parse(reply) == BOTH


@pytest.mark.parametrize("reply", ["", "I cannot help with that.", "{}", "[]", "null", "42", "{'a': {1, 2}}", "```"])
def test_a_reply_without_a_task_gives_none(reply: str) -> None:
    assert parse(reply) == []


def test_one_text_can_name_several_fields() -> None:
    (found,) = parse(json.dumps({**ONE, "input_fields": "title, text"}))
    assert found.input_fields == ("title", "text")


def test_a_task_that_was_cut_off_is_read_as_far_as_it_goes() -> None:
    cut = json.dumps(TASKS)[: json.dumps(TASKS).index('"Write it."') + 6]
    assert parse(cut) == [BOTH[0], Proposal("Write", (), ())]


def test_names_that_are_no_texts_are_written_as_texts_or_left_out() -> None:
    (found,) = parse(json.dumps({**ONE, "input_fields": [1, None, ["x"], "text"]}))
    assert found.input_fields == ("1", "text")


def test_nothing_in_a_reply_is_run(tmp_path: Path) -> None:
    target = tmp_path / "made"
    assert parse(f"{{'task1': open({str(target)!r}, 'w')}}") == []
    assert not target.exists()


def test_half_characters_do_not_reach_the_tasks() -> None:
    (found,) = parse('{"instruction": "Read \\ud800 it.", "input_fields": ["\\udfff"], "output_field": ["x"]}')
    assert (found.instruction + found.input_fields[0]).encode("utf-8")


@settings(max_examples=200, deadline=None)
@given(st.text() | st.text(alphabet="{}[]()\"',:\\ \nabtask1`#0.e-", max_size=80))
def test_no_text_makes_it_raise(reply: str) -> None:
    for proposal in parse(reply):
        assert isinstance(proposal.instruction, str)


@settings(max_examples=200, deadline=None)
@given(st.data(), st.booleans())
def test_no_damage_to_a_reply_makes_it_raise(data: st.DataObject, python: bool) -> None:
    reply = str(TASKS) if python else json.dumps(TASKS)
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(reply)))
        reply = reply[:place] + data.draw(st.text(alphabet="{}[]\"',:\\ \n`0", max_size=2)) + reply[place + 1 :]
    parse(reply)


@pytest.mark.parametrize("open_bracket", ["[", "{", '{"a":', "("])
def test_deep_nesting_is_no_harm(open_bracket: str) -> None:
    assert parse(open_bracket * (MAX_CHARS // 8 // len(open_bracket))) == []
