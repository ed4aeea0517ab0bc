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


@pytest.mark.parametrize("answer", ["n/a", "", None, [], ["N/A "], {"text": [], "answer_start": []}, "CANNOTANSWER"])
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


@pytest.mark.parametrize(
    ("question", "asks"),
    [  # of adversarial_qa, quartz, cbt, nq_open and boolq
        ("neurons talk each other through", False),
        ("John's town used to have lots of water, back when there were few. Now the water availability is", False),
        ("Johnny XXXXX looked up to see a dog almost upon her .", False),
        ("the last time la dodgers won the world series", False),
        ("field hockey is the national sport of which country", True),
        ("is windows movie maker part of windows essentials", True),
        ("In 1990 he left. Name the city", True),
        ("And then?", True),
    ],
)
def test_a_text_that_asks_nothing_is_no_question(question: str, asks: bool) -> None:
    assert answered.is_question(question) is asks


KENYA = (  # adversarial_qa
    "Kenya is a presidential representative democratic republic. The President is both the head of state and head of "
    "government, and of a multi-party system. Executive power is exercised by the government. Legislative power is "
    "vested in both the government and the National Assembly and the Senate."
)


@pytest.mark.parametrize(
    ("question", "why"),
    [
        ("what group is mentioned last?", "unrelated-question"),
        ("What are doctors considered?", "unrelated-question"),
        ("Who exercises executive powers?", ""),
        ("WHO LEADS KENYA?", ""),
        ("Who is it?", ""),
        ("neurons talk each other through", "no-question"),
    ],
)
def test_a_question_to_a_passage_has_a_word_of_it(question: str, why: str) -> None:
    rows = [{"context": KENYA, "question": question}]
    one = columns("sound", rows, context="string", question="string")
    for style, reason in (("sound", why), ("release", "")):
        one = columns(style, rows, context="string", question="string")
        made, _ = Pairing(("context",), "question", organize_params(style)).of(one, more=False)
        assert dict(made.drops).get("train:0", "") == reason


def test_a_question_is_not_told_from_a_bare_answer_where_it_was_asked_of_a_table() -> None:
    row = {"question": "which team won previous to crettyard?", "answers": ["Wolfe Tones"]}  # wikitablequestions
    known = {"question": "string", "answers": "list<string>"}
    for others, why in (({"table": "struct<name: string>"}, "no-context"), ({}, "")):
        one = columns("sound", [row], **known, **others)
        made, _ = Pairing(("answers",), "question", organize_params("sound")).of(one, more=False)
        assert dict(made.drops).get("train:0", "") == why


def test_only_a_field_that_is_called_an_answer_tells() -> None:
    assert reason(SHORT, "", field="answer_start") == ""
    assert reason(SHORT, "", field="short_answer") == "unanswerable"
    features = columns("sound", [], answer="string", answers="string").features
    assert answered.answer_field(features, ("answer",)) == "answers"
