"""The section of a report on what became of everything that was read: kept, or dropped for a reason, step by step."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from stages.dataset.charts import Bar, Piece, bars
from stages.dataset.composition import KINDS, few, percent, summed
from stages.dataset.figures import Figures, Unit, units
from stages.dataset.markup import Child, Html, element, lines
from stages.dataset.page import Section, folded, paragraph, table

ORDER = (
    "datasets", "configs", "splits", "fields", "rows", "records", "turns", "fragments", "prompts", "requests",
    "answers", "subtasks", "nodes", "tasks", "examples", "pairs", "instances",
)  # fmt: skip
"""What stages count, from whole to part: the order of the steps of one stage. Others come after these, by name."""


@dataclass(frozen=True)
class Step:
    """What one stage did to one kind of thing, for a part (`hub/2022-05`)."""

    part: str
    stage: str
    unit: Unit


def steps(ledgers: Iterable[tuple[str, Figures]]) -> list[Step]:
    """The steps of all parts; each ledger is named by its part and stage (`hub/2022-05/crawl`)."""
    found = []
    for name, ledger in ledgers:
        part, _, stage = name.rpartition("/")
        ordered = sorted(units(ledger), key=lambda unit: (_place(unit.name), unit.name))
        found += [Step(part, stage, unit) for unit in ordered]
    return found


def funnel(found: Sequence[Step], merged: Sequence[Unit]) -> Section:
    """The way of each kind of part from what was there to its instances, then what merging all of them dropped."""
    body: list[Html] = [
        paragraph(
            "Every stage counts what it reads, keeps and drops, and fails where these do not add up. A bar is all that "
            "a step read: blue went on, red was dropped, for the reasons below it."
        )
    ]
    kinds = dict.fromkeys(step.part.partition("/")[0] for step in found)
    for kind in sorted(kinds, key=lambda kind: [*KINDS, kind].index(kind)):
        own = [step for step in found if step.part.partition("/")[0] == kind]
        body += [element("h3", KINDS.get(kind, kind).capitalize()), *_of_kind(own)]
    if merged:
        body += [element("h3", "All parts together"), _drawn([("merge", unit) for unit in merged])]
    return Section("funnel", "From datasets to instances", lines(*body))


def _of_kind(own: Sequence[Step]) -> list[Html]:
    """What became of the parts of a kind: in all, then by part."""
    together: dict[tuple[str, str], list[Unit]] = {}
    for step in own:
        together.setdefault((step.stage, step.unit.name), []).append(step.unit)
    # A part may lack a step that others have, so the order is not that of the first part.
    order = list(dict.fromkeys(step.stage for step in own))
    whole = [(stage, _added(same)) for (stage, _), same in together.items()]
    whole.sort(key=lambda entry: (order.index(entry[0]), _place(entry[1].name), entry[1].name))
    parts = list(dict.fromkeys(step.part for step in own))
    first, last = whole[0][1], whole[-1][1]
    said = f"{few(len(parts), 'part')}: {first.read:,} {first.name} read, {last.kept:,} {last.name} kept."
    found = [paragraph(said), _drawn(whole)]
    if len(parts) > 1:
        by_part = {(step.part, step.stage, step.unit.name): step.unit for step in own}
        header = ["part", *(f"{stage}: {unit.name}" for stage, unit in whole)]
        rows = [[part, *(_cell(by_part.get((part, stage, unit.name))) for stage, unit in whole)] for part in parts]
        title = "Kept of what was read, by part"
        found.append(folded(title, table(title, header, rows)))
    return found


def _drawn(whole: Sequence[tuple[str, Unit]]) -> Html:
    drawn = []
    for stage, unit in whole:
        kept = Piece(unit.kept, "kept", f"{stage}, {unit.name} kept: {unit.kept:,} of {unit.read:,}, "
                     f"{percent(unit.kept, unit.read)}")  # fmt: skip
        lost = [
            Piece(count, "dropped", f"{stage}, {unit.name} dropped as {reason}: {count:,} of {unit.read:,}, "
                  f"{percent(count, unit.read)}")
            for reason, count in unit.dropped.items() if count
        ]  # fmt: skip
        note = ", ".join(f"{reason} {count:,}" for reason, count in unit.dropped.items() if count)
        shown = f"{unit.kept:,} of {unit.read:,}"
        drawn.append(Bar(f"{stage}: {unit.name}", (kept, *lost), shown, note=note))
    return bars("Kept and dropped", drawn, [("kept", "kept"), ("dropped", "dropped")], whole=True)


def _added(same: Sequence[Unit]) -> Unit:
    dropped: Mapping[str, int] = summed([unit.dropped for unit in same])
    return Unit(same[0].name, sum(unit.read for unit in same), sum(unit.kept for unit in same), dict(dropped))


def _cell(unit: Unit | None) -> Child:
    return "-" if unit is None else f"{unit.kept:,} of {unit.read:,}"


def _place(unit: str) -> int:
    return ORDER.index(unit) if unit in ORDER else len(ORDER)
