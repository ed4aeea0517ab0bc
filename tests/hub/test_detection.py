import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.hub import detection
from stages.hub.detection import Sample, is_code, language, prose

TEXTS = {
    "en": "The committee will meet again in the spring to decide how the money should be spent on schools and roads.",
    "de": "Der Ausschuss trifft sich im Frühjahr wieder, um über die Ausgaben für Schulen und Straßen zu entscheiden.",
    "fr": "La commission se réunira de nouveau au printemps afin de décider des dépenses pour les écoles et la route.",
    "ru": "Комитет снова соберётся весной, чтобы решить, как потратить деньги на школы и дороги в этой области.",
    "zh": "委员会将于春季再次开会，决定如何把这笔钱用于学校和道路的建设，居民可以提出自己的意见。",
    "hi": "समिति वसंत में फिर बैठक करेगी और तय करेगी कि स्कूलों और सड़कों पर पैसा कैसे खर्च किया जाए।",
}
PYTHON = "def total(values):\n    result = 0\n    for value in values:\n        result += value\n    return result\n"
JAVA = "public static int total(int[] values) { int result = 0; for (int v : values) { result += v; } return result; }"


def rows(*found: dict[str, object]) -> Sample:
    sample = Sample()
    for row in found:
        sample.add(json.dumps(row))
    return sample


@pytest.mark.parametrize(("code", "text"), TEXTS.items())
def test_text_in_a_language_is_heard_as_it(code: str, text: str) -> None:
    found = language([text])
    assert found is not None
    assert (found.language, found.confidence) == (code, 1.0)


def test_too_little_text_says_nothing() -> None:
    assert language([]) is None
    assert language(["yes", "no"]) is None
    assert rows({"label": "entailment", "n": 3}, {"label": "neutral", "n": 4}).languages() == ()


def test_text_in_many_languages_at_once_has_none() -> None:
    assert language(TEXTS.values()) is None


@pytest.mark.parametrize(
    "text", [PYTHON, JAVA, "SELECT name, count(*) FROM users WHERE age > 3 AND (x = 2) GROUP BY name;"]
)
def test_programs_and_queries_are_code(text: str) -> None:
    assert is_code(text)


@pytest.mark.parametrize(
    "text",
    [*TEXTS.values(), "(ROOT (S (NP (DT The) (NNS judges)) (VP (VBD left))))", "$\\frac{1}{2} + x^2 = \\sqrt{3}$"],
)
def test_prose_parse_trees_and_formulas_are_no_code(text: str) -> None:
    assert not is_code(text)


def test_addresses_markup_numbers_and_identifiers_are_left_out() -> None:
    text = "See <b>the</b> https://x.org/a page of @jo &amp; get_name 12,5 maxValue at jo@x.org now"
    assert prose(text) == "See the page of at now"


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
