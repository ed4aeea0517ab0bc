"""Whose answers are whose, and what a prompt shows."""

from pathlib import Path

import pytest

from stages.domain.intake import by_prompt, demonstrations, place
from stages.domain.tree import Example
from stages.shared.llm.seam import Prompt, Unanswered
from stages.shared.records import Answer
from tests.domain import driving

PROMPTS = [Prompt(item, "lookahead", ({"role": "user", "content": item},)) for item in "abc"]


def test_each_prompt_gets_its_one_or_two_answers_or_none() -> None:
    a, _, c = PROMPTS
    outcomes: list[Answer | Unanswered] = [
        driving.answer(a, "no"), driving.answer(a, "yes", turn=1), Unanswered("b", "lookahead", 0, "timeout"),
        driving.answer(c, "yes"),
    ]  # fmt: skip
    found = list(by_prompt(PROMPTS, outcomes))
    assert [prompt.item for prompt, _ in found] == ["a", "b", "c"]
    assert [len(one) if isinstance(one, list) else one.reason for _, one in found] == [2, "timeout", 1]
    places = [place(one) for one in outcomes]
    assert places == ["a:lookahead:0", "a:lookahead:0:again", "b:lookahead:0", "c:lookahead:0"]


def test_outcomes_that_are_too_few_or_too_many_are_a_defect() -> None:
    for outcomes in ([driving.answer(PROMPTS[0], "yes")], [driving.answer(one, "yes") for one in PROMPTS] * 2):
        with pytest.raises(ValueError, match="zip"):
            list(by_prompt(PROMPTS, outcomes))


def test_demonstrations_are_the_parents_drawn_by_task_and_draw(tmp_path: Path) -> None:
    domain, _ = driving.read(tmp_path / "texts", more="subtasks: [{name: Letters, subtasks: [{name: Notes}]}]\n")
    tree = domain.seed()
    own = tree.root.examples
    drawn = [demonstrations(domain, tree, "letters", draw) for draw in range(20)]
    assert all(len(one) == 2 and set(one) < set(own) for one in drawn)
    assert len({tuple(example.number for example in one) for one in drawn}) > 5
    assert drawn[0] == demonstrations(domain, tree, "letters", 0)
    assert set(demonstrations(domain, tree, tree.root.task_name, 0)) < set(own)
    assert demonstrations(domain, tree, "notes", 0) == []
    one = Example(instruction="Write a letter.", input="", output="Dear.", number=0, generator="human")
    tree.with_examples("letters", [one])
    assert demonstrations(domain, tree, "notes", 0) == [one]  # the original fails where there is exactly one
