"""CSV for people: nothing runs in a spreadsheet, and what comes back is what was sent."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.shared.errors import InputError
from stages.shared.sheets import neutral, plain, read_sheet, write_sheet

SIGNS = "=+-@\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}"
texts = st.text(st.characters(min_codepoint=32, max_codepoint=0xFFFF, exclude_categories=("Cs", "Cc"))) | st.from_regex(
    r"['\s]{0,3}[=+\-@].{0,9}", fullmatch=True
)


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-3", "@SUM(A1)", " =1", "\t=1", "\r\n=1", "'=1", "\N{FULLWIDTH EQUALS SIGN}1", "\x00=1"]
)
def test_a_cell_never_begins_like_a_formula(text: str) -> None:
    assert neutral(text).startswith("'")


@given(texts)
def test_no_text_begins_like_a_formula_and_each_comes_back_as_it_was(text: str) -> None:
    cell = neutral(text)
    assert cell.lstrip()[:1] not in tuple(SIGNS)
    if not any(ord(char) < 32 for char in text):
        assert plain(cell) == text.strip()


def test_texts_with_breaks_quotes_commas_and_any_script_survive_the_file(tmp_path: Path) -> None:
    rows = [
        {"a": 'Say "hi",\nthen; go.', "b": "=cmd|' /C calc'!A1"},
        {"a": "日本語 \N{GRINNING FACE}\N{LINE SEPARATOR}x", "b": ""},
    ]
    assert write_sheet(tmp_path / "x.csv", ("a", "b"), rows) == 2
    assert (tmp_path / "x.csv").read_bytes().startswith(b"\xef\xbb\xbfa,b\r\n")
    assert [row for _, row in read_sheet(tmp_path / "x.csv", ("b", "a"))] == rows


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_whatever_a_spreadsheet_parts_cells_with_is_read_and_empty_rows_are_not(tmp_path: Path, mark: str) -> None:
    text = "\n".join([mark.join(("more", "a")), mark.join(("x", "1")), mark, mark.join(("", "2"))])
    (tmp_path / "x.csv").write_text(text, "utf-8")
    assert list(read_sheet(tmp_path / "x.csv", ["a"])) == [(2, {"a": "1"}), (4, {"a": "2"})]


def test_a_longer_text_than_a_spreadsheet_takes_is_cut_and_says_so() -> None:
    cell = neutral("x" * 40_000)
    assert len(cell) == 32_000
    assert cell.endswith(" [cut]")


def test_a_table_without_a_column_and_one_in_another_encoding_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b\n1,2\n", "utf-8")
    with pytest.raises(InputError, match="expected the columns a, c, got none called c; put them back"):
        list(read_sheet(tmp_path / "x.csv", ("a", "c")))
    (tmp_path / "x.csv").write_bytes("a\nschön\n".encode("latin-1"))
    with pytest.raises(InputError, match="save it as CSV UTF-8"):
        list(read_sheet(tmp_path / "x.csv", ["a"]))
