"""A difference as a page: one file that asks for nothing else, readable on a phone, in dark mode and printed.

Everything that comes from the dataset is escaped, and the page forbids scripts.
"""

import html
from collections.abc import Mapping
from typing import Any

from stages.console import diff_tables
from stages.console.diff_text import TEXTS, changes, place, shortened, value

_TAGS = {"=": "span", "-": "del", "+": "ins"}

_STYLE = """
:root { color-scheme: light dark; --text: #1f2328; --faint: #59636e; --line: #d1d9e0; --back: #fff;
  --in: #dafbe1; --in-text: #116329; --out: #ffebe9; --out-text: #a40e26; }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --faint: #9198a1; --line: #3d444d; --back: #0d1117;
  --in: #12361f; --in-text: #7ee787; --out: #4a1519; --out-text: #ffa198; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--back); margin: 0 auto;
  max-width: 62rem; padding: 1.5rem 1rem 4rem; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.05rem; margin: 2rem 0 .4rem; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem 1.2rem .25rem 0; text-align: left; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { color: var(--faint); font-weight: 500; } .number { text-align: right; }
.more, .place { color: var(--faint); } .row { border-left: 3px solid var(--line); padding: 0 .8rem; margin: .9rem 0; }
.entered { border-color: var(--in-text); } .left { border-color: var(--out-text); }
.row p { margin: .15rem 0; } b { font-weight: 600; }
ins { background: var(--in); color: var(--in-text); text-decoration: none; }
del { background: var(--out); color: var(--out-text); }
@media print { body { max-width: none; } }
"""


def page(found: Mapping[str, Any]) -> str:
    """The whole page."""
    title = html.escape(f"Dataset: {diff_tables.headline(found)}")
    lines = "".join(f"<li>{html.escape(line)}</li>\n" for line in [*diff_tables.summary(found), *found["notes"]])
    shown = "".join(_table(table) for table in diff_tables.tables(found))
    rows = "".join(_examples(kind, found["examples"][kind]) for kind in ("entered", "left", "changed"))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>{title}</h1>
<ul>
{lines}</ul>
{shown}{rows}</body>
</html>
"""


def _table(table: diff_tables.Table) -> str:
    kinds = [' class="number"' if table.is_numeric(at) else "" for at in range(len(table.header))]
    head = "".join(f"<th{kind}>{html.escape(name)}</th>" for kind, name in zip(kinds, table.header, strict=True))
    body = "".join(
        f"<tr>{''.join(f'<td{kind}>{html.escape(cell)}</td>' for kind, cell in zip(kinds, row, strict=True))}</tr>\n"
        for row in table.rows
    )
    more = f'<p class="more">and {table.more:,} more</p>\n' if table.more else ""
    return (
        f"<h2>{html.escape(table.title)}</h2>\n"
        f'<div class="scroll"><table>\n<tr>{head}</tr>\n{body}</table></div>\n{more}'
    )


def _examples(kind: str, listed: list[Mapping[str, Any]]) -> str:
    if not listed:
        return ""
    return f"<h2>rows that {kind}, for example</h2>\n" + "".join(_example(kind, one) for one in listed)


def _example(kind: str, one: Mapping[str, Any]) -> str:
    row = one["after"] if kind == "changed" else one
    lines = [f'<p class="place">{html.escape(place(row))}</p>']
    if kind == "changed":
        for column, pieces in changes(one):
            text = "".join(f"<{_TAGS[mark]}>{html.escape(text)}</{_TAGS[mark]}>" for mark, text in pieces)
            lines.append(f"<p><b>{html.escape(column)}</b> {text}</p>")
    else:
        texts = ((column, value(row, column)) for column in TEXTS)
        lines += [f"<p><b>{column}</b> {html.escape(shortened(text))}</p>" for column, text in texts if text]
    return f'<div class="row {kind}">\n' + "\n".join(lines) + "\n</div>\n"
