"""Train a model on a mix for a number of steps, from a description or from where another run stopped.

Steps and passes are counted, never seconds, so that the same inputs give the same weights however fast the machine is.
"""

import argparse
import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pydantic import Field
from tqdm import tqdm

from stages.model import network
from stages.model.batches import Example, steps
from stages.model.codec import END, Encoding, source_ids, target_ids
from stages.model.network import Model
from stages.model.shards import rows
from stages.model.trained import read_trained, write_trained
from stages.shared import params, stage
from stages.shared.errors import InputError
from stages.shared.files import replacing
from stages.shared.ledger import opened
from stages.shared.params import Section

COLUMNS = ("instance_id", "task_id", "part", "instruction", "input", "output")


class TrainParams(Section):
    """Keys of `train` in params.yaml.

    steps: training steps in all; passes: how often an instance is seen at most, which ends a small mix's training
    before it is learned by heart. warmup: steps over which the learning rate rises; it falls to 0 over the rest.
    batch: instances a step. learning_rate, weight_decay: of AdamW; clip: the longest gradient (Euclidean).
    seed: fixes the order of batches. threads: CPU threads; another number gives other last digits.
    log_every: steps between points of the curve. validation_instances: how many each point is measured on at most.
    """

    steps: int = Field(gt=0)
    passes: int = Field(gt=0)
    warmup: int = Field(ge=0)
    batch: int = Field(gt=0)
    learning_rate: float = Field(gt=0)
    weight_decay: float = Field(ge=0)
    clip: float = Field(gt=0)
    seed: int
    threads: int = Field(gt=0)
    log_every: int = Field(gt=0)
    validation_instances: int = Field(ge=0)


def examples(path: Path, encoding: Encoding) -> Iterator[Example]:
    """The instances of a mix as a model sees them, in the order of the mix."""
    for row in rows(path, COLUMNS):
        source = source_ids(encoding, row["instruction"], row["input"])
        yield Example(row["instance_id"], row["task_id"], row["part"], source, target_ids(encoding, row["output"]))


def length(instances: int, settings: TrainParams) -> int:
    """How many steps a training takes: `steps`, or fewer where `passes` over the instances take fewer."""
    return min(settings.steps, math.ceil(instances / settings.batch) * settings.passes)


def rate(step: int, total: int, warmup: int) -> float:
    """The learning rate of a step, counted from 0, as a share of the highest: up a line, then down a line."""
    warmup = min(warmup, total)
    if step < warmup:
        return (step + 1) / warmup
    return (total - step) / max(total - warmup, 1)


def letters(targets: Iterable[Sequence[int]]) -> int:
    """How many bytes the targets hold, end marks not counted."""
    return sum(len(target) - (target[-1] == END) for target in targets)


def validate(model: Model, held: Sequence[Example], batch: int) -> float | None:
    """Bits per byte of the targets set aside, or None where there are none."""
    total = 0.0
    for start in range(0, len(held), batch):
        part = held[start : start + batch]
        total += sum(network.bits(model, [one.source for one in part], [one.target for one in part]))
    return round(total / letters(one.target for one in held), 4) if held else None


def fit(
    model: Model, batches: Iterable[list[Example]], total: int, held: Sequence[Example], settings: TrainParams
) -> tuple[set[tuple[str, str, str]], list[dict[str, float | None]]]:
    """Train the model in place; return what it saw (instance_id, task_id, part) and the curve in bits per byte."""
    learn = network.learner(
        model,
        settings.learning_rate,
        settings.weight_decay,
        settings.clip,
        lambda step: rate(step, total, settings.warmup),
    )
    seen: set[tuple[str, str, str]] = set()
    curve: list[dict[str, float | None]] = []
    nats, written = 0.0, 0
    for step, batch in enumerate(tqdm(batches, "train", total, delay=2, unit="step"), start=1):
        targets = [one.target for one in batch]
        nats += learn([one.source for one in batch], targets)
        written += letters(targets)
        seen.update((one.instance_id, one.task_id, one.part) for one in batch)
        if step % settings.log_every == 0 or step == total:
            train = round(nats / math.log(2) / max(written, 1), 4)
            curve.append({"step": step, "train": train, "validation": validate(model, held, settings.batch)})
            nats, written = 0.0, 0
    return seen, curve


def main(paths: argparse.Namespace) -> None:
    """Read params, the mix and the starting model; write the trained model, what it saw, and its curve."""
    settings = params.read("train", TrainParams)
    network.settle(settings.threads, settings.seed)
    model = network.open_model(paths.init)
    train = paths.mix / "train.parquet"
    ids = [row["instance_id"] for row in rows(train, ["instance_id"])]
    if not ids:
        raise InputError("at least one instance", "none", str(train), "give the run parts that hold some (runs)")
    held = list(examples(paths.mix / "validation.parquet", model.encoding))[: settings.validation_instances]
    extra: dict[str, object] = {}
    with replacing(paths.model) as folder:
        folder.mkdir()
        with opened("train", folder / "dropped.jsonl", paths.metrics, training=extra) as ledger:
            total = length(len(ids), settings)
            batches = steps(lambda: examples(train, model.encoding), total, settings.batch, settings.seed)
            seen, curve = fit(model, batches, total, held, settings)
            known = {instance_id for instance_id, _, _ in seen}
            ledger.read("instances", len(ids))
            for instance_id in ids:
                if instance_id in known:
                    ledger.keep("instances")
                else:
                    ledger.drop("instances", instance_id, "steps-ended")
            network.save(model, folder)
            extra["parameters"] = network.parameters(model)
            extra["seen_ever"] = write_trained(folder, read_trained(paths.init), seen)
            extra["bits_per_byte"] = curve[-1]
            extra["curve"] = curve


if __name__ == "__main__":
    stage.run(main, __doc__, inputs=("mix", "init"), outputs=("model", "metrics"))
