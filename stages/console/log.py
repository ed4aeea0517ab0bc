"""`sauropod log`: a line for each version of the dataset, from the metrics that git has of it.

A version may be older than what is measured today: what it lacks, or has in another form, is a dash and no error.
"""

import argparse
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from stages.console import history
from stages.dataset import strictness
from stages.dataset.results import HEADLINES, LESS_IS_BETTER, worded
from stages.shared.errors import InputError

DATASET, SCORES = "metrics/dataset.json", "metrics/evaluate.json"

WORKING_TREE = "working tree"
"""The name of the line for what is there now, tagged or not."""

Line = dict[str, Any]
"""A version: `version`, `commit`, `date`, `instances`, `tasks`, `datasets`, `parts` (instances by part), `licence` (the
strictest word), the `licences` it comes from, `scores` (by benchmark and model), `best` (by benchmark: score, model and
value), `cost_usd` and `cost_known`; None for what the version has no metrics of.
"""


def run(arguments: argparse.Namespace) -> None:
    """Read every version, and print the lines or write the page."""
    found = lines()
    if arguments.html:
        # Loaded here: only this draws.
        from stages.console.timeline import write  # noqa: PLC0415

        write(Path(arguments.html), found)
    if arguments.json:
        print(json.dumps(found, indent=2, ensure_ascii=False))
    elif arguments.html:
        print(f"{arguments.html}: {len(found)} versions")
    else:
        print_lines(found)


def lines() -> list[Line]:
    """A line for each tag in the order of history, then the working tree where it has metrics.

    Raises InputError where there is neither, or no git repository.
    """
    tags = history.tags()
    read = history.all_metrics([(tag.commit, path) for tag in tags for path in (DATASET, SCORES)])
    found = [
        {"version": tag.name, "commit": tag.commit, "date": tag.date, **numbers(dataset, scores)}
        for tag, dataset, scores in zip(tags, read[::2], read[1::2], strict=True)
    ]
    now = [_here(Path(path)) for path in (DATASET, SCORES)]
    if any(one is not None for one in now):
        found.append({"version": WORKING_TREE, "commit": None, "date": None, **numbers(*now)})
    if not found:
        raise InputError("versions, or metrics of a pipeline that has run", "none", DATASET, "run `dvc repro` first")
    return found


def numbers(dataset: Mapping[str, Any] | None, scores: Mapping[str, Any] | None) -> Line:
    """The figures of a line from a version's metrics, either of which it may lack."""
    dataset = dataset or {}
    by_license = _counts(dataset.get("licenses"))
    word, ids = strictness.strictest(by_license)
    asking = dataset.get("asking")
    measured = by_benchmark(scores or {})
    parts = dataset.get("parts")
    sizes = None
    if isinstance(parts, dict):
        sizes = {part: _number(one.get("instances")) for part, one in parts.items() if isinstance(one, dict)}
    return {
        **{key: _number(dataset.get(key)) for key in ("instances", "tasks", "datasets")},
        "parts": sizes,
        "licence": word or None,
        "licences": ids,
        "scores": measured,
        "best": {benchmark: best(benchmark_scores) for benchmark, benchmark_scores in measured.items()},
        "cost_usd": _number(asking.get("cost_usd")) if isinstance(asking, dict) else None,
        "cost_known": isinstance(asking, dict) and _number(asking.get("cost_usd")) is not None,
    }


def by_benchmark(scores: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The score that counts on each benchmark: its name (`score`) and the value of each model (`models`)."""
    found: dict[str, dict[str, Any]] = {}
    for model, measured in scores.items():
        for benchmark, one in measured.items() if isinstance(measured, dict) else ():
            for name in HEADLINES:
                value = _number(one.get(name)) if isinstance(one, dict) else None
                if value is not None:
                    entry = found.setdefault(benchmark, {"score": name, "models": {}})
                    if entry["score"] == name:
                        entry["models"][model] = value
                    break
    return found


def best(measured: Mapping[str, Any]) -> dict[str, Any]:
    """The best of a benchmark's models; of equal ones the first."""
    models: dict[str, float] = measured["models"]
    less = measured["score"] in LESS_IS_BETTER
    model = (min if less else max)(models, key=models.__getitem__)
    return {"score": measured["score"], "model": model, "value": models[model]}


def print_lines(found: Sequence[Line]) -> None:
    """The versions as a table."""
    from stages.console.show import dollars, print_table  # noqa: PLC0415 - it loads what --json has no need of

    benchmarks = scored(found)
    best = [f"{name} {score}" for name, score in benchmarks]
    header = ["version", "date", "parts", "instances", "tasks", "datasets", "licence", *best, "cost"]
    rows = [
        [
            line["version"],
            line["date"] or "-",
            told_parts(line["parts"]),
            *("-" if line[key] is None else line[key] for key in ("instances", "tasks", "datasets")),
            line["licence"] or "-",
            *(told_score(line, name) for name, _ in benchmarks),
            dollars(line["cost_usd"]) if line["cost_known"] else "-",
        ]
        for line in found
    ]
    print_table("versions", header, rows)


def told_parts(parts: Mapping[str, Any] | None) -> str:
    """How many parts of each kind there are."""
    if parts is None:
        return "-"
    words = {"hub": ("wave", "waves"), "domain": ("domain", "domains"), "corpus": ("corpus", "corpora")}
    counts = Counter(part.partition("/")[0] for part in parts)
    told = [f"{count} {words.get(kind, (kind, kind))[count != 1]}" for kind, count in counts.items()]
    return ", ".join(told) or "none"


def scored(found: Sequence[Line]) -> list[tuple[str, str]]:
    """The benchmarks that any version has, each with the name of the score that counts in the last one."""
    last = {name: one["score"] for line in found for name, one in line["best"].items()}
    return [(name, worded(score)) for name, score in last.items()]


def told_score(line: Line, benchmark: str) -> str:
    """The best score of a version on a benchmark, with its model."""
    one = line["best"].get(benchmark)
    return f"{one['value']:.2f} {one['model']}" if one else "-"


def _here(path: Path) -> dict[str, Any] | None:
    """A file of metrics as it stands in the working tree; None where it can't be read, as of a version."""
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def _number(value: Any) -> float | int | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _counts(value: Any) -> list[str]:
    return list(value) if isinstance(value, dict) else []
