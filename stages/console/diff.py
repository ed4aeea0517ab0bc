"""`sauropod diff`: what entered, left and changed between two versions of the dataset, and what it did to it.

Rows, tasks and sources are compared as they lie in the shards (comparing.py); licences, terms, languages and
generators are counted over the rows that differ; totals and measures are those of metrics/, as committed with each.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from stages.console import diff_rows, diff_text
from stages.console.comparing import BATCH_ROWS, Comparison, Numbers, Side, compare, hashes
from stages.console.revisions import Version, VersionFile, read_version
from stages.console.show import flattened
from stages.shared.files import replacing

DESCRIBED = ("license", "terms", "revision", "website")
"""Columns that say under which conditions and at which revision a source came."""

COUNTED = {"licenses": "license", "terms": "terms", "languages": "language", "generators": "generator"}
"""Columns that are counted, by their key in the difference and in metrics/dataset.json or analyze.json."""


def run(arguments: argparse.Namespace) -> None:
    """Compare, and say it in the form that was asked for."""
    before, after = read_version(arguments.before), read_version(arguments.after)
    comparison = compare(before, after)
    found = difference(before, after, comparison)
    found["examples"] = diff_rows.examples(comparison, 0 if arguments.stat else arguments.examples)
    if arguments.html:
        # Loaded here: the other forms need none of it.
        from stages.console import diff_page  # noqa: PLC0415

        with replacing(Path(arguments.html)) as temporary:
            temporary.write_text(diff_page.page(found), "utf-8")
    if arguments.json:
        print(json.dumps(found, indent=2, ensure_ascii=False))
    elif arguments.markdown:
        print(diff_text.markdown(found), end="")
    elif arguments.html:
        print(f"wrote {arguments.html}")
    else:
        diff_text.show(found, brief=arguments.stat)
    if arguments.exit_code and differs(found):
        sys.exit(1)


def differs(found: Mapping[str, Any]) -> bool:
    """Whether a row entered, left or changed."""
    return any(found["rows"][kind] for kind in ("entered", "left", "changed"))


def difference(before: Version, after: Version, found: Comparison) -> dict[str, Any]:
    """All that is said of a comparison, but for the rows that are shown."""
    metrics, analyses = ([version.metrics(name) for version in (before, after)] for name in ("dataset", "analyze"))
    notes = outdated((before, after), metrics, analyses)
    analyses = [{}, {}] if notes else analyses
    known = [{**analysis, **one} for analysis, one in zip(analyses, metrics, strict=True)]
    counts = {"entered": len(found.entered), "left": len(found.left), "changed": len(found.changed)}
    totals = [one.get("instances") for one in metrics]
    gained = counts["entered"] - counts["left"]
    if totals[0] is not None and totals[1] is not None and totals[1] - totals[0] != gained:
        notes.append("metrics/dataset.json counts other rows than the shards hold: run `dvc repro`")
    return {
        "before": {"name": before.name, "commit": before.commit},
        "after": {"name": after.name, "commit": after.commit},
        "rows": {"before": totals[0], "after": totals[1], **counts},
        "changed_columns": found.changed_columns(),
        "same_shards": [shard.name for shard in found.same],
        "parts": parts(found, *metrics),
        "tasks": tasks(found),
        "sources": sources(found),
        **{key: counted(found, column, *(one.get(key) for one in known)) for key, column in COUNTED.items()},
        "contamination": measured(*(contamination(one) for one in metrics)),
        "diversity": measured(*analyses),
        "scores": measured(*(version.metrics("evaluate") for version in (before, after))),
        "notes": notes,
    }


def outdated(
    versions: Iterable[Version], metrics: Iterable[Mapping[str, Any]], analyses: Iterable[Mapping[str, Any]]
) -> list[str]:
    """A note for each version whose analysis is of other rows, as `dvc repro merge` leaves it: its counts would not add
    up with those of the rows.
    """
    return [
        f"metrics/analyze.json of {version.name} is of {analysis['instances']:,} rows, the dataset has "
        f"{dataset['instances']:,}: languages and diversity are left out until `dvc repro` has run"
        for version, dataset, analysis in zip(versions, metrics, analyses, strict=True)
        if "instances" in dataset and analysis.get("instances", dataset["instances"]) != dataset["instances"]
    ]


def parts(found: Comparison, before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Of each part its rows before and after, as the metrics have them, and how many entered, left and changed."""
    sizes = [one.get("parts", {}) for one in (before, after)]
    entered = found.counts(found.after, "part", found.entered)
    left = found.counts(found.before, "part", found.left)
    changed = found.counts(found.after, "part", found.changed[:, 1])
    names = dict.fromkeys([*sizes[0], *sizes[1], *left, *entered, *changed])
    return {
        part: {
            **{
                key: one.get(part, {"instances": 0})["instances"] if one else None
                for key, one in zip(("before", "after"), sizes, strict=True)
            },
            "entered": entered.get(part, 0),
            "left": left.get(part, 0),
            "changed": changed.get(part, 0),
        }
        for part in names
    }


