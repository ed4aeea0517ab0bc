from typing import Any

import pytest

from stages.corpus import texts
from stages.corpus.forms import Chat, Found, Message, Preference, Single
from tests.corpus.policies import candidate, chat

ASKED = (Message("user", "q"),)


def test_citation_marks_go_where_they_follow_a_word_or_a_period() -> None:
    found = Single("Who?", "He was born in 1911.[42] He wrote[3] much [1].", "In 1911.[42]")
    assert texts.mended(found, marks=True) == Single("Who?", "He was born in 1911. He wrote much [1].", "In 1911.")
    assert texts.mended(found, marks=False) == found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Rome.[1][23]", "Rome."),
        ("Rome[123]", "Rome"),
        ("In [1] it is said", "In [1] it is said"),
        ("Rome ([1])", "Rome ([1])"),
        ("x =[1]", "x =[1]"),
        ("Rome[2011]", "Rome[2011]"),
        ("Rome[a]", "Rome[a]"),
        ("[1] Rome", "[1] Rome"),
    ],
)
def test_only_short_numbers_directly_after_a_word_are_citation_marks(text: str, expected: str) -> None:
    assert texts.mended(Single(text, text, text), marks=True) == Single(text, expected, expected)


def test_an_instruction_loses_its_outer_blanks() -> None:
    assert texts.mended(Single(" q\n", "\ti ", "\n o"), marks=False) == Single("q", "i", "o")


def test_an_exchange_needs_an_instruction_and_an_output_but_no_input() -> None:
    cases = [Single("", "i", "o"), Single("q", "i", ""), Single("q", "", "o"), chat("", ""), Preference((), "", "")]
    reasons = [(texts.empty_instruction(candidate(one)), texts.empty_output(candidate(one))) for one in cases]
    assert reasons == [("empty-instruction", ""), ("", "empty-output"), ("", ""), ("", ""), ("", "")]


@pytest.mark.parametrize("blank", ["\u200b", "\ufeff \u200e", "\x00", "\u00ad\n"])
def test_what_cannot_be_seen_asks_and_answers_nothing(blank: str) -> None:
    assert texts.empty_instruction(candidate(Single(blank, "i", "o")))
    assert texts.empty_output(candidate(Single("q", "i", blank)))
    assert texts.empty_prompt(candidate(Preference((Message("user", blank),), "a", "b")))
    assert texts.empty_answer(candidate(Preference(ASKED, "a", blank)))
    assert not texts.empty_output(candidate(Single("q", "i", f"{blank}o")))


@pytest.mark.parametrize(
    "found",
    [
        Single("{}", "i", "o"),
        Single("q", "{}", "o"),
        Single("q", "i", "{}"),
        chat("q", "{}"),
        Chat((Message("system", "{}"), *chat("q", "a").messages)),
        Preference((Message("user", "{}"),), "a", "b"),
        Preference(ASKED, "a", "{}"),
    ],
)
def test_any_text_may_be_too_long(found: Found) -> None:
    for length, reason in ((40, ""), (41, "too-long")):
        one = _filled(found, "x" * length)
        assert texts.too_long(candidate(one, longest_text=40)) == reason


def _filled(found: Any, text: str) -> Any:
    """The same with `{}` as a text."""
    if isinstance(found, str):
        return text if found == "{}" else found
    if isinstance(found, tuple):
        return tuple(_filled(part, text) for part in found)
    return type(found)(**{name: _filled(part, text) for name, part in vars(found).items()})


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("I'm sorry, but I can't assist with that.", (True, False)),
        ("I cannot help you.", (True, False)),
        ("Unfortunately, I am not able to provide that.", (True, False)),
        ("I apologize, but I won't write this.", (True, False)),
        ("I could write it, but should I?", (False, False)),
        ("He said: I cannot help you.", (False, False)),
        ("I'm afraid of spiders.", (False, False)),
        ("As an artificial intelligence model, I do not eat.", (False, True)),
        ("As an AI, I do not eat.", (False, True)),
        ("As an aide to the minister, I know.", (False, False)),
        ("The language model answers.", (False, False)),
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
        ("List:\n1. a\n\n1. b", "wrong-list"),
        ("List:\n1. a 2 b\n1. c", ""),
        ("List:\n1. a\n11. b", ""),
        ("List:\n1. a\n1.b", ""),
        ("List:\n2. a\n2. b", ""),
    ],
)
def test_a_list_that_counts_1_1_is_wrong(answer: str, reason: str) -> None:
    assert texts.wrong_list(candidate(Single("q", "", answer))) == reason
    assert texts.wrong_list(candidate(Single("q", "", answer), wrong_lists="keep")) == ""


