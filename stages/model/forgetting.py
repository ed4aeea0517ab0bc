"""The table of continual learning as a picture: a row for each run, its bits per byte on held-out instances as marks.

A dot is what a run needs on its own parts, a ring what it needs on those of an earlier stage, with a line from what
that stage needed itself: a line to the right is forgetting. SVG, no library; colours follow the reader's light or dark
mode.
"""

import html
from collections.abc import Iterator, Mapping
from typing import Any

WIDTH, MARGIN, ROW, HEAD, NAMES = 760, 24, 44, 112, 200
"""Of the picture, its edges, a row, what stands above the first, and the column of names; in pixels."""

TICKS = 5

_STYLE = """\
svg { --surface: #fcfcfb; --ink: #1b1b19; --second: #55534e; --line: #d9d7d0; --own: #2a72c8; --earlier: #b3423a; }
@media (prefers-color-scheme: dark) { svg { --surface: #1a1a19; --ink: #f4f3ef; --second: #c3c2b7; --line: #3d3c37;
  --own: #5b9df0; --earlier: #e88a80; } }
text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: var(--ink); }
.title { font-size: 17px; font-weight: 600; } .second { fill: var(--second); font-size: 12px; }
.tick { fill: var(--second); font-size: 12px; text-anchor: middle; } .grid { stroke: var(--line); }
.own { fill: var(--own); } .earlier { fill: var(--surface); stroke: var(--earlier); stroke-width: 2; }
.lost { stroke: var(--earlier); stroke-width: 2; }"""

SUFFIX = "_bits_per_byte"
OWN = f"held_out{SUFFIX}"


def picture(rows: Mapping[str, Mapping[str, Any]]) -> str:
    """The picture of `continual.table`, the same bytes for the same table; runs without such scores have no row."""
    shown = {run: row for run, row in rows.items() if OWN in row}
    values = [value for row in shown.values() for value in (row[OWN], *(bits for _, bits in _bits(row)))] or [0.0, 1.0]
    edge = (max(values) - min(values) or 1) / 25
    low, high = min(values) - edge, max(values) + edge
    height = HEAD + ROW * max(1, len(shown)) + 40

    def x(value: float) -> float:
        return round(MARGIN + NAMES + (WIDTH - 2 * MARGIN - NAMES) * (value - low) / (high - low), 1)

    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        f"<style>{_STYLE}</style>",
        f'<rect width="{WIDTH}" height="{height}" fill="var(--surface)"/>',
        f'<text class="title" x="{MARGIN}" y="34">What runs still know</text>',
        f'<text class="second" x="{MARGIN}" y="56">bits per byte on held-out instances, less is better</text>',
        f'<circle class="own" cx="{MARGIN + 6}" cy="74" r="5"/>',
        f'<text class="second" x="{MARGIN + 18}" y="78">its own parts</text>',
        f'<circle class="earlier" cx="{MARGIN + 126}" cy="74" r="5"/>',
        f'<text class="second" x="{MARGIN + 138}" y="78">parts of an earlier stage; '
        "the line begins at what that stage needed, to the right is forgotten</text>",
    ]
    for number in range(TICKS):
        value = low + (high - low) * number / (TICKS - 1)
        lines += [
            f'<line class="grid" x1="{x(value)}" x2="{x(value)}" y1="{HEAD - 10}" y2="{height - 34}"/>',
            f'<text class="tick" x="{x(value)}" y="{height - 16}">{value:.2f}</text>',
        ]
    for number, (run, row) in enumerate(shown.items()):
        y = HEAD + ROW * number + ROW // 2
        note = f"replay: {row['replay']}" if "replay" in row else row.get("full", "first stage")
        lines += [
            f'<text x="{MARGIN}" y="{y}">{html.escape(run)}</text>',
            f'<text class="second" x="{MARGIN}" y="{y + 16}">{html.escape(str(note))}</text>',
        ]
        for earlier, value in _bits(row):
            if earlier in shown:
                began = x(shown[earlier][OWN])
                lines.append(f'<line class="lost" x1="{began}" x2="{x(value)}" y1="{y}" y2="{y}"/>')
            lines.append(f'<circle class="earlier" cx="{x(value)}" cy="{y}" r="5"/>')
        lines.append(f'<circle class="own" cx="{x(row[OWN])}" cy="{y}" r="5"/>')
    return "\n".join([*lines, "</svg>"]) + "\n"


def _bits(row: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """The earlier stages of a row and what the run needs on their held-out instances."""
    for key, value in row.items():
        if key.endswith(SUFFIX) and key != OWN:
            yield key.removesuffix(SUFFIX), value