def tasks(found: Comparison) -> dict[str, int]:
    """How many tasks entered and left the whole dataset; the others changed where a row of them differs."""
    entered = np.setdiff1d(found.after.task, found.before.task)
    left = np.setdiff1d(found.before.task, found.after.task)
    if len(entered) or len(left):
        for held in _tasks_of(found.same):
            entered, left = np.setdiff1d(entered, held), np.setdiff1d(left, held)
    touched = np.concatenate(
        [found.after.task[found.entered], found.before.task[found.left], found.after.task[found.changed[:, 1]]]
    )
    changed = np.setdiff1d(touched, np.concatenate([entered, left]))
    return {"entered": len(entered), "left": len(left), "changed": len(changed)}


def _tasks_of(shards: tuple[VersionFile, ...]) -> Iterator[Numbers]:
    """The tasks of shards, as the comparison numbers them."""
    for shard in shards:
        for batch in shard.batches(["task_id"], BATCH_ROWS):
            ids = batch.column(0).unique().to_pylist()
            yield hashes([id.encode() for id in ids]).reshape(-1)


def sources(found: Comparison) -> dict[str, list[dict[str, Any]]]:
    """The sources that entered, that left, and that have other rows, conditions or another revision."""
    before, after = (described(found, side) for side in (found.before, found.after))
    rows_changed = _rows_by_source(found, found.changed[:, 1])
    touched = rows_changed.keys() | _rows_by_source(found, found.entered).keys()
    touched |= _rows_by_source(found, found.left, found.before).keys()
    changed = []
    for source in sorted(before.keys() & after.keys() & touched):
        old, new = before[source], after[source]
        differ = {key: (old[key], new[key]) for key in DESCRIBED if old[key] != new[key]}
        changed.append(
            {
                "part": source[0],
                "dataset": source[1],
                "before": old,
                "after": new,
                "rows_changed": rows_changed.get(source, 0),
                "differs": differ,
            }
        )
    return {
        "entered": _listed(after, after.keys() - before.keys()),
        "left": _listed(before, before.keys() - after.keys()),
        "changed": changed,
    }


def _listed(told: Mapping[tuple[str, str], dict[str, Any]], chosen: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    return [{"part": part, "dataset": name, **told[part, name]} for part, name in sorted(chosen)]


def described(found: Comparison, side: Side) -> dict[tuple[str, str], dict[str, Any]]:
    """Of each source, (part, dataset), how many rows of it differ in their shards, with its conditions."""
    told: dict[tuple[str, str], dict[str, Any]] = {}
    for line in _grouped(found, side, ("part", "dataset", *DESCRIBED)):
        source = line["part"], line["dataset"]
        one = told.setdefault(source, {"rows": 0, **{key: set() for key in DESCRIBED}})
        one["rows"] += line["rows"]
        for key in DESCRIBED:
            one[key].add(line[key])
    return {
        source: {key: sorted(value) if key in DESCRIBED else value for key, value in one.items()}
        for source, one in told.items()
    }


def _rows_by_source(found: Comparison, places: Any, side: Side | None = None) -> dict[tuple[str, str], int]:
    lines = _grouped(found, side or found.after, ("part", "dataset"), places)
    return {(line["part"], line["dataset"]): line["rows"] for line in lines}


def _grouped(found: Comparison, side: Side, names: tuple[str, ...], places: Any = None) -> list[dict[str, Any]]:
    """The different combinations of words in some columns, each with the number of its rows."""
    columns = {name: found.column(side, name) for name in names}
    if places is not None:
        columns = {name: codes[places] for name, codes in columns.items()}
    grouped = pa.table(columns).group_by(list(names)).aggregate([([], "count_all")]).to_pylist()
    return [{**{name: found.words[name][line[name]] for name in names}, "rows": line["count_all"]} for line in grouped]


def counted(
    found: Comparison, column: str, before: Mapping[str, int] | None, after: Mapping[str, int] | None
) -> dict[str, dict[str, Any]]:
    """How many rows more or fewer have each word of a column; before and after where the metrics say it."""
    old, new = found.counts(found.before, column), found.counts(found.after, column)
    names = sorted({*old, *new, *("" if name == "none" else name for name in {**(before or {}), **(after or {})})})
    return {
        name or "none": {
            "before": None if before is None else before.get(name or "none", 0),
            "after": None if after is None else after.get(name or "none", 0),
            "change": new.get(name, 0) - old.get(name, 0),
        }
        for name in names
    }


def contamination(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """What metrics/dataset.json says of the benchmarks' rows in the dataset."""
    return {key: value for key, value in metrics.items() if key.startswith("contamina")}


def measured(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The numbers that differ, by their keys joined with dots; None on the side that has no such number."""
    old, new = (dict(flattened(dict(one))) for one in (before, after))
    found = []
    for key in dict.fromkeys([*old, *new]):
        pair = [value if isinstance(value := one.get(key), int | float) else None for one in (old, new)]
        if pair[0] != pair[1]:
            found.append({"key": key, "before": pair[0], "after": pair[1]})
    return found
