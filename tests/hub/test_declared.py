"""The licence that a card's header declares."""

import pytest

from stages.hub import declared


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
