import json
from typing import Any

import pytest

from stages.corpus.formats.calls import DEEPEST, calls, named, tools

ONE_FORM = '[{"name":"f","arguments":{"a":1}}]'


@pytest.mark.parametrize(
    "found",
    [
        {"name": "f", "arguments": {"a": 1}},
        [{"name": "f", "arguments": {"a": 1}}],
        {"name": "f", "arguments": '{"a": 1}'},
        {"function": {"name": "f", "arguments": '{"a": 1}'}, "id": "1", "type": "function"},
        '{"name": "f", "arguments": {"a": 1}}',
        '[{"function": {"name": "f", "arguments": {"a": 1}}}]',
    ],
)
def test_a_call_has_one_form_however_it_came(found: Any) -> None:
    assert calls(found) == ONE_FORM
    assert calls(calls(found)) == ONE_FORM
    assert named(ONE_FORM) == [{"name": "f", "arguments": {"a": 1}}]


@pytest.mark.parametrize("arguments", ["", "rice", "[1]", "3", '{"a": NaN}', "{" * 20])
def test_arguments_that_are_no_object_stay_the_text_they_are(arguments: str) -> None:
    [call] = named(calls({"name": "f", "arguments": arguments}))
    assert call == {"name": "f", "arguments": arguments}


def test_a_call_without_arguments_has_none() -> None:
    assert named(calls({"name": "f"})) == [{"name": "f", "arguments": {}}]
    assert named("") == []


@pytest.mark.parametrize(
    "found",
    [
        None, 3, "", "x", "null", [], "[]", {}, {"name": 3}, {"name": None}, {"function": None}, [["f"]],
        {"name": "f", "arguments": float("nan")},
        {"name": "f", "arguments": '{"a": 1e999}'},
    ],
)  # fmt: skip
def test_what_is_no_call_is_refused(found: Any) -> None:
    with pytest.raises(ValueError, match=r"call|JSON"):
        calls(found)


def test_half_characters_of_calls_and_tools_are_refused_since_nothing_can_write_them() -> None:
    for name in (r'{"name": "\ud800"}', r'{"name": "f", "arguments": {"\udfff": 1}}'):
        with pytest.raises(ValueError, match="half"):
            calls(name)
        with pytest.raises(ValueError, match="half"):
            calls(json.loads(name))
        with pytest.raises(ValueError, match="half"):
            tools([json.loads(name)])


def nested(levels: int) -> Any:
    found: Any = []
    for _ in range(levels - 1):
        found = [found]
    return found


def test_calls_and_tools_may_be_nested_a_hundred_deep() -> None:
    # A call is an object in a list.
    assert calls({"name": "f", "arguments": nested(DEEPEST - 2)}).endswith("]" * (DEEPEST - 2) + "}]")
    assert tools(nested(DEEPEST)) == "[" * DEEPEST + "]" * DEEPEST


@pytest.mark.parametrize("levels", [DEEPEST + 1, 500, *range(960, 1000, 5), 100_000])
def test_calls_and_tools_that_are_nested_deeper_are_refused(levels: int) -> None:
    found = nested(levels)
    text = "[" * levels + "]" * levels
    for call in (
        found,
        {"name": "f", "arguments": found},
        f'{{"name": "f", "arguments": {text}}}',
    ):
        with pytest.raises(ValueError, match=r"deep|JSON"):
            calls(call)
    for offered in (found, text):
        with pytest.raises(ValueError, match=r"deep|JSON"):
            tools(offered)


def test_arguments_in_text_that_are_too_deep_to_parse_stay_a_text() -> None:
    arguments = '{"a": ' + "[" * 100_000 + "]" * 100_000 + "}"
    assert named(calls({"name": "f", "arguments": arguments})) == [{"name": "f", "arguments": arguments}]
    with pytest.raises(ValueError, match="deep"):
        calls({"name": "f", "arguments": '{"a": ' + "[" * 200 + "]" * 200 + "}"})


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (None, ""),
        ("", ""),
        ([], ""),
        ("[]", ""),
        ('[{"name": "f"}]', '[{"name": "f"}]'),
        ([{"name": "f"}], '[{"name":"f"}]'),
    ],
)
def test_tools_are_the_text_they_were_or_json(found: Any, text: str) -> None:
    assert tools(found) == text


@pytest.mark.parametrize("found", ["f", "{}", '{"name": "f"}', {"name": "f"}, 3, True, [float("nan")], "[NaN]"])
def test_tools_that_are_no_list_are_refused(found: Any) -> None:
    with pytest.raises(ValueError, match=r"list|JSON"):
        tools(found)
