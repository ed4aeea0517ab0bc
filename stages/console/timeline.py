"""The page of `sauropod log --html`: how the dataset and its models' scores went from version to version."""

from collections.abc import Sequence
from pathlib import Path

from stages.console.log import Line, scored, told_parts, told_score
from stages.console.show import dollars
from stages.dataset.charts import Bar, Piece, bars, curves, shade
from stages.dataset.charts import Line as Curve
from stages.dataset.composition import KINDS
from stages.dataset.markup import Child, Html, element, lines
from stages.dataset.page import Section, paragraph, render, table
from stages.dataset.results import LESS_IS_BETTER, worded
from stages.shared.files import replacing

SOURCE = "Made by `sauropod log --html` from the metrics of every git tag and of the working tree."


def write(path: Path, found: Sequence[Line]) -> None:
    """Write the page."""
    with replacing(path) as temporary:
        temporary.write_text(page(found), "utf-8", newline="\n")


def page(found: Sequence[Line]) -> str:
    """The page, the same for the same versions."""
    lead = paragraph(
        f"{len(found)} {'version' if len(found) == 1 else 'versions'}, the oldest first. Point at a mark in a chart "
        "for its figures, or reach it with Tab and the arrow keys."
    )
    sections = [_size(found), *([_scores(found)] if any(line["best"] for line in found) else []), _all(found)]
    return render("How the dataset grew", lead, sections, SOURCE)


def _size(found: Sequence[Line]) -> Section:
    """The instances of each version by kind of part, and its tasks and datasets as lines."""
    kinds = list(KINDS)
    drawn = []
    for line in found:
        pieces = []
        for kind in dict.fromkeys([*kinds, *(part.partition("/")[0] for part in line["parts"] or {})]):
            own = [size or 0 for part, size in (line["parts"] or {}).items() if part.partition("/")[0] == kind]
            colour = shade(kinds.index(kind)) if kind in kinds else "series-0"
            figures = f"{line['version']}, {KINDS.get(kind, kind)}: {sum(own):,} instances in {len(own)}"
            pieces.append(Piece(sum(own), colour, figures))
        shown = "-" if line["instances"] is None else f"{line['instances']:,}"
        drawn.append(Bar(line["version"], tuple(pieces), shown, note=line["date"] or ""))
    there = {piece.kind for bar in drawn for piece in bar.pieces if piece.value}
    key = [(shade(kinds.index(kind)), words) for kind, words in KINDS.items() if shade(kinds.index(kind)) in there]
    names = [line["version"] for line in found]
    body = [bars("Instances in each version", drawn, key)]
    for name, title in (("tasks", "Tasks"), ("datasets", "Source datasets")):
        body.append(curves(title, names, [Curve(title.lower(), tuple(line[name] for line in found))], ""))
    return Section("size", "Size", lines(*body))


def _scores(found: Sequence[Line]) -> Section:
    """A chart for each benchmark: the score that counts, a line for each model."""
    body: list[Html] = []
    names = [line["version"] for line in found]
    for benchmark in dict.fromkeys(name for line in found for name in line["scores"]):
        measured = [line["scores"].get(benchmark) for line in found]
        score = next(one["score"] for one in measured if one)
        models = list(dict.fromkeys(model for one in measured if one for model in one["models"]))
        series = [
            Curve(model, tuple(one["models"].get(model) if one and one["score"] == score else None for one in measured))
            for model in models
        ]
        less = score in LESS_IS_BETTER
        title = f"{worded(score)}, {'less' if less else 'more'} is better"
        body += [
            element("h3", benchmark),
            curves(title[0].upper() + title[1:], names, series, worded(score), floor=None if less else 0),
        ]
    return Section("scores", "Scores", lines(*body))


def _all(found: Sequence[Line]) -> Section:
    """The lines of `sauropod log` as a table."""
    benchmarks = scored(found)
    header = ["version", "date", "parts", "instances", "tasks", "source datasets", "strictest licence",
              *(f"best on {name}, {score}" for name, score in benchmarks), "paid for tasks"]  # fmt: skip
    rows: list[list[Child]] = [
        [
            line["version"],
            line["date"] or "-",
            told_parts(line["parts"]),
            *("-" if line[key] is None else line[key] for key in ("instances", "tasks", "datasets")),
            f"{line['licence']} ({', '.join(line['licences'])})" if line["licence"] else "-",
            *(told_score(line, name) for name, _ in benchmarks),
            dollars(line["cost_usd"]) if line["cost_known"] else "-",
        ]
        for line in found
    ]
    words = [1, 2, 6, *range(7, 7 + len(benchmarks))]
    return Section("versions", "All versions", table("The versions in the order of history", header, rows, words))