def test_a_digit_nine_times_in_a_row_is_a_reason() -> None:
    assert texts.digit_run(candidate(chat("q", "n 111111111"))) == "digit-run"
    assert texts.digit_run(candidate(chat("000000000", "a"))) == "digit-run"
    assert texts.digit_run(candidate(Single("q", "n 1111111111", "o"))) == "digit-run"
    assert texts.digit_run(candidate(chat("q", "n 11111111 1"))) == ""
    assert texts.digit_run(candidate(chat("q", "123456789 xxxxxxxxx"))) == ""
    assert texts.digit_run(candidate(chat("q", "n 111"), digit_run=3)) == "digit-run"
    assert texts.digit_run(candidate(chat("q", "n 111111111"), digit_run=None)) == ""


def test_toxic_text_is_seen_and_dropped_by_policy() -> None:
    found = chat("What a shitty day.", "a")
    assert texts.abuses(candidate(found))
    assert texts.toxic(candidate(found)) == ""
    assert texts.toxic(candidate(found, toxic="drop")) == "toxic"


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("SHIT!", True),
        ("a bull-shit story: shit.", True),
        ("a fucking's end", True),
        ("Scunthorpe, shitake, assess, cocktail", False),
        ("", False),
    ],
)
def test_only_whole_words_are_toxic_in_any_case_and_any_turn(text: str, there: bool) -> None:
    assert texts.abuses(candidate(chat(text, "a"))) == there
    assert texts.abuses(candidate(Single("q", "", text))) == there
    assert texts.abuses(candidate(Preference(ASKED, "a", text))) == there


KOREAN = "이 문장은 한국어로 쓰여 있으며 언어를 알아내기에 충분히 긴 문장입니다. 오늘은 날씨가 아주 좋습니다."
ENGLISH = "The committee will meet again in the spring to decide how the money should be spent on schools and roads."

CODE = (
    "import os\n\ndef total(rows):\n    for row in rows:\n        yield (row[0] + row[1]) * 2\n\nfound = total(rows);\n"
)


@pytest.mark.parametrize(
    ("text", "declared", "changes", "reason"),
    [
        (KOREAN, "multilingual", {"skip_languages": ["ko"]}, "language"),
        (ENGLISH, "multilingual", {"skip_languages": ["ko"]}, ""),
        (ENGLISH, "multilingual", {"languages": ["en"]}, ""),
        (KOREAN, "multilingual", {"languages": ["en"]}, "language"),
        ("ok", "multilingual", {"languages": ["en"]}, "language"),
        ("ok", "multilingual", {"skip_languages": ["ko"]}, ""),
        (CODE, "multilingual", {"languages": ["en"]}, ""),
        (CODE, "multilingual", {"languages": ["ko"]}, "language"),
        (KOREAN, "en", {"languages": ["en"]}, ""),
        (KOREAN, "ko", {"skip_languages": ["ko"]}, "language"),
        (KOREAN, "ko", {"languages": ["ko"], "skip_languages": ["ko"]}, "language"),
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
        (Preference(ASKED, "", "b"), "empty-answer"),
        (Preference(ASKED, "a\n", " a"), "equal-answers"),
        (Preference(ASKED, "a", "b"), ""),
        (Preference(ASKED, "ab", "a b"), ""),
        (Preference((*ASKED, Message("tool", "42", name="f")), "a", "b"), ""),
    ],
)
def test_a_preference_needs_a_question_and_two_different_answers(found: Preference, reason: str) -> None:
    one = candidate(found)
    assert (texts.empty_prompt(one) or texts.empty_answer(one) or texts.equal_answers(one)) == reason
