"""The sections of a report on what was measured: models' scores, and what runs that go on still know."""

from collections.abc import Iterator, Sequence

from stages.dataset.charts import Mark, Strip, short, strips
from stages.dataset.figures import Figures
from stages.dataset.markup import Child, Html, element, lines
from stages.dataset.page import Section, paragraph, table

HEADLINES = ("equal", "bits_per_byte", "rougeL", "exact_match")
"""The score of a benchmark that is drawn: the first of these that it has."""

WORDS = {
    "bits_per_byte": "bits per byte",
    "rougeL": "ROUGE-L",
    "rouge1": "ROUGE-1",
    "exact_match": "exact match",
    "equal": "share of answers equal in value",
    "strict": "share of answers equal to the letter",
}
"""Scores in words."""

LESS_IS_BETTER = frozenset({"bits_per_byte"})

INTERVALS = ("_low", "_high")
"""What follows the name of a score in the names of the ends of its interval."""

OWN, FORGOTTEN = "held_out_bits_per_byte", "_forgotten_bits"


def scores(models: Figures) -> Section:
    """What every model scores on every benchmark: a chart of the score that counts, and a table of all."""
    benchmarks: dict[str, list[tuple[str, Figures]]] = {}
    for model, scored in models.entries():
        for benchmark, one in scored.entries():
            benchmarks.setdefault(benchmark, []).append((model, one))
    body: list[Html] = []
    for benchmark, measured in benchmarks.items():
        body += [element("h3", benchmark), *_benchmark(benchmark, measured)]
    return Section("scores", "Scores by model", lines(*(body or [paragraph("No model was measured.")])))


def _benchmark(benchmark: str, measured: Sequence[tuple[str, Figures]]) -> Iterator[Html]:
    flat = {model: dict(leaves(one)) for model, one in measured}
    names = list(dict.fromkeys(name for one in flat.values() for name, value in one.items() if not _said(value)))
    if headline := next((name for name in HEADLINES if name in names), ""):
        yield _drawn(headline, flat)
    shown = [name for name in names if not name.endswith(INTERVALS)]
    rows: list[list[Child]] = [[model, *(_cell(one, name) for name in shown)] for model, one in flat.items()]
    yield table(f"All scores on {benchmark}", ["model", *map(worded, shown)], rows)
    said: dict[str, list[str]] = {}
    for model, one in flat.items():
        for value in one.values():
            if _said(value):
                said.setdefault(str(value.value), []).append(model)
    for sentence, models in said.items():
        yield paragraph(f"{', '.join(models)}: {sentence}.")


def _drawn(headline: str, flat: dict[str, dict[str, Figures]]) -> Html:
    """A row for each model with the score that counts, its interval, and the baselines beside it."""
    rows = []
    baselines: dict[str, str] = {}
    for model, one in flat.items():
        marks = []
        for name, found in one.items():
            if name.endswith(f"_{headline}") and not name.endswith(INTERVALS):
                baseline, value = name.removesuffix(f"_{headline}").replace("_", " "), found.number()
                baselines[baseline] = short(value)
                marks.append(Mark(value, "baseline", f"{baseline}: {short(value)}"))
        if headline in one:
            mark = Mark(one[headline].number(), "own", f"{model}: {_cell(one, headline)}", *_interval(one, headline))
            rows.append(Strip(model, (*marks, mark), short(mark.value)))
    key = [("own", "model")]
    if baselines:
        beside = ", ".join(f"{name} {value}" for name, value in baselines.items())
        key.append(("baseline", f"for comparison: {beside}"))
    less = headline in LESS_IS_BETTER
    title = f"{worded(headline)}, {'less' if less else 'more'} is better"
    return strips(title[0].upper() + title[1:], rows, key, floor=None if less else 0)


def leaves(found: Figures, before: str = "") -> Iterator[tuple[str, Figures]]:
    """The values of nested metrics by their keys joined with blanks; a list of two numbers is an interval's ends."""
    for key, value in found.entries():
        if isinstance(value.value, dict):
            yield from leaves(value, f"{before}{key} ")
        elif isinstance(value.value, list) and len(value.value) == 2:
            name = f"{before}{key}".removesuffix("_interval")
            for end, number in zip(INTERVALS, value.value, strict=True):
                yield name + end, Figures(value.file, number, value.keys)
        elif value.value is not None:
            yield before + key, value


def forgetting(runs: Figures) -> Section:
    """What runs still know of the stages before them: the table of continual learning, and its chart."""
    shown = {run: dict(row.entries()) for run, row in runs.entries()}
    rows = []
    for run, row in shown.items():
        if OWN not in row:
            continue
        marks = [Mark(row[OWN].number(), "own", f"{run}, on its own parts: {short(row[OWN].number())}")]
        for earlier, one in shown.items():
            key = f"{earlier}_bits_per_byte"
            if key in row and OWN in one:
                now, then = row[key].number(), one[OWN].number()
                figures = f"{run}, on the parts of {earlier}: {short(now)}, where {earlier} needed {short(then)}"
                marks.append(Mark(now, "earlier", figures, since=then))
        rows.append(Strip(run, tuple(marks), short(row[OWN].number()), note=_way(row)))
    body: list[Html] = []
    if rows:
        body = [
            paragraph(
                "A run that goes on from another is measured on its own parts and on those of the stages before it. "
                "A red line begins where the earlier stage stood; to the right of it is what was forgotten."
            ),
            strips("Bits per byte on held-out instances, less is better", rows,
                   [("own", "its own parts"), ("earlier", "parts of an earlier stage")]),
        ]  # fmt: skip
    names = list(dict.fromkeys(name for row in shown.values() for name in row if name not in ("replay", "full")))
    header = ["run", "replay", *map(worded, names)]
    cells: list[list[Child]] = [[run, _way(row), *(_cell(row, name) for name in names)] for run, row in shown.items()]
    body.append(table("Runs stage by stage", header, cells, words=(1,)))
    return Section("forgetting", "What runs still know", lines(*body))


def _way(row: dict[str, Figures]) -> str:
    """How a run came to what it knows."""
    if "replay" in row:
        return f"replay: {row['replay'].value}"
    return str(row["full"].value) if "full" in row else "first stage"


def _interval(one: dict[str, Figures], name: str) -> tuple[float | None, float | None]:
    low, high = (one[name + end].number() if name + end in one else None for end in INTERVALS)
    return low, high


def _cell(one: dict[str, Figures], name: str) -> str:
    if name not in one:
        return "-"
    low, high = _interval(one, name)
    spread = "" if low is None or high is None else f" ({short(low)} to {short(high)})"
    return short(one[name].number()) + spread


def worded(name: str) -> str:
    """A score's name for people: `copy_input_rougeL` is `copy input ROUGE-L`."""
    for score, words in WORDS.items():
        if name == score or name.endswith(f"_{score}"):
            name = f"{name.removesuffix(score)}{words}"
            break
        name = name.replace(f"{score}_by_part ", f"{words} on ")
    return name.replace("_", " ")


def _said(value: Figures) -> bool:
    return isinstance(value.value, str)
