"""The sections of a report on what the dataset is made of: its size, its parts, its licences and its cost."""

from collections.abc import Mapping, Sequence

from stages.dataset import strictness
from stages.dataset.charts import Bar, Piece, bars, shade, short
from stages.dataset.figures import Figures
from stages.dataset.markup import Child, Html, lines
from stages.dataset.page import Section, facts, paragraph, table

KINDS = {"hub": "waves of hub datasets", "domain": "explored domains", "corpus": "open corpora"}
"""The kinds of parts in words."""

CLASS_KINDS = {"free": 2, "share-alike": 0, "unknown": 6, "non-commercial": 1, "no-derivatives": 4}
"""The colour of each word of strictness, as a number for `shade`."""


def lead(dataset: Figures) -> Html:
    """The few figures that say what a version is."""
    word, _ = strictness.strictest(dataset.at("licenses").counts())
    parts = len(list(dataset.at("parts").entries()))
    cost = (asking := dataset.get("asking")) and asking.at("cost_usd")
    return lines(
        paragraph(
            f"{few(dataset.at('instances').count(), 'instance')} of {few(dataset.at('tasks').count(), 'task')}, from "
            f"{few(dataset.at('datasets').count(), 'source dataset')} in {few(parts, 'part')}. Point at a mark in a "
            "chart for its figures, or reach it with Tab and the arrow keys."
        ),
        facts(
            [
                ("Instances", short(dataset.at("instances").count())),
                ("Tasks", short(dataset.at("tasks").count())),
                ("Source datasets", short(dataset.at("datasets").count())),
                ("Parts", short(parts)),
                ("Strictest licence", word or "none"),
                ("Paid for tasks", dollars(cost) if cost else "not counted"),
            ]
        ),
    )


def growth(dataset: Figures) -> Section:
    """How each part added to those before it, in the order they joined."""
    drawn: list[Bar] = []
    rows: list[list[Child]] = []
    total = before = 0
    kinds = list(KINDS)
    for part, size in dataset.at("parts").entries():
        instances, kind = size.at("instances").count(), part.partition("/")[0]
        before, total = total, total + instances
        figures = f"{part}: {instances:,} instances more, {total:,} in all"
        colour = shade(kinds.index(kind)) if kind in kinds else "series-0"
        pieces = (Piece(before, "before", f"before {part}: {before:,}"), Piece(instances, colour, figures))
        drawn.append(Bar(part, pieces, f"+{instances:,}"))
        rows.append([part, instances, total, size.at("tasks").count(), size.at("datasets").count()])
    there = dict.fromkeys(str(row[0]).partition("/")[0] for row in rows)
    key = [(shade(kinds.index(kind)), KINDS[kind]) for kind in kinds if kind in there]
    title = "Instances that each part added to those before it"
    header = ["part", "instances", "in all", "tasks", "source datasets"]
    return Section(
        "growth",
        "Growth by part",
        lines(
            bars(title, drawn, [("before", "there before"), *key]),
            table("Parts in the order they joined", header, rows),
        ),
    )


def licences(dataset: Figures) -> Section:
    """What licences and terms the instances are under, who wrote them, and what the dataset's use left out."""
    total = dataset.at("instances").count()
    by_id = dataset.at("licenses").counts()
    word, ids = strictness.strictest(by_id)
    drawn = []
    for id in falling(by_id):
        kind = strictness.word(id)
        figures = f"{id}: {by_id[id]:,} instances, {percent(by_id[id], total)} ({strictness.WORDS[kind]})"
        drawn.append(Bar(id, (Piece(by_id[id], shade(CLASS_KINDS[kind]), figures),), f"{by_id[id]:,}"))
    there = {strictness.word(id) for id in by_id}
    key = [(shade(CLASS_KINDS[kind]), f"{kind}: {said}") for kind, said in strictness.WORDS.items() if kind in there]
    body: list[Html] = [bars("Instances by licence", drawn, key)]
    if word:
        body.insert(0, paragraph(f"The strictest word is {word}: {strictness.WORDS[word]} ({', '.join(ids)})."))
    for title, name in (("Terms beside the licence", "terms"), ("Who wrote the outputs", "generators")):
        counts = dataset.at(name).counts()
        shares: list[list[Child]] = [[one, counts[one], percent(counts[one], total)] for one in falling(counts)]
        body.append(table(title, [name.removesuffix("s"), "instances", "share"], shares))
    left_out: list[list[Child]] = [
        [part, reason, count]
        for part, one in dataset.at("left_out").entries()
        for reason, count in one.counts().items()
    ]
    if left_out:
        body.append(table("Left out by `merge.use`", ["part", "reason", "instances"], left_out, words=(1,)))
    else:
        body.append(paragraph("No row was left out for its licence or terms (merge.use)."))
    return Section("licences", "Licences and terms", lines(*body))


