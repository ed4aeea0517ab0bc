"""Two files of predictions side by side, and what a judge is asked about them."""

from pathlib import Path

import pytest

from stages.model.comparing import FIRST, SECOND, compared, complaint, prompts
from stages.shared.errors import InputError
from tests.model.judges import prediction

FILES = (Path("a.jsonl"), Path("b.jsonl"))
ONE, TWO = (prediction(id, f"Do {id}.", "it", "done") for id in ("one", "two"))


@pytest.mark.parametrize(
    ("a", "b", "sentence"),
    [
        (
            [ONE, TWO],
            [ONE],
            "b.jsonl: expected predictions for the same instances of one benchmark, got none for 1 of ",
        ),
        (
            [ONE],
            [ONE, TWO],
            "a.jsonl: expected predictions for the same instances of one benchmark, got none for 1 of ",
        ),
        ([ONE, ONE], [ONE], "a.jsonl: expected each instance once, got one 2 times; run `dvc repro predict`."),
        ([ONE], [], "b.jsonl: expected at least one prediction, got none; run `dvc repro predict`."),
        (
            [ONE],
            [prediction("one", "Undo one.", "it", "done")],
            "b.jsonl: expected the instruction and input that both models answered as one, got another one; let both ",
        ),
        ([prediction("one", "", "it", "done")], [ONE], "a.jsonl: expected predictions with the instruction they "),
    ],
)
def test_what_cannot_be_compared_is_refused_in_one_sentence(a: list, b: list, sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        compared(a, b, FILES)
    assert str(caught.value).startswith(sentence)


def test_each_pair_is_asked_both_ways_and_the_same_answers_not_at_all() -> None:
    other = [prediction("two", "Do two.", "it", "not done"), ONE]
    found = list(prompts(compared([ONE, TWO], other, FILES), "explore-instruct", (FIRST, SECOND)))
    assert [(one.item, one.setting) for one in found] == [("two", "first"), ("two", "second")]
    texts = [one.messages[1]["content"] for one in found]
    assert texts[0].startswith("[Task]\nDo two.\n[end of Task]\n\n[Input]\nit\n[end of Input]\n\n[Assistant 1]\ndone\n")
    assert "[Assistant 2]\nnot done\n" in texts[0]
    assert "[Assistant 1]\nnot done\n" in texts[1]


def test_a_task_without_input_shows_none() -> None:
    one, other = prediction("x", "Say hi.", "", "Hi"), prediction("x", "Say hi.", "", "Ho")
    (prompt,) = prompts(compared([one], [other], FILES), "criteria", (FIRST,))
    assert "[Input]" not in prompt.messages[1]["content"]


def test_a_reply_is_complained_of_where_it_lacks_an_order() -> None:
    assert complaint("Both are fine.\nAssistant 1 = Assistant 2", "explore-instruct") == ""
    assert complaint("", "explore-instruct").startswith("it does not end in a line such as `Assistant 1 > Assistant 2`")
    two = "Helpful: Assistant 1 > Assistant 2\nHarmless: Assistant 1 = Assistant 2"
    assert complaint(two, "criteria") == "it lacks a line such as `Honest: Assistant 1 > Assistant 2` (or with = or <)."
    assert complaint(f"{two}\nHonest: Assistant 2 > Assistant 1", "criteria") == ""
