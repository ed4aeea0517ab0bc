"""The picture of verbs: bars to scale, texts escaped, and words where there is nothing to draw."""

from xml.etree import ElementTree

from stages.dataset.verbpicture import BARS, picture

SVG = "{http://www.w3.org/2000/svg}"
FOUND = {"with_pair": 30, "looked_at": 50, "unique_pairs": 9}


def test_a_bar_is_cut_where_objects_end_and_what_is_left_is_pale() -> None:
    root = ElementTree.fromstring(
        picture([("write", 20, [("text", 10), ("poem", 5)]), ("give", 10, [("x", 10)])], FOUND)
    )
    bars = [(one.get("class"), float(one.get("width", ""))) for one in root.iter(f"{SVG}rect") if one.get("class")]
    assert bars == [("noun0", BARS / 2), ("noun1", BARS / 4), ("rest", BARS / 4), ("noun0", BARS / 2)]


def test_any_word_is_text() -> None:
    root = ElementTree.fromstring(picture([("<b>&", 2, [("</svg>", 1), ("\x00'", 1)])], FOUND))
    assert "</svg> 1 · ' 1" in "".join(root.itertext())


def test_a_dataset_without_pairs_has_a_picture_that_says_so() -> None:
    assert "no instruction has a verb" in "".join(ElementTree.fromstring(picture([], FOUND)).itertext())


def test_the_largest_picture_is_under_60_kb() -> None:
    nouns = [("n" * 40, 1_000_000)] * 4
    assert len(picture([("v" * 40, 5_000_000, nouns)] * 20, FOUND)) < 60_000
