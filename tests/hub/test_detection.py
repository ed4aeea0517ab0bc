import json

from hypothesis import given, settings
from hypothesis import strategies as st

from stages.hub import detection
from stages.hub.detection import Sample
from tests.shared.test_language import TEXTS


def rows(*found: dict[str, object]) -> Sample:
    sample = Sample()
    for row in found:
        sample.add(json.dumps(row))
    return sample


def test_rows_with_too_little_text_have_no_language() -> None:
    assert rows({"label": "entailment", "n": 3}, {"label": "neutral", "n": 4}).languages() == ()


def test_a_parallel_text_is_in_both_its_languages_most_text_first() -> None:
    row: dict[str, object] = {"pair": {"en": TEXTS["en"], "de": TEXTS["de"] + TEXTS["de"]}}
    assert rows(row).languages() == ("de", "en")
    assert {path: guess.language for path, (guess, _) in rows(row).fields().items()} == {
        "pair/en": "en",
        "pair/de": "de",
    }


def test_a_field_that_is_a_small_part_of_the_text_does_not_count() -> None:
    row: dict[str, object] = {"title": TEXTS["en"], "text": " ".join([TEXTS["de"]] * 8)}
    assert rows(row).languages() == ("de",)


def test_labels_and_ids_do_not_count() -> None:
    row: dict[str, object] = {"label": TEXTS["en"], "doc_id": TEXTS["fr"], "text": TEXTS["de"]}
    assert rows(row).languages(["label"]) == ("de",)


def test_words_in_lists_are_read_as_one_text() -> None:
    assert rows({"tokens": TEXTS["fr"].split()}).languages() == ("fr",)


def test_the_sample_is_bounded_whatever_the_rows_hold() -> None:
    sample = Sample()
    for number in range(200):
        sample.add(json.dumps({f"f{number}-{n}": "x" * 10_000 + str(number) for n in range(60)}))
    assert sample.rows == detection.SAMPLE_ROWS
    kept = [text for texts in sample.texts.values() for text in texts]
    assert len(sample.texts) == detection.FIELDS
    assert max(map(len, kept)) <= detection.VALUE_CHARS


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.dictionaries(st.text(max_size=8), JSON, max_size=4), max_size=4))
def test_any_rows_have_languages_and_the_same_ones_again(found: list[dict[str, object]]) -> None:
    first = rows(*found).languages()
    assert first == rows(*found).languages()
    assert len(first) == len(set(first))
