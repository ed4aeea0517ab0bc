"""What a sample covers, on small samples by hand and on the demo domain."""

from pathlib import Path

import pytest
from rouge_score.rouge_scorer import RougeScorer

from stages.domain import coverage
from stages.domain.source import Domain, read_domain
from stages.domain.tree import Example
from tests.domain import trees


@pytest.fixture
def domain(tmp_path: Path) -> Domain:
    (tmp_path / "rewriting").mkdir()
    (tmp_path / "rewriting/domain.yaml").write_text(trees.DESCRIPTION, "utf-8")
    return read_domain(tmp_path / "rewriting")


def examples(*instructions: str, answer: str = "key") -> list[Example]:
    return [
        Example(instruction=text, input="", output="", number=number, generator="m", answer=answer)
        for number, text in enumerate(instructions)
    ]


def test_pairs_are_counted_over_different_instructions() -> None:
    found = coverage.verb_nouns(
        ["Write a poem.", "Write a poem.", "Write two poems about rain.", "Draw a map.", "Is it so?", "Explain why."]
    )
    assert found == {
        "instructions": 5,
        "with_pair": 3,
        "unique_pairs": 2,
        "mean": 1.5,
        "spread": 0.5,
        "commonest": {"write poem": 2, "draw map": 1},
    }


def test_nothing_to_count_gives_no_average(domain: Domain) -> None:
    assert coverage.verb_nouns([])["mean"] is None
    assert coverage.nearness([], domain, 1) == {"measured": 0, "to_sample": None, "to_seeds": None}
    assert coverage.nearness(examples("Sing."), domain, 1)["to_sample"] is None


def test_the_nearest_instruction_counts_and_a_seed_is_not_compared_with_itself(domain: Domain) -> None:
    some = examples("Rewrite the sentence now.", "Rewrite the word.", "Sing.")
    found = coverage.nearness(some, domain, 1)
    scorer = RougeScorer(["rougeL"], use_stemmer=False)
    near = scorer.score("Rewrite the sentence now.", "Rewrite the word.")["rougeL"].fmeasure
    seed = [scorer.score("Rewrite the sentence.", one.instruction)["rougeL"].fmeasure for one in some]
    assert found == {"measured": 3, "to_sample": round(2 * near / 3, 4), "to_seeds": round(sum(seed) / 3, 4)}
    seeds = examples("Rewrite the sentence.", answer="")  # of people, or of an imported tree
    assert coverage.nearness([*some, *seeds], domain, 1)["to_seeds"] == found["to_seeds"]


def test_a_large_sample_is_measured_on_a_part_that_the_seed_decides(
    domain: Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = examples("a b c d", "a b c x", "e f", "e f", "g")
    exact = coverage.nearness(some, domain, 1)
    monkeypatch.setattr(coverage, "MEASURED", 2)
    parts = [coverage.nearness(some, domain, seed) for seed in range(8)]
    assert {part["measured"] for part in parts} == {2}
    assert parts == [coverage.nearness(some, domain, seed) for seed in range(8)]
    assert len({part["to_sample"] for part in parts}) > 1
    assert exact["to_sample"] == round((0.75 * 2 + 1 * 2) / 5, 4)


def test_the_demo_domain_is_covered_as_its_tree_says(test_data: Path, domain: Domain) -> None:
    tree = trees.thinned_demo(test_data)
    drawn = [(node, example.model_copy(update={"answer": "key"})) for node in tree for example in node.examples[:40]]
    found = coverage.measured(tree, drawn, domain, 42)
    assert found["nodes_by_depth"] == {"0": 1, "1": 8}
    assert found["examples_by_node"] == {
        name: {"thinned": count, "sampled": min(count, 40)} for name, count in trees.THINNED.items()
    }
    verbs = found["verb_nouns"]
    assert verbs["instructions"] * 0.8 < verbs["with_pair"] <= verbs["instructions"] <= len(drawn)
    assert verbs["mean"] == round(verbs["with_pair"] / verbs["unique_pairs"], 4)
    assert 0 < found["nearest"]["to_seeds"] < found["nearest"]["to_sample"] <= 1
