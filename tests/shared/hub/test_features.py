import datetime
import json
import math
from collections import Counter
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.shared.files import dump_json
from stages.shared.hub.features import Column, as_json, columns
from stages.shared.records import Feature
from tests.shared.hub.making import label, table

SEQUENCE_OF_LABELS = {"feature": label("O", "B"), "_type": "Sequence"}


def types(made: pa.Table) -> dict[str, str]:
    return {name: column.type for name, column in columns(made.schema).items()}


def read(made: pa.Table, name: str) -> tuple[list[object], Counter[str]]:
    faults: Counter[str] = Counter()
    column = columns(made.schema)[name]
    return [as_json(value, column, faults) for value in made.column(name).to_pylist()], faults


def test_class_names_come_from_the_metadata() -> None:
    made = table({"label": [0, 1]}, {"label": label("neg", "pos")})
    assert columns(made.schema)["label"].feature == Feature(type="label", labels=("neg", "pos"))
    assert read(made, "label") == (["neg", "pos"], Counter())


def test_a_hidden_label_becomes_null_not_the_last_class() -> None:
    made = table({"label": [-1, 1]}, {"label": label("neg", "pos")})
    assert read(made, "label") == ([None, "pos"], Counter({"hidden-label": 1}))


def test_a_label_out_of_range_becomes_null_and_is_counted() -> None:
    made = table({"label": [2, -2]}, {"label": label("neg", "pos")})
    assert read(made, "label") == ([None, None], Counter({"unknown-label": 2}))


def test_labels_that_are_text_already_stay() -> None:
    made = table({"label": ["neg", None]}, {"label": label("neg", "pos")})
    assert read(made, "label") == (["neg", None], Counter())


def test_labels_inside_lists_and_structs_become_names() -> None:
    made = table(
        {"tags": [[0, 1, -1]], "entities": [{"type": [1], "text": ["x"]}], "turns": [[{"act": 1}]]},
        {
            "tags": SEQUENCE_OF_LABELS,
            "entities": {
                "feature": {"type": label("O", "B"), "text": {"dtype": "string", "_type": "Value"}},
                "_type": "Sequence",
            },
            "turns": [{"act": label("ask", "tell")}],
        },
    )
    assert types(made) == {
        "tags": "list<label>",
        "entities": "struct<type: list<label>, text: list<string>>",
        "turns": "list<struct<act: label>>",
    }
    assert read(made, "tags") == ([["O", "B", None]], Counter({"hidden-label": 1}))
    assert read(made, "entities") == ([{"type": ["B"], "text": ["x"]}], Counter())
    assert read(made, "turns") == ([[{"act": "tell"}]], Counter())


def test_class_names_stand_only_on_columns_that_are_labels() -> None:
    made = table({"tags": [[0, 1]]}, {"tags": SEQUENCE_OF_LABELS})
    assert columns(made.schema)["tags"].feature == Feature(type="list<label>", labels=None)


def test_a_modality_at_any_depth_is_the_type_of_the_column() -> None:
    picture = pa.array([{"bytes": b"x", "path": None}])
    made = table(
        {"photo": picture, "pages": pa.array([[{"bytes": b"x", "path": None}]]), "matrix": [[[1.0]]]},
        {
            "photo": {"_type": "Image"},
            "pages": {"feature": {"_type": "Image"}, "_type": "Sequence"},
            "matrix": {"shape": [1, 1], "dtype": "float32", "_type": "Array2D"},
        },
    )
    assert types(made) == {"photo": "image", "pages": "image", "matrix": "array"}
    assert [name for name, column in columns(made.schema).items() if column.left_out] == ["photo", "pages"]


def test_without_metadata_the_arrow_types_are_read() -> None:
    made = table(
        {
            "text": ["a"],
            "number": pa.array([1], pa.int16()),
            "score": pa.array([1.5], pa.float32()),
            "kind": pa.array(["x"]).dictionary_encode(),
            "blob": [b"x"],
            "inner": [{"blob": b"x"}],
            "words": [["a"]],
        }
    )
    assert types(made) == {
        "text": "string",
        "number": "int16",
        "score": "float32",
        "kind": "string",
        "blob": "binary",
        "inner": "binary",
        "words": "list<string>",
    }


@pytest.mark.parametrize("metadata", [b"{", b"[]", b"null", b'{"info": 3}', b'{"info": {"features": [1]}}', b"\xff"])
def test_metadata_that_cannot_be_read_gives_way_to_the_arrow_types(metadata: bytes) -> None:
    made = table({"label": [1]}).replace_schema_metadata({"huggingface": metadata})
    assert types(made) == {"label": "int64"}


def test_metadata_that_does_not_fit_gives_way_to_the_arrow_types() -> None:
    made = table({"a": [[1]], "b": [1]}, {"a": label("x"), "b": {"feature": {"_type": "Value"}, "_type": "Sequence"}})
    assert types(made) == {"a": "list<int64>", "b": "int64"}


def test_what_json_cannot_say_has_one_documented_form() -> None:
    utc = datetime.UTC
    made = table(
        {
            "day": [datetime.date(2020, 2, 29)],
            "moment": [datetime.datetime(2020, 2, 29, 12, 30, tzinfo=utc)],
            "price": [Decimal("1.10")],
            "bad": [math.nan],
            "big": pa.array([2**64 - 1], pa.uint64()),
            "map": pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64())),
            "nested": [{"scores": [math.inf, 1.0]}],
        }
    )
    row = {name: read(made, name)[0][0] for name in made.column_names}
    assert dump_json(row) == (
        '{"day":"2020-02-29","moment":"2020-02-29T12:30:00+00:00","price":"1.10","bad":null,'
        '"big":18446744073709551615,"map":[["a",1]],"nested":{"scores":[null,1.0]}}'
    )
    assert read(made, "nested")[1] == Counter({"not-finite": 1})


def test_names_that_no_file_can_hold_are_mended() -> None:
    schema = table({"label": [0]}).schema.with_metadata(
        {"huggingface": '{"info": {"features": {"label": {"names": ["\\ud800"], "_type": "ClassLabel"}}}}'}
    )
    assert columns(schema)["label"].labels == ("\N{REPLACEMENT CHARACTER}",)


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**64), st.floats(allow_nan=False, allow_infinity=False), st.text()
)


@given(st.dictionaries(st.text(), st.one_of(VALUES, st.lists(VALUES)), max_size=4))
def test_a_row_of_plain_values_comes_back_from_its_json_unchanged(row: dict[str, object]) -> None:
    faults: Counter[str] = Counter()
    found = {name: as_json(value, Column("string"), faults) for name, value in row.items()}
    back = json.loads(dump_json(found))
    assert (back, [type(value) for value in back.values()]) == (row, [type(value) for value in row.values()])
    assert not faults
