from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.shared import licenses
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
        ("unknown", ()),
        ("other", ()),
        ("gemma", ()),
        ("intel-research", ("non-commercial",)),
        ("cc-by-nc", ("non-commercial",)),
        ("my-non-commercial-terms", ("non-commercial",)),
        ("cc-by-nd-4.0", ("no-derivatives",)),
        ("cc-by-nc-nd-4.0", ("no-derivatives", "non-commercial")),
        ("cc-by-nc-sa-4.0", ("non-commercial", "share-alike")),
        ("gpl-3.0", ("share-alike",)),
        ("odbl", ("share-alike",)),
    ],
)
def test_a_licence_belongs_to_classes(id: str, expected: tuple[str, ...]) -> None:
    assert licenses.classes(id) == expected


@given(st.lists(st.text(min_size=1), min_size=1))
def test_any_text_of_a_licence_gives_ids_that_part_again(texts: list[str]) -> None:
    joined = licenses.license_ids(tuple(texts))
    assert (joined == "") == (not any(text.strip() for text in texts))
    assert joined == "" or "" not in joined.split("|")
    assert [licenses.license_ids((id,)) for id in joined.split("|") if licenses.kind(id) == ""] == [
        id for id in joined.split("|") if licenses.kind(id) == ""
    ]


@given(st.text() | st.from_regex(r"(?i)(cc|creative commons|mit|gpl|apache)[ -]?(by|nc|nd|sa|[ -]|v?[0-9.]){0,6}"))
def test_any_text_gives_an_id_that_stays_itself(text: str) -> None:
    id = licenses.license_id(text)
    assert licenses.license_id(id) == id or licenses.kind(id) == "unrecognised"
    assert licenses.kind(id) in ("", *licenses.KINDS)


WORDS = {
    "non-commercial": ("NC", "NonCommercial", "non-commercial use", "for research only", "not for commercial use"),
    "no-derivatives": ("ND", "NoDerivatives", "no derivs", "without derivatives"),
    "share-alike": ("SA", "ShareAlike", "share-alike"),
}  # fmt: skip
BASES = ("CC BY 4.0", "CC-BY", "MIT", "MIT License", "Apache-2.0", "https://opensource.org/licenses/MIT",
         "BSD 3-Clause", "Creative Commons Attribution 4.0 International", "MIT OR Apache-2.0", "CC BY {} 4.0",
         "CC-BY-{}-4.0",         "Creative Commons Attribution {} 3.0", "MIT ({})", "unknown", "cc0")  # fmt: skip


@pytest.mark.parametrize(("name", "word"), [(name, word) for name, words in WORDS.items() for word in words])
@pytest.mark.parametrize("base", BASES)
def test_a_word_that_binds_is_never_lost(base: str, name: str, word: str) -> None:
    texts = [base.format(word)] if "{}" in base else [f"{base} {word}", f"{base} ({word})", f"{word}, {base}"]
    for text in texts:
        ids = licenses.license_ids((text,)).split("|")
        assert any(name in licenses.classes(id) or licenses.kind(id) == "unknown" for id in ids), text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://creativecommons.org/licenses/by-nc/4.0/", "cc-by-nc-4.0"),
        ("http://creativecommons.org/licenses/by-nc-nd/3.0/de/legalcode", "cc-by-nc-nd-3.0"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "cc0-1.0"),
        ("https://opensource.org/licenses/MIT", "mit"),
        ("https://opensource.org/license/bsd-3-clause/", "bsd-3-clause"),
        ("https://spdx.org/licenses/Apache-2.0.html", "apache-2.0"),
        ("http://www.apache.org/licenses/LICENSE-2.0.txt", "apache-2.0"),
        ("www.gnu.org/licenses/lgpl-3.0.en.html", "lgpl-3.0"),
        ("https://opendatacommons.org/licenses/odbl/1-0/", "odbl"),
        ("GNU General Public License v3.0", "gpl-3.0"),
        ("GNU Affero General Public License v3.0 or later", "agpl-3.0"),
        ("Mozilla Public License 2.0", "mpl-2.0"),
        ("Creative Commons Zero v1.0 Universal", "cc0-1.0"),
        ("GPL-2.0-only WITH Classpath-exception-2.0", "gpl-2.0"),
        ("CC BY-NC", "cc-by-nc"),
        ("Creative Commons Attribution 2.5 South Africa License", "cc-by-2.5-south-africa"),
        ("LDC User Agreement for Non-Members", "ldc-user-agreement-for-non-members"),
        ("MIT OR Apache-2.0", "mit|apache-2.0"),
        ("(MIT AND CC-BY-4.0)", "mit|cc-by-4.0"),
        ("MIT/Apache-2.0", "mit|apache-2.0"),
        ("cc-by-nc-4.0, mit", "cc-by-nc-4.0|mit"),
        ("MIT OR something else", "mit-or-something-else"),
    ],
)
def test_addresses_and_expressions_reach_the_ids(text: str, expected: str) -> None:
    assert licenses.license_ids((text,)) == expected


@pytest.mark.parametrize(
    ("id", "expected"),
    [("mit", ""), ("cc-by-nd-4.0", ""), ("", "missing"), ("unknown", "unknown"), ("other", "other"),
     ("gemma", "other"), ("cc-by", "other"), ("mine", "unrecognised")],
)  # fmt: skip
def test_a_licence_is_known_or_unknown_in_one_of_four_ways(id: str, expected: str) -> None:
    assert licenses.kind(id) == expected


@pytest.mark.parametrize(
    ("id", "expected"),
    [("mit", "MIT"), ("apache-2.0", "Apache-2.0"), ("cc-by-nc-sa-4.0", "CC-BY-NC-SA-4.0"), ("odbl", "ODbL-1.0"),
     ("gpl-3.0", "GPL-3.0-only"), ("c-uda", "C-UDA-1.0"), ("gemma", ""), ("other", ""), ("gfdl", "")],
)  # fmt: skip
def test_an_id_has_its_spdx_identifier(id: str, expected: str) -> None:
    assert licenses.spdx(id) == expected


def test_spdx_identifiers_lead_back_to_the_ids_of_the_hub() -> None:
    assert {licenses.license_id(name): name for name in licenses.SPDX.values()} == dict(licenses.SPDX)
    assert set(licenses.SPDX) <= licenses.KNOWN
