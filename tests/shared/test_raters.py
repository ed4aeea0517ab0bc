"""Agreement worked out by hand."""

import pytest

from stages.shared.raters import Agreement, agreement


def test_agreement_by_hand() -> None:
    # 20 yes-yes, 5 and 10 that differ, 15 no-no: raw 0.7, by chance 0.5 * 0.6 + 0.5 * 0.4 = 0.5, kappa 0.4.
    judged = ["win"] * 25 + ["lose"] * 25
    human = ["win"] * 20 + ["lose"] * 5 + ["win"] * 10 + ["lose"] * 15
    found = agreement(judged, human)
    assert (found.instances, found.raw) == (50, 0.7)
    assert found.kappa == pytest.approx(0.4)


def test_agreement_at_its_edges() -> None:
    assert agreement(["win", "lose"], ["win", "lose"]) == Agreement(2, 1.0, 1.0)
    assert agreement(["win", "lose"], ["lose", "win"]) == Agreement(2, 0.0, -1.0)
    assert agreement(["tie", "tie"], ["tie", "tie"]) == Agreement(2, 1.0, None)
    assert agreement(["unparsed", "win"], ["win", "win"]) == Agreement(2, 0.5, 0.0)
    with pytest.raises(ValueError, match="got 0 and 0"):
        agreement([], [])
    with pytest.raises(ValueError, match="got 1 and 2"):
        agreement(["win"], ["win", "win"])
