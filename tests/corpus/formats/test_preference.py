import json
from pathlib import Path
from typing import Any

import pytest

from stages.corpus.formats import preference
from stages.corpus.forms import Chat, Message, Preference, Single
from tests.corpus.formats.spoiling import accepted

ASKED = (Message("user", "Tea or coffee?"),)
EXPECTED = Preference(ASKED, "Tea.", "Coffee.")
QUESTION = {"role": "user", "content": "Tea or coffee?"}


def answered(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text}


@pytest.mark.parametrize(
    "record",
    [
        {"prompt": "Tea or coffee?", "chosen": "Tea.", "rejected": "Coffee."},
        {"prompt": [QUESTION], "chosen": "Tea.", "rejected": "Coffee."},
        {"prompt": [QUESTION], "chosen": [answered("Tea.")], "rejected": [answered("Coffee.")]},
        {
            "conversations": [{"from": "human", "value": "Tea or coffee?"}],
            "chosen": {"from": "gpt", "value": "Tea."},
            "rejected": {"from": "gpt", "value": "Coffee."},
        },
        {"instruction": "Tea or coffee?", "input": None, "chosen": "Tea.", "rejected": "Coffee."},
        {"chosen": [QUESTION, answered("Tea.")], "rejected": [QUESTION, answered("Coffee.")]},
        {
            "prompt": "Tea or coffee?",
            "chosen": [QUESTION, answered("Tea.")],
            "rejected": [QUESTION, answered("Coffee.")],
        },
        {"user_input": "Tea or coffee?", "completion_a": "Tea.", "completion_b": "Coffee."},
        {
            "user_input": "Tea or coffee?",
            "responses_and_scores": [{"response": "Coffee.", "score": 6}, {"response": "Tea.", "score": 7.5}],
        },
    ],
)
def test_each_form_is_a_prompt_with_a_better_and_a_worse_answer(record: dict[str, Any]) -> None:
    assert preference.read(record) == [EXPECTED]


def test_the_first_of_the_best_is_preferred_to_each_that_is_worse() -> None:
    scores = {"a": 7, "b": 9, "c": 9.0, "d": 1}
    answers = [{"response": name, "score": score, "source": "gpt4"} for name, score in scores.items()]
    found = preference.read({"user_input": "q", "responses_and_scores": answers})
    assert found == [Preference((Message("user", "q"),), "b", worse) for worse in ("a", "d")]
    with pytest.raises(ValueError, match="no answer is better"):
        preference.read({"user_input": "q", "responses_and_scores": answers[1:3]})


def test_an_input_a_system_and_tools_stand_in_the_prompt() -> None:
    record = {"instruction": "Add.", "input": "1 1", "chosen": "2", "rejected": "11"}
    record |= {"system": "Be exact.", "tools": '["sum"]'}
    asked = (Message("system", '["sum"]', name="tools"), Message("system", "Be exact."), Message("user", "Add.\n\n1 1"))
    [found] = preference.read(record)
    assert found == Preference(asked, "2", "11")
    assert preference.read(preference.write(found)) == [found]


@pytest.mark.parametrize(
    ("record", "phrase"),
    [
        ({"chosen": "a", "rejected": "b"}, "answer nothing"),
        ({"prompt": [], "chosen": "a", "rejected": "b"}, "answer nothing"),
        ({"prompt": "q", "chosen": [], "rejected": "b"}, "an answer is no text of the assistant"),
        ({"prompt": "q", "chosen": QUESTION, "rejected": "b"}, "an answer is no text of the assistant"),
        (
            {"chosen": [QUESTION, answered("a"), QUESTION, answered("b")], "rejected": [QUESTION, answered("c")]},
            "part before their last turn",
        ),
        (
            {"prompt": "q", "chosen": {**answered("a"), "tool_calls": [{"name": "f"}]}, "rejected": "b"},
            "an answer is no text of the assistant",
        ),
    ],
)
def test_what_is_no_preference_is_refused_with_why(record: dict[str, Any], phrase: str) -> None:
    with pytest.raises(ValueError, match=phrase):
        preference.read(record)


@pytest.mark.parametrize("found", [Single("q", "", "a"), Chat((Message("user", "q"), Message("assistant", "a")))])
def test_only_a_preference_is_written(found: Single | Chat) -> None:
    with pytest.raises(ValueError, match="only a preference"):
        preference.write(found)


def test_every_real_preference_has_its_turns_and_comes_back(test_data: Path) -> None:
    records = json.loads((test_data / "corpora" / "llamafactory_dpo_en_demo.json").read_text("utf-8"))
    assert len(records) == 300
    speakers = {"human": "user", "gpt": "assistant", "system": "system"}
    for record in records:
        [found] = preference.read(record)
        assert isinstance(found, Preference)
        expected = [(speakers[turn["from"]], turn["value"]) for turn in record["conversations"]]
        assert [(message.role, message.content) for message in found.prompt] == expected
        assert (found.chosen, found.rejected) == (record["chosen"]["value"], record["rejected"]["value"])
        assert preference.read(json.loads(json.dumps(preference.write(found)))) == [found]


def test_wrong_types_are_refused_and_only_what_may_be_missing_is_not() -> None:
    record = {
        "conversations": [
            {"from": "human", "value": "q"},
            {"from": "gpt", "value": "a"},
            {"from": "human", "value": "r"},
        ],
        "chosen": {"from": "gpt", "value": "b"},
        "rejected": {"from": "gpt", "value": "c"},
        "system": "Be brief.",
    }
    assert accepted(preference.read, record) == {
        *(f"system: {what}" for what in ("null", "left out")),
        *(f"conversations.{number}: left out" for number in range(3)),
    }
    comparison = {"user_input": "q", "completion_a": "a", "completion_b": "b"}
    assert accepted(preference.read, comparison) == set()
    scored = {"user_input": "q", "responses_and_scores": [{"response": "a", "score": 8}, {"response": "b", "score": 7}]}
    assert accepted(preference.read, scored) == {
        *(
            f"responses_and_scores.{place}.score: {what}"
            for place in (0, 1)
            for what in ("number", "fraction", "infinity")
        ),
    }
