"""The metrics against rouge_score itself and against cases worked out by hand."""

import json
from pathlib import Path

import pytest
from rouge_score.rouge_scorer import RougeScorer

from stages.model.scores import grouped, means, score


@pytest.mark.parametrize(
    ("prediction", "references", "exact"),
    [
        ("B", ["A", "B"], 1.0),
        ("(b).", ["B"], 1.0),
        (" The  answer ", ["the answer"], 1.0),
        ("answer", ["the answer"], 0.0),
        ("", ["B"], 0.0),
        ("", ["..."], 1.0),
    ],
)
def test_exact_match_by_hand(prediction: str, references: list[str], exact: float) -> None:
    assert score(prediction, references)["exact_match"] == exact


def test_rouge_by_hand() -> None:
    # One of two words shared, one word predicted: precision 1, recall 1/2, F 2/3. Stems: "cats" is "cat".
    found = score("cats", ["the cat"])
    assert found["rougeL"] == pytest.approx(2 / 3)
    assert found["rouge1"] == pytest.approx(2 / 3)


def test_each_metric_takes_its_own_best_reference() -> None:
    found = score("b a", ["a b", "b c"])
    assert (found["rouge1"], found["rougeL"]) == (1.0, 0.5)


def test_copying_the_input_scores_as_rouge_score_says(repository: Path) -> None:
    scorer = RougeScorer(["rouge1", "rougeL"], use_stemmer=True)
    for name in ("task957_e2e_nlg_text_generation_generate", "task1393_superglue_copa_text_completion"):
        task = json.loads((repository / f"data/sources/benchmarks/superni/{name}.json").read_text("utf-8"))
        asked = task["Instances"][:100]
        for metric in ("rouge1", "rougeL"):
            best = [
                max(scorer.score(one_of, one["input"])[metric].fmeasure for one_of in one["output"]) for one in asked
            ]
            expected = round(100 * sum(best) / len(best), 4)
            assert means([score(one["input"], one["output"]) for one in asked])[metric] == expected


def test_groups_are_reported_by_the_metric_of_their_category() -> None:
    scored = [score("A", ["A"]), score("B", ["A"]), score("a b", ["a"])]
    categories = ["cause_effect_classification", "cause_effect_classification", "question_answering"]
    assert grouped(scored, ["t1", "t1", "t2"], categories) == {"exact_match_for_t1": 50.0, "rougeL_for_t2": 66.6667}


def test_instances_weigh_alike_whatever_their_task() -> None:
    scored = [score("A", ["A"])] * 3 + [score("B", ["A"])]
    assert means(scored)["exact_match"] == 75.0


def test_the_mean_of_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="no scores"):
        means([])
