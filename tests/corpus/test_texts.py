import pytest

from stages.corpus import texts
from stages.corpus.forms import Message, Preference, Single
from tests.corpus.policies import candidate, chat

ASKED = (Message("user", "q"),)


def test_citation_marks_go_where_they_follow_a_word_or_a_period() -> None:
    found = Single("Who?", "He was born in 1911.[42] He wrote[3] much [1].", "In 1911.[42]")
    assert texts.mended(found, marks=True) == Single("Who?", "He was born in 1911. He wrote much [1].", "In 1911.")
    assert texts.mended(found, marks=False) == found


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("I'm sorry, but I can't assist with that.", (True, False)),
        ("I cannot help you.", (True, False)),
        ("As an AI language model, I cannot provide opinions.", (True, True)),
        ("As a large language model I know much.", (False, True)),
        ("Sorry to hear that! Try tea.", (False, False)),
        ("I can't believe it is over, he wrote.", (False, False)),
        ("x" * 250 + " as an AI language model", (False, False)),
    ],
)
def test_refusals_and_boilerplate_are_told_by_how_an_answer_begins(answer: str, expected: tuple[bool, bool]) -> None:
    found = candidate(chat("q", answer), refusals="drop", boilerplate="drop")
    assert (texts.refuses(found), texts.recites(found)) == expected
    assert (texts.refusal(found), texts.boilerplate(found)) == (
        "refusal" if expected[0] else "",
        "boilerplate" if expected[1] else "",
    )
    kept = candidate(chat("q", answer))
    assert (texts.refusal(kept), texts.boilerplate(kept)) == ("", "")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("List:\n1. a\n1. b", "wrong-list"),
        ("List:\n1. a\n2. b\n1. c", ""),
        ("1. a\n1. b", ""),
    ],
)
def test_a_list_that_counts_1_1_is_wrong(answer: str, reason: str) -> None:
    assert texts.wrong_list(candidate(Single("q", "", answer))) == reason
    assert texts.wrong_list(candidate(Single("q", "", answer), wrong_lists="keep")) == ""


def test_a_digit_nine_times_in_a_row_is_a_reason() -> None:
    assert texts.digit_run(candidate(chat("q", "n 111111111"))) == "digit-run"
    assert texts.digit_run(candidate(chat("q", "n 11111111 1"))) == ""
    assert texts.digit_run(candidate(chat("q", "n 111111111"), digit_run=None)) == ""


def test_toxic_text_is_seen_and_dropped_by_policy() -> None:
    found = chat("What a shitty day.", "a")
    assert texts.abuses(candidate(found))
    assert texts.toxic(candidate(found)) == ""
    assert texts.toxic(candidate(found, toxic="drop")) == "toxic"


KOREAN = "이 문장은 한국어로 쓰여 있으며 언어를 알아내기에 충분히 긴 문장입니다. 오늘은 날씨가 아주 좋습니다."
ENGLISH = "The committee will meet again in the spring to decide how the money should be spent on schools and roads."


@pytest.mark.parametrize(
    ("text", "declared", "changes", "reason"),
    [
        (KOREAN, "multilingual", {"skip_languages": ["ko"]}, "language"),
        (ENGLISH, "multilingual", {"skip_languages": ["ko"]}, ""),
        (ENGLISH, "multilingual", {"languages": ["en"]}, ""),
        (KOREAN, "multilingual", {"languages": ["en"]}, "language"),
        ("ok", "multilingual", {"languages": ["en"]}, "language"),
        ("ok", "multilingual", {"skip_languages": ["ko"]}, ""),
        (KOREAN, "en", {"languages": ["en"]}, ""),
        (KOREAN, "en", {"languages": ["en"], "language_detection": "always"}, "language"),
        (KOREAN, "", {"languages": ["en"], "language_detection": "never"}, "language"),
    ],
)
def test_languages_are_let_in_by_what_is_declared_or_heard(
    text: str, declared: str, changes: dict[str, object], reason: str
) -> None:
    assert texts.language_unwanted(candidate(chat(text, text), language=declared, **changes)) == reason


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (Preference((), "a", "b"), "empty-prompt"),
        (Preference((Message("user", " "),), "a", "b"), "empty-prompt"),
        (Preference((*ASKED, Message("assistant", "x")), "a", "b"), "empty-prompt"),
        (Preference(ASKED, "a", " "), "empty-answer"),
        (Preference(ASKED, "a  b", "a b"), "equal-answers"),
        (Preference(ASKED, "a", "b"), ""),
    ],
)
def test_a_preference_needs_a_question_and_two_different_answers(found: Preference, reason: str) -> None:
    one = candidate(found)
    assert (texts.empty_prompt(one) or texts.empty_answer(one) or texts.equal_answers(one)) == reason
