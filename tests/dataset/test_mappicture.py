"""The map: a dot an instance in its part's colour, a legend that names what there is, and a small file."""

import re
from xml.etree import ElementTree

from stages.dataset.mappicture import COLOURS, HEAD, MARGIN, SIDE, WIDTH, picture

SVG = "{http://www.w3.org/2000/svg}"


def dots(root: ElementTree.Element) -> dict[str, list[tuple[int, int]]]:
    """The places of dots by the variable of their colour."""
    return {
        str(re.findall(r"--part\d+", path.get("style", ""))[0]): [
            (int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h0", path.get("d", ""))
        ]
        for path in root.iter(f"{SVG}path")
    }


def test_dots_stand_at_their_places_in_the_colour_of_their_part() -> None:
    root = ElementTree.fromstring(picture({"hub/a": 5, "corpus/b": 9}, [("hub/a", 0, 0), ("corpus/b", 1, 0.5)]))
    assert dots(root) == {"--part0": [(WIDTH - MARGIN, HEAD + SIDE // 2)], "--part1": [(MARGIN, HEAD)]}


def test_the_legend_names_parts_the_largest_first_and_the_small_ones_together() -> None:
    counts = {f"hub/{number:02}": 100 - number for number in range(20)}
    said = ["".join(one.itertext()) for one in ElementTree.fromstring(picture(counts, [])).iter(f"{SVG}text")]
    named = said[2:]
    assert named[:2] == ["hub/00 (100)", "hub/01 (99)"]
    assert len(named) == len(COLOURS)
    assert named[-1] == f"13 smaller parts ({sum(100 - number for number in range(7, 20)):,})"


def test_any_name_is_text() -> None:
    root = ElementTree.fromstring(picture({"<script>&": 1}, [("<script>&", 0.5, 0.5)]))
    assert "<script>& (1)" in "".join(root.itertext())


def test_four_thousand_dots_are_under_60_kb() -> None:
    counts = {f"hub/{number}": 1000 for number in range(50)}
    points = [(f"hub/{number % 50}", number / 4000, 0.999) for number in range(4000)]
    assert len(picture(counts, points)) < 60_000
