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


PLOT = (  # duorc
    "South Boston teenager Jason Tripitikas is a fan of martial arts films. He visits a pawn shop in Chinatown to buy "
    "Wuxia DVDs and discovers a golden staff. On his way home, Tripitikas is harassed by some hooligans, whose leader "
    "Lupo attempts to use him to help them rob the shop-owner Hop, who is shot by Lupo."
)
END = "Tripitikas manages to grab the elixir and tosses it to Lu, who drinks it and recovers."


@pytest.mark.parametrize(
    ("question", "why"),
    [
        ("Who drinks the elixir?", "evidence-cut"),  # answered by Lu, whose letters are in what is left
        ("To whom does Tripitikas toss the elixir he manages to grab?", "evidence-cut"),
        ("Who shot the shop-owner who recovers?", ""),
        ("What does Tripitikas discover in the pawn shop?", ""),
    ],
)
def test_a_question_of_what_was_cut_off_its_passage_is_not_asked_for(question: str, why: str) -> None:
    row = {"plot": f"{PLOT} {'And so it went on. ' * 200}{END}", "question": question}
    for style, reason in (("sound", why), ("release", "")):
        one = columns(style, [row], plot="string", question="string")
        made, _ = Pairing(("plot",), "question", organize_params(style)).of(one, more=False)
        assert dict(made.drops).get("train:0", "") == reason


def test_no_word_of_a_question_is_missed_where_nothing_was_cut_off() -> None:
    row = {"plot": f"{PLOT} {END}", "question": "Who drinks the elixir?"}
    one = columns("sound", [row], plot="string", question="string")
    made, _ = Pairing(("plot",), "question", organize_params("sound")).of(one, more=False)
    assert not made.drops


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


@pytest.mark.parametrize(
    ("question", "passage"),
    [  # of adversarial_qa, duorc and zest; nothing else of the question is in the passage
        (
            "Where did almost half the people die?",
            "In the 1630s about 7,000 out of 20,000 inhabitants of Newcastle died of plague, more than one-third of "
            "the population. Specifically within the year 1636, it is roughly estimated with evidence held by the "
            "Society of Antiquaries that 47% of the then population of Newcastle perished.",
        ),
        (
            "Which toy feels left out?",
            "A boy called Andy Davis (voice: John Morris) uses his toys to act out a bank robbery. The bank is a "
            "cardboard box, the robber is Mr. Potato Head (voice: Don Rickles) assisted by Slinky Dog (voice: Jim "
            "Varney), and the bystanders include Bo Peep.",
        ),
        (
            "Who is Hop actually?",
            "On his way home, Tripitikas is harassed by some hooligans, whose leader Lupo attempts to use him to help "
            "them rob the shop-owner Hop, who is shot by Lupo. Hop tells Tripitikas to deliver the staff to its "
            "rightful owner and Tripitikas flees with the staff.",
        ),
        (
            "Are mountain bikes allowed at this national park?",
            "Bicycling at White Sands is truly a unique experience. Nowhere else in the world can you ride a bike on "
            "a hard-packed gypsum sand road through the heart of an immense gypsum dunefield! This distinctive "
            "experience requires one to be a prepared and alert cyclist.",
        ),
        (
            "Are jetskis allowed at this national park?",
            "The towing of persons by vessels utilizing water skis, hydra slides, knee boards or other similar types "
            "of equipment is prohibited so that manatees, crocodiles, and nesting birds will not be disturbed. The "
            "operation of 'personal watercraft' also known as 'wet bikes®', 'jet skis®', is prohibited.",
        ),
    ],
)
def test_a_short_word_and_one_in_another_form_or_written_apart_ties_a_question_to_its_passage(
    question: str, passage: str
) -> None:
    assert not answered.is_unrelated(question, passage)
    assert answered.is_unrelated("What are doctors considered?", passage)
    assert answered.is_unrelated("what is the last ethnicity mentioned?", passage)


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        (["1950"], "bare-answer"),  # nq_open: when was puerto rico added to the usa
        (["Salzburg, Austria", "Austria"], "bare-answer"),
        (["18", "Nebraska ( 19 )", "Mississippi ( 21 )"], "bare-answer"),  # ambig_qa
        (["The watermelon seeds pass through your digestive system"], ""),  # truthful_qa
        (["try {\n  String version = pInfo.versionName;\n} catch (NameNotFoundException e) {\n}"], ""),  # code_search
    ],
)
def test_a_question_is_not_told_from_names_or_numbers_alone(answers: list[str], why: str) -> None:
    row = {"question": "Who?", "answer": answers}
    for style, reason in (("sound", why), ("release", "")):
        one = columns(style, [row], question="string", answer="list<string>")
        made, _ = Pairing(("answer",), "question", organize_params(style)).of(one, more=False)
        assert dict(made.drops).get("train:0", "") == reason


def test_a_question_is_not_told_from_a_bare_answer_where_it_was_asked_of_a_table() -> None:
    row = {"question": "which team won previous to crettyard?", "answers": ["Wolfe Tones"]}  # wikitablequestions
    known = {"question": "string", "answers": "list<string>"}
    for others, why in (({"table": "struct<name: string>"}, "no-context"), ({}, "bare-answer")):
        one = columns("sound", [row], **known, **others)
        made, _ = Pairing(("answers",), "question", organize_params("sound")).of(one, more=False)
        assert dict(made.drops).get("train:0", "") == why


def test_only_a_field_that_is_called_an_answer_tells() -> None:
    assert reason(SHORT, "", field="answer_start") == ""
    assert reason(SHORT, "", field="short_answer") == "unanswerable"
    features = columns("sound", [], answer="string", answers="string").features
    assert answered.answer_field(features, ("answer",)) == "answers"
