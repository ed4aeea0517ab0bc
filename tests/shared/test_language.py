import pytest

from stages.shared.language import is_code, language, prose

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
