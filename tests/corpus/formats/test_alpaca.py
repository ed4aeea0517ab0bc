import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.corpus.formats import alpaca, messages
from stages.corpus.forms import Chat, Found, Message, Preference, Single
from tests.corpus.formats.spoiling import accepted

TURNS = {
    "instruction": "And in Peru?",
    "input": "",
    "output": "Lima.",
    "system": "Be brief.",
    "history": [["Capital of France?", "Paris."], ["Of Spain?", "Madrid."]],
}
ASKED, ANSWER = Message("user", "q"), Message("assistant", "a")


def through_messages(row: dict[str, Any]) -> dict[str, Any]:
    """A row, written and read as messages, as a row again."""
    [found] = alpaca.read(row)
    text = json.dumps(messages.write(found))
    [again] = messages.read(json.loads(text))
    return alpaca.write(again)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"instruction": "Add.", "input": "1 1", "output": "2"}, Single("Add.", "1 1", "2")),
        ({"instruction": "Add.", "input": None, "output": None}, Single("Add.", "", "")),
        ({"instruction": "Add."}, Single("Add.", "", "")),
        ({"instruction": "Add.", "output": "2", "history": [], "system": "", "text": 3}, Single("Add.", "", "2")),
        (
            {"instruction": "Add.", "input": "1 1", "output": "2", "system": "Be brief."},
            Chat((Message("system", "Be brief."), Message("user", "Add.\n\n1 1"), Message("assistant", "2"))),
        ),
    ],
)
def test_a_row_is_an_exchange_or_the_end_of_a_conversation(row: dict[str, Any], expected: Found) -> None:
    assert alpaca.read(row) == [expected]


def test_history_and_system_are_the_turns_before() -> None:
    roles = ["system", "user", "assistant", "user", "assistant", "user", "assistant"]
    texts = ["Be brief.", "Capital of France?", "Paris.", "Of Spain?", "Madrid.", "And in Peru?", "Lima."]
    [found] = alpaca.read(TURNS)
    assert found == Chat(tuple(map(Message, roles, texts)))  # type: ignore[arg-type]
    assert alpaca.write(found) == TURNS


@pytest.mark.parametrize("exchange", [[], ["q"], ["q", "a", "x"]])
def test_an_exchange_of_the_history_that_is_no_pair_is_refused(exchange: list[str]) -> None:
    with pytest.raises(ValueError, match=f"{len(exchange)} texts where an exchange has two"):
        alpaca.read({**TURNS, "history": [exchange]})


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_real_row_comes_back_from_messages_as_it_was(language: str, test_data: Path) -> None:
    text = (test_data / "corpora" / f"llamafactory_alpaca_{language}_demo.json").read_text("utf-8")
    rows = json.loads(text)
    assert len(rows) == {"en": 999, "zh": 1000}[language]
    assert [through_messages(row) for row in rows] == rows
    assert [found for row in rows for found in alpaca.read(row)] == [
        Single(row["instruction"], row["input"], row["output"]) for row in rows
    ]


TEXT = st.text(max_size=20)


@settings(deadline=None)
@given(TEXT, TEXT, TEXT)
def test_any_row_comes_back_from_messages_as_it_was(instruction: str, input: str, output: str) -> None:
    row = {"instruction": instruction, "input": input, "output": output}
    assert through_messages(row) == row


@settings(deadline=None)
@given(TEXT, TEXT, TEXT, TEXT, st.lists(st.lists(TEXT, min_size=2, max_size=2), max_size=3))
def test_any_row_with_turns_before_comes_back_with_every_text(
    instruction: str, input: str, output: str, system: str, history: list[list[str]]
) -> None:
    row = {"instruction": instruction, "input": input, "output": output, "system": system, "history": history}
    expected = {key: value for key, value in row.items() if value or key not in ("system", "history")}
    if system or history:
        # A turn has no input of its own: it stands below its instruction, as Open-Instructions writes it (spec C0).
        joined = instruction + "\n\n" + input if input else instruction
        expected |= {"instruction": joined, "input": ""}
    assert through_messages(row) == expected


def test_prompts_without_answers_are_exchanges_without_output(test_data: Path) -> None:
    text = (test_data / "corpora" / "instructionwild_user_1.jsonl").read_text("utf-8")
    rows = [json.loads(line) for line in text.splitlines()]
    assert [found for row in rows for found in alpaca.read(row)] == [Single(row["instruction"], "", "") for row in rows]


@pytest.mark.parametrize(
    "found",
    [
        Preference((ASKED,), "a", "b"),
        Chat(()),
        Chat((ASKED,)),
        Chat((ANSWER, ASKED)),
        Chat((ASKED, ANSWER, ASKED)),
        Chat((ASKED, ANSWER, Message("system", "s"), ANSWER)),
        Chat((ASKED, Message("assistant", "", tool_calls='[{"name":"f","arguments":{}}]'))),
        Chat((ASKED, Message("tool", "42", name="f"), ANSWER)),
        Chat((Message("system", '[{"name":"f"}]', name="tools"), ASKED, ANSWER)),
    ],
)
def test_what_a_row_can_not_hold_is_refused(found: Found) -> None:
    with pytest.raises(ValueError, match=r"no row of Alpaca|no exchanges of two"):
        alpaca.write(found)


def test_wrong_types_are_refused_and_only_what_may_be_missing_is_not() -> None:
    assert accepted(alpaca.read, TURNS) == {
        *(f"{key}: {what}" for key in ("input", "output", "system", "history") for what in ("null", "left out")),
        "history.0: left out",
        "history.1: left out",
    }
