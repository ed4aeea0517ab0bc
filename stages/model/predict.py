"""Ask a model what a benchmark asks: its own words for each instance, and what the reference would have cost it.

It writes the likeliest byte each time, so the same model gives the same answers.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from pydantic import Field
from tqdm import tqdm

from stages.model import network
from stages.model.benchmarks import Holdout, Item, items, read_benchmark
from stages.model.codec import END, source_ids, target_ids
from stages.model.network import Model
from stages.model.predictions import Prediction
from stages.model.sources import read_sources
from stages.model.superni import instruction
from stages.model.trained import read_trained
from stages.shared import params, stage
from stages.shared.errors import InputError
from stages.shared.files import write_jsonl
from stages.shared.ledger import opened
from stages.shared.params import Section


class PredictParams(Section):
    """Keys of `predict` in params.yaml. batch: instances at a time. threads: CPU threads."""

    batch: int = Field(gt=0)
    threads: int = Field(gt=0)


def sources_of(model: Model, asked: Sequence[Item], positive_examples: int) -> list[list[int]]:
    """What the model reads for each item; examples join the instruction as long as its room allows."""
    room = model.encoding.instruction_bytes
    return [
        source_ids(
            model.encoding,
            instruction(one.instruction, one.examples, positive_examples, lambda text: len(text.encode()) <= room)
            if one.examples
            else one.instruction,
            one.input,
        )
        for one in asked
    ]


def answer(model: Model, asked: Sequence[Item], positive_examples: int, batch: int, weigh: bool) -> list[Prediction]:
    """One prediction an item, in the order of the items; with `weigh`, what the first reference costs in bits."""
    sources = sources_of(model, asked, positive_examples)
    # Alike lengths together: little padding. The order is undone below.
    order = sorted(range(len(asked)), key=lambda at: (len(sources[at]), at))
    found: dict[int, Prediction] = {}
    for start in tqdm(range(0, len(order), batch), "predict", delay=2, unit="batch"):
        places = order[start : start + batch]
        read = [sources[at] for at in places]
        targets = [target_ids(model.encoding, asked[at].references[0]) for at in places]
        costs = network.bits(model, read, targets) if weigh else [None] * len(places)
        for at, said, cost, target in zip(places, network.write_answers(model, read), costs, targets, strict=True):
            found[at] = _prediction(asked[at], said, cost, target)
    return [found[at] for at in range(len(asked))]


def _prediction(one: Item, said: str, cost: float | None, target: list[int]) -> Prediction:
    return Prediction(
        id=one.id,
        task=one.task,
        category=one.category,
        part=one.part,
        input=one.input,
        references=one.references,
        demonstration=one.examples[0][1] if one.examples else "",
        prediction=said.strip(),
        bits=None if cost is None else round(cost, 4),
        bytes=None if cost is None else len(target) - (target[-1] == END),
    )


def refuse_seen(asked: Sequence[Item], model: Path) -> None:
    """Raise InputError where the model was trained on something it would be measured on."""
    seen = {one.instance_id for one in read_trained(model)}
    for one in asked:
        if one.id in seen:
            raise InputError(
                "a model that never saw the held-out instances",
                f"one trained on {one.id} of {one.part}",
                str(model),
                "run `dvc repro mix train`, since the held-out share has changed",
            )


def main(paths: argparse.Namespace) -> None:
    """Read params, the benchmark and the model; write the predictions."""
    settings = params.read("predict", PredictParams)
    benchmark = read_benchmark(paths.benchmark)
    with opened("predict", paths.dropped, paths.metrics) as ledger:
        asked = items(benchmark, paths.benchmark_data, read_sources(paths.sources), ledger)
        weigh = isinstance(benchmark, Holdout)
        if weigh:
            refuse_seen(asked, paths.model)
        network.settle(settings.threads)
        model = network.open_model(paths.model)
        positive = 0 if isinstance(benchmark, Holdout) else benchmark.positive_examples
        write_jsonl(paths.predictions, answer(model, asked, positive, settings.batch, weigh))


if __name__ == "__main__":
    stage.run(
        main,
        __doc__,
        inputs=("model", "benchmark-data", "sources"),
        outputs=("predictions", "dropped", "metrics"),
        values=("benchmark",),
    )
