"""Charts of a page: bars, stacked bars, marks with intervals, and lines over versions. HTML and SVG, no library.

Names and numbers are the page's own text, so they keep their size on a phone, can be found and copied, and take the
reader's light or dark mode; SVG draws only lengths and places, as shares of whatever width there is. Every mark holds
its figures as a title, which the page's script (stages/dataset/page.py) shows on hover, touch and keyboard focus.

A drawing library was measured: the leading one adds 100 MB of packages and a second to every run, fixes the text's
colour and size, and draws no titles.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from stages.dataset.markup import Html, element, lines

Key = Sequence[tuple[str, str]]
"""The kinds of marks in a chart, each with what it stands for."""

SHADES = 6
"""Colours for kinds without a meaning of their own: series-1 to series-6, and series-0 for what is left."""


HAIR, PARTED = 0.3, 1.5
"""Percent of a bar's width: what even the least piece takes, so that it is seen, and above which pieces are parted."""


SLACK = 1e-9
"""Of a step between ticks: numbers that differ by less are the same."""

SMALLEST = 1e-9
"""A span that ticks can still tell apart, with ten digits after the point."""

NAMED = 42
"""Signs that fit below the lines of a chart on a phone."""


@dataclass(frozen=True)
class Piece:
    """A length of a bar. kind: the class that colours it. figures: what it says when pointed at."""

    value: float
    kind: str
    figures: str


@dataclass(frozen=True)
class Bar:
    """A row of a bar chart: its name, its pieces from left to right, and the number at its end.

    start: how far from the left it begins. note: a second line below the name, for reasons and the like.
    """

    label: str
    pieces: tuple[Piece, ...]
    shown: str
    start: float = 0
    note: str = ""


@dataclass(frozen=True)
class Mark:
    """A value on a scale, with the interval around it where it has one; `since` draws a line from another value."""

    value: float
    kind: str
    figures: str
    low: float | None = None
    high: float | None = None
    since: float | None = None


@dataclass(frozen=True)
class Strip:
    """A row of marks on a common scale; shown: the number at its end."""

    label: str
    marks: tuple[Mark, ...]
    shown: str
    note: str = ""


@dataclass(frozen=True)
class Line:
    """One line over versions: a value for each, None where there is none."""

    label: str
    values: tuple[float | None, ...]


def bars(title: str, rows: Iterable[Bar], key: Key = (), *, whole: bool = False) -> Html:
    """A bar for each row, all to one scale; with `whole` each bar fills its row, so that it shows shares.

    Negative values have no length.
    """
    rows = list(rows)
    most = max((row.start + sum(piece.value for piece in row.pieces) for row in rows), default=0)
    drawn = [_row(row, row.start + sum(piece.value for piece in row.pieces) if whole else most) for row in rows]
    return _figure(title, key, element("div", lines(*drawn), class_="bars"))


def strips(title: str, rows: Iterable[Strip], key: Key = (), *, floor: float | None = None) -> Html:
    """A scale from the least value to the greatest (or from `floor`), and for each row its marks on it."""
    rows = list(rows)
    low, high = _reach(rows, floor)
    ticks = rounded_ticks(low, high)
    low, high = min(low, ticks[0]), max(high, ticks[-1])
    drawn = [_strip(row, ticks, low, high) for row in rows]
    axis = element("div", _scale([(f"{share(tick - low, high - low)}%", short(tick)) for tick in ticks]), class_="row")
    return _figure(title, key, element("div", lines(*drawn, axis), class_="strips"), round=True)


