"""What a run still knows of the stages before it: the papers' Table 6a, from the scores of its models (spec A13).

A run that starts from another is a later stage. Each is measured on the test tasks, on the held-out instances of its
own parts, and on those of the parts of every earlier stage; what it lost of them since is what it forgot. A run over
all parts that starts from no other is the `Full` row.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from stages.shared.errors import ParamsError


def run_of(path: str, runs: Collection[str]) -> str | None:
    """The run whose model is at a path, which ends in its name; None for a model of another origin."""
    name = PurePosixPath(path).name
    return name if name in runs else None


def stages_of(run: str, runs: Mapping[str, Any]) -> list[str]:
    """The runs that a run builds on, the first one first, itself last; raise ParamsError where they go in a ring."""
    found = [run]
    while (earlier := run_of(runs[found[0]]["init"], runs)) is not None:
        if earlier in found:
            where = f"params.yaml, key runs.{run}.init"
            raise ParamsError(
                "runs that start from earlier ones", f"a ring over {earlier}", where, "correct one of them"
            )
        found.insert(0, earlier)
    return found


def table(
    runs: Mapping[str, Any], parts: Sequence[str], scores: Mapping[str, Mapping[str, Any]], metric: str, replay: str
) -> dict[str, dict[str, Any]]:
    """A row for each run whose model was measured, in the order of `runs`, small enough for `dvc metrics diff`.

    scores: by run, what evaluate found on `superni` and `holdout`, where it did. metric: of Super-NI. replay: the
    strategy of runs that name none. A score that needs another measure is left out.
    """
    found: dict[str, dict[str, Any]] = {}
    for run, described in runs.items():
        if run not in scores:
            continue
        chain = stages_of(run, runs)
        own = _parts(described, parts)
        row: dict[str, Any] = {"stage": len(chain)}
        if len(chain) > 1:
            row["replay"] = described.get("replay", {}).get("strategy", replay)
        elif own == list(parts):
            row["full"] = "all parts at once"
        if "superni" in scores[run]:
            row[f"test_{metric}"] = scores[run]["superni"]["model"][metric]
        row |= {f"held_out_{name}": value for name, value in held(scores[run], own).items()}
        for earlier in chain[:-1]:
            theirs = _parts(runs[earlier], parts)
            now, then = held(scores[run], theirs), held(scores.get(earlier, {}), theirs)
            row |= {f"{earlier}_{name}": value for name, value in now.items()}
            if now and then:
                row[f"{earlier}_forgotten_bits"] = round(now["bits_per_byte"] - then["bits_per_byte"], 4)
        found[run] = row
    return found


def held(scores: Mapping[str, Any], parts: Sequence[str]) -> dict[str, float]:
    """ROUGE-L (a mean over instances) and bits per byte on the held-out instances of some parts; {} where none are."""
    there = list(_measured(scores, parts))
    instances, size = sum(one["instances"] for one in there), sum(one["bytes"] for one in there)
    if not instances or not size:
        return {}
    return {
        "rougeL": round(sum(one["rougeL"] * one["instances"] for one in there) / instances, 4),
        "bits_per_byte": round(sum(one["bits_per_byte"] * one["bytes"] for one in there) / size, 4),
    }


def _measured(scores: Mapping[str, Any], parts: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    by_part = scores.get("holdout", {}).get("by_part", {})
    return (by_part[part] for part in parts if part in by_part)


def _parts(run: Mapping[str, Any], parts: Sequence[str]) -> list[str]:
    return list(parts) if run["parts"] == "all" else [part for part in parts if part in run["parts"]]
