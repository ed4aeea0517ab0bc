import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.hub import languages


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("en",), ("en",)),
        (("EN", "en-US", "en_GB"), ("en",)),
        (("English", "english"), ("en",)),
        (("zh-CN", "zh-Hans", "zh-Hant"), ("zh",)),
        (("eng", "deu", "ger", "fra", "fre", "zho", "chi", "cmn"), ("en", "de", "fr", "zh")),
        (("German", "french (France)", "Norwegian Bokmål"), ("de", "fr", "no")),
        (("yi", "Yi", "iw", "no", "NO"), ("yi", "he", "no")),
        (("yue", "fil", "nso", "aeb"), ("yue", "fil", "nso", "aeb")),
        (("code", "en"), ("code", "en")),
        (("unknown", "und", "mul", "multilingual", "", "  "), ()),
        ((), ()),
    ],
)
def test_languages_are_their_primary_subtags(texts: tuple[str, ...], expected: tuple[str, ...]) -> None:
    assert languages.language_ids(texts) == expected


def test_every_code_of_two_letters_stands_for_itself_and_each_of_three_for_one_of_two() -> None:
    assert len(languages.CODES) > 160
    assert all(languages.language_ids((code,)) == (code,) for code in languages.CODES)
    assert all(languages.language_id(name) in languages.CODES for name in languages.NAMES)


@settings(max_examples=1_000)
@given(st.text(max_size=30))
def test_any_text_is_one_language_or_none(text: str) -> None:
    found = languages.language_id(text)
    assert found == found.casefold().strip() or found == text.strip().casefold()
    assert languages.language_ids((text, text)) == ((found,) if found else ())


@pytest.mark.parametrize(
    ("found", "known", "expected"),
    [
        (("de",), ("en",), True),
        (("de", "en"), ("en",), False),
        (("code",), ("en",), False),
        (("en",), ("code",), False),
        (("de",), ("code", "en"), True),
        ((), ("en",), False),
        (("de",), (), False),
        (("ms",), ("id",), False),
        (("ar",), ("aeb",), False),
    ],
)
def test_text_contradicts_a_card_that_declares_none_of_its_languages(
    found: tuple[str, ...], known: tuple[str, ...], expected: object
) -> None:
    assert languages.contradicts(found, known) is expected


def test_a_language_that_text_does_not_tell_from_a_declared_one_is_the_declared_one() -> None:
    assert languages.in_terms_of(("ar", "en"), ("aeb", "fr")) == ("aeb", "en")
    assert languages.in_terms_of(("hr", "sr"), ("bs",)) == ("bs",)
