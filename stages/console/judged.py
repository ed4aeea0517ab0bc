"""`sauropod show judge`: what judges said of pairs of models, beside what the papers report.

Pairs that were compared as a whole stand in Explore-Instruct's form, win:tie:lose and beat rate (spec B8); those judged
by three criteria in that of Dynosaur's Table 2, the percent that A won, that were tied and that B won (spec A12).
"""

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from stages.console.show import dollars, metrics, print_table
from stages.shared import params

METRICS = "metrics/judge/{id}.json"
OVERALL = "overall"
CRITERIA = ("helpful", "honest", "harmless")

EXPLORE_INSTRUCT = {
    "Explore-LM, Domain-Curated-LM": ("194:1:13", "50:38:6"),
    "Explore-LM-Ext, Domain-Curated-LM": ("196:1:11", "53:37:4"),
    "Explore-LM, Domain-Instruct-LM": ("114:56:38", "34:49:11"),
    "Explore-LM-Ext, Domain-Instruct-LM": ("122:55:31", "35:53:6"),
    "Explore-LM, ChatGPT": ("52:71:85", "11:59:24"),
    "Explore-LM-Ext, ChatGPT": ("83:69:56", "12:56:26"),
}
"""What Explore-Instruct reports on brainstorming and rewriting (spec B8)."""

DYNOSAUR = {
    "Dynosaur + Alpaca, Alpaca": ("18.7 / 59.1 / 22.2", "17.5 / 65.4 / 17.1", "15.5 / 70.6 / 13.9"),
    "Dynosaur + GPT-4, GPT-4": ("27.8 / 42.9 / 29.3", "21.0 / 59.9 / 19.1", "19.8 / 62.3 / 17.9"),
    "Dynosaur, Super-NI": ("19.5 / 61.5 / 19.0", "15.5 / 71.8 / 12.7", "13.5 / 73.8 / 12.7"),
    "Dynosaur + Alpaca, Super-NI + Alpaca": ("17.1 / 65.5 / 17.4", "19.5 / 59.9 / 20.6", "15.5 / 73.4 / 11.1"),
    "Dynosaur + GPT-4, Super-NI + GPT-4": ("18.2 / 63.9 / 17.9", "17.9 / 68.6 / 13.5", "16.7 / 70.2 / 13.1"),
}
"""Table 2 of Dynosaur, judged by people (spec A12)."""


def run(arguments: argparse.Namespace) -> None:
    """Read what judge found of every pair, and print the tables."""
    found = {id: metrics(Path(METRICS.format(id=id))) for id in params.value("pairs") or {}}
    if arguments.json:
        print(json.dumps(found, indent=2, ensure_ascii=False))
        return
    if not found:
        print("No pairs are judged: name two measures on one benchmark under `pairs` in params.yaml.")
        return
    whole = {id: one for id, one in found.items() if OVERALL in one["criteria"]}
    if whole:
        rows = [row for id, one in whole.items() for row in overall_rows(id, one)]
        rows += list(published_rows())
        print_table("judged as a whole", ["A, B", "win:tie:lose", "beat rate", "95 %", "unparsed", "by position"], rows)
    if three := {id: one for id, one in found.items() if OVERALL not in one["criteria"]}:
        rows = [[names(id, one), *(cell(one["criteria"][name]) for name in CRITERIA)] for id, one in three.items()]
        rows += [[f"{pair} (published)", *cells] for pair, cells in DYNOSAUR.items()]
        print_table("judged by criterion: percent A / tie / B", ["A, B", *CRITERIA], rows)
    for id, one in found.items():
        for line in told(id, one):
            print(f"  {line}")


def names(id: str, one: Mapping[str, Any]) -> str:
    """How a pair is shown."""
    return f"{id}: {one['a']}, {one['b']}"


def overall_rows(id: str, one: Mapping[str, Any]) -> Iterator[list[Any]]:
    """The row of a pair, then one for each category of its benchmark."""
    found = one["criteria"][OVERALL]
    bias = found["position_bias"]
    between = "" if found["low"] is None else f"{found['low']:.2f} to {found['high']:.2f}"
    share = "not swapped" if bias is None else "" if bias["share"] is None else f"{bias['share']:.1f} %"
    yield [names(id, one), score(found), rate(found["beat_rate"]), between, found["unparsed"], share]
    for name, own in found.get("by_category", {}).items():
        yield [f"  {name}", score(own), rate(own["beat_rate"]), "", own["unparsed"], ""]


def published_rows() -> Iterator[list[Any]]:
    """What Explore-Instruct reports; its beat rates follow from the counts."""
    for pair, counts in EXPLORE_INSTRUCT.items():
        for category, count in zip(("brainstorming", "rewriting"), counts, strict=True):
            win, _, lose = map(int, count.split(":"))
            yield [f"{pair}, {category} (published)", count, rate(100 * win / (win + lose)), "", "", "not swapped"]


def score(found: Mapping[str, Any]) -> str:
    """The counts in Explore-Instruct's form."""
    return f"{found['win']}:{found['tie']}:{found['lose']}"


def rate(percent: float | None) -> str:
    """A beat rate; a dash where nothing was won or lost."""
    return "-" if percent is None else f"{percent:.2f}"


def cell(found: Mapping[str, Any]) -> str:
    """A cell of Table 2; a dash where there is no verdict."""
    return " / ".join(f"{share:.1f}" for share in found["shares"]) if found["shares"] else "-"


def told(id: str, one: Mapping[str, Any]) -> Iterator[str]:
    """What else there is to say of a pair: by whom it was judged, what that cost, and what is wrong with the judge."""
    asked = one["asked"]
    cost = "cost unknown" if asked["cost_usd"] is None else dollars(asked["cost_usd"])
    same = f", {one['same_answers']:,} of them answered alike and not asked about" if one["same_answers"] else ""
    tokens = f"{asked['tokens']['input']:,} tokens in, {asked['tokens']['output']:,} out"
    yield (
        f"{id}: {one['instances']:,} instances of {one['benchmark']}{same}; judged by {one['judge']}: "
        f"{asked['answers']:,} replies, {tokens}, {cost}"
    )
    for name, found in one["criteria"].items():
        bias, people = found["position_bias"], found["agreement"]
        if bias and bias["share"]:
            yield (
                f"{id}, {name}: of {bias['pairs']:,} pairs {bias['first']:,} went to whichever answer stood first and "
                f"{bias['second']:,} to the second; they count as ties"
            )
        if name != OVERALL and found["unparsed"]:
            yield f"{id}, {name}: {found['unparsed']:,} without a verdict, counted neither way"
        if people:
            kappa = "" if people["kappa"] is None else f" (kappa {people['kappa']:.2f})"
            yield f"{id}, {name}: agrees with people on {100 * people['raw']:.1f} % of {people['instances']:,}{kappa}"
