"""Places on the map: like texts near each other, the same every time, and affinities as they are by definition."""

import math

import numpy as np
import pytest

from stages.dataset import layout
from stages.dataset.layout import affinities, places

COOKING = [f"boil the {food} in a pan with salt and butter" for food in ("rice", "beans", "corn", "peas", "kale")]
STARS = [f"the {star} is a star in the sky seen by telescope" for star in ("sun", "vega", "rigel", "deneb", "mira")]


def test_texts_of_two_kinds_stand_in_two_groups() -> None:
    found = places(COOKING + STARS)
    assert found.shape == (10, 2)
    assert (found.min(), found.max()) == (0, 1)
    within = max(np.ptp(found[:5], axis=0).max(), np.ptp(found[5:], axis=0).max())
    between = np.linalg.norm(found[:5].mean(axis=0) - found[5:].mean(axis=0))
    assert between > within


def test_the_same_texts_stand_at_the_same_places() -> None:
    assert places(COOKING + STARS).tolist() == places(COOKING + STARS).tolist()


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_few_texts_have_places_too(count: int) -> None:
    found = places(COOKING[:count])
    assert found.shape == (count, 2)
    assert np.isfinite(found).all()


def test_equal_texts_have_places() -> None:
    assert np.isfinite(places(["the same"] * 6)).all()


def test_each_text_is_drawn_by_as_many_as_are_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "NEIGHBOURS", 3)
    vectors = np.random.default_rng(0).standard_normal((12, 4))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    found = affinities(vectors)
    assert found.sum() == pytest.approx(1)
    assert found == pytest.approx(found.T)
    assert np.diag(found) == pytest.approx(np.zeros(12))
    # By definition, text by text: a reach is searched for until the entropy is that of three equal neighbours.
    expected = np.zeros((12, 12))
    for one in range(12):
        others = [other for other in range(12) if other != one]
        low, high = 1e-3, 1e4
        for _ in range(200):
            reach = math.sqrt(low * high)
            draw = [math.exp(-reach * float(((vectors[one] - vectors[other]) ** 2).sum())) for other in others]
            shares = [value / sum(draw) for value in draw]
            entropy = -sum(share * math.log(share) for share in shares if share)
            low, high = (reach, high) if entropy > math.log(3) else (low, reach)
        expected[one, others] = shares
    assert found == pytest.approx((expected + expected.T) / 24, abs=1e-5)
