"""The strictest word of licences."""

import pytest

from stages.dataset.strictness import strictest, word


@pytest.mark.parametrize(
    ("license", "expected"),
    [
        ("mit", "free"),
        ("cc-by-4.0", "free"),
        ("cc-by-sa-3.0", "share-alike"),
        ("gfdl", "share-alike"),
        ("cc-by-nc-sa-4.0", "non-commercial"),
        ("cc-by-nc-nd-4.0", "no-derivatives"),
        ("none", "unknown"),
        ("", "unknown"),
        ("other", "unknown"),
        ("my own terms", "unknown"),
        ("mit|cc-by-nc-4.0", "non-commercial"),
        ("mit|apache-2.0", "free"),
    ],
)
def test_a_licence_has_the_word_of_what_it_forbids(license: str, expected: str) -> None:
    assert word(license) == expected


def test_the_strictest_licence_is_named_with_all_that_are_as_strict() -> None:
    assert strictest(["mit", "gfdl", "cc-by-sa-4.0", "gfdl"]) == ("share-alike", ["cc-by-sa-4.0", "gfdl"])
    assert strictest([]) == ("", [])
