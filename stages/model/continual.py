"""What a run still knows of the stages before it: the papers' Table 6a, from the scores of its models (spec A13).

A run that starts from another is a later stage. Each is measured on the test tasks, on the held-out instances of its
own parts, and on those of the parts of every earlier stage; what it lost of them since is what it forgot. Where a run
takes a slice of a part's tasks, its own held-out instances are those of the slice. A run that starts from no other is
the `Full` row where it learns from all parts, or whole from the parts that runs learned from stage by stage.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from stages.model.instancescores import InstanceScores
from stages.model.runs import Piece, Slice, grouped, pieces
from stages.shared.errors import ParamsError


def run_of(path: str, runs: Collection[str]) -> str | None:
    """The run whose model is at a path, which ends in `train` and its name; None for a model of another origin."""
    place = PurePosixPath(path)
    return place.name if place.name in runs and place.parent.name == "train" else None


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
    taken = {run: pieces(run, described["parts"], parts) for run, described in runs.items()}
    chains = {run: stages_of(run, runs) for run in runs}
    for run, described in runs.items():
        if run not in scores:
            continue
        chain, own = chains[run], taken[run]
        row: dict[str, Any] = {"stage": len(chain)}
        if len(chain) > 1:
            row["replay"] = described.get("replay", {}).get("strategy", replay)
        elif is_full(run, taken, chains, parts):
            row["full"] = "all parts at once"
        if "superni" in scores[run]:
            row[f"test_{metric}"] = scores[run]["superni"]["model"][metric]
        row |= {f"held_out_{name}": value for name, value in held(scores[run], own).items()}
        for earlier in chain[:-1]:
            theirs = taken[earlier]
            now, then = held(scores[run], theirs), held(scores.get(earlier, {}), theirs)
            row |= {f"{earlier}_{name}": value for name, value in now.items()}
            if now and then:
                row[f"{earlier}_forgotten_bits"] = round(now["bits_per_byte"] - then["bits_per_byte"], 4)
        found[run] = row
    return found


def is_full(
    run: str, taken: Mapping[str, Sequence[Piece]], chains: Mapping[str, Sequence[str]], parts: Sequence[str]
) -> bool:
    """Whether a run that starts anew learns at once what others learn in stages: all parts, or all of some stages.

    taken: what each run takes of its parts. chains: the runs that each run builds on, itself last.
    """
    own = taken[run]
    if any(piece.tasks for piece in own) or any(run in chain[:-1] for chain in chains.values()):
        return False
    names = {piece.part for piece in own}
    in_stages = [{piece.part for one in chain for piece in taken[one]} for chain in chains.values() if len(chain) > 1]
    return names == set(parts) or names in in_stages


def by_slice(scored: Iterable[InstanceScores], slices: Sequence[tuple[str, Slice]]) -> dict[str, dict[str, float]]:
    """What `held` asks for of the holdout, on each slice of a part (`corpus/superni 1/3`) that has instances in it.

    scored: the instances of the holdout, with their bits. slices: those that runs take of parts.
    """
    own: dict[str, list[InstanceScores]] = {}
    for one in scored:
        for part, tasks in slices:
            if one.part == part and tasks.holds(one.task):
                own.setdefault(grouped(part, tasks), []).append(one)
    return {name: _summed(found) for name, found in own.items()}


def _summed(scored: Sequence[InstanceScores]) -> dict[str, float]:
    size = sum(one.bytes or 0 for one in scored)
    bits = {"bits_per_byte": sum(one.bits or 0 for one in scored) / size} if size else {}
    rouge = 100 * sum(one.scores["rougeL"] for one in scored) / len(scored)
    return {"instances": len(scored), "bytes": size, "rougeL": rouge, **bits}


def held(scores: Mapping[str, Any], own: Sequence[Piece]) -> dict[str, float]:
    """ROUGE-L (a mean over instances) and bits per byte on the held-out instances of some parts, or of the slices of
    them that a run takes; {} where none are.
    """
    there = list(_measured(scores, own))
    instances, size = sum(one["instances"] for one in there), sum(one["bytes"] for one in there)
    if not instances or not size:
        return {}
    return {
        "rougeL": round(sum(one["rougeL"] * one["instances"] for one in there) / instances, 4),
        "bits_per_byte": round(sum(one["bits_per_byte"] * one["bytes"] for one in there) / size, 4),
    }


def _measured(scores: Mapping[str, Any], own: Sequence[Piece]) -> Iterator[Mapping[str, Any]]:
    found = scores.get("holdout", {})
    groups = {**found.get("by_part", {}), **found.get("by_slice", {})}
    return (groups[piece.group()] for piece in own if piece.group() in groups)
