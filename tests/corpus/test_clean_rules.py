"""Every rule of clean's two lists, and every mark: one thing that it must catch, and one like it that it must not."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from stages.corpus import clean
from stages.corpus.clean import MARKS, PAIR_RULES, RULES, judge
from stages.corpus.forms import Chat, Found, Message, Preference, Single
from tests.corpus.policies import candidate, chat, policies
from tests.corpus.test_clean import run, written

LONG = "A question that is long enough."
GERMAN = (
    "Der Ausschuss trifft sich im Frühling wieder und entscheidet, wie das Geld für Schulen und Straßen verteilt wird."
)
ASKED = (Message("user", LONG),)
OFFERED = (Message("system", '[{"name":"f"}]', name="tools"), *chat(LONG, "Yes.").messages)
NINE, EIGHT = "111111111", "11111111 1"


class Case(NamedTuple):
    """reason: the word for which `caught` is dropped; `kept` is like it and stays. policy: changes of the section."""

    reason: str
    caught: Found
    kept: Found
    policy: dict[str, Any] = {}  # noqa: RUF012 - never changed


CASES = {
    "tools_unwanted": Case(
        "tool-calls", Chat(OFFERED), Chat((Message("system", "Be brief."), *OFFERED[1:])), {"tool_calls": "drop"}
    ),
    "too_few_turns": Case("too-few-turns", Chat(ASKED), chat(LONG, "Yes.")),
    "role_order": Case("role-order", chat(LONG, "Yes.", first="assistant"), chat(LONG, "Yes.")),
    "too_short": Case("too-short", chat("1234567", "12345678"), chat("12345678", "12345678")),
    "blocked_word": Case("blocked-word", chat(LONG, "Ask ChatGPT."), chat(LONG, "Ask Chat GPT.")),
    "empty_instruction": Case("empty-instruction", Single("", "i", "o"), Single("q", "", "o")),
    "empty_output": Case("empty-output", Single("q", "i", ""), Single("q", "", "o")),
    "too_long": Case("too-long", Single("q", "x" * 41, "o"), Single("q", "x" * 40, "o"), {"longest_text": 40}),
    "refusal": Case(
        "refusal",
        Single("q", "", "I'm sorry, but I cannot help with that."),
        Single("I'm sorry, but I cannot help with that.", "", "It is good to say so."),
        {"refusals": "drop"},
    ),
    "boilerplate": Case(
        "boilerplate",
        Single("q", "", "As an AI language model, I have no age."),
        Single("As an AI language model, how old are you?", "", "I have no age."),
        {"boilerplate": "drop"},
    ),
    "toxic": Case(
        "toxic", Single("What a shitty day.", "", "o"), Single("Shitake, Scunthorpe", "", "o"), {"toxic": "drop"}
    ),
    "wrong_list": Case("wrong-list", Single("q", "", "x:\n1. a\n1. b"), Single("x:\n1. a\n1. b", "", "x:\n1. a\n2. b")),
    "digit_run": Case("digit-run", Single("q", NINE, "o"), Single("q", EIGHT, "o")),
    "language_unwanted": Case(
        "language",
        Single(GERMAN, "", GERMAN),
        Single(LONG * 4, "", LONG * 4),
        {"languages": ["en"], "language_detection": "always"},
    ),
}
"""By the rule's name."""

PAIR_CASES = {
    "empty_prompt": Case("empty-prompt", Preference(chat("q", "a").messages, "a", "b"), Preference(ASKED, "a", "b")),
    "empty_answer": Case("empty-answer", Preference(ASKED, "a", "\n"), Preference(ASKED, "a", "b")),
    "equal_answers": Case("equal-answers", Preference(ASKED, "a b", "a  b"), Preference(ASKED, "a b", "A b")),
    "too_long": Case(
        "too-long", Preference(ASKED, "a", "x" * 41), Preference(ASKED, "a", "x" * 40), {"longest_text": 40}
    ),
    "toxic": Case("toxic", Preference(ASKED, "a", "Shit!"), Preference(ASKED, "a", "Shift!"), {"toxic": "drop"}),
    "digit_run": Case("digit-run", Preference(ASKED, NINE, "b"), Preference(ASKED, EIGHT, "b")),
    "language_unwanted": Case(
        "language",
        Preference((Message("user", GERMAN),), GERMAN, "Nein, der Ausschuss trifft sich im Herbst wieder."),
        Preference((Message("user", LONG * 4),), LONG * 4, "No."),
        {"skip_languages": ["de"], "language_detection": "always"},
    ),
}


