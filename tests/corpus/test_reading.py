"""All formats by name: each is there, reads every real file of its kind, and refuses the rest with a ValueError."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.corpus import formats, reading
from stages.corpus.forms import Chat, Preference, Single
from stages.shared.errors import InputError
from tests.corpus.formats.spoiling import check
from tests.corpus.test_detection import FILES, objects

PARTS = {"shape", "calls"}
"""Modules beside the formats that are none."""


def test_every_module_of_a_format_is_known_by_its_name() -> None:
    modules = {path.stem for path in Path(formats.__file__).parent.glob("[a-z]*.py")} - PARTS
    assert {name.replace("-", "_") for name in reading.FORMATS} == modules
    assert list(reading.FORMATS) == sorted(reading.FORMATS)


def test_all_formats_but_that_of_task_files_can_be_written() -> None:
    assert [name for name, format in reading.FORMATS.items() if format.write is None] == ["superni"]


def test_an_unknown_format_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(InputError, match="'vicuna'") as error:
        reading.read("vicuna", {})
    assert all(name in error.value.expected for name in reading.FORMATS)


@pytest.mark.parametrize("name", FILES)
def test_every_real_record_is_read_whole(name: str, test_data: Path) -> None:
    format, count = FILES[name]
    found = [one for record in objects(test_data / name) for one in reading.read(format, record)]
    check(found)
    assert len(found) == count
    kinds = {"preference": Preference, "sharegpt": Chat}
    assert {type(one) for one in found} == {kinds.get(format, Single)}


KNOWN = (
    "instruction", "input", "output", "system", "history", "context", "response", "prompt", "type", "instances",
    "messages", "tools", "conversations", "chosen", "rejected", "user_input", "completion_a", "completion_b",
    "responses_and_scores", "score", "inputs", "targets", "Definition", "Instances", "role", "from", "value", "content",
    "name", "tool_calls", "function_call", "arguments", "text", "id",
)  # fmt: skip
WORDS = st.sampled_from(
    ["", "user", "human", "gpt", "assistant", "tool", "function_call", "text", "text2text", "[]", "{}", "x"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats() | WORDS | st.text(max_size=3),
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(st.sampled_from(KNOWN), parts, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(st.data())
def test_any_object_is_read_soundly_or_refused(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(reading.FORMATS)))
    keys = data.draw(st.sampled_from(reading.FORMATS[name].keys))
    record = {key: data.draw(VALUES) for key in sorted(keys)} | data.draw(
        st.dictionaries(st.sampled_from(KNOWN), VALUES, max_size=3)
    )
    try:
        found = reading.read(name, record)
    except ValueError:
        return
    check(found)


@pytest.mark.parametrize("name", sorted(reading.FORMATS))
@pytest.mark.parametrize("levels", [500, 900, 970, 985, 995, 1000, 5000])
def test_what_is_nested_deep_is_read_or_refused_with_why(name: str, levels: int) -> None:
    deep: Any = []
    for _ in range(levels):
        deep = [deep]
    for keys in reading.FORMATS[name].keys:
        try:
            reading.read(name, dict.fromkeys(sorted(keys), deep))
        except ValueError:
            continue
        raise AssertionError("no text is a list")


EXCHANGES = st.builds(Single, st.text(max_size=9), st.just("") | st.text(max_size=9), st.text(max_size=9))


@settings(deadline=None)
@given(EXCHANGES)
def test_an_exchange_written_in_any_format_says_the_same_when_it_is_read(found: Single) -> None:
    joined = f"{found.instruction}\n\n{found.input}" if found.input else found.instruction
    apart = {"alpaca", "dolly", "self-instruct", "messages"}
    for name, format in reading.FORMATS.items():
        try:
            record = format.write(found) if format.write else None
        except ValueError:
            assert name == "preference" or found.input, name
            continue
        if record is None:
            continue
        [again] = reading.read(name, record)
        if isinstance(again, Chat):
            assert [message.role for message in again.messages] == ["user", "assistant"]
            assert [message.content for message in again.messages] == [joined, found.output], name
        else:
            assert again == (found if name in apart else Single(joined, "", found.output)), name
