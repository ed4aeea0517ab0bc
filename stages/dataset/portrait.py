"""The sections of a report on the texts themselves: how diverse and long they are, and how many of them are sound.

What a version does not measure of them is left out; what it does measure must have all its keys.
"""

from collections.abc import Sequence

from stages.dataset.charts import Bar, Mark, Piece, Strip, bars, short, strips
from stages.dataset.composition import falling, few, percent
from stages.dataset.figures import Figures
from stages.dataset.markup import Child, Html, lines
from stages.dataset.page import Section, facts, folded, paragraph, table

LENGTHS = ("mean", "median", "p90", "most")
"""What is told of lengths; p90 is what nine of ten do not exceed."""

JUDGES = {"people": "people", "model": "a model"}
"""Who looks through a sample, in words."""


def texts(analysis: Figures) -> Section:
    """What instructions ask for, how alike they are, how long texts are, and what they are strong and weak in."""
    parts = list(analysis.at("parts").entries())
    body = [
        *_diversity(analysis, parts),
        *_verbs(analysis),
        *_lengths(analysis, parts),
        *_qualities(analysis, parts),
        *_categories(analysis),
    ]
    return Section("texts", "Diversity and lengths", lines(*body))


def _diversity(analysis: Figures, parts: Sequence[tuple[str, Figures]]) -> list[Html]:
    """How many different things are asked for, in all and by part."""
    if analysis.get("verbs") is None or analysis.get("nearest") is None:
        return []
    told = [
        ("Different instructions", short(analysis.at("instructions").number())),
        ("Pairs of verb and object", short(analysis.at("verbs", "unique_pairs").number())),
        ("ROUGE-L to the nearest other", short(analysis.at("nearest", "rougeL").number())),
        ("Languages", short(len(list(analysis.at("languages").entries())))),
    ]
    header = ["part", "instructions", "pairs of verb and object", "times a pair occurs", "ROUGE-L to the nearest",
              "near repeats"]  # fmt: skip
    rows: list[list[Child]] = [
        [
            part,
            one.at("instructions").count(),
            one.at("verbs", "unique_pairs").count(),
            short(one.at("verbs", "mean").number()),
            short(one.at("nearest", "rougeL").number()),
            percent(one.at("nearest", "near_repeats").number(), 1),
        ]
        for part, one in [*parts, ("all parts", analysis)]
    ]
    said = "ROUGE-L to the nearest other instruction is low where instructions are unlike each other."
    unread = analysis.at("nearest").get("unread")
    if unread is not None and (count := unread.count()):
        said += f" It reads a-z and 0-9 only: {few(count, 'instruction')} in other scripts could not be compared."
    return [facts(told), paragraph(said), table("How diverse the instructions are", header, rows)]


def _verbs(analysis: Figures) -> list[Html]:
    """What instructions ask to do, and to what."""
    if analysis.get("root_verbs") is None:
        return []
    counts, objects = analysis.at("root_verbs").counts(), analysis.at("objects")
    drawn = []
    for verb in falling(counts):
        what = objects.get(verb)
        piece = Piece(counts[verb], "kept", f"{verb}: {few(counts[verb], 'instruction')}")
        drawn.append(Bar(verb, (piece,), f"{counts[verb]:,}", note=str(what.value) if what else ""))
    return [bars("What instructions ask to do, and to what most often", drawn)]


def _lengths(analysis: Figures, parts: Sequence[tuple[str, Figures]]) -> list[Html]:
    """The lengths of texts, in all and by part."""
    if analysis.get("words") is None:
        return []
    rows = [_length_row(field, one) for field, one in analysis.at("words").entries()]
    by_part = [
        _length_row(f"{part}: {field}", one) for part, whole in parts for field, one in whole.at("words").entries()
    ]
    header = ["words of", "mean", "median", "nine in ten have at most", "longest"]
    title = "Lengths by part"
    return [table("Lengths in words", header, rows), folded(title, table(title, header, by_part))]


