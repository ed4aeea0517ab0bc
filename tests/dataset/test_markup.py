"""Texts stay texts in a page, whatever signs they hold."""

from hypothesis import given
from hypothesis import strategies as st

from stages.dataset.markup import Html, element, joined, text
from tests.dataset.pages import parsed

ANYTHING = st.text(st.characters(codec=None, exclude_categories=()), max_size=40)


@given(ANYTHING)
def test_any_text_is_read_back_as_one_text_and_is_utf_8(said: str) -> None:
    code = element("p", said, title=said).code
    code.encode("utf-8")
    found = parsed(code)
    assert found.tags == [("p", ("title",))]
    assert found.faults == []
    # A browser ends lines in one way; nothing else may be another sign, but for those that HTML has none for.
    allowed = "".join(one if _html_has(one) else "\ufffd" for one in said)
    assert found.text == allowed
    assert found.attributes == [("p", "title", allowed)]


def _html_has(sign: str) -> bool:
    code = ord(sign)
    control = (code < 32 and sign not in "\t\n\r") or 127 <= code < 160
    return not (control or 0xD800 <= code <= 0xDFFF or 0xFDD0 <= code <= 0xFDEF or 0xFFFE <= code <= 0xFFFF)


def test_what_is_html_already_is_written_as_it_is_and_all_else_is_not() -> None:
    assert joined(Html("<br/>"), "<br/>", 3).code == "<br/>&lt;br/&gt;3"
    assert text("a & b").code == "a &amp; b"


def test_names_of_attributes_that_python_has_no_room_for_are_written_with_a_hyphen() -> None:
    assert element("td", "1", class_="number", aria_label="one").code == '<td class="number" aria-label="one">1</td>'