def curves(title: str, versions: Sequence[str], series: Sequence[Line], unit: str, *, floor: float | None = 0) -> Html:
    """A line for each series over the versions, which stand side by side in order; gaps where a value is missing."""
    values = [value for line in series for value in line.values if value is not None]
    if not values:
        return Html("")
    ticks = rounded_ticks(min([*values, *([] if floor is None else [floor])]), max(values))
    low, high = min(ticks[0], *values), max(ticks[-1], *values)
    places = [50.0 if len(versions) == 1 else 2 + 96 * at / (len(versions) - 1) for at in range(len(versions))]

    def y(value: float) -> str:
        return _number(170 - 150 * (value - low) / ((high - low) or 1))

    drawn = []
    for tick in ticks:
        drawn.append(element("line", class_="grid", x1="0%", x2="100%", y1=y(tick), y2=y(tick)))
        drawn.append(element("text", short(tick), class_="tick", x="0", y=_number(float(y(tick)) - 4)))
    for number, line in enumerate(series):
        kind = shade(number)
        points = [(x, value, at) for at, (x, value) in enumerate(zip(places, line.values, strict=True))]
        for (x1, first, _), (x2, second, _) in pairwise(points):
            if first is not None and second is not None:
                ends = {"x1": f"{_number(x1)}%", "x2": f"{_number(x2)}%", "y1": y(first), "y2": y(second)}
                drawn.append(element("line", class_=f"curve {kind}", **ends))
        for x, value, at in points:
            if value is not None:
                figures = f"{versions[at]}, {line.label}: {short(value)} {unit}".rstrip()
                drawn.append(_mark("circle", kind, figures, cx=f"{_number(x)}%", cy=y(value), r="5"))
    # As many names as a phone has room for, and the last one always.
    every = -(-len(versions) // max(2, min(6, NAMED // max(map(len, versions)))))
    last = len(versions) - 1
    names = [(f"{_number(places[at])}%", name) for at, name in enumerate(versions) if (last - at) % every == 0]
    picture = element("svg", lines(*drawn), class_="curves", width="100%", height="180", role="group", aria_label=title)
    key = [(shade(number), line.label) for number, line in enumerate(series)] if len(series) > 1 else []
    return _figure(title, key, lines(picture, _scale(names, inside=True)), round=True)


def shade(number: int) -> str:
    """The colour of the n-th of several kinds, counted from 0; from the seventh on all are the rest."""
    return f"series-{number + 1}" if number < SHADES else "series-0"


def share(value: float, whole: float) -> str:
    """A value as percent of a whole, to two digits, between 0 and 100; of nothing it is 0."""
    return _number(min(100.0, max(0.0, 100 * value / whole))) if whole else "0"


def short(value: float) -> str:
    """A number for people: thousands apart, as many decimals as it needs, four digits at most."""
    if value == int(value):
        return f"{int(value):,}"
    digits = 0 if abs(value) >= 1000 else 1 if abs(value) >= 100 else 2 if abs(value) >= 0.1 else 4
    return f"{value:,.{digits}f}"


def rounded_ticks(low: float, high: float) -> list[float]:
    """Three to six round numbers from one at or below `low` to one at or above `high`."""
    span = next(one for one in (high - low, abs(high), 1.0) if one >= SMALLEST)
    power = 10.0 ** math.floor(math.log10(span))
    step = next(power * factor for factor in (0.25, 0.5, 1, 2.5, 5, 10) if span / (power * factor) <= 4 + SLACK)
    first = math.floor(low / step + SLACK)
    count = max(1, math.ceil(high / step - SLACK) - first)
    return [round((first + number) * step, 10) for number in range(count + 1)]


def _figure(title: str, key: Key, body: Html, *, round: bool = False) -> Html:
    entries = [element("li", _swatch(kind, round), what) for kind, what in key]
    legend = [element("ul", *entries, class_="key")] if entries else []
    return element("figure", lines(element("figcaption", title), *legend, body), class_="chart")


def _swatch(kind: str, round: bool) -> Html:
    """A small mark of a kind, as the chart draws it."""
    circle = element("circle", class_=kind, cx="6", cy="6", r="5")
    mark = circle if round else element("rect", class_=kind, width="12", height="12", rx="2")
    return element("svg", mark, width="12", height="12", aria_hidden="true")


def _row(row: Bar, whole: float) -> Html:
    drawn, at = [], row.start
    for piece in row.pieces:
        if piece.value > 0:
            width = 100 * piece.value / whole
            ends = {"x": f"{share(at, whole)}%", "width": f"{_number(max(width, HAIR))}%"}
            kind = piece.kind if width > PARTED else f"{piece.kind} thin"
            drawn.append(_mark("rect", kind, piece.figures, **ends, height="100%"))
            at += piece.value
    bar = element("svg", *drawn, class_="bar", width="100%", height="16", role="group", aria_label=row.label)
    return _line(row.label, bar, row.shown, row.note)


def _strip(row: Strip, ticks: Sequence[float], low: float, high: float) -> Html:
    def x(value: float) -> str:
        return f"{share(value - low, high - low)}%"

    drawn = [element("line", class_="grid", x1=x(tick), x2=x(tick), y1="0", y2="22") for tick in ticks]
    for mark in row.marks:
        if mark.since is not None:
            drawn.append(element("line", class_="moved", x1=x(mark.since), x2=x(mark.value), y1="11", y2="11"))
        if mark.low is not None and mark.high is not None:
            drawn.append(element("line", class_="spread", x1=x(mark.low), x2=x(mark.high), y1="11", y2="11"))
    drawn += [_mark("circle", mark.kind, mark.figures, cx=x(mark.value), cy="11", r="5.5") for mark in row.marks]
    strip = element("svg", *drawn, class_="strip", width="100%", height="22", role="group", aria_label=row.label)
    return _line(row.label, strip, row.shown, row.note)


def _line(label: str, drawing: Html, shown: str, note: str) -> Html:
    name = element("span", label, class_="label")
    value = element("span", shown, class_="value")
    below = [element("span", note, class_="note")] if note else []
    return element("div", name, drawing, value, *below, class_="row")


def _scale(names: Sequence[tuple[str, str]], *, inside: bool = False) -> Html:
    """Names below a drawing, each in the middle of its place; `inside`: the outermost two do not stick out."""
    texts = []
    for place, name in names:
        at = float(place.removesuffix("%"))
        edge = " first" if inside and at < 10 else " last" if inside and at > 90 else ""
        texts.append(element("text", name, class_=f"tick{edge}", x=place, y="13"))
    return element("svg", *texts, class_="scale", width="100%", height="18", aria_hidden="true")


def _mark(shape: str, kind: str, figures: str, **places: str) -> Html:
    return element(shape, element("title", figures), class_=f"mark {kind}", role="img", aria_label=figures, **places)


def _reach(rows: Sequence[Strip], floor: float | None) -> tuple[float, float]:
    """The least and the greatest value of a chart, with what lies around them."""
    marks = [mark for row in rows for mark in row.marks]
    found = [value for mark in marks for value in (mark.value, mark.low, mark.high, mark.since) if value is not None]
    found += [] if floor is None else [floor]
    return (min(found), max(found)) if found else (0.0, 1.0)


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
