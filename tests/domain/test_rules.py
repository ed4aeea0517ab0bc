"""The rules an example has to pass."""

import json
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.domain import rules
from stages.domain.grammar import Written
from stages.domain.rules import REASONS, RULES, judge
from stages.domain.wordlists import BLOCKED

FORMATS = ("numbered", "plain", "latex")
GOOD = Written("Make this note more polite.", "Come at once.", "Please come as soon as you can.")


def like_good(**parts: str) -> Written:
    return Written(**{"instruction": GOOD.instruction, "input": GOOD.input, "output": GOOD.output, **parts})


@pytest.mark.parametrize("answer_format", FORMATS)
def test_a_good_example_stays(answer_format: str) -> None:
    assert judge(GOOD, answer_format) == ""
    assert judge(like_good(input=""), answer_format) == ""


@pytest.mark.parametrize(
    ("example", "reason"),
    [
        (like_good(instruction=" \n"), "empty-instruction"),
        (like_good(output=" \n"), "empty-output"),
        (like_good(instruction="Rewrite this"), "too-short"),
        (like_good(instruction="Rewrite this note"), ""),
        (like_good(instruction="Rewrite it " + "very " * 148 + "well"), "too-long"),
        (like_good(instruction="Rewrite it " + "very " * 148), ""),
        (like_good(instruction="Describe the IMAGE in words."), "blocked-word"),
        (like_good(instruction="Describe what you imagine in words."), ""),
        (like_good(instruction="Please go to the shop for me."), "blocked-word"),
        (like_good(instruction="Write a program that sorts names."), "asks-for-a-program"),
        (like_good(instruction="Write a short programme for the feast."), ""),
        (like_good(instruction="Please write a program for the feast."), ""),
        (like_good(instruction="\u00c4ndere this note a little."), "other-script-first"),
        (like_good(instruction="\u201cHello there\u201d is to be made polite."), "other-script-first"),
        (like_good(instruction="3 ways to say this, please."), ""),
        (like_good(input="<a paragraph about the sea>"), "placeholder-input"),
        (like_good(input=" (insert text here)\n"), "placeholder-input"),
        (like_good(input="<p>One</p> and <p>two</p>"), ""),
        (like_good(input="(1, 2) and (3, 4)"), ""),
        (like_good(input=":-)"), ""),
        (like_good(output="Make this note \n more polite."), "repeats-the-instruction"),
        (like_good(output=GOOD.input), ""),
    ],
)
def test_each_rule_gives_its_reason(example: Written, reason: str) -> None:
    assert judge(example, "numbered") == reason
    assert reason in {"", *REASONS}


@pytest.mark.parametrize("mark", string.punctuation)
def test_no_instruction_begins_with_punctuation(mark: str) -> None:
    assert judge(like_good(instruction=f"{mark}Make this more polite."), "plain") == "punctuation-first"


def test_the_lists_have_18_16_and_14_entries() -> None:
    assert [len(BLOCKED[one]) for one in FORMATS] == [18, 16, 14]
    assert [len(set(BLOCKED[one])) for one in FORMATS] == [18, 16, 14]
    assert set(BLOCKED["numbered"]) - set(BLOCKED["plain"]) == {"map", "maps"}
    assert set(BLOCKED["plain"]) - set(BLOCKED["latex"]) == {"graph", "graphs"}


@pytest.mark.parametrize(("answer_format", "entry"), [(one, entry) for one in FORMATS for entry in BLOCKED[one]])
def test_a_listed_word_is_blocked_as_a_whole_word_in_any_case(answer_format: str, entry: str) -> None:
    for written in (entry, entry.upper(), f"({entry})"):
        assert judge(like_good(instruction=f"Tell me about {written} now."), answer_format) == "blocked-word"
    assert judge(like_good(instruction=f"Tell me about x{entry}x now."), answer_format) == ""


def test_a_list_of_ideas_may_be_about_maps_and_mathematics_about_graphs() -> None:
    about_maps, about_graphs = (like_good(instruction=f"Think about a {word} here.") for word in ("map", "graph"))
    assert [judge(about_maps, one) for one in FORMATS] == ["blocked-word", "", ""]
    assert [judge(about_graphs, one) for one in FORMATS] == ["blocked-word", "blocked-word", ""]


def test_mathematics_has_no_bounds_on_words_but_an_instruction() -> None:
    assert judge(like_good(instruction="Solve"), "latex") == ""
    assert judge(like_good(instruction="Solve it " * 100), "latex") == ""
    assert judge(like_good(instruction=""), "latex") == "empty-instruction"


@pytest.mark.parametrize(
    ("language", "instruction", "reason"),
    [
        ("de", "\u00dcberarbeite diesen Text ein wenig.", ""),
        (
            "ru",
            "\u041f\u0435\u0440\u0435\u043f\u0438\u0448\u0438 \u044d\u0442\u043e\u0442 \u0442\u0435\u043a\u0441\u0442.",
            "",
        ),
        ("es", "\u00bfC\u00f3mo se dice esto mejor?", ""),
        ("zh", "\u8bf7\u6539\u5199\u8fd9\u6bb5\u8bdd", ""),
        ("zh-TW", "\u6539\u5beb", "too-short"),
        ("ja", "\u3053\u306e" * 151, "too-long"),
        ("fr", "\u00ab Bonjour \u00bb est \u00e0 rendre poli.", "other-script-first"),
        ("de", "(\u00dcberarbeite diesen Text.)", "punctuation-first"),
        ("en-GB", "\u00dcberarbeite diesen Text ein wenig.", "other-script-first"),
    ],
)
def test_the_rules_know_the_language(language: str, instruction: str, reason: str) -> None:
    assert judge(like_good(instruction=instruction), "plain", language) == reason


def test_the_first_rule_counts() -> None:
    assert judge(Written("", "", ""), "plain") == "empty-instruction"
    assert judge(Written("(image)", "<x>", "y"), "plain") == "too-short"


def test_all_4433_released_examples_pass_as_they_passed_the_original_s_rules(test_data: Path) -> None:
    written = [
        Written(one["instruction"], one["input"], one["output"])
        for path in sorted((test_data / "explore" / "demo_domain").glob("*.json"))
        for one in json.loads(path.read_text("utf-8")).get("examples", [])
    ]
    assert len(written) == 4433
    assert [judge(one, "numbered") for one in written] == [""] * 4433


TEXTS = st.text(max_size=30)


@given(st.builds(Written, TEXTS, TEXTS, TEXTS), st.sampled_from(FORMATS), st.sampled_from(["en", "de", "zh", "xx"]))
def test_no_example_raises_and_every_reason_is_known(example: Written, answer_format: str, language: str) -> None:
    assert judge(example, answer_format, language) in {"", *REASONS}


def test_every_reason_is_given_by_a_rule() -> None:
    source = Path(rules.__file__).read_text("utf-8")
    body = source[source.index("def empty_instruction") :]
    assert [reason for reason in REASONS if f'"{reason}"' not in body] == []
    assert len(RULES) == 9
