"""Ask a model what a benchmark asks: its own words for each instance, and what the reference would have cost it.

It writes the likeliest id each time, so the same model gives the same answers. What a killed one has answered is kept.
"""

import argparse
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import torch
import transformers
from pydantic import Field, ValidationError
from tqdm import tqdm

from stages.model import network
from stages.model.benchmarks import Holdout, Item, items, read_benchmark
from stages.model.coding import answer_room, ends, questions, weighing
from stages.model.network import Model
from stages.model.opening import open_to_ask, origins
from stages.model.predictions import Prediction
from stages.model.tokenizing import Tokens
from stages.model.trained import read_trained
from stages.model.work import fingerprint, work_folder
from stages.shared import params, stage
from stages.shared.errors import InputError, ParamsError
from stages.shared.files import dump_json, remove, write_jsonl
from stages.shared.ledger import opened
from stages.shared.params import Section
from stages.shared.records import Frozen
from stages.shared.sources import read_sources

PARTIAL_FILE = "answers.jsonl"


class PredictParams(Section):
    """Keys of `predict` in params.yaml. batch: instances at a time. threads: CPU threads.

    new_ids: what an answer may have at most, where the model was not trained on a target length of its own.
    """

    batch: int = Field(gt=0)
    threads: int = Field(gt=0)
    new_ids: int = Field(gt=0)


class Answered(Frozen):
    """An answer that is kept until all are there. at: its item's place."""

    at: int
    said: str
    bits: float | None
    bytes: int | None


def answer(
    model: Model, asked: Sequence[Item], positive_examples: int, settings: PredictParams, weigh: bool, partial: Path
) -> list[Prediction]:
    """One prediction an item, in the order of the items; with `weigh`, what the first reference costs in bits.

    partial: where answers are kept as they come, and found again.
    """
    read = questions(model, positive_examples, settings.new_ids)
    sources = [read(one) for one in asked]
    room, stops = answer_room(model, settings.new_ids), ends(model)
    weighed = weighing(model) if weigh else None
    # Alike lengths together: little padding. The order is undone below.
    order = sorted(range(len(asked)), key=lambda at: (len(sources[at]), at))
    found = {one.at: one for one in _kept(partial)}
    starts = range(0, len(order), settings.batch)
    partial.parent.mkdir(parents=True, exist_ok=True)
    with partial.open("a", encoding="utf-8") as file:
        for start in tqdm(starts, "predict", delay=2, unit="batch"):
            places = order[start : start + settings.batch]
            if all(at in found for at in places):
                continue
            said = _said(model, [sources[at] for at in places], room, stops)
            costs = _costs(model, [asked[at] for at in places], weighed)
            for at, text, (bits, size) in zip(places, said, costs, strict=True):
                found[at] = Answered(at=at, said=text, bits=bits, bytes=size)
                file.write(dump_json(found[at].model_dump()) + "\n")
            file.flush()
    return [_prediction(one, found[at]) for at, one in enumerate(asked)]


def _said(model: Model, sources: Sequence[Sequence[int]], room: int, stops: Sequence[int]) -> list[str]:
    try:
        return network.write_answers(model, sources, room, stops)
    except (RuntimeError, MemoryError) as error:
        if not network.is_out_of_memory(error):
            raise
        raise ParamsError(
            "a batch that fits into memory",
            f"out of memory for {len(sources)} questions of up to {max(map(len, sources))} ids",
            "params.yaml, key predict.batch",
            "lower it",
        ) from error


def _costs(
    model: Model, asked: Sequence[Item], weighed: Callable[[Item], tuple[Tokens, int] | None] | None
) -> Iterable[tuple[float | None, int | None]]:
    """What the first reference of each item costs in bits, and its bytes; None where it isn't weighed."""
    texts = [weighed(one) if weighed else None for one in asked]
    bits = iter(network.bits(model, there) if (there := [text[0] for text in texts if text]) else [])
    return [(round(next(bits), 4), text[1]) if text else (None, None) for text in texts]


def _kept(partial: Path) -> Iterator[Answered]:
    """What was answered before; the last line may be torn."""
    if not partial.exists():
        return
    for line in partial.read_bytes().splitlines():
        try:
            yield Answered.model_validate_json(line)
        except ValidationError:
            return


def _prediction(one: Item, answered: Answered) -> Prediction:
    return Prediction(
        id=one.id,
        task=one.task,
        category=one.category,
        part=one.part,
        input=one.input,
        references=one.references,
        demonstration=one.examples[0][1] if one.examples else "",
        prediction=answered.said.strip(),
        bits=answered.bits,
        bytes=answered.bytes,
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
        model = open_to_ask(paths.model)
        positive = 0 if isinstance(benchmark, Holdout) else benchmark.positive_examples
        inputs = [settings.model_dump(), positive, weigh, [asdict(one) for one in asked]]
        inputs += [torch.__version__, transformers.__version__, *map(fingerprint, origins(paths.model))]
        work = work_folder("predict", inputs)
        write_jsonl(paths.predictions, answer(model, asked, positive, settings, weigh, work / PARTIAL_FILE))
        remove(work)


if __name__ == "__main__":
    stage.run(
        main,
        __doc__,
        inputs=("model", "benchmark-data", "sources"),
        outputs=("predictions", "dropped", "metrics"),
        values=("benchmark",),
    )
