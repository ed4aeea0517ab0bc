"""The papers' figure of diversity as bars: the commonest root verbs, each with its commonest objects (spec A9, B6).

They draw two rings; bars can be read without turning the head. A verb's bar is cut where its objects end, the commonest
first, and what is left pale are all its other objects. SVG, no library; colours follow the reader's light or dark mode.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from stages.shared.svg import escaped, fitted, pixels

WIDTH, MARGIN, ROW, HEAD = 760, 24, 26, 84
"""Of the picture, its edges, a row, and what stands above the first; all lengths are in pixels."""

VERBS, BARS, GAP = 124, 210, 14
"""Widths of the columns of verbs with their counts and of bars, and what is between columns."""

CHARACTER = 6.4
"""The width of a Latin character at the size of objects, with room to spare."""

_STYLE = """\
svg { --surface: #fcfcfb; --ink: #1b1b19; --second: #55534e; --noun0: #1f5fae; --noun1: #4a8bd8; --noun2: #86b3e8;
  --noun3: #b5d1f4; --rest: #e6e5e0; }
@media (prefers-color-scheme: dark) { svg { --surface: #1a1a19; --ink: #f4f3ef; --second: #c3c2b7; --noun0: #7db4f7;
  --noun1: #4f8fdf; --noun2: #34669f; --noun3: #284a70; --rest: #33322e; } }
text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: var(--ink); }
.title { font-size: 17px; font-weight: 600; } .second { fill: var(--second); font-size: 12px; }
.number { fill: var(--second); font-size: 12px; text-anchor: end; font-variant-numeric: tabular-nums; }
.noun0 { fill: var(--noun0); } .noun1 { fill: var(--noun1); } .noun2 { fill: var(--noun2); }
.noun3 { fill: var(--noun3); } .rest { fill: var(--rest); }"""

Verb = tuple[str, int, Sequence[tuple[str, int]]]
"""A verb, how many instructions have it with an object, and its commonest objects with theirs."""


def picture(verbs: Sequence[Verb], found: Mapping[str, Any]) -> str:
    """The picture; `found` says how many instructions were looked at, and of the pairs how many and how even."""
    height = HEAD + ROW * max(1, len(verbs)) + MARGIN
    said = "no instruction has a verb with an object"
    if verbs:
        said = (
            f"{len(verbs)} commonest root verbs with their commonest objects; {found['with_pair']:,} of "
            f"{found['looked_at']:,} instructions have both, {found['unique_pairs']:,} different pairs"
        )
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        "<title>What instructions ask for</title>",
        f"<style>{_STYLE}</style>",
        f'<rect width="{WIDTH}" height="{height}" fill="var(--surface)"/>',
        f'<text class="title" x="{MARGIN}" y="34">What instructions ask for</text>',
        f'<text class="second" x="{MARGIN}" y="56">{escaped(said)}</text>',
    ]
    most = max((count for _, count, _ in verbs), default=1)
    for number, verb in enumerate(verbs):
        lines += _row(verb, HEAD + ROW * number, BARS / most)
    return "\n".join([*lines, "</svg>"]) + "\n"


def _row(verb: Verb, top: int, scale: float) -> list[str]:
    word, count, nouns = verb
    y, left = top + 17, MARGIN + VERBS + GAP
    cells = [*nouns, ("", count - sum(times for _, times in nouns))]
    lines = [
        f'<text x="{MARGIN}" y="{y}">{escaped(fitted(word, 14))}</text>',
        f'<text class="number" x="{MARGIN + VERBS}" y="{y}">{count:,}</text>',
    ]
    at = float(left)
    for place, (noun, times) in enumerate(cells):
        kind = f"noun{place}" if noun else "rest"
        if times:
            told = f"{word} {noun}: {times:,}" if noun else f"{word} with another object: {times:,}"
            lines.append(
                f'<rect class="{kind}" x="{pixels(at)}" y="{top + 5}" width="{pixels(max(times * scale, 0.5))}" '
                f'height="16"><title>{escaped(told)}</title></rect>'
            )
        at += times * scale
    text = " · ".join(f"{noun} {times:,}" for noun, times in nouns)
    room = (WIDTH - MARGIN - left - BARS - GAP) / CHARACTER
    lines.append(f'<text class="second" x="{left + BARS + GAP}" y="{y}">{escaped(fitted(text, room))}</text>')
    return lines
