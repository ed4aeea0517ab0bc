"""Columns of values that come without a schema."""

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.shared.files import dump_json
from stages.shared.hub import inference

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(max_size=4), inside, max_size=4),
    max_leaves=12,
)


def typed(*values: Any) -> tuple[str, list[Any]]:
    """The type of a column of these values, and the values as it has them."""
    columns = inference.kinds({"c": value} for value in values)
    return columns["c"].type, [inference.fitted({"c": value}, columns, Counter())["c"] for value in values]


@pytest.mark.parametrize(
    ("values", "type", "fitted"),
    [
        ([1, None, 2], "int64", [1, None, 2]),
        ([1, 2.5], "float64", [1.0, 2.5]),
        ([True, False], "bool", [True, False]),
        ([True, 1], "string", ["true", "1"]),
        (["a", 3, None, ["b"], {"c": 1}], "string", ["a", "3", None, '["b"]', '{"c":1}']),
        ([[], ["a"]], "list<string>", [[], ["a"]]),
        ([["a"], [1]], "list<string>", [["a"], ["1"]]),
        ([{"a": 1}, {"b": ["x"]}], "struct<a: int64, b: list<string>>", [{"a": 1, "b": None}, {"a": None, "b": ["x"]}]),
        ([2**63 - 1, -(2**63)], "int64", [2**63 - 1, -(2**63)]),
        ([2**63, 1], "string", [str(2**63), "1"]),
        ([None, None], "null", [None, None]),
        ([[[1]], [[2.0]]], "list<list<float64>>", [[[1.0]], [[2.0]]]),
    ],
)
def test_a_column_has_the_type_that_holds_all_its_values(values: list[Any], type: str, fitted: list[Any]) -> None:
    assert typed(*values) == (type, fitted)


def test_columns_come_in_the_order_of_their_first_appearance_and_a_row_without_one_has_null() -> None:
    rows: list[dict[str, Any]] = [{"b": 1}, {"a": "x", "b": 2}]
    columns = inference.kinds(rows)
    assert [inference.fitted(row, columns, Counter()) for row in rows] == [{"b": 1, "a": None}, {"b": 2, "a": "x"}]
    assert {name: feature.type for name, feature in inference.features(columns).items()} == {
        "b": "int64",
        "a": "string",
    }


def test_nan_and_infinities_become_null_and_are_counted_wherever_they_stand() -> None:
    rows = [{"c": float("nan")}, {"c": [float("inf"), 1.0]}, {"c": "x"}]
    columns, faults = inference.kinds(rows), Counter[str]()
    assert [inference.fitted(row, columns, faults)["c"] for row in rows] == [None, "[null,1.0]", "x"]
    assert faults == {"not-finite": 2}


def test_objects_with_names_without_end_and_values_nested_without_end_are_kept_as_text() -> None:
    wide = [{str(number): number} for number in range(1000)]
    assert typed(*wide) == ("string", [dump_json(value) for value in wide])
    deep = json.loads("[" * 200 + "1" + "]" * 200)
    type, (value,) = typed(deep)
    assert type == "list<" * 16 + "string" + ">" * 16
    for _ in range(16):
        (value,) = value
    assert json.loads(value) == json.loads("[" * 184 + "1" + "]" * 184)


@given(st.lists(st.dictionaries(st.text(max_size=3), JSON, max_size=4), max_size=6))
def test_any_rows_of_json_are_fitted_to_types_that_hold_them_and_can_be_written(rows: list[dict[str, Any]]) -> None:
    columns = inference.kinds(rows)
    fitted = [inference.fitted(row, columns, Counter()) for row in rows]
    for row in fitted:
        dump_json(row).encode("utf-8")
    again = inference.kinds(fitted)
    assert [kind.type for name, kind in again.items() if kind.word == "string" and columns[name].word != "string"] == []
    assert [inference.fitted(row, columns, Counter()) for row in fitted] == fitted