def _length_row(name: str, one: Figures) -> list[Child]:
    return [name, *(short(one.at(key).number()) for key in LENGTHS)]


def _qualities(analysis: Figures, parts: Sequence[tuple[str, Figures]]) -> list[Html]:
    """Shares of instances that show a strength or a weakness, found by rule."""
    if analysis.get("qualities") is None:
        return []
    shares = {name: one.number() for name, one in analysis.at("qualities").entries() if name != "looked_at"}
    drawn = [
        Bar(_words(name), (Piece(share, "kept", f"{_words(name)}: {percent(share, 1)}"),), percent(share, 1))
        for name, share in shares.items()
    ]
    rows: list[list[Child]] = [
        [part, *(percent(one.at("qualities", name).number(), 1) for name in shares)] for part, one in parts
    ]
    title = "Strengths and weaknesses: share of instances, found by rule"
    return [bars(title, drawn), folded("By part", table(title, ["part", *map(_words, shares)], rows))]


def _categories(analysis: Figures) -> list[Html]:
    """The kinds of tasks by the words of their datasets' cards."""
    if analysis.get("task_categories") is None:
        return []
    found = dict(analysis.at("task_categories").entries())
    tasks = {name: one.at("tasks").count() for name, one in found.items()}
    drawn = []
    for name in falling(tasks):
        instances = few(found[name].at("instances").count(), "instance")
        drawn.append(Bar(name, (Piece(tasks[name], "kept", f"{name}: {few(tasks[name], 'task')}, {instances}"),),
                         f"{tasks[name]:,}", note=instances))  # fmt: skip
    return [bars("Tasks by the category of their source", drawn)]


def audit(found: Figures) -> Section:
    """How many rows of a sample are sound, by whoever looked through it, beside what the papers found of theirs."""
    rows = found.at("judged", "rows").count()
    counts = {who: found.at("judged", f"by_{who}").count() for who in JUDGES}
    judged = [f"{count:,} by {JUDGES[who]}" for who, count in counts.items() if count]
    said = f"A sample of {few(rows, 'row')} was drawn; {' and '.join(judged) or 'nobody'} judged it so far."
    strip = []
    for who, words in JUDGES.items():
        summary = found.at(who)
        for name, one in summary.entries():
            if isinstance(one.value, dict) and "share" in one.value:
                strip.append(_share(f"{_words(name)}, by {words}", one, "own"))
        by_part = summary.get("by_part")
        for part, one in by_part.entries() if by_part else ():
            strip.append(_share(f"{part}, by {words}", one, "own"))
    strip += [_share(f"{paper} (published)", one, "baseline") for paper, one in found.at("published").entries()]
    key = [("own", "this dataset"), ("baseline", "published, of other datasets")]
    body = [paragraph(said), strips("Percent of sampled rows that are sound", strip, key, floor=0)]
    header = ["part", "rows", "drawn"]
    drawn: list[list[Child]] = [
        [part, one.at("rows").count(), one.at("drawn").count()] for part, one in found.at("sample").entries()
    ]
    for who, words in JUDGES.items():
        faults = found.at(who).get("faults")
        if faults and faults.value:
            counted = faults.counts()
            cells: list[list[Child]] = [[fault, counted[fault]] for fault in falling(counted)]
            body.append(table(f"Faults found by {words}", ["fault", "rows"], cells))
    return Section("audit", "A look at the rows", lines(*body, table("The sample by part", header, drawn)))


def _share(name: str, one: Figures, kind: str) -> Strip:
    share, low, high = (one.at(key).number() for key in ("share", "low", "high"))
    figures = f"{name}: {share:.1f} % ({low:.1f} to {high:.1f}) of {few(one.at('of').count(), 'row')}"
    return Strip(name, (Mark(share, kind, figures, low, high),), f"{share:.1f} %")


def _words(name: str) -> str:
    return name.replace("_", " ")
