"""Shares, their intervals and agreement."""

from stages.dataset.picks import Pick
from stages.dataset.soundness import PUBLISHED, agreed, summary, together
from stages.dataset.validity import Judgement
from stages.shared.shares import wilson


def pick(id: str, part: str) -> Pick:
    return Pick(id, "c", part, "t", "o", "r", "i", "", "o", "")


def said(id: str, answers: str = "yyy", by: str = "anna", fault: str = "") -> Judgement:
    """A judgement; answers: a letter a question, y or n."""
    task, input, output = (letter == "y" for letter in answers)
    return Judgement(
        instance_id=id, content="c", by=by, task_sound=task, input_fitting=input, output_right=output, error_type=fault
    )


def test_the_published_shares_stand_with_the_interval_of_200_rows() -> None:
    assert PUBLISHED["dynosaur"] == {"share": 84.0, "low": 78.3, "high": 88.4, "of": 200}
    assert PUBLISHED["self-instruct"]["share"] == 54.0


def test_a_row_of_a_larger_part_counts_for_more() -> None:
    picks = [pick(f"a{n}", "a") for n in range(4)] + [pick(f"b{n}", "b") for n in range(2)]
    judgements = {one.instance_id: said(one.instance_id) for one in picks[:4]}
    judgements |= {"b0": said("b0", "yyn", fault="wrong-output"), "b1": said("b1", "nyn")}
    found = summary(judgements, picks, {"a": 900, "b": 100})
    assert found["all_valid"]["share"] == found["output_right"]["share"] == 90.0
    assert (found["task_sound"]["share"], found["input_fitting"]["share"]) == (95.0, 100.0)
    assert found["all_valid"]["of"] == 6
    # Weights of 225 and 50: as sure as 1000^2 / (4 * 225^2 + 2 * 50^2) = 4.82 equal ones.
    low, high = wilson(0.9, 1000**2 / (4 * 225**2 + 2 * 50**2))
    assert (found["all_valid"]["low"], found["all_valid"]["high"]) == (round(100 * low, 1), round(100 * high, 1))
    assert found["faults"] == {"not named": 1, "wrong-output": 1}
    assert {part: (one["share"], one["of"]) for part, one in found["by_part"].items()} == {
        "a": (100.0, 4), "b": (0.0, 2),
    }  # fmt: skip


def test_of_several_people_more_than_half_must_say_yes() -> None:
    found = together(
        [
            said("x"), said("x", "yyn", by="ben", fault="other"), said("x", by="eva"), said("y"),
            said("y", "nyy", by="ben", fault="no-task"),
        ]
    )  # fmt: skip
    assert found["x"].all_valid
    assert found["x"].error_type == ""
    assert (found["y"].task_sound, found["y"].input_fitting, found["y"].error_type) == (False, True, "no-task")


def test_agreement_is_over_the_rows_that_both_judged() -> None:
    people = {id: said(id) for id in "abc"} | {"d": said("d", "yyn")}
    model = {id: said(id, "yyn" if id == "c" else "yyy", by="m") for id in "bcd"} | {"e": said("e")}
    found = agreed(people, model)
    # b yes-yes, c no-yes, d yes-no: 1 of 3 agree; by chance (2 * 2 + 1 * 1) / 9, so kappa (3 - 5) / (9 - 5).
    assert found["output_right"] == {"instances": 3, "raw": 0.3333, "kappa": -0.5}
    assert found["task_sound"] == {"instances": 3, "raw": 1.0, "kappa": None}
    assert agreed(people, {}) == {}
