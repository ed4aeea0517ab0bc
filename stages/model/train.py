"""Train a model on a mix by a recipe, from a description or from where another run stopped.

On several processes: `accelerate launch --multi_gpu --num_processes N --module stages.model.train` with the options of
dvc.yaml, on a CPU too (with `--cpu`, accelerate starts one process only, unless there is MPI). What they see in a step
is what one would; weights differ in their last digits. `dvc commit` then takes what is there. A killed training goes on
from its last checkpoint, with the same result.
"""

import argparse
import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import torch
import transformers
from accelerate import Accelerator
from tqdm import tqdm

from stages.model import facts, network, prepared
from stages.model.batches import Example, steps
from stages.model.checkpoints import Place, keep, restore
from stages.model.curves import Point, picture
from stages.model.facts import Facts
from stages.model.learning import (
    Learner,
    adapters,
    finished,
    fitted,
    learn,
    learner,
    precision,
    save_adapters,
    validate,
)
from stages.model.network import Model
from stages.model.opening import open_model, origins
from stages.model.recipe import TrainParams, length, read_recipe
from stages.model.shards import rows
from stages.model.trained import read_trained, write_trained
from stages.model.work import fingerprint, finish, work_folder
from stages.shared import params, stage
from stages.shared.files import replacing, write_json
from stages.shared.ledger import Ledger, opened

PREPARED_FILE = "examples.parquet"
"""The mix as the model sees it, in the work folder."""


@dataclass(frozen=True)
class Outcome:
    """What came of a training. examples: the file of the prepared mix. shortened: how many instances of it are seen in
    part. seen: the ids of those that it saw. curve: in bits per byte.
    """

    examples: Path
    shortened: int
    seen: set[str]
    curve: tuple[Point, ...]


def fit(
    one: Learner, batches: Iterable[list[Example]], held: Sequence[Example], work: Path
) -> tuple[set[str], tuple[Point, ...]]:
    """Train the model in place, from its last checkpoint in `work` on; return the ids of what it saw and the curve in
    bits per byte.
    """
    place = restore(one.team, work)
    seen: set[str] = set()
    every, ids = one.recipe.save_every, 0
    shown: dict[str, Any] = {"initial": place.step, "delay": 2, "unit": "step", "disable": not one.team.is_main_process}
    with tqdm(desc="train", total=one.total, **shown) as bar:
        for step, batch in enumerate(batches, start=1):
            seen.update(example.instance_id for example in batch)
            if step <= place.step:
                continue
            ids += sum(len(example.tokens.ids) for example in batch)
            found = learn(one, step, batch)
            size = sum(example.bytes for example in batch)
            place = _counted(one, place, step, found, size, held)
            if every and step % every == 0 and step < one.total:
                keep(one.team, work, place)
            speed = ids / max(bar.format_dict["elapsed"], 1e-9)
            bar.set_postfix_str(
                f"{found / math.log(2) / max(size, 1):.2f} bits a byte, {speed:,.0f} ids/s", refresh=False
            )
            bar.update()
    return seen, place.curve


def _counted(one: Learner, place: Place, step: int, found: float, size: int, held: Sequence[Example]) -> Place:
    """The place after a step, with a point of the curve where one is due."""
    cost, written = place.nats + found, place.bytes + size
    if step % one.recipe.log_every and step != one.total:
        return Place(step=step, nats=cost, bytes=written, curve=place.curve)
    train = round(cost / math.log(2) / max(written, 1), 4)
    return Place(step=step, curve=(*place.curve, Point(step=step, train=train, validation=validate(one, held))))


def account(ledger: Ledger, file: Path, seen: Collection[str]) -> None:
    """Enter every instance of the prepared mix: seen, left out for a reason, or not reached."""
    for row in rows(file, ("instance_id", "reason")):
        ledger.read("instances")
        if row["instance_id"] in seen:
            ledger.keep("instances")
        else:
            ledger.drop("instances", row["instance_id"], row["reason"] or "steps-ended")