def kept_out(dataset: Figures) -> Section | None:
    """What was kept out since models are tested on it; None for a version that did not look."""
    benchmarks = dict(found.entries()) if (found := dataset.get("contamination")) else {}
    if not benchmarks:
        return None
    rows: list[list[Child]] = [
        [
            name,
            str(one.at("revision").value)[:12],
            one.at("instances").count(),
            one.at("met").count(),
            one.at("rows").count(),
            ", ".join(f"{part} {count:,}" for part, count in one.at("parts").counts().items()) or "-",
        ]
        for name, one in benchmarks.items()
    ]
    total = sum(one.at("rows").count() for one in benchmarks.values())
    header = ["benchmark", "revision", "instances", "met in the data", "rows dropped", "of the parts"]
    said = f"Rows that held texts of {few(len(benchmarks), 'benchmark')}, and were dropped for it: {total:,}."
    body = lines(paragraph(said), table("Benchmarks that were looked for in every row", header, rows, words=(1, 5)))
    return Section("contamination", "Texts of benchmarks", body)


def costs(dataset: Figures) -> Section | None:
    """What the tasks cost by part, beside what the paper's authors paid; None for a version that did not count."""
    asking = dataset.get("asking")
    if asking is None:
        return None
    paper = asking.at("paper")
    header = ["part", "answers", "tokens in", "tokens out", "cost", "a task", "1,000 instances"]
    rows = [[part, *cost_cells(one)] for part, one in asking.at("parts").entries()]
    cells = cost_cells(asking)
    if len(rows) > 1:
        rows.append(["all that was asked", *cells])
    published = [*[""] * 3, dollars(paper.at("usd")), "", dollars(paper.at("usd_per_1000_instances"))]
    rows.append(["Dynosaur's paper (published)", *published])
    body = [table("Answers of models, and what they cost", header, rows)]
    if not asking.at("input_tokens").count() and asking.at("cost_usd").value == 0:
        said = "Nothing was paid: tasks were proposed by rule, or read from recorded answers."
        body.insert(0, paragraph(said))
    return Section("costs", "Costs", lines(*body))


def cost_cells(one: Figures) -> list[str]:
    """What was asked and what it cost, as a row's cells."""
    counts = [f"{one.at(key).count():,}" for key in ("answers", "input_tokens", "output_tokens")]
    return counts + [dollars(one.at(key)) for key in ("cost_usd", "usd_per_task", "usd_per_1000_instances")]


def dollars(amount: Figures) -> str:
    """Dollars for people: cents from a dollar on, four digits below; what is not known is said."""
    if amount.value is None:
        return "unknown"
    value = amount.number()
    return f"${value:,.2f}" if value >= 1 or value == 0 else f"${value:.4g}"


def percent(count: float, whole: float) -> str:
    """A share for people; a small one is not called nothing."""
    if not whole:
        return "-"
    share = 100 * count / whole
    return "< 0.1 %" if 0 < share < 0.05 else f"{share:.1f} %"


def few(count: int, word: str) -> str:
    """A count with its word, in the plural where it needs one."""
    return f"{count:,} {word}" + ("" if count == 1 else "s")


def falling(counts: Mapping[str, int]) -> list[str]:
    """The words by their counts, the greatest first."""
    return sorted(counts, key=lambda word: (-counts[word], word))


def summed(counts: Sequence[Mapping[str, int]]) -> dict[str, int]:
    """Counts by word, added up, the greatest first."""
    found: dict[str, int] = {}
    for one in counts:
        for word, count in one.items():
            found[word] = found.get(word, 0) + count
    return {word: found[word] for word in falling(found)}
