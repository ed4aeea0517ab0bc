"""How sure a share is that was seen in a sample."""

import math

Z = 1.959963984540054
"""The standard normal's quantile for intervals at 95 %."""


def wilson(share: float, count: float) -> tuple[float, float]:
    """The interval at 95 % of a share (0 to 1) that was seen in `count` things, which may be no whole number.

    Wilson's, which holds for few things and for shares near 0 and 1 too, where a bootstrap's would shrink to nothing.
    """
    middle = share + Z * Z / (2 * count)
    half = Z * math.sqrt(share * (1 - share) / count + Z * Z / (4 * count * count))
    below = 1 + Z * Z / count
    return max(0.0, (middle - half) / below), min(1.0, (middle + half) / below)
