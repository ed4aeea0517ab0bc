"""Lengths and places of charts are the numbers they stand for."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stages.dataset.charts import (
    HAIR,
    Bar,
    Line,
    Mark,
    Piece,
    Strip,
    bars,
    curves,
    rounded_ticks,
    share,
    short,
    strips,
)
from tests.dataset.pages import parsed

COUNTS = st.integers(0, 10**9)


@given(st.lists(st.lists(COUNTS, max_size=4), min_size=1, max_size=5))
def test_bars_are_as_long_as_their_values_to_one_scale(rows: list[list[int]]) -> None:
    code = bars("t", [Bar("r", tuple(Piece(value, "kept", str(value)) for value in row), "") for row in rows]).code
    most = max(map(sum, rows))
    drawn = [float(width) for width in re.findall(r'width="([\d.]+)%" height="100%"', code)]
    values = [value for row in rows for value in row if value]
    assert len(drawn) == len(values)
    for width, value in zip(drawn, values, strict=True):
        assert width == pytest.approx(max(HAIR, 100 * value / most), abs=0.006)


def test_the_least_piece_of_a_bar_is_still_seen() -> None:
    code = bars("t", [Bar("r", (Piece(1_000_000, "kept", "a"), Piece(1, "dropped", "b")), "")]).code
    assert f'width="{HAIR}%"' in code


def test_bars_that_show_shares_are_all_full() -> None:
    rows = [Bar("a", (Piece(3, "kept", ""), Piece(1, "dropped", "")), ""), Bar("b", (Piece(10, "kept", ""),), "")]
    drawn = re.findall(r'width="([\d.]+)%" height="100%"', bars("t", rows, whole=True).code)
    assert drawn == ["75", "25", "100"]


def test_marks_lie_between_round_numbers_and_intervals_around_them() -> None:
    code = strips("t", [Strip("a", (Mark(2, "own", "2", low=1, high=4),), "2")], floor=0).code
    assert 'cx="50%"' in code
    assert 'class="spread" x1="25%" x2="100%"' in code


def test_a_line_has_a_gap_where_a_version_has_no_value() -> None:
    code = curves("t", ["v1", "v2", "v3", "v4"], [Line("a", (1, None, 3, 4))], "tasks").code
    assert code.count("<circle") == 3
    assert code.count('class="curve series-1"') == 1
    assert "v4, a: 4 tasks" in code


def test_lines_without_any_value_are_no_chart() -> None:
    assert curves("t", ["v1"], [Line("a", (None,))], "").code == ""


@given(st.floats(-1e9, 1e9), st.floats(0, 1e9))
@example(0.0, 5e-324)
def test_ticks_are_few_and_hold_all_values(low: float, span: float) -> None:
    ticks = rounded_ticks(low, low + span)
    assert 2 <= len(ticks) <= 7
    assert ticks == sorted(ticks)
    slack = 1e-6 * max(1, abs(low), span)
    assert ticks[0] <= low + slack
    assert ticks[-1] >= low + span - slack


@pytest.mark.parametrize(
    ("value", "said"),
    [(0, "0"), (2753, "2,753"), (4.125, "4.12"), (0.6872, "0.69"), (0.01434, "0.0143"), (128.34, "128.3"),
     (12345.6, "12,346"), (16.0, "16")],
)  # fmt: skip
def test_numbers_have_the_digits_that_people_read(value: float, said: str) -> None:
    assert short(value) == said


def test_a_share_of_nothing_is_none_and_no_share_leaves_the_drawing() -> None:
    assert (share(5, 0), share(7, 5), share(-1, 5)) == ("0", "100", "0")


def test_every_mark_says_its_figures_to_the_eye_the_ear_and_the_pointer() -> None:
    found = parsed(bars("t", [Bar("a", (Piece(3, "kept", "a: 3"),), "3")]).code)
    assert ("rect", "aria-label", "a: 3") in found.attributes
    assert "a: 3" in found.texts
