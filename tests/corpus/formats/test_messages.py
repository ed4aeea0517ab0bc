import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.corpus.formats import messages
from stages.corpus.forms import Chat, Found, Message, Preference, Single
from tests.corpus.formats.spoiling import accepted

OFFERED = [{"type": "function", "function": {"name": "weather", "parameters": {}}}]


def call(id: str, name: str, arguments: Any) -> dict[str, Any]:
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


WITH_TOOLS = {
    "messages": [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "Weather in"}, {"type": "text", "text": "Lima, Rome?"}]},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [call("1", "weather", '{"in": "Lima"}'), call("2", "climate", '{"in": "Rome"}')],
        },
        {"role": "tool", "tool_call_id": "2", "content": "12"},
        {"role": "tool", "tool_call_id": "1", "content": "19"},
        {"role": "assistant", "content": "19 and 12."},
    ],
    "tools": OFFERED,
}
CALLS = '[{"name":"weather","arguments":{"in":"Lima"}},{"name":"climate","arguments":{"in":"Rome"}}]'
WHOLE = Chat(
    (
        Message("system", '[{"type":"function","function":{"name":"weather","parameters":{}}}]', name="tools"),
        Message("system", "Be brief."),
        Message("user", "Weather in\n\nLima, Rome?"),
        Message("assistant", "", tool_calls=CALLS),
        Message("tool", "12", name="climate"),
        Message("tool", "19", name="weather"),
        Message("assistant", "19 and 12."),
    )
)


def test_messages_of_the_api_are_read_with_the_name_of_what_each_tool_answers() -> None:
    assert messages.read(WITH_TOOLS) == [WHOLE]


def test_a_conversation_is_written_as_the_api_has_it_and_read_again() -> None:
    record = messages.write(WHOLE)
    assert json.loads(record["tools"]) == OFFERED
    assert record["messages"][2] == {
        "role": "assistant",
        "content": "",
        "tool_calls": [
            {"type": "function", "function": {"name": "weather", "arguments": '{"in":"Lima"}'}},
            {"type": "function", "function": {"name": "climate", "arguments": '{"in":"Rome"}'}},
        ],
    }
    assert record["messages"][3] == {"role": "tool", "content": "12", "name": "climate"}
    assert messages.read(record) == [WHOLE]


def test_the_old_form_of_a_call_and_its_answer_is_read() -> None:
    record = {
        "messages": [
            {"role": "user", "content": "q"},
            {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}},
            {"role": "function", "name": "f", "content": "42"},
        ]
    }
    assert messages.read(record) == [
        Chat(
            (
                Message("user", "q"),
                Message("assistant", "", tool_calls='[{"name":"f","arguments":{}}]'),
                Message("tool", "42", name="f"),
            )
        )
    ]


def test_a_question_of_two_parts_is_an_instruction_with_its_input() -> None:
    single = Single("Add.", "1 1", "2")
    record = messages.write(single)
    assert record["messages"] == [
        {"role": "user", "content": [{"type": "text", "text": "Add."}, {"type": "text", "text": "1 1"}]},
        {"role": "assistant", "content": "2"},
    ]
    assert messages.read(record) == [single]


def test_an_exchange_without_input_is_two_turns_of_text() -> None:
    turns = [{"role": "user", "content": "Add."}, {"role": "assistant", "content": "2"}]
    assert messages.write(Single("Add.", "", "2")) == {"messages": turns}


@pytest.mark.parametrize(
    ("content", "answer"),
    [
        ([{"type": "text", "text": "a"}], {}),
        ([{"type": "text", "text": text} for text in "abc"], {}),
        ([{"type": "text", "text": text} for text in "ab"], {"tool_calls": [call("1", "f", "{}")]}),
        ([{"type": "text", "text": text} for text in "ab"], {"function_call": {"name": "f"}}),
        ("a\n\nb", {}),
    ],
)
def test_any_other_question_is_a_turn(content: Any, answer: dict[str, Any]) -> None:
    asked = {"role": "user", "content": content}
    [found] = messages.read({"messages": [asked, {"role": "assistant", "content": "x", **answer}]})
    assert isinstance(found, Chat)
    texts = content.split("\n\n") if isinstance(content, str) else [part["text"] for part in content]
    assert found.messages[0] == Message("user", "\n\n".join(texts))


