"""The tree of a domain as a picture: one row a task, indented by depth, with its examples as a bar. SVG, no library.

A row's light bar is what thinning left, the dark bar in it what the sample took. Pruned tasks have a red cross and are
struck through, and bars of what is left out are empty. Colours follow the reader's light or dark mode.
"""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from stages.domain.tree import Node, Tree
from stages.shared import files
from stages.shared.svg import escaped, fitted, pixels

WIDTH, MARGIN, ROW, HEAD = 960, 24, 24, 108
"""Of the picture, its edges, a row, and what stands above the first; all lengths are in pixels."""

NAMES, BARS, COUNTS = 470, 300, 118
"""Widths of the columns: names with the tree before them, bars, counts."""

INDENT, DEEPEST = 24, 200
"""What a level moves a name to the right, and what all may do together."""

CHARACTER = 7.2
"""The width of a Latin character at the size of names, with room to spare; East Asian ones have twice that."""

_STYLE = """\
svg { --surface: #fcfcfb; --ink: #1b1b19; --second: #55534e; --muted: #8a8881; --line: #cfcdc5; --stripe: #f2f1ed;
  --thinned: #b5d1f4; --sampled: #2a72c8; --pruned: #b3423a; }
@media (prefers-color-scheme: dark) { svg { --surface: #1a1a19; --ink: #f4f3ef; --second: #c3c2b7; --muted: #918f87;
  --line: #46453f; --stripe: #222220; --thinned: #28497a; --sampled: #5b9df0;
  --pruned: #e88a80; } }
text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: var(--ink); }
.title { font-size: 17px; font-weight: 600; } .second { fill: var(--second); } .small { font-size: 12px; }
.number { font-variant-numeric: tabular-nums; text-anchor: end; fill: var(--second); }
.root { font-weight: 600; } .out { fill: var(--muted); } .struck { text-decoration: line-through; }
.depth { fill: var(--muted); text-anchor: middle; } .pruned { fill: var(--pruned); }
.surface { fill: var(--surface); } .stripe { fill: var(--stripe); }
.branch { fill: none; stroke: var(--line); stroke-width: 1.5; }
.thinned { fill: var(--thinned); } .sampled { fill: var(--sampled); }
.empty { fill: none; stroke: var(--muted); stroke-dasharray: 3 3; }
.knot { fill: var(--second); } .hollow { fill: var(--surface); stroke: var(--muted); stroke-width: 1.5; }
.cross { stroke: var(--pruned); stroke-width: 2; fill: none; }
"""


def write(path: Path, tree: Tree, sampled: Mapping[str, int], pruned: Collection[str]) -> None:
    """Write the picture; `sampled` has the examples taken of each node that was sampled from, `pruned` the ids."""
    with files.replacing(path) as temporary:
        temporary.write_text(drawn(tree, sampled, pruned), "utf-8")


