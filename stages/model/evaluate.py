"""Measure predictions: Super-NI by the official metrics beside what copying would score, the holdout part by part."""

import argparse
import io
from collections.abc import Sequence
from typing import Any

from stages.model import runs
from stages.model.benchmarks import Superni, read_benchmark
from stages.model.predictions import Prediction
from stages.model.runs import Slice
from stages.model.scores import grouped, means, score
from stages.shared import params, stage
from stages.shared.errors import InputError, ParamsError
from stages.shared.files import read_jsonl, write_json
from stages.shared.ledger import Ledger
from stages.shared.params import Section

BASELINES = {
    "copy_input": lambda one: one.input,
    "copy_demonstration": lambda one: one.demonstration,
}
"""What needs no model: to repeat the input, or the output of the task's first positive example."""


class EvaluateParams(Section):
    """Keys of `evaluate` in params.yaml. baselines: which of BASELINES stand beside a model on Super-NI."""

    baselines: list[str]


def on_superni(predictions: Sequence[Prediction], answers: Sequence[str]) -> dict[str, Any]:
    """The scores of some answers to the predicted instances: overall, by category and by task (spec D1)."""
    scored = [score(said, one.references) for said, one in zip(answers, predictions, strict=True)]
    categories = [one.category for one in predictions]
    return {
        **means(scored),
        "by_category": grouped(scored, categories, categories),
        "by_task": grouped(scored, [one.task for one in predictions], categories),
    }


def on_holdout(predictions: Sequence[Prediction], slices: Sequence[tuple[str, Slice]] = ()) -> dict[str, Any]:
    """Bits per byte of the references, exact match and ROUGE-L: overall and by part, in order of name.

    Beside them what repeating the input would score: a model that learned a task says something better.

    slices: those that runs take of parts; where there are any, the scores are also by slice (`corpus/superni 1/3`).
    """
    parts = sorted({one.part for one in predictions})
    by_part = {part: _held([one for one in predictions if one.part == part]) for part in parts}
    by_slice = {}
    for part, tasks in slices:
        if own := [one for one in predictions if one.part == part and tasks.holds(one.task)]:
            by_slice[runs.grouped(part, tasks)] = _held(own)
    return {**_held(predictions), "by_part": by_part, **({"by_slice": by_slice} if by_slice else {})}


def _held(predictions: Sequence[Prediction]) -> dict[str, float]:
    bits = sum(one.bits or 0 for one in predictions)
    length = sum(one.bytes or 0 for one in predictions)
    scored = [score(one.prediction, one.references) for one in predictions]
    copied = means([score(one.input, one.references) for one in predictions], ["exact_match", "rougeL"])
    return {
        "instances": len(predictions),
        "bytes": length,
        "bits_per_byte": round(bits / length, 4),
        **means(scored, ["exact_match", "rougeL"]),
        **{f"copy_input_{metric}": value for metric, value in copied.items()},
    }


def main(paths: argparse.Namespace) -> None:
    """Read params and predictions; write their scores."""
    settings = params.read("evaluate", EvaluateParams)
    benchmark = read_benchmark(paths.benchmark)
    for name in settings.baselines:
        if name not in BASELINES:
            raise ParamsError(
                f"baselines among {', '.join(BASELINES)}",
                repr(name),
                "params.yaml, key evaluate.baselines",
                "correct it",
            )
    predictions = list(read_jsonl(paths.predictions, Prediction))
    if not predictions:
        raise InputError("at least one prediction", "none", str(paths.predictions), "run `dvc repro predict`")
    # Nothing is dropped here, so the ledger has nothing to write down but its counts.
    ledger = Ledger("evaluate", io.StringIO())
    ledger.read("predictions", len(predictions))
    ledger.keep("predictions", len(predictions))
    if isinstance(benchmark, Superni):
        found = {"model": on_superni(predictions, [one.prediction for one in predictions])}
        for name in settings.baselines:
            found[name] = on_superni(predictions, [BASELINES[name](one) for one in predictions])
    else:
        found = on_holdout(predictions, runs.slices(params.value("runs")))
    write_json(paths.metrics, {**ledger.counts(), **found})


if __name__ == "__main__":
    stage.run(main, __doc__, inputs=("predictions",), outputs=("metrics",), values=("benchmark",))
