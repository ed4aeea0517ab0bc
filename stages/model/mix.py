"""Put together what a run is trained on: its parts of the dataset, and some of what its starting model has seen.

Left out are the instances held out of all runs and those made from the sources of the benchmark's test tasks. Who is
in, who validates and in which order follows from hashes of ids, so a part that joins moves nothing that was there.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field, ValidationError

from stages.model.chance import chosen
from stages.model.embed import Embedder
from stages.model.holdout import is_held_out
from stages.model.places import Gathering, Places, joined, standing, write
from stages.model.replay import ReplayParams
from stages.model.replaying import Replay, replay
from stages.model.runs import Piece, Run, pieces
from stages.model.shards import rows, shard
from stages.model.trained import Seen, read_trained
from stages.shared import params, parts, stage
from stages.shared.errors import ParamsError
from stages.shared.files import explain
from stages.shared.ledger import Ledger, opened
from stages.shared.params import Section
from stages.shared.parts import Part
from stages.shared.sources import Sources, read_sources

COLUMNS = ("instance_id", "task_id", "part", "origin", "taskname", "output")


class MixParams(Section):
    """Keys of `mix` in params.yaml; a run may have its own of the first three.

    exclude_sources_of: the benchmark whose sources are left out, null for none. per_task: the most instances of a
    task, null for all. seed: of the order, which decides what a cap keeps; 0 is the plain one. replay: which earlier
    tasks are learned again, where a run does not say otherwise. embedder: what compares them. validation: the share (0
    to 1) set aside to follow the training with.
    """

    exclude_sources_of: str | None
    per_task: int | None = Field(gt=0)
    seed: int
    replay: ReplayParams
    embedder: Embedder
    validation: float = Field(ge=0, lt=1)


@dataclass(frozen=True)
class Shard:
    """A file of the dataset: its part, and what the run takes of it, None where it is there for replay alone."""

    path: Path
    part: str
    piece: Piece | None


def policy_of(name: str, run: Run, settings: MixParams) -> ReplayParams:
    """How a run replays; raise ParamsError naming what is wrong in its own keys."""
    try:
        return ReplayParams.model_validate({**settings.replay.model_dump(), **run.replay})
    except ValidationError as error:
        keys = ", ".join(ReplayParams.model_fields)
        raise ParamsError(
            f"keys among {keys}", explain(error), f"params.yaml, key runs.{name}.replay", "correct or remove the key"
        ) from error


def shards_of(dataset: Path, own: Sequence[Piece], joined: Sequence[Part]) -> list[Shard]:
    """The files of the dataset, those of the run's own parts first; raise InputError where one is missing."""
    taken = {piece.part: piece for piece in own}
    found = [Shard(shard(dataset, part), str(part), taken.get(str(part))) for part in joined]
    return sorted(found, key=lambda one: one.piece is None)


def reason(row: Mapping[str, Any], share: float, sources: Sources | None) -> str | None:
    """Why an instance is in no run, or None: the rules in the order they are tried."""
    if is_held_out(row["instance_id"], share):
        return "held-out"
    if sources and sources.made(row):
        return "benchmark-source"
    if not row["output"].strip():
        return "empty-output"
    return None


def gather(
    shards: Sequence[Shard], share: float, sources: Sources | None, gathering: Gathering, ledger: Ledger
) -> Places:
    """The instances of the run's own parts that pass the rules and are in what it takes of them, best order first."""
    for number, one in enumerate(shards):
        if one.piece is None:
            continue
        for at, row in enumerate(rows(one.path, COLUMNS)):
            ledger.read("instances")
            why = reason(row, share, sources)
            why = why or one.piece.reason(row["instance_id"], row["task_id"])
            if why:
                ledger.drop("instances", row["instance_id"], why, row["origin"])
            else:
                gathering.add(row["instance_id"], row["task_id"], number, at)
    return gathering.places()


def cap(places: Places, shards: Sequence[Shard], per_task: int | None, tasks: Sequence[str], ledger: Ledger) -> Places:
    """The first instances of each task in the order of the mix, then the first of each part.

    A part with its own cap counts its tasks for itself; the run's cap `per_task` counts a task over all other parts.
    """
    own = [one.piece or Piece(part=one.part) for one in shards]
    if per_task or any(piece.per_task for piece in own):
        caps = np.array([piece.per_task or 0 for piece in own], np.int64)[places.shards]
        groups = places.tasks.astype(np.int64) * (len(own) + 1) + np.where(caps > 0, places.shards + 1, 0)
        over = standing(groups) >= np.where(caps > 0, caps, per_task or len(places))
        for at in np.flatnonzero(over):
            ledger.drop("instances", places.id(int(at)), "per-task-cap", tasks[places.tasks[at]])
        places = places.at(~over)
    if any(piece.most for piece in own):
        over = standing(places.shards) >= np.array([piece.most or len(places) for piece in own])[places.shards]
        for at in np.flatnonzero(over):
            ledger.drop("instances", places.id(int(at)), "per-part-cap", shards[places.shards[at]].part)
        places = places.at(~over)
    return places


