from typing import Any

import pytest

from stages.corpus.formats import lmflow
from stages.corpus.forms import Chat, Found, Message, Preference, Single
from tests.corpus.formats.spoiling import accepted

PAIRS = {
    "type": "text2text",
    "instances": [{"input": "Does aspirin help?\nyes, no", "output": "yes"}, {"input": "And tea?", "output": "no"}],
}
HELD = {
    "type": "conversation",
    "instances": [
        {
            "conversation_id": 1,
            "system": "Be brief.",
            "tools": ["find"],
            "messages": [{"role": "user", "content": "Find rice."}, {"role": "assistant", "content": "Found."}],
        }
    ],
}
CHAT = Chat(
    (
        Message("system", '["find"]', name="tools"),
        Message("system", "Be brief."),
        Message("user", "Find rice."),
        Message("assistant", "Found."),
    )
)


def test_each_instance_of_a_file_is_read_in_its_order() -> None:
    assert lmflow.read(PAIRS) == [Single("Does aspirin help?\nyes, no", "", "yes"), Single("And tea?", "", "no")]


def test_a_conversation_has_its_tools_and_its_system_first() -> None:
    assert lmflow.read(HELD) == [CHAT]


@pytest.mark.parametrize("found", [Single("q", "", "a"), Chat((Message("user", "q"), Message("assistant", "a"))), CHAT])
def test_what_is_written_is_read_again(found: Found) -> None:
    assert lmflow.read(lmflow.write(found)) == [found]


def test_an_input_stands_below_its_instruction() -> None:
    written = lmflow.write(Single("Add.", "1 1", "2"))
    assert written == {"type": "text2text", "instances": [{"input": "Add.\n\n1 1", "output": "2"}]}


@pytest.mark.parametrize(
    ("record", "phrase"),
    [
        ({"type": "text_only", "instances": [{"text": "Once upon a time."}]}, "no instruction and no answer"),
        ({"type": "image_text", "instances": [{}]}, "the type 'image_text', where text2text, conversation, text_only"),
        ({"type": "text2text", "instances": []}, "instances"),
        ({"type": "conversation", "instances": [{"messages": [{"role": "x", "content": ""}]}]}, "a message of 'x'"),
    ],
)
def test_what_can_not_be_read_is_refused_with_what_was_seen(record: dict[str, Any], phrase: str) -> None:
    with pytest.raises(ValueError, match=phrase):
        lmflow.read(record)


def test_a_preference_is_not_written() -> None:
    with pytest.raises(ValueError, match="no preferences"):
        lmflow.write(Preference((Message("user", "q"),), "a", "b"))


def test_wrong_types_are_refused_and_only_what_may_be_missing_is_not() -> None:
    assert accepted(lmflow.read, PAIRS) == {"instances.0: left out", "instances.1: left out"}
    found = {name for name in accepted(lmflow.read, HELD) if "conversation_id" not in name}
    inside = "instances.0"
    assert found == {
        *(f"{inside}.{key}: {what}" for key in ("system", "tools") for what in ("null", "left out")),
        *(f"{inside}.tools: {what}" for what in ("list", "lists")),
        *(f"{inside}.tools.0: {what}" for what in ("null", "number", "fraction", "truth", "list", "lists", "object")),
        f"{inside}.tools.0: left out",
        *(f"{inside}.messages.{number}: left out" for number in range(2)),
        *(f"{inside}.messages.{number}.content: {what}" for number in range(2) for what in ("null", "left out")),
    }
