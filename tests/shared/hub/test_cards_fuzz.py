"""Cards as strangers could write them: real ones cut, spliced and spoilt, and headers made of YAML's odd corners."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stages.hub import declared
from stages.hub.languages import language_ids
from stages.shared import licenses
from stages.shared.hub import cards
from stages.shared.hub.seam import REASONS, UnreadableError
from tests.house import ROOT

FRAGMENTS = (
    "&a",
    "*a",
    "&a [*a]",
    "a: &a [x, x]\nb: [*a, *a]\n",
    "<<: *a\n",
    "<<: {license: mit}\n",
    "<<: [1, 2]\n",
    "!!binary |",
    "!!python/object/apply:os.system ['true']",
    "!!set {a, b}",
    "!<tag:x>",
    "%YAML 1.1\n",
    "%TAG ! tag:x:\n",
    "\t",
    "- \t- x\n",
    "\ufeff",
    "\r\n",
    "\r",
    "\0",
    "\x85",
    "\u2028",
    "\x1b[31m",
    "\u202e",
    "\ud800",
    "\U0001f600",
    "9" * 5000,
    "0x" + "f" * 99,
    "1e999",
    ".nan",
    "-.inf",
    "~",
    "null",
    "2001-01-01",
    "2001-99-99 99:99:99",
    "1:2:3:4",
    "0o7",
    "yes",
    "? ",
    "? a\n: b\n",
    "? [a, b]\n: c\n",
    "? {a: b}\n: c\n",
    "key: key: key\n",
    ": ",
    "- ",
    "|",
    ">",
    "|2-\n",
    "'",
    '"',
    '"\\u',
    '"\\ud800"',
    '"\\x',
    "{",
    "}",
    "[",
    "]",
    ",",
    "#",
    "@",
    "`",
    "[" * 60,
    "{a: " * 40,
    "---\n",
    "...\n",
    "--- ",
    "---\t\n",
    "license:\n",
    "license: [mit, {a: other}]\n",
    "language: [no, 1.0, null]\n",
    "license: {c: {d: [mit]}}\n",
    "license: MIT OR Apache-2.0\n",
    "license_name: cc-by-nc-4.0\n",
    "license_link: https://x.org\n",
    "# Dataset Card\n",
    "### Dataset Summary\n",
    "```\n",
    "~~~\n",
    "> # quoted\n",
    "<!-- ",
    "===\n",
    "    # code\n",
    "[x](y)",
    "**",
    "\\",
)


def _real() -> list[str]:
    paths = sorted((ROOT / "data" / "sources" / "hub").glob("*/README.md"))
    return [
        "\n".join(path.read_text("utf-8").splitlines()[:40]) + "\n---\n### Dataset Summary\nWords.\n" for path in paths
    ]


REAL = _real()
PIECES = st.sampled_from(FRAGMENTS) | st.text(max_size=12) | st.characters(codec=None)
CHANGES = st.lists(
    st.tuples(st.sampled_from(["cut", "put", "twice", "swap"]), st.integers(0, 2000), PIECES), max_size=6
)
LINES = st.lists(PIECES, max_size=12).map("".join)


def changed(text: str, changes: list[tuple[str, int, str]]) -> str:
    """A text with pieces put in, cut out, doubled and swapped, at the places that `changes` gives."""
    for how, number, piece in changes:
        at = number % (len(text) + 1)
        end = at + len(piece)
        if how == "cut":
            text = text[:at] + text[end:]
        elif how == "put":
            text = text[:at] + piece + text[at:]
        elif how == "twice":
            text = text[:end] + text[at:]
        else:
            text = text[end:] + text[:at] + piece
    return text


CARDS = (
    st.builds(changed, st.sampled_from(REAL), CHANGES)
    | LINES
    | LINES.map("---\n{}\n---\n".format)
    | st.builds("---\n{}{}\n---\n{}".format, st.sampled_from(["a: 1\n", "license: "]), LINES, LINES)
)


def outcome(readme: str) -> str:
    """What became of a card: the reason why it can't be read, or `card`; everything read of it can be written down."""
    try:
        found = cards.read(readme, "here")
    except UnreadableError as error:
        return error.reason if len(error.detail) < 1_000 else "a detail that is too long"
    for key in (*found.header, "license", "language", "configs"):
        texts = cards.values(found.header, key, "c")
        assert all(text.strip() and isinstance(text, str) for text in texts)
        ids = licenses.license_ids(texts).split("|")
        assert len(set(ids)) == len(ids)
        assert "" not in language_ids(texts)
    declared.license_of(found.header, "c")
    json.dumps(found.header, ensure_ascii=False).encode("utf-8")
    summary = cards.section(found.sections, "Dataset Summary")
    assert summary == summary.strip()
    return "card"


def examples(count: int) -> settings:
    return settings(max_examples=count, deadline=None, suppress_health_check=list(HealthCheck))


@examples(1_000)
@given(CARDS)
def test_any_card_is_read_or_unreadable_for_a_reason(readme: str) -> None:
    assert outcome(readme) in {*REASONS, "card"}


@pytest.mark.soak
@examples(20_000)
@given(CARDS)
def test_many_more_cards_are_read_or_unreadable_for_a_reason(readme: str) -> None:
    assert outcome(readme) in {*REASONS, "card"}


def test_the_changes_leave_many_cards_readable_and_spoil_many() -> None:
    spoilt = [
        changed(text, [("put", 17 * number, piece)]) for number, piece in enumerate(FRAGMENTS) for text in REAL[:9]
    ]
    found = [outcome(readme) for readme in spoilt]
    assert min(found.count("card"), len(found) - found.count("card")) > 0.1 * len(found)


LICENCES = (
    PIECES
    | st.lists(PIECES, max_size=4).map(" ".join)
    | st.builds(changed, st.sampled_from(sorted(licenses.KNOWN)), CHANGES)
)


@examples(1_000)
@given(LICENCES)
def test_any_text_of_a_licence_has_an_id_of_one_line_or_is_left_as_it_is(text: str) -> None:
    assert_one_line(text)


@pytest.mark.soak
@examples(20_000)
@given(LICENCES)
def test_many_more_texts_of_a_licence_have_an_id_of_one_line_or_are_left_as_they_are(text: str) -> None:
    assert_one_line(text)


def assert_one_line(text: str) -> None:
    id = licenses.license_id(text)
    assert id == id.casefold() or id == text.strip().casefold()
    assert licenses.kind(id) in ("", *licenses.KINDS)
    assert not any(char.isspace() for char in licenses.license_ids((text,)))


@pytest.mark.parametrize("repeats", [1_000, 50_000])
@pytest.mark.parametrize(
    "unit", ["creative-commons-", "no-", "( ", "a or ", "non commercial ", "- ", "research ", "[", "x.org "]
)
def test_a_long_text_of_a_licence_takes_no_time_out_of_proportion(unit: str, repeats: int) -> None:
    assert licenses.license_ids((unit * repeats,))


def test_real_cards_without_a_change_are_read(test_data: Path) -> None:
    texts = [path.read_text("utf-8") for path in sorted((test_data / "hub").glob("*/README.md"))[::5]]
    assert {outcome(text) for text in texts} == {"card"}
