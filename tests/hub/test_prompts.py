"""The two prompts: what they show, what they hide, and what they share."""

import json
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.hub import prompts
from stages.shared.llm.seam import ModelParams, request_of
from stages.shared.records import Setting
from tests.hub.examples import card, values

SETTINGS: tuple[Setting, ...] = get_args(Setting)
ROWS = [{"id": "7", "text": " Hello. ", "label": "greeting"}, {"id": "8", "text": "Bye.", "label": None}]


def text(setting: Setting = "aware", **changes: Any) -> str:
    return prompts.build(card(**changes), ROWS, setting, 1000).messages[1]["content"]


def shown_dataset(prompt: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(prompt.rpartition("Dataset:\n\n")[2].partition("\n\n")[0])
    return found


def test_a_prompt_shows_the_first_rows_without_ids_and_nulls() -> None:
    assert shown_dataset(text())["selected_data"] == [{"text": "Hello.", "label": "greeting"}, {"text": "Bye."}]


def test_only_the_aware_prompt_tells_the_summary() -> None:
    assert shown_dataset(text("aware"))["summary"] == "Texts and what they are about."
    assert "summary" not in shown_dataset(text("unaware"))
    assert "Texts and what they are about." not in text("unaware")


def test_the_fields_that_may_be_used_stand_at_the_end() -> None:
    assert text().split("\n\n")[-2].startswith('Use no fields but these: "text", "label".')
    assert text().endswith("Tasks:")


@pytest.mark.parametrize("setting", SETTINGS)
def test_all_prompts_of_a_setting_begin_alike(setting: Setting) -> None:
    one, other = text(setting), text(setting, taskname="other", summary="Else.")
    assert one.startswith(prompts.fixed_part(setting))
    assert other.startswith(prompts.fixed_part(setting))
    assert one != other


@pytest.mark.parametrize("setting", SETTINGS)
def test_demonstrations_use_fields_that_they_show_and_never_twice(setting: Setting) -> None:
    known = json.loads((prompts.WORDING / "demonstrations.json").read_text("utf-8"))
    for name in prompts.DEMONSTRATIONS[setting]:
        shown = set(known[name]["selected_data"][0])
        for task in known[name]["tasks"].values():
            assert shown.issuperset(task["input_fields"] + task["output_field"])
            assert not set(task["input_fields"]) & set(task["output_field"])
            assert len(task["output_field"]) == 1


def test_long_texts_are_cut_at_the_budget() -> None:
    prompt = prompts.build(card(summary="s" * 5000), [{"text": "t" * 5000, "label": "x"}], "aware", 1000)
    shown = shown_dataset(prompt.messages[1]["content"])
    assert len(shown["summary"]) == 1000
    assert len(shown["selected_data"][0]["text"]) == 1000


def test_a_list_is_shown_as_far_as_its_json_fits() -> None:
    assert prompts.shown_value(["aaaa", "bbbb", "cccc"], len('["aaaa", "bbbb"]')) == ["aaaa", "bbbb"]
    assert prompts.shown_value(["a" * 2000], 1000) == []


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (3, "3"),
        (True, "True"),
        (None, None),
        ([1, 2], None),
        (["a", None], None),
        ([["a"]], None),
        ({"en": "yes", "n": 1}, {"en": "yes", "n": 1}),
        ({"text": ["a"]}, None),
    ],
)
def test_nested_values_and_nulls_are_not_shown(value: object, shown: object) -> None:
    assert prompts.shown_value(value, 1000) == shown


def test_what_a_prompt_was_made_from_is_no_part_of_its_identity() -> None:
    model = ModelParams(provider="template", model="rules-1")
    one = prompts.build(card(revision="r1"), ROWS, "aware", 1000)
    other = prompts.build(card(revision="r2"), ROWS, "aware", 1000)
    assert one.subject != other.subject
    assert request_of(model, one).key == request_of(model, other).key


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.text(), values, max_size=5), st.integers(5, 60))
def test_a_shown_value_never_passes_its_budget(row: dict[str, Any], budget: int) -> None:
    for shown in prompts.shown_row(row, budget).values():
        written = shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False)
        assert len(written) <= budget