def drawn(tree: Tree, sampled: Mapping[str, int], pruned: Collection[str]) -> str:
    """The picture as SVG."""
    rows = list(_in_rows(tree))
    height = HEAD + ROW * len(rows) + MARGIN
    title = f"{tree.root.raw_task_name}: {len(rows):,} tasks"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" aria-label="{escaped(title)}">',
        f"<title>{escaped(title)}</title>",
        f"<style>\n{_STYLE}</style>",
        f'<rect class="surface" width="{WIDTH}" height="{height}"/>',
        *_head(rows, sampled, pruned, title),
    ]
    deepest = max(node.depth for node in rows)
    indent = min(INDENT, DEEPEST / max(1, deepest))
    most = max(1, *(len(node.examples) for node in rows))
    if indent >= CHARACTER * 2:
        heads = [*range(deepest + 1), "depth"]
        lines += [_depth_head(MARGIN + 5 + number * indent, str(head)) for number, head in enumerate(heads)]
    place = {node.task_name: HEAD + ROW * number + ROW // 2 for number, node in enumerate(rows)}
    for number, node in enumerate(rows):
        if number % 2:
            lines.append(
                f'<rect class="stripe" y="{place[node.task_name] - ROW // 2}" width="{WIDTH}" height="{ROW}"/>'
            )
    for node in rows:
        if children := tree.children(node.task_name):
            lines.append(_branches(node, [place[child.task_name] for child in children], place[node.task_name], indent))
    for node in rows:
        lines += _row(node, place[node.task_name], indent, most, sampled.get(node.task_name), node.task_name in pruned)
    return "\n".join([*lines, "</svg>"]) + "\n"


def _in_rows(tree: Tree) -> Iterator[Node]:
    """The nodes, each before those below it."""
    waiting = [tree.root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += reversed(tree.children(node.task_name))


def _head(rows: list[Node], sampled: Mapping[str, int], pruned: Collection[str], title: str) -> list[str]:
    """The title, what the bars are, and the heads of the columns."""
    thinned, taken = sum(len(node.examples) for node in rows), sum(sampled.values())
    out = sum(node.task_name in pruned for node in rows)
    deepest = max(node.depth for node in rows)
    said = f"{thinned:,} examples after thinning, {taken:,} sampled; depth {deepest}; {out:,} pruned"
    x = MARGIN + NAMES
    return [
        f'<text class="title" x="{MARGIN}" y="36">{escaped(fitted(title, 78))}</text>',
        f'<text class="second" x="{MARGIN}" y="58">{said}</text>',
        f'<rect class="thinned" x="{x}" y="77" width="14" height="12" rx="2"/>',
        f'<text class="second small" x="{x + 20}" y="87">after thinning</text>',
        f'<rect class="sampled" x="{x + 116}" y="77" width="14" height="12" rx="2"/>',
        f'<text class="second small" x="{x + 136}" y="87">sampled</text>',
        f'<rect class="empty" x="{x + 200.5}" y="77.5" width="13" height="11" rx="2"/>',
        f'<text class="second small" x="{x + 220}" y="87">left out</text>',
        f'<text class="number small" x="{WIDTH - MARGIN}" y="87">sampled of thinned</text>',
    ]


def _depth_head(x: float, head: str) -> str:
    kind = "depth" if head.isdigit() else "out"
    return f'<text class="{kind} small" x="{pixels(x if head.isdigit() else x - 8)}" y="{HEAD - 6}">{head}</text>'


def _branches(node: Node, children: list[int], top: int, indent: float) -> str:
    """The lines from a node down to its children, whose rows are at these heights."""
    x = pixels(MARGIN + 5 + node.depth * indent)
    turns = "".join(f"M{x} {y}h{pixels(indent - 5)}" for y in children)
    return f'<path class="branch" d="M{x} {top + 5}V{children[-1]}{turns}"/>'


def _row(node: Node, y: int, indent: float, most: int, taken: int | None, pruned: bool) -> Iterator[str]:
    """The row of a node: its knot, name, bar and counts; `taken` is None where it was not sampled from."""
    left = MARGIN + 5 + node.depth * indent
    out = "pruned" if pruned else "too deep" if taken is None else ""
    if pruned:
        yield f'<path class="cross" d="M{pixels(left - 4)} {y - 4}l8 8m0 -8l-8 8"/>'
    else:
        yield f'<circle class="{"hollow" if out else "knot"}" cx="{pixels(left)}" cy="{y}" r="4"/>'
    kinds = ["root"] * (node.depth == 0) + ["out"] * bool(out) + ["struck"] * pruned
    name = escaped(fitted(node.raw_task_name, (MARGIN + NAMES - left - 26) / CHARACTER - len(out)))
    yield f'<text x="{pixels(left + 11)}" y="{y + 4}"><tspan class="{" ".join(kinds)}">{name}</tspan>'
    if out:
        yield f'<tspan class="small {"pruned" if pruned else "out"}" dx="8">{out}</tspan>'
    yield f"<title>{escaped(node.raw_task_name)} ({escaped(node.task_name)}), depth {node.depth}</title></text>"
    yield from _bar(y, len(node.examples) / most * BARS, None if out else (taken or 0) / most * BARS)
    yield f'<text class="number" x="{WIDTH - MARGIN}" y="{y + 4}">{taken or 0:,} of {len(node.examples):,}</text>'


def _bar(y: int, length: float, part: float | None) -> Iterator[str]:
    """A bar of a length and what is taken of it; None for what is left out."""
    x = MARGIN + NAMES
    if length and part is None:
        width = pixels(max(length - 1, 1))
        yield f'<rect class="empty" x="{x + 0.5}" y="{y - 5.5}" width="{width}" height="11" rx="2"/>'
    elif length:
        yield f'<rect class="thinned" x="{x}" y="{y - 6}" width="{pixels(max(length, 1))}" height="12" rx="2"/>'
        yield f'<rect class="sampled" x="{x}" y="{y - 6}" width="{pixels(part or 0)}" height="12" rx="2"/>'
