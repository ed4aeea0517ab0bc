"""Intervals of shares, by their definition."""

import pytest

from stages.shared.shares import Z, wilson


@pytest.mark.parametrize(("share", "count"), [(0.84, 200), (0.54, 200), (0.0, 10), (1.0, 7), (0.5, 33.3)])
def test_the_interval_holds_the_shares_from_which_the_seen_one_is_not_too_far(share: float, count: float) -> None:
    low, high = wilson(share, count)
    # The definition: the ends are where the seen share is Z standard errors of the end away.
    for end in (low, high):
        if 0 < end < 1:
            assert abs(share - end) == pytest.approx(Z * (end * (1 - end) / count) ** 0.5)
    assert low <= share <= high
    assert (low == 0.0) == (share == 0) or low > 0
