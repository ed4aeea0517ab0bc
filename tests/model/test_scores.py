"""The metrics against rouge_score itself and against cases worked out by hand."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from stages.model.scores import grouped, means, pieces, score
from stages.shared.errors import InputError
from tests.benchmarks.evaluate import largest, ours, theirs
from tests.model.madeup import long_answers, predictions
from tests.model.tokenizers import gpt

SCORER = RougeScorer(["rouge1", "rougeL"], use_stemmer=True)


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


def test_made_predictions_of_every_kind_score_as_rouge_score_says() -> None:
    made = [*predictions(250), *long_answers(15)]
    assert largest(ours(made), theirs(made, SCORER)) <= 1e-9


@given(st.text(), st.lists(st.text(), min_size=1, max_size=3))
def test_any_texts_score_as_rouge_score_says(prediction: str, references: list[str]) -> None:
    assert largest(ours([(prediction, references)]), theirs([(prediction, references)], SCORER)) <= 1e-9


class Pieces:
    """The xlingual track's tokens as its users get them: through transformers, the marks of blanks stripped."""

    def tokenize(self, text: str) -> list[str]:
        return [token.lstrip("Ġ") for token in gpt().tokenize(text)]


def test_the_tokens_of_a_gpt_tokenizer_score_as_rouge_score_says(tmp_path: Path) -> None:
    gpt().backend_tokenizer.save(str(tmp_path / "tokenizer.json"))
    split = pieces(tmp_path / "tokenizer.json")
    scorer: Any = RougeScorer(["rouge1", "rougeL"], tokenizer=Pieces())
    made = list(predictions(120, seed=3))
    scored = [score(prediction, references, split) for prediction, references in made]
    assert largest(scored, theirs(made, scorer)) <= 1e-9
    assert scored != ours(made)
    assert [one["exact_match"] for one in scored] == [one["exact_match"] for one in ours(made)]


def test_a_token_of_blanks_alone_stays_and_capitals_count(tmp_path: Path) -> None:
    gpt().backend_tokenizer.save(str(tmp_path / "tokenizer.json"))
    split = pieces(tmp_path / "tokenizer.json")
    assert split("a ") == ["a", ""]
    assert score("A", ["a"], split) == {"exact_match": 1.0, "rouge1": 0.0, "rougeL": 0.0}


def test_a_file_that_is_no_tokenizer_is_named(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text("{}", "utf-8")
    with pytest.raises(InputError, match=r"tokenizer\.json: expected a tokenizer"):
        pieces(tmp_path / "tokenizer.json")


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
