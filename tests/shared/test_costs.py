"""Rates as metrics report them."""

import pytest

from stages.shared import costs


@pytest.mark.parametrize(
    ("amount", "count", "rate"),
    [
        (0.00042, 3, 0.00014),
        (1.0, 3, 0.3333),
        (2e-7, 3, 6.667e-08),
        (1500, 4, 375),
        (0, 3, 0),
        (None, 3, None),
        (1, 0, None),
        (0, 0, None),
    ],
)
def test_a_rate_has_four_digits_and_is_unknown_where_it_can_not_be_told(
    amount: float | None, count: float, rate: float | None
) -> None:
    assert costs.rate(amount, count) == rate
