"""Put together what a run is trained on: its parts of the dataset, and some of what its starting model has seen.

Left out are the instances held out of all runs and those made from the sources of the benchmark's test tasks. Who is
in, who validates and in which order follows from hashes of ids, so a part that joins moves nothing that was there.
"""

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from pydantic import Field, ValidationError

from stages.model.chance import chosen, fraction
from stages.model.embed import Embedder
from stages.model.holdout import is_held_out
from stages.model.replay import ReplayParams
from stages.model.replaying import Replay, replay
from stages.model.shards import batches, rows, shard
from stages.model.sources import Sources, read_sources
from stages.model.trained import Seen, read_trained
from stages.shared import params, parts, stage
from stages.shared.errors import ParamsError
from stages.shared.files import explain, parquet_writer
from stages.shared.ledger import Ledger, opened
from stages.shared.params import Section
from stages.shared.parts import Part
from stages.shared.records import INSTANCES

COLUMNS = ("instance_id", "task_id", "part", "origin", "output")
SLICE = 50_000
"""Rows in memory while the mix is written; their order costs one reading of the dataset for each slice."""


class MixParams(Section):
    """Keys of `mix` in params.yaml.

    exclude_sources_of: the benchmark whose sources are left out, null for none. per_task: the most instances of a
    task, null for all. replay: which earlier tasks are learned again, where a run does not say otherwise. embedder:
    what compares them. validation: the share (0 to 1) set aside to follow the training with.
    """

    exclude_sources_of: str | None
    per_task: int | None = Field(gt=0)
    replay: ReplayParams
    embedder: Embedder
    validation: float = Field(ge=0, lt=1)


class Run(Section):
    """A run in params.yaml (`runs.NAME`): what it starts from, the recipe that train follows, and its parts, a list or
    `all`; `replay` has the keys of `mix.replay` that are others for this run.
    """

    init: str
    recipe: str
    parts: Literal["all"] | list[str]
    replay: dict[str, Any] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an instance of the mix stands in the dataset, and what decides its order."""

    order: float
    instance_id: str
    task_id: str
    part: str
    shard: int
    row: int


def policy_of(name: str, run: Run, settings: MixParams) -> ReplayParams:
    """How a run replays; raise ParamsError naming what is wrong in its own keys."""
    try:
        return ReplayParams.model_validate({**settings.replay.model_dump(), **run.replay})
    except ValidationError as error:
        keys = ", ".join(ReplayParams.model_fields)
        raise ParamsError(
            f"keys among {keys}", explain(error), f"params.yaml, key runs.{name}.replay", "correct or remove the key"
        ) from error


def run_parts(name: str, run: Run, joined: Sequence[Part]) -> list[Part]:
    """The parts of a run in the order they joined; raise ParamsError for one that is not in the dataset."""
    if run.parts == "all":
        return list(joined)
    known = {str(part): part for part in joined}
    for part in run.parts:
        if part not in known:
            raise ParamsError(
                f"parts of the dataset ({', '.join(known) or 'there are none'})",
                repr(part),
                f"params.yaml, key runs.{name}.parts",
                "correct it, or take the run out",
            )
    return [part for part in joined if str(part) in set(run.parts)]


def reason(instance_id: str, origin: str, output: str, share: float, sources: Sources | None) -> str | None:
    """Why an instance is in no run, or None: the rules in the order they are tried."""
    if is_held_out(instance_id, share):
        return "held-out"
    if sources and sources.hold(origin):
        return "benchmark-source"
    if not output.strip():
        return "empty-output"
    return None


def gather(shards: Sequence[Path], share: float, sources: Sources | None, ledger: Ledger) -> list[Place]:
    """The instances of the run's own parts that pass the rules, best order first."""
    found = []
    for number, path in enumerate(shards):
        for at, row in enumerate(rows(path, COLUMNS)):
            ledger.read("instances")
            why = reason(row["instance_id"], row["origin"], row["output"], share, sources)
            if why:
                ledger.drop("instances", row["instance_id"], why, row["origin"])
            else:
                found.append(_place(row, number, at))
    return sorted(found, key=_order)


def cap(places: list[Place], per_task: int | None, ledger: Ledger) -> list[Place]:
    """The first `per_task` instances of each task in the order of the mix."""
    kept, counts = [], Counter[str]()
    for place in places:
        counts[place.task_id] += 1
        if per_task and counts[place.task_id] > per_task:
            ledger.drop("instances", place.instance_id, "per-task-cap", place.task_id)
        else:
            kept.append(place)
    return kept


