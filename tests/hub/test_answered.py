"""Questions are asked for only where the text they are asked of answers them."""

from typing import Any

import pytest

from stages.hub import answered
from stages.hub.instances import Pairing
from tests.hub.examples import columns, organize_params

SHORT = "Rome was founded on the Tiber, as Livy tells."
LONG = f"{SHORT} {'And so it went on. ' * 200}It burned in July."


def reason(context: str, answer: Any, style: str = "sound", field: str = "answers") -> str:
    """Why a question is not asked for; "" where it is."""
    row = {"context": context, "question": "When?", field: answer}
    one = columns(style, [row], context="string", question="string", **{field: "string"})
    made, _ = Pairing(("context",), "question", organize_params(style)).of(one, more=False)
    return dict(made.drops).get("train:0", "")


@pytest.mark.parametrize("answer", ["n/a", "", None, [], ["N/A "], {"text": [], "answer_start": []}, "No answer"])
def test_a_question_without_an_answer_is_not_asked_for(answer: Any) -> None:
    assert reason(SHORT, answer) == "unanswerable"
    assert reason(SHORT, answer, style="release") == ""


def test_a_question_whose_answer_was_cut_off_is_not_asked_for() -> None:
    assert reason(LONG, "July") == "evidence-cut"
    assert reason(LONG, ["July", "in july"]) == "evidence-cut"
    assert reason(LONG, ["July", "LIVY"]) == ""
    assert reason(SHORT, "July") == ""  # all of the text is there; the answer may be in other words


@pytest.mark.parametrize("answer", [7, [1, 2], {"a": 1}, [["x"]]])
def test_an_answer_of_another_form_tells_nothing(answer: Any) -> None:
    assert reason(LONG, answer) == ""


def test_only_a_field_that_is_called_an_answer_tells() -> None:
    assert reason(SHORT, "", field="answer_start") == ""
    assert reason(SHORT, "", field="short_answer") == "unanswerable"
    features = columns("sound", [], answer="string", answers="string").features
    assert answered.answer_field(features, ("answer",)) == "answers"
