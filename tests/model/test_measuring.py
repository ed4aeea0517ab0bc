"""What a benchmark's scores come to: MATH by two rules, long answers, held-out answers that were weighed."""

import io
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from stages.model import measuring, meteor
from stages.model.benchmarks import Math, Superni, items
from stages.model.item import Item
from stages.model.predictions import Prediction, Said, Weight, predicted
from stages.shared.errors import InputError
from stages.shared.fetched import hash_of
from stages.shared.ledger import Ledger
from stages.shared.sources import Sources
from tests.model.test_evaluate import made

FOLDER = "data/sources/benchmarks"


def of_math(repository: Path) -> list[Prediction]:
    """The 500 questions, each answered by its own solution."""
    path = repository / FOLDER / "math/MATH_eval_set_sample.jsonl"
    ledger = Ledger("evaluate", io.StringIO())
    asked = items(Math(kind="math"), path, Sources("", frozenset(), frozenset()), ledger)
    return predicted(asked, [Said(one.references[0]) for one in asked])


def test_the_500_solutions_of_math_are_right_against_themselves(repository: Path) -> None:
    found, scored = measuring.math(of_math(repository))
    assert found["model"] == {
        "instances": 500,
        "strict_right": 500,
        "strict": 100.0,
        "equal_right": 500,
        "equal": 100.0,
    }
    assert found["disagreements"] == []
    assert {one.scores["strict"] for one in scored} == {1.0}
    assert found["by_level"]["Level 5"]["instances"] == 123
    assert found["by_level_and_subject"]["Level 2, Prealgebra"]["strict"] == 100.0
    assert found["intervals"]["equal"] == {"low": 100.0, "high": 100.0}


def test_answers_that_the_two_rules_of_math_judge_differently_are_listed(repository: Path) -> None:
    one = of_math(repository)[0]
    pairs = [("2.0", "2"), ("2", "2"), ("3", "2")]
    told = [
        one.model_copy(
            update={"id": right + said, "references": (f"\\boxed{{{right}}}",), "prediction": f"\\boxed{{{said}}}"}
        )
        for said, right in pairs
    ]
    found, _ = measuring.math(told)
    assert [(one["said"], one["strict"], one["equal"]) for one in found["disagreements"]] == [("2.0", False, True)]
    assert (found["model"]["strict_right"], found["model"]["equal_right"]) == (1, 2)


def by_hand(prediction: list[str], reference: list[str]) -> float:
    """METEOR of words that match as they are and in order: its F, and its penalty for each run of matches."""
    places = [reference.index(word) if word in reference else -1 for word in prediction]
    matched = [place for place in places if place >= 0]
    if not matched:
        return 0.0
    chunks = 1 + sum(after != before + 1 for before, after in pairwise(matched))
    precision, recall = len(matched) / len(prediction), len(matched) / len(reference)
    mean = 10 * precision * recall / (recall + 9 * precision)
    return mean * (1 - 0.5 * (chunks / len(matched)) ** 3)


def test_meteor_is_that_of_its_definition() -> None:
    name, found = meteor.opened()
    if name == meteor.FULL:
        pytest.skip("left out: WordNet is installed, which finds more than words and stems")
    reference = "the quick brown fox jumps over a lazy dog"
    for said in ("the quick brown fox", "a lazy dog over fox", "nothing here", reference):
        expected = by_hand(said.split(), reference.split())
        assert found(said, ["something else entirely", reference]) == pytest.approx(expected), said
    assert found("foxes jumping", ["fox jumps"]) > found("cats running", ["fox jumps"]) == 0
    assert found("", ["fox"]) == 0.0


def test_long_answers_are_scored_over_all_and_by_task_and_those_without_reference_counted() -> None:
    asked = [
        made(id="1", task="a", references=("the quick brown fox",), prediction="the quick brown fox", input="fox"),
        made(id="2", task="a", references=("red red red",), prediction="blue", input="fox"),
        made(id="3", task="b", references=(), prediction="anything"),
    ]
    found, scored = measuring.long(asked, within_tasks=True)
    assert found["model"] | {meteor.opened()[0]: 0} == {
        "instances": 3, "without_reference": 1, "rouge1": 50.0, "rougeL": 50.0, meteor.opened()[0]: 0,
    }  # fmt: skip
    assert found["by_task"]["a"] == {"instances": 2, "rougeL": 50.0}
    assert found["by_task"]["b"] == {"instances": 1, "without_reference": 1, "rougeL": None}
    # "fox" against four words: precision 1, recall 1/4, F 2/5; against "red" nothing. Mean 1/5.
    assert found["copy_input"] == {"rouge1": 20.0, "rougeL": 20.0}
    assert scored[2].scores == {}


def test_nothing_but_questions_without_reference_has_no_score_and_no_interval() -> None:
    found, _ = measuring.long([made(references=())], within_tasks=True)
    assert found["model"]["rougeL"] is None
    assert found["intervals"] == {}
    assert "copy_input" not in found


def test_perplexity_and_token_accuracy_are_those_of_all_ids_together() -> None:
    asked = [made(id="1", bits=6.0, tokens=2, hits=1, bytes=3), made(id="2", bits=2.0, tokens=2, hits=2, bytes=3)]
    assert measuring.guesses(asked) == {"perplexity": 4.0, "token_accuracy": 75.0}
    assert measuring.guesses([made()]) == {}


def test_an_interval_within_tasks_is_narrower_where_tasks_differ_more_than_their_instances() -> None:
    asked = [
        made(id=f"{task}{at}", task=task, prediction="cats" if task == "a" else "x") for task in "ab" for at in range(9)
    ]
    scored = measuring.short(asked)
    assert measuring.intervals(scored, within_tasks=True)["rougeL"] == {"low": 50.0, "high": 50.0}
    plain = measuring.intervals(scored)["rougeL"]
    assert plain["low"] < 40
    assert plain["high"] > 60


def test_a_tokenizer_other_than_described_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps({}), "utf-8")
    values: dict[str, Any] = {"kind": "superni", "per_task": 1, "positive_examples": 0, "track": "xlingual"}
    described = values | {"tokenizer": {"path": str(path), "sha256": "0" * 64}}
    with pytest.raises(InputError, match=f"expected the SHA-256 0000.*{hash_of(path)}"):
        measuring.split_of(Superni.model_validate(described))
    with pytest.raises(ValueError, match="the track xlingual needs a tokenizer"):
        Superni.model_validate(values)


def test_a_weight_goes_into_the_prediction_and_nothing_else_does_where_there_is_none() -> None:
    item = Item("i", "t", "Say it", "x", ("y",))
    one, other = predicted([item, item], [Said(" yes\n", Weight(1.5, 2, 3, 1)), Said("")])
    assert (one.prediction, one.bits, one.bytes, one.tokens, one.hits) == ("yes", 1.5, 2, 3, 1)
    assert (other.bits, other.bytes, other.tokens, other.hits) == (None, None, None, None)