def replayed(
    seen: Sequence[Seen], replay: Replay, shards: Sequence[Path], share: float, sources: Sources | None, ledger: Ledger
) -> list[Place]:
    """What is replayed and still in the dataset, every instance that the starting model saw entered in the ledger."""
    wanted = {}
    for one in seen:
        ledger.read("replays")
        if why := replay.reasons.get(one.instance_id):
            ledger.drop("replays", one.instance_id, why, one.part)
        else:
            wanted[one.instance_id] = one
    found = []
    for number, path in enumerate(shards if wanted else ()):
        for at, row in enumerate(rows(path, COLUMNS)):
            if wanted.pop(row["instance_id"], None):
                why = reason(row["instance_id"], row["origin"], row["output"], share, sources)
                if why:
                    ledger.drop("replays", row["instance_id"], why, row["origin"])
                else:
                    found.append(_place(row, number, at))
    for instance in wanted.values():
        ledger.drop("replays", instance.instance_id, "gone", instance.part)
    ledger.keep("replays", len(found))
    return found


def tables(places: Sequence[Place], shards: Sequence[Path]) -> Iterator[pa.Table]:
    """The rows at `places`, in their order, a slice at a time."""
    for start in range(0, len(places), SLICE):
        part = places[start : start + SLICE]
        pieces, ranks = [], []
        for number, path in enumerate(shards):
            at = np.array([place.row for place in part if place.shard == number], dtype=np.int64)
            rank = np.array([n for n, place in enumerate(part) if place.shard == number], dtype=np.int64)
            offset = 0
            for batch in batches(path) if len(at) else ():
                here = (at >= offset) & (at < offset + batch.num_rows)
                pieces.append(batch.take(pa.array(at[here] - offset)))
                ranks.append(rank[here])
                offset += batch.num_rows
        yield pa.Table.from_batches(pieces, INSTANCES).take(pa.array(np.argsort(np.concatenate(ranks))))


def write(path: Path, places: Sequence[Place], shards: Sequence[Path]) -> None:
    """Write the rows at `places` with all that is known of them: licence, terms, source and generator stay on."""
    with parquet_writer(path, INSTANCES) as writer:
        for table in tables(places, shards):
            writer.write_table(table)


def exclusion(wanted: str | None, path: Path) -> Sources | None:
    """The sources to leave out; raise ParamsError where the table is for another benchmark."""
    if wanted is None:
        return None
    sources = read_sources(path)
    if sources.benchmark != wanted:
        raise ParamsError(
            f"{sources.benchmark!r}, whose sources {path} lists",
            repr(wanted),
            "params.yaml, key mix.exclude_sources_of",
            "name that benchmark, null for none, or give its table",
        )
    return sources


def _place(row: dict[str, str], number: int, at: int) -> Place:
    return Place(fraction("order", row["instance_id"]), row["instance_id"], row["task_id"], row["part"], number, at)


def _order(place: Place) -> tuple[float, str]:
    return place.order, place.instance_id


def main(paths: argparse.Namespace) -> None:
    """Read params, the dataset and the starting model's history; write the mix of one run."""
    settings = params.read("mix", MixParams)
    share = float(params.value("benchmarks.holdout.share"))
    joined = parts.read()
    run = params.read(f"runs.{paths.run}", Run)
    policy = policy_of(paths.run, run, settings)
    own_parts = run_parts(paths.run, run, joined)
    ordered = own_parts + [part for part in joined if part not in own_parts]
    shards = [shard(paths.dataset, part) for part in ordered]
    sources = exclusion(settings.exclude_sources_of, paths.sources)
    counts: dict[str, dict[str, Any]] = {"train": {}, "validation": {}, "replay": {}}
    with opened("mix", paths.dropped, paths.metrics, **counts) as ledger:
        own = cap(gather(shards[: len(own_parts)], share, sources, ledger), settings.per_task, ledger)
        ledger.keep("instances", len(own))
        ledger.read("replays", 0)
        again: list[Place] = []
        seen = read_trained(paths.init)
        if seen and policy.strategy != "none":
            mine = {place.instance_id: place.task_id for place in own}
            chosen_again = replay(seen, mine, shards, policy, settings.embedder)
            again = replayed(seen, chosen_again, shards, share, sources, ledger)
            counts["replay"].update(chosen_again.report(policy))
        sides: dict[str, list[Place]] = {"train": [], "validation": []}
        for place in sorted([*own, *again], key=_order):
            side = "validation" if chosen("validation", place.instance_id, settings.validation) else "train"
            sides[side].append(place)
        for side, places in sides.items():
            write(paths.mix / f"{side}.parquet", places, shards)
            found = Counter(place.part for place in places)
            counts[side].update(
                {"all": len(places)} | {str(part): found[str(part)] for part in ordered if found[str(part)]}
            )


if __name__ == "__main__":
    stage.run(
        main,
        __doc__,
        inputs=("dataset", "init", "sources"),
        outputs=("mix", "dropped", "metrics"),
        values=("run",),
    )