def replayed(
    seen: Sequence[Seen],
    replay: Replay,
    shards: Sequence[Shard],
    share: float,
    sources: Sources | None,
    gathering: Gathering,
    ledger: Ledger,
) -> Places:
    """What is replayed and still in the dataset, every instance that the starting model saw entered in the ledger."""
    wanted = {}
    for one in seen:
        ledger.read("replays")
        if why := replay.reasons.get(one.instance_id):
            ledger.drop("replays", one.instance_id, why, one.part)
        else:
            wanted[one.instance_id] = one
    for number, file in enumerate(shards if wanted else ()):
        for at, row in enumerate(rows(file.path, COLUMNS)):
            if wanted.pop(row["instance_id"], None):
                why = reason(row, share, sources)
                if why:
                    ledger.drop("replays", row["instance_id"], why, row["origin"])
                else:
                    gathering.add(row["instance_id"], row["task_id"], number, at)
    for instance in wanted.values():
        ledger.drop("replays", instance.instance_id, "gone", instance.part)
    found = gathering.places()
    ledger.keep("replays", len(found))
    return found


def exclusion(name: str, run: Run, wanted: str | None, path: Path) -> Sources | None:
    """The sources to leave out; raise ParamsError where the table is for another benchmark."""
    if wanted is None:
        return None
    sources = read_sources(path)
    if sources.benchmark != wanted:
        place = f"runs.{name}" if "exclude_sources_of" in run.own() else "mix"
        raise ParamsError(
            f"{sources.benchmark!r}, whose sources {path} lists",
            repr(wanted),
            f"params.yaml, key {place}.exclude_sources_of",
            "name that benchmark, null for none, or give its table",
        )
    return sources


def main(paths: argparse.Namespace) -> None:
    """Read params, the dataset and the starting model's history; write the mix of one run."""
    run = params.read(f"runs.{paths.run}", Run)
    settings = params.read("mix", MixParams).model_copy(update=run.own())
    share = float(params.value("benchmarks.holdout.share"))
    joined_parts = parts.read()
    policy = policy_of(paths.run, run, settings)
    shards = shards_of(paths.dataset, pieces(paths.run, run.parts, [str(part) for part in joined_parts]), joined_parts)
    sources = exclusion(paths.run, run, settings.exclude_sources_of, paths.sources)
    counts: dict[str, dict[str, Any]] = {"train": {}, "validation": {}, "replay": {}}
    with opened("mix", paths.dropped, paths.metrics, **counts) as ledger:
        gathering = Gathering(settings.seed)
        found = gather(shards, share, sources, gathering, ledger)
        found = cap(found, shards, settings.per_task, gathering.tasks, ledger)
        ledger.keep("instances", len(found))
        ledger.read("replays", 0)
        seen = read_trained(paths.init)
        if seen and policy.strategy != "none":
            tasks = gathering.tasks
            mine = {id: tasks[task] for id, task in zip(found.all_ids(), found.tasks, strict=True)}
            chosen_again = replay(seen, mine, [one.path for one in shards], policy, settings.embedder)
            again = replayed(seen, chosen_again, shards, share, sources, gathering, ledger)
            counts["replay"].update(chosen_again.report(policy))
            found = joined(found, again)
        aside = np.fromiter((chosen("validation", id, settings.validation) for id in found.all_ids()), bool, len(found))
        sides = {"train": found.at(~aside), "validation": found.at(aside)}
        del found  # the arrays of millions are not needed twice
        for side, places in sides.items():
            write(paths.mix / f"{side}.parquet", places, [one.path for one in shards])
            sizes = np.bincount(places.shards, minlength=len(shards)).tolist()
            own = {one.part: size for one, size in zip(shards, sizes, strict=True) if size}
            counts[side].update({"all": len(places)} | own)


if __name__ == "__main__":
    stage.run(
        main,
        __doc__,
        inputs=("dataset", "init", "sources"),
        outputs=("mix", "dropped", "metrics"),
        values=("run",),
    )
