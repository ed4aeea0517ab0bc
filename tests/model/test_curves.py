import re
import xml.etree.ElementTree as ET

from stages.model.curves import Point, picture

CURVE = [Point(step=step, train=value, validation=value + 0.2) for step, value in ((10, 5.0), (20, 4.0), (40, 3.0))]


def lines(drawn: str) -> list[list[tuple[float, float]]]:
    found = re.findall(r'points="([^"]*)"', drawn)
    return [[(float(x), float(y)) for x, y in (one.split(",") for one in line.split())] for line in found]


def test_both_lines_are_drawn_to_scale_and_named_with_their_last_value() -> None:
    drawn = picture("growth-1", CURVE)
    ET.fromstring(drawn)
    train, held = lines(drawn)
    # Steps 10, 20, 40: the second way is twice as long as the first. Values 5, 4, 3: both ways down are the same.
    assert train[2][0] - train[1][0] == 2 * (train[1][0] - train[0][0]) > 0
    assert round(train[2][1] - train[1][1], 1) == round(train[1][1] - train[0][1], 1) > 0
    assert all(y < below for (_, y), (_, below) in zip(held, train, strict=True))
    assert "training 3.00" in drawn
    assert "set aside 3.20" in drawn
    assert drawn == picture("growth-1", CURVE)


def test_names_of_lines_that_meet_do_not_lie_on_each_other() -> None:
    drawn = picture("r", [Point(step=1, train=5.0, validation=4.0), Point(step=2, train=3.0, validation=3.0)])
    heights = [float(y) for y in re.findall(r'y="([\d.]+)">(?:training|set aside) ', drawn)]
    assert abs(heights[0] - heights[1]) >= 14


def test_without_validation_there_is_one_line_and_one_point_is_enough() -> None:
    drawn = picture("<r>", [Point(step=5, train=4.0, validation=None)])
    ET.fromstring(drawn)
    assert len(lines(drawn)) == 1
    assert "&lt;r&gt;" in drawn
