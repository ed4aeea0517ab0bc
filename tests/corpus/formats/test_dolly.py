import pytest

from stages.corpus.formats import dolly
from stages.corpus.forms import Chat, Found, Message, Preference, Single
from tests.corpus.formats.spoiling import accepted

ROW = {
    "instruction": "When was he born?",
    "context": "He was born in 1911.[42]",
    "response": "In 1911.",
    "category": "closed_qa",
}


def test_a_row_is_an_exchange_with_its_context_as_input() -> None:
    found = Single("When was he born?", "He was born in 1911.[42]", "In 1911.")
    assert dolly.read(ROW) == [found]
    assert dolly.write(found) == {key: text for key, text in ROW.items() if key != "category"}


def test_a_row_without_context_has_no_input() -> None:
    assert dolly.read({**ROW, "context": ""}) == [Single("When was he born?", "", "In 1911.")]
    assert dolly.read({**ROW, "context": None}) == [Single("When was he born?", "", "In 1911.")]


@pytest.mark.parametrize(
    "found", [Chat((Message("user", "q"), Message("assistant", "a"))), Preference((Message("user", "q"),), "a", "b")]
)
def test_only_single_exchanges_are_written(found: Found) -> None:
    with pytest.raises(ValueError, match="single exchanges only"):
        dolly.write(found)


def test_wrong_types_are_refused_and_the_category_is_not_looked_at() -> None:
    found = accepted(dolly.read, ROW)
    assert {name for name in found if not name.startswith("category")} == {"context: null"}
    assert len(found) == 1 + 12
