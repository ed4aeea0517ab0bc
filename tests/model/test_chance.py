from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from stages.model.chance import chosen, fraction
from stages.model.holdout import is_held_out, rank

SHARES = st.floats(0, 1)


@given(st.text(), st.text())
def test_a_fraction_is_from_0_up_to_1(purpose: str, id: str) -> None:
    assert 0 <= fraction(purpose, id) < 1


@given(st.text(), SHARES, SHARES)
def test_a_larger_share_holds_the_smaller(id: str, one: float, other: float) -> None:
    if is_held_out(id, min(one, other)):
        assert is_held_out(id, max(one, other))


def test_the_choice_is_the_same_for_ever() -> None:
    # SHA-256 of "holdout:0123456789abcdef", its first eight bytes over 2**64, computed with sha256sum.
    assert rank("0123456789abcdef") == fraction("holdout", "0123456789abcdef") == 0x67E2E95FBE2C7ED1 / 2**64


def test_a_fifth_is_a_fifth() -> None:
    held = sum(is_held_out(str(number), 0.2) for number in range(10_000))
    assert 1800 < held < 2200


def test_choices_for_different_purposes_are_independent() -> None:
    ids = [str(number) for number in range(10_000)]
    both = Counter((chosen("holdout", id, 0.5), chosen("validation", id, 0.5)) for id in ids)
    assert all(2300 < count < 2700 for count in both.values())


def test_nobody_is_held_out_of_a_share_of_none() -> None:
    assert not any(is_held_out(str(number), 0) for number in range(100))
