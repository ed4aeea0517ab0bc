"""Pieces of Markdown that are safe to show, whatever names from outside stand in them."""

from collections.abc import Iterable, Sequence


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table of cells that are safe already."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def code(name: str) -> str:
    """A foreign name as a code span for a table cell: one line, no backticks, and bars escaped as tables need it."""
    line = " ".join(name.split()).replace("`", "'").replace("|", "\\|")
    return f"`{line}`" if line else ""