@pytest.mark.parametrize(("rules", "cases"), [(RULES, CASES), (PAIR_RULES, PAIR_CASES)])
def test_every_rule_of_a_list_has_its_case(rules: tuple[clean.Rule, ...], cases: dict[str, Case]) -> None:
    assert [rule.__name__ for rule in rules] == list(cases)


@pytest.mark.parametrize(
    ("name", "case"), [*CASES.items(), *((f"of pairs: {name}", case) for name, case in PAIR_CASES.items())]
)
def test_a_rule_catches_what_it_is_for_and_lets_pass_what_is_like_it(name: str, case: Case) -> None:
    assert judge(candidate(case.caught, **case.policy)) == case.reason
    assert judge(candidate(case.kept, **case.policy)) == ""


@pytest.mark.parametrize("name", ["tools_unwanted", "refusal", "boilerplate", "toxic"])
def test_what_only_a_policy_drops_is_kept_without_it(name: str) -> None:
    assert judge(candidate(CASES[name].caught)) == ""


MARKED: dict[str, Found] = {
    "toxic": Single("What a shitty day.", "", "Cheer up."),
    "refusal": Single("q", "", "I cannot help with that."),
    "boilerplate": chat(LONG, "As an AI, I have no age."),
}


def test_a_mark_is_seen_in_what_has_it_and_in_nothing_else() -> None:
    assert set(MARKS) == set(MARKED)
    for name, found in MARKED.items():
        assert [mark for mark, there in MARKS.items() if there(candidate(found))] == [name]


def test_marks_are_counted_whether_policy_drops_what_has_them_or_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        {"instruction": "Cheer me up.", "output": "What a shitty day."},
        {"instruction": "Help me.", "output": "I cannot help with that."},
        {"instruction": "Add.", "output": "2"},
    ]
    records = written(tmp_path, *map(json.dumps, rows))
    kept = run(tmp_path, records, monkeypatch, "alpaca")
    dropped = run(tmp_path, records, monkeypatch, "alpaca", toxic="drop", refusals="drop")
    assert kept["metrics"]["found"]["marks"] == dropped["metrics"]["found"]["marks"] == {"refusal": 1, "toxic": 1}
    assert kept["metrics"]["instances"] == {"read": 3, "kept": 3, "dropped": {}}
    assert dropped["metrics"]["instances"] == {"read": 3, "kept": 1, "dropped": {"refusal": 1, "toxic": 1}}


PAGE = "<p>Use <b>it</b>.</p>"


@pytest.mark.parametrize(
    ("html", "asked", "answer"),
    [("answers", PAGE, "Use **it**."), ("all", "Use **it**.", "Use **it**."), ("none", PAGE, PAGE)],
)
def test_pages_become_markdown_in_the_turns_that_policy_names(html: str, asked: str, answer: str) -> None:
    system, tool = Message("system", PAGE), Message("tool", "1 / 2 Copy code", name="f")
    call = Message("assistant", "", tool_calls='[{"name":"f","arguments":{}}]')
    found = Chat((system, Message("user", PAGE), call, tool, Message("assistant", PAGE)))
    mended, cuts = clean.mended(found, policies(html=html))
    assert mended == Chat((system, Message("user", asked), call, tool, Message("assistant", answer)))
    assert cuts == ()


def test_a_preference_loses_outer_blanks_of_its_answers_and_nothing_else() -> None:
    found = Preference((Message("user", " q "),), " <p>a</p>\n", "b[1] ")
    assert clean.mended(found, policies()) == (Preference((Message("user", " q "),), "<p>a</p>", "b[1]"), ())


@pytest.mark.parametrize(("format", "output"), [("dolly", "In 1911."), ("alpaca", "In 1911.[42]")])
def test_citation_marks_go_in_the_formats_that_policy_names(format: str, output: str) -> None:
    found = Single("When?", "", "In 1911.[42]")
    assert clean.mended(found, policies(format=format)) == (Single("When?", "", output), ())