def told(paths: argparse.Namespace, one: Learner, found: Outcome, trained: Model) -> Facts:
    """What is known of the trained model, for its card; a run has the name of its folder."""
    base, runs, earlier = facts.based_on(paths.init)
    run = paths.model.name
    before = {known.instance_id for known in read_trained(paths.init)}
    new = facts.sources(run, paths.mix / "train.parquet", found.seen, before)
    return Facts(
        run=run,
        runs=[*runs, run],
        base=base,
        paired=trained.paired,
        recipe_name=one.name,
        recipe=one.recipe,
        parameters=network.parameters(trained),
        sources=[*earlier, *new],
        shortened=found.shortened,
        curve=list(found.curve),
    )


def write(paths: argparse.Namespace, one: Learner, found: Outcome) -> None:
    """Write the model with all that is known of it, its curve and its counts; all processes have to ask."""
    alone = adapters(one, facts.based_on(paths.init)[0].id)
    trained, weights = finished(one)
    if not one.team.is_main_process:
        return
    extra: dict[str, object] = {}
    with replacing(paths.model) as folder:
        folder.mkdir()
        with opened("train", folder / "dropped.jsonl", paths.metrics, training=extra) as ledger:
            account(ledger, found.examples, found.seen)
            network.save(trained, folder, weights)
            if alone:
                save_adapters(alone, folder / facts.ADAPTERS)
            known = told(paths, one, found, trained)
            write_json(folder / facts.FILE, known.model_dump())
            extra["parameters"] = known.parameters
            named = (tuple(row.values()) for row in rows(found.examples, ("instance_id", "task_id", "part")))
            now = ((id, task, part) for id, task, part in named if id in found.seen)
            extra["seen_ever"] = write_trained(folder, read_trained(paths.init), now)
            extra["shortened"] = found.shortened
            extra["processes"] = one.team.num_processes
            extra["bits_per_byte"] = found.curve[-1].model_dump()
            extra["curve"] = [point.model_dump() for point in found.curve]
    with replacing(paths.plot) as temporary:
        temporary.write_text(picture(known.run, found.curve), "utf-8")


def main(paths: argparse.Namespace) -> None:
    """Read params, the mix and the starting model; write the trained model, what it saw, and its curve."""
    settings = params.read("train", TrainParams)
    recipe = read_recipe(paths.recipe)
    computed = precision(recipe, paths.recipe)
    network.settle(settings.threads, recipe.seed)
    team = Accelerator(mixed_precision=computed, cpu=not torch.cuda.is_available())
    facts.based_on(paths.init)  # what its card needs is there, or it says so before hours have gone by
    model = open_model(paths.init, half=recipe.lora is not None and computed == "bf16")
    model = fitted(model, recipe, paths.recipe)
    inputs: list[Any] = [recipe.model_dump(), settings.threads, computed, team.num_processes]
    inputs += [torch.__version__, transformers.__version__]
    work = work_folder("train", paths.model, inputs + [fingerprint(path) for path in (paths.mix, *origins(paths.init))])
    file = work / PREPARED_FILE
    with team.main_process_first():
        prepared.prepare(paths.mix / "train.parquet", model, file)
    surveyed = prepared.survey(file, paths.mix / "train.parquet")
    held = list(islice(prepared.made(paths.mix / "validation.parquet", model), recipe.validation_instances))
    one = learner(team, model, recipe, paths.recipe, length(surveyed.usable, recipe))
    batches = steps(lambda: prepared.examples(file), one.total, recipe.batch, recipe.seed)
    seen, curve = fit(one, batches, held, work)
    write(paths, one, Outcome(file, surveyed.shortened, seen, curve))
    if team.is_main_process:
        finish(work)
    team.wait_for_everyone()
    team.end_training()


if __name__ == "__main__":
    stage.run(main, __doc__, inputs=("mix", "init"), outputs=("model", "metrics", "plot"), values=("recipe",))
