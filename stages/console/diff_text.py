"""A difference as text for a terminal, and as Markdown for a pull request.

What stands in rows is foreign: on a terminal its control characters become blanks; in Markdown it is inside code,
where it makes no link, calls nobody and ends no table.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from stages.console import diff_tables
from stages.console.diff_words import Piece, word_diff
from stages.console.show import print_table

LONGEST = 300
"""Characters that are shown of a text."""

TEXTS = ("instruction", "input", "output", "messages")
"""Columns of a row that are shown."""

STYLES = {"=": "", "-": "red strike", "+": "green"}
MARKS = {"=": ("", ""), "-": ("[-", "-]"), "+": ("{+", "+}")}

SIGNS = {"entered": "+", "left": "-", "changed": "~"}
"""What stands before a row that is shown."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


def one_line(text: str) -> str:
    """A foreign text on one line, without characters that steer a terminal or turn the direction of writing."""
    return _CONTROL.sub(" ", text)


def value(row: Mapping[str, Any], column: str) -> str:
    """What stands in a column of a row, as text: turns of a conversation one after the other."""
    found = row.get(column)
    if isinstance(found, list):
        return " ".join(f"<{turn['role']}> {turn['content']}" for turn in found)
    return found or ""


def place(row: Mapping[str, Any]) -> str:
    """Where a row is from, and under which licence."""
    words = (row["part"], row["origin"], row["row"], row["license"] or "no licence", row.get("terms", ""))
    return " · ".join(one_line(word) for word in words if word)


def changes(pair: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, list[Piece]]]:
    """The columns in which a row differs, each word by word."""
    before, after = pair["before"], pair["after"]
    for column in dict.fromkeys([*before, *after]):
        old, new = value(before, column), value(after, column)
        if old != new:
            yield column, [(kind, one_line(text)) for kind, text in word_diff(old, new)]


def shortened(text: str) -> str:
    """The beginning of a text, on one line."""
    line = one_line(text)
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def marked(pieces: list[Piece]) -> str:
    """A word diff in characters, as `git diff --word-diff` has it."""
    return "".join(f"{MARKS[kind][0]}{text}{MARKS[kind][1]}" for kind, text in pieces)


def show(found: Mapping[str, Any], *, brief: bool = False) -> None:
    """Print it for a person; brief: the summary and the parts alone."""
    from rich.markup import escape  # noqa: PLC0415 - only text needs it

    print(diff_tables.headline(found))
    for line in [*diff_tables.summary(found), *found["notes"]]:
        print(f"  {one_line(line)}")
    print()
    for table in [diff_tables.parts(found)] if brief else diff_tables.tables(found):
        rows = [[escape(one_line(cell)) for cell in row] for row in table.rows]
        print_table(table.title, list(table.header), rows)
        if table.more:
            print(f"  … and {table.more:,} more (--json has them all)\n")
    _show_examples(found["examples"])


def _show_examples(examples: Mapping[str, Any]) -> None:
    from rich.console import Console  # noqa: PLC0415 - only text needs it
    from rich.text import Text  # noqa: PLC0415

    console = Console(highlight=False, soft_wrap=True)
    for kind, sign in SIGNS.items():
        if examples[kind]:
            console.print(Text(f"rows that {kind}, for example", "italic"))
        for one in examples[kind]:
            console.print(Text(f"{sign} {place(one['after'] if kind == 'changed' else one)}", "bold"))
            if kind == "changed":
                for column, pieces in changes(one):
                    plain = [(f"{MARKS[mark][0]}{text}{MARKS[mark][1]}", "") for mark, text in pieces]
                    coloured = [(text, STYLES[mark]) for mark, text in pieces]
                    console.print(Text.assemble(f"    {column}: ", *(coloured if console.is_terminal else plain)))
            else:
                for column in TEXTS:
                    if text := value(one, column):
                        console.print(Text(f"    {column}: {shortened(text)}"))
        if examples[kind]:
            console.print()


def markdown(found: Mapping[str, Any]) -> str:
    """It as Markdown that a pull request can hold."""
    lines = [f"### Dataset: {code(diff_tables.headline(found))}", ""]
    lines += [f"- {one_line(line)}" for line in [*diff_tables.summary(found), *found["notes"]]] + [""]
    for table in diff_tables.tables(found):
        lines += [f"**{table.title}**", "", _line(table.header)]
        numeric = [table.is_numeric(at) for at in range(len(table.header))]
        lines.append(_line(["---:" if one else "---" for one in numeric]))
        lines += [_line(map(_cell, row, numeric)) for row in table.rows]
        lines += ["", f"… and {table.more:,} more.", ""] if table.more else [""]
    for kind, sign in SIGNS.items():
        shown = [line for one in found["examples"][kind] for line in _example(kind, sign, one)]
        if shown:
            fence = "`" * (1 + max([2, *(len(run) for line in shown for run in re.findall("`+", line))]))
            lines += ["<details>", f"<summary>rows that {kind}, for example</summary>", "", f"{fence}diff"]
            lines += [*shown, fence, "", "</details>", ""]
    return "\n".join(lines)


def _example(kind: str, sign: str, one: Mapping[str, Any]) -> list[str]:
    if kind != "changed":
        texts = [(column, value(one, column)) for column in TEXTS]
        return [f"{sign} {place(one)}", *(f"{sign}   {column}: {shortened(text)}" for column, text in texts if text)]
    lines = [f"  {place(one['after'])}"]
    for column, pieces in changes(one):
        lines.append(f"-   {column}: {marked([piece for piece in pieces if piece[0] != '+'])}")
        lines.append(f"+   {column}: {marked([piece for piece in pieces if piece[0] != '-'])}")
    return lines


def code(text: str) -> str:
    """A text as a code span for a table cell: one line, no backticks, and bars escaped as tables need it."""
    return f"`{one_line(text).replace('`', chr(39)).replace('|', chr(92) + '|')}`"


def _cell(text: str, numeric: bool) -> str:
    return text if numeric or not text else code(text)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
