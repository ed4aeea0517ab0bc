import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.shared import language as module
from stages.shared.language import AGREE, PIECES, SURE, amount, classify, is_code, language, prose

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


@pytest.mark.parametrize(("code", "text"), TEXTS.items())
def test_text_in_a_language_is_heard_as_it(code: str, text: str) -> None:
    found = language([text])
    assert found is not None
    assert (found.language, found.confidence) == (code, 1.0)


def test_too_little_text_says_nothing() -> None:
    assert language([]) is None
    assert language(["yes", "no"]) is None


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


PASSAGES = [f"{TEXTS[code]} {TEXTS[code][cut:]}" for code in ("en", "de", "fr") for cut in (0, 20, 40)]
"""Texts of one piece each."""


def letters(text: str) -> int:
    return sum(len(letter.encode()) for letter in text if letter.isalpha())


@given(st.lists(st.sampled_from(PASSAGES), min_size=1, unique=True))
def test_a_language_is_what_it_would_be_if_every_piece_were_judged(texts: list[str]) -> None:
    weights: Counter[str] = Counter()
    for text in texts:
        name, probability = classify(text)
        weights[name if probability >= SURE else ""] += letters(text)
    (name, size), *_ = weights.most_common(1)
    found = language(texts)
    assert (found.language if found else "") == (name if size >= AGREE * weights.total() else "")


def test_judging_ends_when_the_language_is_known_or_can_be_none(monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[str] = []
    monkeypatch.setattr(module, "classify", lambda text: (judged.append(text), classify(text))[1])
    found = language([f"{TEXTS['en']} {TEXTS['en'][cut:]}" for cut in range(PIECES)])
    assert found is not None
    assert len(judged) in (PIECES * 2 // 3, PIECES * 2 // 3 + 1)
    judged.clear()
    assert language([TEXTS["en"] * 2, TEXTS["de"] * 2, TEXTS["fr"] * 2, TEXTS["ru"] * 2]) is None
    assert len(judged) == 3


@given(st.text())
def test_letters_are_counted_in_bytes(text: str) -> None:
    assert amount(text) == letters(text)


@given(st.text(st.sampled_from("aB1@#_\\/. \n-é٣")))
def test_what_is_no_prose_is_told_word_by_word_as_in_the_whole(text: str) -> None:
    left = re.sub(r"\S+@\S+|[@#]\w+|\\[a-z]+|\S*[\d_/\\]\S*|\w*[a-z][A-Z]\w*", " ", text)
    assert prose(text) == " ".join(left.split())
