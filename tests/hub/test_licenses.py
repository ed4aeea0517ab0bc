from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.hub import licenses
from stages.shared.hub import cards

# Every value of `license` in the 517 real cards, and what it stands for.
REAL = {
    (): "",
    ("unknown",): "unknown",
    ("other",): "other",
    ("apache-2.0",): "apache-2.0",
    ("bsd-2-clause", "mit"): "bsd-2-clause|mit",
    ("bsd-3-clause",): "bsd-3-clause",
    ("c-uda",): "c-uda",
    ("cc-by-2.0",): "cc-by-2.0",
    ("cc-by-2.5",): "cc-by-2.5",
    ("cc-by-3.0",): "cc-by-3.0",
    ("cc-by-3.0", "cc-by-4.0", "cc-by-sa-3.0", "mit", "other"): "cc-by-3.0|cc-by-4.0|cc-by-sa-3.0|mit|other",
    ("cc-by-3.0", "cc-by-sa-3.0", "mit", "other"): "cc-by-3.0|cc-by-sa-3.0|mit|other",
    ("cc-by-4.0",): "cc-by-4.0",
    ("cc-by-nc-3.0",): "cc-by-nc-3.0",
    ("cc-by-nc-4.0",): "cc-by-nc-4.0",
    ("cc-by-nc-4.0", "cc-by-sa-4.0", "other"): "cc-by-nc-4.0|cc-by-sa-4.0|other",
    ("cc-by-nc-nd-4.0",): "cc-by-nc-nd-4.0",
    ("cc-by-nc-sa-3.0",): "cc-by-nc-sa-3.0",
    ("cc-by-nc-sa-4.0",): "cc-by-nc-sa-4.0",
    ("cc-by-nd-4.0",): "cc-by-nd-4.0",
    ("cc-by-nd-4.0", "cc-by-sa-4.0", "other"): "cc-by-nd-4.0|cc-by-sa-4.0|other",
    ("cc-by-sa-3.0",): "cc-by-sa-3.0",
    ("cc-by-sa-3.0", "gfdl"): "cc-by-sa-3.0|gfdl",
    ("cc-by-sa-3.0", "gpl-3.0"): "cc-by-sa-3.0|gpl-3.0",
    ("cc-by-sa-4.0",): "cc-by-sa-4.0",
    ("cc0-1.0",): "cc0-1.0",
    ("gfdl",): "gfdl",
    ("gpl-3.0",): "gpl-3.0",
    ("lgpl-3.0",): "lgpl-3.0",
    ("mit",): "mit",
    ("ms-pl",): "ms-pl",
    ("odbl",): "odbl",
    ("odc-by",): "odc-by",
}


@pytest.mark.parametrize(("texts", "expected"), REAL.items())
def test_the_licences_of_real_cards_have_one_spelling(texts: tuple[str, ...], expected: str) -> None:
    assert licenses.license_ids(texts) == expected


def test_the_table_of_real_licences_is_complete(test_data: Path) -> None:
    headers = [cards.header(path.read_text("utf-8"), "") for path in (test_data / "hub").glob("*/README.md")]
    assert {cards.values(header, "license", "") for header in headers} == set(REAL)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Apache-2.0", "apache-2.0"),
        ("Apache License 2.0", "apache-2.0"),
        ("Apache License, Version 2.0", "apache-2.0"),
        ("apache2", "apache-2.0"),
        ("MIT License", "mit"),
        ("The MIT License (MIT)", "mit"),
        ("BSD 3-Clause", "bsd-3-clause"),
        ("CC BY 4.0", "cc-by-4.0"),
        ("CC BY-NC-ND 4.0", "cc-by-nc-nd-4.0"),
        ("cc-by-4-0", "cc-by-4.0"),
        ("cc-by-sa-3-0", "cc-by-sa-3.0"),
        ("CC_BY_SA_4.0", "cc-by-sa-4.0"),
        ("CC-BY-SA-4", "cc-by-sa-4.0"),
        ("Creative Commons Attribution 4.0 International", "cc-by-4.0"),
        (
            "Creative Commons Attribution-NonCommercial-ShareAlike 4.0 International (CC BY-NC-SA 4.0)",
            "cc-by-nc-sa-4.0",
        ),
        ("Creative Commons Attribution Non-Commercial No-Derivatives 4.0", "cc-by-nc-nd-4.0"),
        ("CC0", "cc0-1.0"),
        ("CC0 1.0", "cc0-1.0"),
        ("GPL-3.0-only", "gpl-3.0"),
        ("GPL-3.0-or-later", "gpl-3.0"),
        ("GNU GPLv3", "gpl-3.0"),
        ("LGPL v2.1", "lgpl-2.1"),
        ("ODbL-1.0", "odbl"),
        ("n/a", "unknown"),
        ("Not specified", "unknown"),
        ("other-my-own-licence", "other"),
        ("Gemma", "gemma"),
    ],
)
def test_other_spellings_reach_the_ids_of_the_hub(text: str, expected: str) -> None:
    assert licenses.license_id(text) == expected


def test_every_id_of_the_hub_stands_for_itself() -> None:
    assert {id: licenses.license_id(id) for id in licenses.KNOWN} == {id: id for id in licenses.KNOWN}


@pytest.mark.parametrize(
    ("id", "expected"),
    [
        ("mit", ()),
        ("unknown", ("unknown",)),
        ("other", ("other",)),
        ("gemma", ("other",)),
        ("cc-by-nd-4.0", ("no-derivatives",)),
        ("cc-by-nc-nd-4.0", ("no-derivatives", "non-commercial")),
        ("cc-by-nc-sa-4.0", ("non-commercial", "share-alike")),
        ("gpl-3.0", ("share-alike",)),
        ("odbl", ("share-alike",)),
    ],
)
def test_a_licence_belongs_to_classes(id: str, expected: tuple[str, ...]) -> None:
    assert licenses.classes(id) == expected


@given(st.lists(st.text(min_size=1)))
def test_any_text_of_a_licence_gives_ids_that_part_again(texts: list[str]) -> None:
    joined = licenses.license_ids(tuple(texts))
    assert joined == "|".join(dict.fromkeys(licenses.license_id(text).replace("|", "-") for text in texts))


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("en",), ("en",)),
        (("EN", "en-US", "en_GB"), ("en",)),
        (("English",), ("en",)),
        (("zh-CN", "zh-Hant"), ("zh",)),
        (("code", "en"), ("code", "en")),
        (("unknown",), ("unknown",)),
        ((), ()),
    ],
)
def test_languages_are_their_primary_subtags(texts: tuple[str, ...], expected: tuple[str, ...]) -> None:
    assert licenses.language_ids(texts) == expected
