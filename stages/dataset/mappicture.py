"""The map of the dataset: a dot for each of some instances, near those with like words, coloured by part.

SVG, no library; colours follow the reader's light or dark mode.
"""

from collections.abc import Iterable, Mapping

from stages.shared.svg import escaped, fitted

WIDTH, MARGIN, HEAD, SIDE = 760, 24, 78, 560
"""Of the picture, its edges, what stands above the map, and the height of the map; all lengths are in pixels."""

LEGEND, LEGENDS = 22, 2
"""The height of a line of the legend, and how many entries stand in it."""

COLOURS = (
    ("#2a72c8", "#5b9df0"),
    ("#c8572a", "#f08b5b"),
    ("#2c8a5a", "#5fc492"),
    ("#7a4fb5", "#b596ec"),
    ("#b3912a", "#e3c45c"),
    ("#b8408a", "#ec8cc4"),
    ("#12868f", "#53c4cc"),
    ("#8a8881", "#918f87"),
)
"""The colours of parts in light and in dark mode, the largest part first; the last is that of all further ones."""

CHARACTER = 7.2
"""The width of a Latin character, with room to spare."""

_STYLE = """\
svg {{ --surface: #fcfcfb; --ink: #1b1b19; --second: #55534e; {light} }}
@media (prefers-color-scheme: dark) {{ svg {{ --surface: #1a1a19; --ink: #f4f3ef; --second: #c3c2b7; {dark} }} }}
text {{ font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: var(--ink); }}
.title {{ font-size: 17px; font-weight: 600; }} .second {{ fill: var(--second); font-size: 12px; }}
path {{ fill: none; stroke-width: 7; stroke-linecap: round; stroke-opacity: 0.75; }}"""


def picture(counts: Mapping[str, int], points: Iterable[tuple[str, float, float]]) -> str:
    """The map of points (part, across, down, both 0 to 1); counts: the instances of each part."""
    order = sorted(counts, key=lambda part: -counts[part])
    colour = {part: min(number, len(COLOURS) - 1) for number, part in enumerate(order)}
    dots: dict[int, list[str]] = {}
    shown = 0
    for part, across, down in points:
        x, y = MARGIN + across * (WIDTH - 2 * MARGIN), HEAD + down * SIDE
        dots.setdefault(colour[part], []).append(f"M{x:.0f} {y:.0f}h0")
        shown += 1
    entries = _legend(order, counts)
    height = HEAD + SIDE + MARGIN + LEGEND * -(-len(entries) // LEGENDS) + MARGIN
    style = _STYLE.format(**{mode: _variables(place) for place, mode in enumerate(("light", "dark"))})
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        "<title>Map of the dataset</title>",
        f"<style>{style}</style>",
        f'<rect width="{WIDTH}" height="{height}" fill="var(--surface)"/>',
        f'<text class="title" x="{MARGIN}" y="34">Map of the dataset</text>',
        f'<text class="second" x="{MARGIN}" y="56">{shown:,} of {sum(counts.values()):,} instances; those '
        "near each other have like words, and places mean nothing beyond that</text>",
    ]
    # The largest part first, so that it hides no other.
    lines += [f'<path style="stroke: var(--part{number})" d="{"".join(dots[number])}"/>' for number in sorted(dots)]
    for place, (number, text) in enumerate(entries):
        x = MARGIN + place % LEGENDS * (WIDTH - 2 * MARGIN) // LEGENDS
        y = HEAD + SIDE + MARGIN + LEGEND * (place // LEGENDS) + 14
        lines += [
            f'<circle cx="{x + 5}" cy="{y - 4}" r="5" style="fill: var(--part{number})"/>',
            f'<text x="{x + 18}" y="{y}">{escaped(text)}</text>',
        ]
    return "\n".join([*lines, "</svg>"]) + "\n"


def _legend(order: list[str], counts: Mapping[str, int]) -> list[tuple[int, str]]:
    """The entries of the legend: the number of a colour, and what has it."""
    own = order if len(order) <= len(COLOURS) else order[: len(COLOURS) - 1]
    room = (WIDTH - 2 * MARGIN) / LEGENDS / CHARACTER - 14
    entries = [(number, f"{fitted(part, room)} ({counts[part]:,})") for number, part in enumerate(own)]
    if others := order[len(own) :]:
        entries.append((len(COLOURS) - 1, f"{len(others)} smaller parts ({sum(counts[part] for part in others):,})"))
    return entries


def _variables(mode: int) -> str:
    return " ".join(f"--part{number}: {both[mode]};" for number, both in enumerate(COLOURS))
