import json
from pathlib import Path
from typing import Any

import pytest

from stages.corpus.formats import sharegpt
from stages.corpus.forms import Chat, Message, Preference, Single
from tests.corpus.formats.spoiling import accepted

CALL = '{"name": "find", "arguments": {"what": "rice"}}'
OFFERED = '[{"name": "find"}]'
WITH_TOOLS = {
    "id": "c1",
    "conversations": [
        {"from": "human", "value": "Find me rice."},
        {"from": "function_call", "value": CALL},
        {"from": "observation", "value": '{"found": 2}'},
        {"from": "gpt", "value": "Two."},
    ],
    "system": "Be brief.",
    "tools": OFFERED,
}
WHOLE = Chat(
    (
        Message("system", OFFERED, name="tools"),
        Message("system", "Be brief."),
        Message("user", "Find me rice."),
        Message("assistant", "", tool_calls='[{"name":"find","arguments":{"what":"rice"}}]'),
        Message("tool", '{"found": 2}', name="find"),
        Message("assistant", "Two."),
    )
)


def turns(*speakers: str) -> dict[str, Any]:
    return {"conversations": [{"from": speaker, "value": "x"} for speaker in speakers]}


def test_turns_tools_and_system_become_messages() -> None:
    assert sharegpt.read(WITH_TOOLS) == [WHOLE]


def test_a_conversation_is_written_with_its_tools_and_read_again() -> None:
    record = sharegpt.write(WHOLE)
    assert record["tools"] == OFFERED
    assert [turn["from"] for turn in record["conversations"]] == [
        "system", "human", "function_call", "observation", "gpt",
    ]  # fmt: skip
    assert json.loads(record["conversations"][2]["value"]) == json.loads(CALL)
    assert sharegpt.read(record) == [WHOLE]


@pytest.mark.parametrize(
    ("speaker", "role"),
    [
        *((name, "user") for name in ("human", "user")),
        *((name, "assistant") for name in ("gpt", "chatgpt", "assistant", "bing", "bard", "bot", "model")),
        ("system", "system"),
        *((name, "tool") for name in ("tool", "observation", "function", "function_response")),
    ],
)
def test_each_name_of_a_speaker_is_known(speaker: str, role: str) -> None:
    [found] = sharegpt.read(turns(speaker))
    assert isinstance(found, Chat)
    assert [message.role for message in found.messages] == [role]


def test_an_unknown_speaker_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="a turn of 'narrator'"):
        sharegpt.read(turns("human", "narrator"))


def test_turns_may_have_role_and_content() -> None:
    record = {"conversations": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}
    assert sharegpt.read(record) == sharegpt.read({"conversations": [
        {"from": "human", "value": "q"}, {"from": "gpt", "value": "a"},
    ]})  # fmt: skip


def test_of_several_calls_at_once_no_answer_has_the_name() -> None:
    calls = json.dumps([{"name": "a", "arguments": {}}, {"name": "b", "arguments": {}}])
    record = {"conversations": [{"from": "function_call", "value": calls}, {"from": "observation", "value": "1"}]}
    [found] = sharegpt.read(record)
    assert isinstance(found, Chat)
    assert [message.name for message in found.messages] == ["", ""]
    assert sharegpt.read(sharegpt.write(found)) == [found]


@pytest.mark.parametrize("value", ["", "find rice", "{", "[]", "{}", '"find"', '{"name": 3}', '{"name": "f"', "NaN"])
def test_a_call_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="call"):
        sharegpt.read({"conversations": [{"from": "function_call", "value": value}]})


def test_a_single_exchange_is_two_turns_and_a_preference_none() -> None:
    assert sharegpt.write(Single("Add.", "1 1", "2")) == {
        "conversations": [{"from": "human", "value": "Add.\n\n1 1"}, {"from": "gpt", "value": "2"}]
    }
    with pytest.raises(ValueError, match="a preference is no conversation"):
        sharegpt.write(Preference((Message("user", "q"),), "a", "b"))


def test_every_real_dialogue_with_tools_comes_back_as_it_was(test_data: Path) -> None:
    path = test_data / "corpora" / "llamafactory_glaive_toolcall_en_demo.json"
    records = json.loads(path.read_text("utf-8"))
    assert len(records) == 300
    for record in records:
        [found] = sharegpt.read(record)
        again = sharegpt.write(found)
        assert again.get("tools", "[]") == record["tools"]
        for turn, written in zip(record["conversations"], again["conversations"], strict=True):
            assert turn["from"] == written["from"]
            # A call is JSON; the blanks between its tokens are not kept.
            reading = json.loads if turn["from"] == "function_call" else str
            assert reading(turn["value"]) == reading(written["value"])


def test_every_real_conversation_comes_back_as_it_was(test_data: Path) -> None:
    records = json.loads((test_data / "corpora" / "sharegpt_dummy_conversation.json").read_text("utf-8"))
    assert len(records) == 500
    for record in records:
        [found] = sharegpt.read(record)
        assert {"id": record["id"], **sharegpt.write(found)} == record


def test_wrong_types_are_refused_and_only_what_may_be_missing_is_not() -> None:
    read_over = {name for name in accepted(sharegpt.read, WITH_TOOLS) if not name.startswith("id:")}
    assert read_over == {
        *(f"{key}: {what}" for key in ("system", "tools") for what in ("null", "left out")),
        *(f"tools: {what}" for what in ("list", "lists")),
        *(f"conversations.{number}: left out" for number in range(4)),
    }
