"""A training's curve as a picture: bits per byte over steps, of what was trained on and of what was set aside.

SVG, no library; colours follow the reader's light or dark mode.
"""

import html
from collections.abc import Callable, Sequence

from stages.shared.records import Frozen

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 360, 64, 116, 84, 48
"""Of the picture, and the edges around what is drawn; in pixels."""

TICKS = 5
"""Lines across, and numbers of steps below, at most."""

APART = 16
"""Pixels that the names of the two lines keep between them."""

_STYLE = """\
svg { --surface: #fcfcfb; --ink: #1b1b19; --second: #55534e; --line: #d9d7d0; --train: #2a72c8; --held: #b3423a; }
@media (prefers-color-scheme: dark) { svg { --surface: #1a1a19; --ink: #f4f3ef; --second: #c3c2b7; --line: #3d3c37;
  --train: #5b9df0; --held: #e88a80; } }
text { font: 12px system-ui, -apple-system, "Segoe UI", sans-serif; fill: var(--second); }
.title { font-size: 17px; font-weight: 600; fill: var(--ink); } .grid { stroke: var(--line); }
.end { text-anchor: end; } .middle { text-anchor: middle; } polyline { fill: none; stroke-width: 2; }
.train polyline { stroke: var(--train); } .train circle, .train text { fill: var(--train); }
.held polyline { stroke: var(--held); } .held circle, .held text { fill: var(--held); }"""

At = Callable[[float], float]
"""Where a value stands, in pixels."""


class Point(Frozen):
    """A point of the curve: bits per byte of the answers since the last point, and of those set aside."""

    step: int
    train: float
    validation: float | None


def picture(run: str, curve: Sequence[Point]) -> str:
    """The picture of a run's curve of one point or more, the same bytes for the same curve."""
    lines = {
        "train": [(point.step, point.train) for point in curve],
        "held": [(point.step, point.validation) for point in curve if point.validation is not None],
    }
    values = [value for line in lines.values() for _, value in line]
    low, high = min(values), max(values)
    edge = (high - low or 1) / 20
    low, high, last = low - edge, high + edge, curve[-1].step

    def x(step: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * step / last, 1)

    def y(value: float) -> float:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low), 1)

    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        f"<style>{_STYLE}</style>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="var(--surface)"/>',
        f'<text class="title" x="24" y="34">The training of {html.escape(run)}</text>',
        '<text x="24" y="56">bits per byte of the answers over steps, less is better</text>',
        *_axes(low, high, last, x, y),
    ]
    names = _names({key: y(line[-1][1]) for key, line in lines.items() if line})
    for key, line in lines.items():
        if line:
            drawn += _line(key, [(x(step), y(value)) for step, value in line], line[-1][1], names[key])
    return "\n".join([*drawn, "</svg>"]) + "\n"


def _axes(low: float, high: float, last: int, x: At, y: At) -> list[str]:
    found = []
    for number in range(TICKS):
        value = low + (high - low) * number / (TICKS - 1)
        found += [
            f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(value)}" y2="{y(value)}"/>',
            f'<text class="end" x="{LEFT - 8}" y="{round(y(value) + 4, 1)}">{value:.2f}</text>',
        ]
    steps = sorted({round(last * number / (TICKS - 1)) for number in range(TICKS)})
    found += [f'<text class="middle" x="{x(step)}" y="{HEIGHT - BOTTOM + 20}">{step:,}</text>' for step in steps]
    return [*found, f'<text class="middle" x="{x(last / 2)}" y="{HEIGHT - 8}">steps</text>']


def _names(ends: dict[str, float]) -> dict[str, float]:
    """The heights of the lines' names: where the lines end, moved apart where they would lie on each other."""
    if len(ends) < 2 or abs(ends["train"] - ends["held"]) >= APART:
        return ends
    middle = (ends["train"] + ends["held"]) / 2
    upper = "train" if ends["train"] <= ends["held"] else "held"
    return {key: middle + (-APART / 2 if key == upper else APART / 2) for key in ends}


def _line(key: str, places: Sequence[tuple[float, float]], last: float, name: float) -> list[str]:
    points = " ".join(f"{x},{y}" for x, y in places)
    dots = [f'<circle cx="{x}" cy="{y}" r="3"/>' for x, y in places] if len(places) <= 50 else []
    said = "training" if key == "train" else "set aside"
    text = f'<text x="{WIDTH - RIGHT + 10}" y="{round(name + 4, 1)}">{said} {last:.2f}</text>'
    return [f'<g class="{key}">', f'<polyline points="{points}"/>', *dots, text, "</g>"]
