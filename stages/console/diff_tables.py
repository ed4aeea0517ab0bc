"""What a difference says, as lines and tables that text, Markdown and HTML show alike."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MOST = 20
"""Lines of a table; how many more there are is said below it, and --json has them all."""

KINDS = {"licenses": "licence", "terms": "terms", "languages": "language", "generators": "generator"}
"""Columns of the dataset that get a table each, and the word for one of their values."""

MEASURES = {"contamination": "contamination", "diversity": "diversity", "scores": "scores"}
"""Metrics that get a table each."""


@dataclass(frozen=True)
class Table:
    """A table: a title, the names of its columns, cells as they are shown, and how many lines were left out."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    more: int = 0

    def is_numeric(self, column: int) -> bool:
        """Whether a column holds numbers, which stand to the right."""
        return all(set(row[column]) <= set("0123456789,.+−–→ ") for row in self.rows)


def headline(found: Mapping[str, Any]) -> str:
    """The two versions in one line."""
    before, after = (
        f"{one['name']} ({one['commit'][:9]})" if one["commit"] else one["name"]
        for one in (found["before"], found["after"])
    )
    return f"{before} → {after}"


def summary(found: Mapping[str, Any]) -> list[str]:
    """What happened, in a few lines."""
    lines = []
    for word in ("rows", "tasks", "sources"):
        counts = {kind: size(found[word][kind]) for kind in ("entered", "left", "changed")}
        said = ", ".join(f"{count:,} {kind}" for kind, count in counts.items() if count)
        lines.append(f"{word}: {said or 'the same'}")
    if found["rows"]["before"] is not None and found["rows"]["after"] is not None:
        lines[0] += f" ({found['rows']['before']:,} before, {found['rows']['after']:,} after)"
    if found["changed_columns"]:
        said = ", ".join(f"{name} of {count:,}" for name, count in found["changed_columns"].items())
        lines.append(f"changed rows differ in: {said}")
    if found["same_shards"]:
        lines.append(f"the same, byte for byte: {', '.join(found['same_shards'])}")
    return lines


def tables(found: Mapping[str, Any]) -> list[Table]:
    """The tables that have a line."""
    listed = [parts(found), *sources(found)]
    listed += [kinds(f"by {word}", word, found[key]) for key, word in KINDS.items()]
    listed += [measures(title, found[key]) for key, title in MEASURES.items()]
    return [table for table in listed if table.rows]


def parts(found: Mapping[str, Any]) -> Table:
    """The parts, those that did not change too, so that the whole is seen."""
    rows = [
        (part, *(number(one[key]) for key in ("before", "after", "entered", "left", "changed")))
        for part, one in found["parts"].items()
    ]
    return cut("by part", ("part", "before", "after", "entered", "left", "changed"), rows)


def sources(found: Mapping[str, Any]) -> list[Table]:
    """The sources that entered and left, and those of which something changed."""
    listed = []
    for kind in ("entered", "left"):
        rows = [
            (one["dataset"], one["part"], number(one["rows"]), *(", ".join(one[key]) for key in ("license", "terms")))
            for one in sorted(found["sources"][kind], key=lambda one: -int(one["rows"]))
        ]
        listed.append(cut(f"sources that {kind}", ("source", "part", "rows", "licence", "terms"), rows))
    rows = [
        (
            one["dataset"],
            one["part"],
            f"{one['before']['rows']:,} → {one['after']['rows']:,}"
            if one["before"]["rows"] != one["after"]["rows"]
            else number(one["after"]["rows"]),
            number(one["rows_changed"]),
            "; ".join(f"{key}: {', '.join(old)} → {', '.join(new)}" for key, (old, new) in one["differs"].items()),
        )
        for one in found["sources"]["changed"]
    ]
    listed.append(cut("sources that changed", ("source", "part", "rows", "changed rows", "what"), rows))
    return listed


def kinds(title: str, word: str, counted: Mapping[str, Mapping[str, Any]]) -> Table:
    """The values of a column of which the number of rows changed."""
    rows = [
        (name or "none", number(one["before"]), number(one["after"]), signed(one["change"]))
        for name, one in counted.items()
        if one["change"]
    ]
    return cut(title, (word, "before", "after", "change"), rows)


def measures(title: str, compared: Sequence[Mapping[str, Any]]) -> Table:
    """The numbers of a metrics file that differ, but for those of single parts."""
    rows = [
        (one["key"], shown(one["before"]), shown(one["after"]), signed(change) if (change := difference(one)) else "")
        for one in compared
        if not one["key"].startswith("parts.")
    ]
    return cut(title, ("metric", "before", "after", "change"), rows)


def difference(one: Mapping[str, Any]) -> float | None:
    """The change of a number; None where it is on one side only."""
    if one["before"] is None or one["after"] is None:
        return None
    change = one["after"] - one["before"]
    return change if isinstance(change, int) else round(change, 4)


def cut(title: str, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Table:
    """A table of the first lines, without columns that say nothing."""
    listed = list(rows)
    told = [at for at in range(len(header)) if any(row[at] not in ("", "–") for row in listed)]
    kept = tuple(tuple(row[at] for at in told) for row in listed[:MOST])
    return Table(title, tuple(header[at] for at in told), kept, max(0, len(listed) - MOST))


def size(found: Any) -> int:
    """How many: a number as it is, of a list its length."""
    return found if isinstance(found, int) else len(found)


def number(count: int | None) -> str:
    """A count; nothing for 0, a dash for what is not known."""
    return "–" if count is None else f"{count:,}" if count else ""


def signed(change: float) -> str:
    """A change with its sign."""
    return f"{change:+,}".replace("-", "−")


def shown(value: Any) -> str:
    """A measure; nothing where there is none."""
    return "" if value is None else f"{value:,}"
