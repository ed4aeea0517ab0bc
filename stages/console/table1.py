"""`sauropod show table1`: Super-NI in the form of Dynosaur's Table 1, its published rows beside what was measured here.

A row of ours is a model that was measured: what it was trained on, how much that was, and its ROUGE-L with its
interval. It stands in a published column where the model it starts from is described in a file of that name
(t5-3b.yaml, llama-7b.yaml), else in the last one.
"""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from stages.console.show import metrics, print_table
from stages.model.continual import run_of, stages_of
from stages.shared import params

PUBLISHED = (
    ("Dolly", "15K", "17.6", "33.5"),
    ("Inst. GPT-4", "52K", "22.7", "35.7"),
    ("Self-Instruct", "82K", "37.1", "39.6"),
    ("Alpaca", "52K", "36.6", "39.0"),
    ("Dynosaur", "67K", "40.4", "41.2"),
    ("PromptSource", "67K", "38.9", "38.2"),
    ("Flan", "67K", "34.6", "40.4"),
    ("Super-NI", "68K", "43.4", "42.5"),
    ("Dynosaur + Super-NI", "135K", "44.1", "43.2"),
)
"""Dynosaur's Table 1 (spec A11): training data, how much, and ROUGE-L on T5-3B and LLaMA-7B."""

LARGER = (
    ("T0", "50K", "33.1"),
    ("T0++", "12M", "40.3"),
    ("GPT-3 + T0 training", "50K", "37.9"),
    ("GPT-3 + Self-Instruct", "82K", "39.9"),
    ("InstructGPT", "", "40.8"),
)
"""Larger models of the same table (spec A11), on bases of their own."""

EVALUATED, MIXED = Path("metrics/evaluate"), Path("metrics/mix")


def run(arguments: argparse.Namespace) -> None:
    """Read what was measured on benchmarks of the kind superni, and print it beside the published rows."""
    document = {key: params.value(key) or {} for key in ("measures", "benchmarks", "runs")}
    found = [*published(), *ours(document)]
    notes = told(document)
    if arguments.json:
        print(json.dumps({"rows": found, "notes": notes}, indent=2))
        return
    header = ["training data", "size", "T5-3B", "LLaMA-7B", "other base", "from"]
    print_table(
        "Super-NI, ROUGE-L, in the form of Dynosaur's Table 1", header, [[row[key] for key in header] for row in found]
    )
    for note in notes:
        print(f"  {note}")


def published() -> list[dict[str, str]]:
    """The rows of the paper."""
    rows = [
        {"training data": name, "size": size, "T5-3B": t5, "LLaMA-7B": llama, "other base": "", "from": "published"}
        for name, size, t5, llama in PUBLISHED
    ]
    return rows + [
        {"training data": name, "size": size, "T5-3B": "", "LLaMA-7B": "", "other base": score, "from": "published"}
        for name, size, score in LARGER
    ]


def ours(document: Mapping[str, Any]) -> list[dict[str, str]]:
    """A row for each model that was measured on a benchmark of the kind superni, then one for each way to copy.

    document: measures, benchmarks and runs of params.yaml. Raises InputError where a measure has not run yet.
    """
    rows: list[dict[str, str]] = []
    copies: dict[tuple[str, str], float] = {}
    for name, measure in document["measures"].items():
        benchmark = measure["benchmark"]
        if document["benchmarks"][benchmark]["kind"] != "superni":
            continue
        found = metrics(EVALUATED / f"{name}.json")
        copies |= {(benchmark, key): one["rougeL"] for key, one in found.items() if key.startswith("copy_")}
        base, trained, size = origin(name.removesuffix(f"-{benchmark}"), measure["from"], document["runs"])
        cells = dict.fromkeys(("T5-3B", "LLaMA-7B", "other base"), "")
        column = {"t5-3b": "T5-3B", "llama-7b": "LLaMA-7B"}.get(base, "other base")
        cells[column] = shown(found) + (f" ({base})" if column == "other base" else "")
        rows.append({"training data": trained, "size": size, **cells, "from": f"here, {benchmark}"})
    for (benchmark, key), score in copies.items():
        words = key.replace("_", " ")
        empty = {"size": "", "T5-3B": "", "LLaMA-7B": ""}
        rows.append({"training data": words, **empty, "other base": f"{score:.1f}", "from": f"here, {benchmark}"})
    return rows


def origin(model: str, path: str, runs: Mapping[str, Any]) -> tuple[str, str, str]:
    """What a model starts from, what it was trained on, and how many instances that is, over all its stages."""
    name = run_of(path, runs)
    if name is None:
        return model, "as it is", ""
    chain = stages_of(name, runs)
    sizes = [metrics(MIXED / f"{run}.json")["train"]["all"] for run in chain]
    return PurePosixPath(runs[chain[0]]["init"]).stem, name, f"{sum(sizes):,}"


def shown(found: Mapping[str, Any]) -> str:
    """ROUGE-L with one decimal, as in the paper, and its 95 % interval."""
    score = f"{found['model']['rougeL']:.1f}"
    own = found.get("intervals", {}).get("rougeL")
    return f"{score} [{own['low']:.1f}, {own['high']:.1f}]" if own else score


def told(document: Mapping[str, Any]) -> list[str]:
    """What each benchmark here is, and whether its figures may stand beside the published ones."""
    notes = ["published: 119 test tasks, first 100 instances each, definition alone (inferred); Dynosaur, EMNLP 2023"]
    used = dict.fromkeys(one["benchmark"] for one in document["measures"].values())
    for name in used:
        one = document["benchmarks"][name]
        if one["kind"] != "superni":
            continue
        shots = one["positive_examples"] + one.get("negative_examples", 0)
        official = one.get("official", False) and one.get("track", "default") == "default"
        what = "the 119 test tasks" if official else "the tasks of its folder, not the 119"
        same = official and one["per_task"] == 100 and not shots
        notes.append(
            f"here, {name}: {what}, first {one['per_task']} instances each, "
            f"{f'{shots} worked examples' if shots else 'definition alone'}: "
            + ("as published" if same else "not to be compared with the published figures")
        )
    return notes
