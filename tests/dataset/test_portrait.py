"""The sections on texts: what they say is what analyze and audit found, and what was not measured is left out."""

from typing import Any

import pytest

from stages.dataset.figures import Figures
from stages.dataset.portrait import audit, texts
from stages.shared.errors import InputError
from tests.dataset.pages import parsed

LENGTHS = {"mean": 12.76, "median": 12, "p90": 16, "most": 66}


def part(instructions: int) -> dict[str, Any]:
    return {
        "instructions": instructions,
        "words": {field: dict(LENGTHS) for field in ("instruction", "input", "output")},
        "languages": {"en": 2753},
        "verbs": {"unique_pairs": 146, "mean": 1.3904},
        "nearest": {"rougeL": 0.4952, "near_repeats": 0.2151},
        "qualities": {"looked_at": 2753, "logic": 0.0705, "safety": 0.0004},
    }


def analysis() -> dict[str, Any]:
    return {
        **part(265),
        "root_verbs": {"give": 14, "write": 72},
        "objects": {"write": "question 14, title 7", "give": "letter 3"},
        "task_categories": {"text-classification": {"tasks": 62, "instances": 379}},
        "parts": {"hub/2022-05": part(56)},
    }


def read(found: dict[str, Any]) -> str:
    return parsed(texts(Figures("metrics/analyze.json", found)).body.code).text


def test_verbs_stand_by_how_often_they_occur_with_their_objects() -> None:
    said = read(analysis())
    assert said.index("write: 72 instructions") < said.index("give: 14 instructions")
    assert "question 14, title 7" in said


def test_shares_of_instances_are_percent_and_a_small_one_is_not_called_nothing() -> None:
    said = read(analysis())
    assert "logic: 7.0 %" in said
    assert "safety: < 0.1 %" in said
    assert "looked at" not in said


def test_instructions_that_could_not_be_compared_are_counted() -> None:
    found = analysis()
    assert "could not be compared" not in read(found)
    found["nearest"]["unread"] = 3
    assert "a-z and 0-9 only: 3 instructions in other scripts could not be compared" in read(found)


def test_what_was_not_measured_is_left_out_and_a_key_that_is_missing_is_named() -> None:
    found = analysis()
    del found["qualities"]
    assert "Strengths" not in read(found)
    del found["root_verbs"]
    assert "What instructions ask to do" not in read(found)
    del found["words"]["input"]["p90"]
    with pytest.raises(InputError, match=r"metrics/analyze\.json, key words\.input: expected the key 'p90'"):
        read(found)


def share(value: float, low: float, high: float, of: int) -> dict[str, float]:
    return {"share": value, "low": low, "high": high, "of": of}


def audited(**found: Any) -> str:
    whole = {
        "sample": {"hub/2022-05": {"rows": 1420, "drawn": 103}},
        "judged": {"rows": 200, "by_people": 0, "by_model": 0},
        "people": {},
        "model": {},
        "published": {"dynosaur": share(84.0, 78.3, 88.4, 200)},
        **found,
    }
    return parsed(audit(Figures("metrics/audit.json", whole)).body.code).text


def test_a_sample_that_nobody_judged_gives_no_share_of_ours() -> None:
    said = audited()
    assert "200 rows was drawn; nobody judged it so far" in said
    assert "dynosaur (published): 84.0 % (78.3 to 88.4) of 200 rows" in said
    assert "by people" not in said


def test_shares_of_judges_stand_with_their_intervals_and_faults() -> None:
    people = {"all_valid": share(82.5, 68.1, 91.3, 40), "faults": {"wrong output": 4}, "by_part": {}}
    said = audited(judged={"rows": 200, "by_people": 40, "by_model": 0}, people=people)
    assert "40 by people judged it so far" in said
    assert "all valid, by people: 82.5 % (68.1 to 91.3) of 40 rows" in said
    assert "wrong output" in said
