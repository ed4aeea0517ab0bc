import pytest

from stages.corpus.formats import gpt4all
from stages.corpus.forms import Chat, Found, Message, Preference, Single
from tests.corpus.formats.spoiling import accepted

ROW = {"prompt": "How do I sort a list?", "response": "<p>Use sorted().</p>", "source": "pacovaldez/stackoverflow"}


def test_a_row_is_an_exchange_without_input() -> None:
    found = Single("How do I sort a list?", "", "<p>Use sorted().</p>")
    assert gpt4all.read(ROW) == [found]
    assert gpt4all.write(found) == {"prompt": ROW["prompt"], "response": ROW["response"]}


@pytest.mark.parametrize(
    "found",
    [
        Single("q", "i", "a"),
        Chat((Message("user", "q"), Message("assistant", "a"))),
        Preference((Message("user", "q"),), "a", "b"),
    ],
)
def test_an_input_and_several_turns_are_not_written(found: Found) -> None:
    with pytest.raises(ValueError, match="without input only"):
        gpt4all.write(found)


def test_wrong_types_are_refused_and_the_source_is_not_looked_at() -> None:
    found = accepted(gpt4all.read, ROW)
    assert {name.split(":")[0] for name in found} == {"source"}
    assert len(found) == 12
