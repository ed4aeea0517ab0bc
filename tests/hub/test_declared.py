"""The licence that a card declares."""

import pytest

from stages.hub import declared
from stages.shared.hub import cards
from tests.house import ROOT


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ({"license": "mit", "license_name": "mine"}, "mit"),
        ({"license": "other", "license_name": "CC BY 4.0"}, "cc-by-4.0"),
        ({"license": "other", "license_name": "my-own", "license_link": "LICENSE"}, "other"),
        ({"license": "other", "license_link": "https://opensource.org/licenses/MIT"}, "mit"),
        ({"license": "other", "license_name": "gemma"}, "gemma"),
        (
            {
                "license": "other",
                "license_name": "mit",
                "license_link": "https://creativecommons.org/licenses/by-nc/4.0",
            },
            "other",
        ),
        ({"license": "other", "license_name": "mit", "license_link": "my-non-commercial-licence.md"}, "other"),
        ({"license": ["apache-2.0", "other"], "license_name": "mit"}, "apache-2.0|mit"),
        ({"licenses": ["CC0"]}, "cc0-1.0"),
        ({"license": {"c": "mit", "d": "other"}}, "mit"),
        ({}, ""),
    ],
)
def test_a_header_that_says_other_is_asked_for_the_name(header: dict[str, object], expected: str) -> None:
    assert declared.license_of(header, "c") == expected


CC = "https://creativecommons.org/licenses"


@pytest.mark.parametrize(
    ("license", "text", "expected"),
    [
        ("cc-by-4.0", f"Under [BY-SA 4.0]({CC}/by-sa/4.0/).", "cc-by-4.0|cc-by-sa-4.0"),
        ("cc-by-sa-4.0", f"[CC BY-NC 4.0]({CC}/by-nc/4.0/)", "cc-by-sa-4.0|cc-by-nc-4.0"),  # asset
        ("cc-by-sa-4.0", f"[CC BY-SA 3.0]({CC}/by-sa/3.0/)", "cc-by-sa-4.0"),  # adversarial_qa: it asks for no more
        ("cc-by-nc-sa-4.0", f"Code {CC}/by/4.0/, data <{CC}/by-sa/4.0/>", "cc-by-nc-sa-4.0"),
        ("mit", "See https://github.com/x/y/LICENSE and https://creativecommons.org/about", "mit"),
        ("other", f"{CC}/by-sa/4.0/", "other"),
        ("", f"{CC}/by-sa/4.0/", ""),
    ],
)
def test_a_licence_in_the_text_that_asks_for_more_than_the_header_is_declared_too(
    license: str, text: str, expected: str
) -> None:
    assert declared.license_of({"license": license} if license else {}, "c", text) == expected


def test_the_cards_of_the_shipped_hub_that_contradict_themselves_are_known() -> None:
    found = {}
    for path in (ROOT / "data/sources/hub").glob("*/README.md"):
        card = cards.read(path.read_text("utf-8"), path.parent.name)
        text = cards.section(card.sections, declared.LICENSING)
        if declared.stricter(declared.of_header(card.header, ""), text):
            found[path.parent.name] = declared.license_of(card.header, "", text)
    assert found == dict.fromkeys(("snli", "circa"), "cc-by-4.0|cc-by-sa-4.0")