@pytest.mark.parametrize(
    ("message", "phrase"),
    [
        ({"role": "narrator", "content": "x"}, "a message of 'narrator'"),
        ({"role": "user", "content": [{"type": "image_url", "image_url": {}}]}, "a part of the type 'image_url'"),
        ({"role": "user", "content": [{"type": "text"}]}, "where only text is read"),
        ({"role": "assistant", "tool_calls": [{"id": "1"}]}, "a call without a name"),
    ],
)
def test_what_can_not_be_read_is_refused_with_what_was_seen(message: dict[str, Any], phrase: str) -> None:
    with pytest.raises(ValueError, match=phrase):
        messages.read({"messages": [message]})


def test_a_preference_is_no_conversation() -> None:
    with pytest.raises(ValueError, match="a preference is no conversation"):
        messages.write(Preference((Message("user", "q"),), "a", "b"))


TEXT = st.text(max_size=12)
VALUES = st.recursive(st.none() | st.booleans() | st.integers() | TEXT, lambda parts: st.lists(parts, max_size=2))
CALLED = st.tuples(TEXT, st.dictionaries(TEXT, VALUES, max_size=2))
AS_JSON = st.lists(CALLED, min_size=1, max_size=2).map(
    lambda listed: json.dumps(
        [{"name": name, "arguments": arguments} for name, arguments in listed],
        ensure_ascii=False,
        separators=(",", ":"),
    )
)
TURNS = st.one_of(
    st.builds(Message, st.sampled_from(["user", "system"]), TEXT),
    st.builds(Message, st.just("assistant"), TEXT, st.just(""), st.just("") | AS_JSON),
    st.builds(Message, st.just("tool"), TEXT, TEXT),
)
FOUND = st.builds(Single, TEXT, TEXT.filter(bool), TEXT) | st.builds(Chat, st.lists(TURNS, max_size=5).map(tuple))


@settings(deadline=None)
@given(FOUND)
def test_any_conversation_comes_back_as_it_was(found: Found) -> None:
    assert messages.read(json.loads(json.dumps(messages.write(found)))) == [found]


def test_wrong_types_are_refused_and_only_what_may_be_missing_is_not() -> None:
    calls = [{"id": "1", "function": {"name": "f", "arguments": "{}"}}]
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    record = {
        "messages": [
            {"role": "user", "content": parts},
            {"role": "assistant", "content": "c", "tool_calls": calls},
            {"role": "tool", "content": "d", "tool_call_id": "1"},
            {"role": "assistant", "content": "e", "name": "g"},
        ]
    }
    made = "messages.1.tool_calls"
    turns = [f"messages.{number}" for number in range(4)]
    optional = [
        *(f"{turn}.content" for turn in turns),
        made,
        f"{made}.0.id",
        "messages.2.tool_call_id",
        "messages.3.name",
    ]
    assert accepted(messages.read, record) == {
        *(f"{one}: {what}" for one in optional for what in ("null", "left out")),
        *(f"{one}: left out" for one in (*turns, "messages.0.content.0", "messages.0.content.1", f"{made}.0")),
        *(f"{made}.0.function.arguments: {what}" for what in (*_JSON, "left out")),
    }


def test_tools_may_be_a_list_of_anything_that_json_can_say() -> None:
    asked = [{"role": "user", "content": "q"}]
    found = accepted(messages.read, {"messages": asked, "tools": [{"function": {"name": "f"}}]})
    assert {name for name in found if name.startswith("tools")} == {
        *(f"tools: {what}" for what in ("null", "list", "lists", "left out")),
        *(f"tools.0{key}: {what}" for key in ("", ".function", ".function.name") for what in (*_JSON, "left out")),
    }


_JSON = ("null", "number", "fraction", "truth", "list", "lists", "object")
"""Those of WRONG that can be written as JSON."""
