"""Pieces of Markdown that are safe to show, whatever names from outside stand in them."""

from collections.abc import Iterable, Mapping, Sequence


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table of cells that are safe already; bars in them are escaped, as tables need it."""
    lines = [header, ["---"] * len(header), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def code(name: str) -> str:
    """A foreign name as a code span: one line, no backticks."""
    line = " ".join(name.split()).replace("`", "'")
    return f"`{line}`" if line else ""


def number(count: int) -> str:
    """A count with commas between thousands."""
    return f"{count:,}"


def counts(counted: Mapping[str, int]) -> list[tuple[str, str]]:
    """Lines of a table, the most frequent first."""
    return [(code(name), number(count)) for name, count in sorted(counted.items(), key=lambda one: (-one[1], one[0]))]
