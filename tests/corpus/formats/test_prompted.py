import pytest

from stages.corpus.formats import prompted
from stages.corpus.forms import Chat, Found, Message, Preference, Single
from tests.corpus.formats.spoiling import accepted

FLAN = {"inputs": "Premise: It rains.\nDoes it follow that the street is wet?", "targets": "yes", "task": "rte"}
P3 = {
    "inputs": [3, 9, 1],
    "inputs_pretokenized": "Is it wet?",
    "targets": [4, 1],
    "targets_pretokenized": "\nYes",
}


def test_a_prompt_and_its_target_are_an_exchange_without_input() -> None:
    found = Single(FLAN["inputs"], "", "yes")
    assert prompted.read(FLAN) == [found]
    assert prompted.write(found) == {"inputs": FLAN["inputs"], "targets": "yes"}


def test_texts_of_p3_stand_beside_their_tokens() -> None:
    assert prompted.read(P3) == [Single("Is it wet?", "", "\nYes")]


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
        prompted.write(found)


def test_wrong_types_of_the_texts_are_refused() -> None:
    assert {name.split(":")[0] for name in accepted(prompted.read, FLAN)} == {"task"}
    assert {name.split(":")[0].split(".")[0] for name in accepted(prompted.read, P3)} == {"inputs", "targets"}
