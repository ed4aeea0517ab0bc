"""Measure predictions: Super-NI by the official metrics beside what copying would score, the holdout part by part, long
answers by ROUGE-L and METEOR, MATH by two rules; each with intervals.

What is measured must be the benchmark, whole: its questions are read again and compared with the predictions.
"""

import argparse
import io
from collections.abc import Sequence
from typing import Any

from stages.model.benchmarks import Holdout, Math, Superni, items, read_benchmark
from stages.model.checking import matched
from stages.model.instancescores import InstanceScores
from stages.model.item import fingerprint_of
from stages.model.measuring import (
    OF_TASKS,
    Measured,
    guesses,
    intervals,
    long,
    math,
    short,
    split_of,
    wordless,
)
from stages.model.predictions import Prediction
from stages.model.scores import grouped, means, score, stemmed
from stages.shared import params, stage
from stages.shared.errors import ParamsError
from stages.shared.files import read_jsonl, write_json, write_jsonl
from stages.shared.ledger import Ledger
from stages.shared.params import Section
from stages.shared.sources import read_sources

BASELINES = {
    "copy_input": lambda one: one.input,
    "copy_demonstration": lambda one: one.demonstration,
}
"""What needs no model: to repeat the input, or the output of the task's first positive example."""


class EvaluateParams(Section):
    """Keys of `evaluate` in params.yaml. baselines: which of BASELINES stand beside a model on Super-NI."""

    baselines: list[str]


def on_superni(predictions: Sequence[Prediction], scored: Sequence[InstanceScores]) -> dict[str, Any]:
    """The scores of some answers to the predicted instances: overall, by category and by task (spec D1)."""
    scores = [one.scores for one in scored]
    categories = [one.category for one in predictions]
    return {
        **means(scores),
        "by_category": grouped(scores, categories, categories),
        "by_task": grouped(scores, [one.task for one in predictions], categories),
    }


def on_holdout(predictions: Sequence[Prediction]) -> dict[str, Any]:
    """Bits per byte of the references, exact match and ROUGE-L: overall and by part, in order of name.

    Beside them what repeating the input would score: a model that learned a task says something better.
    """
    parts = sorted({one.part for one in predictions})
    by_part = {part: _held([one for one in predictions if one.part == part]) for part in parts}
    return {**_held(predictions), "by_part": by_part}


def _held(predictions: Sequence[Prediction]) -> dict[str, float]:
    """A model that is not loaded here has no bits."""
    bits = sum(one.bits or 0 for one in predictions)
    length = sum(one.bytes or 0 for one in predictions)
    scored = [score(one.prediction, one.references) for one in predictions]
    copied = means([score(one.input, one.references) for one in predictions], ["exact_match", "rougeL"])
    return {
        "instances": len(predictions),
        "bytes": length,
        **({"bits_per_byte": round(bits / length, 4)} if length else {}),
        **means(scored, ["exact_match", "rougeL"]),
        **{f"copy_input_{metric}": value for metric, value in copied.items()},
    }


def superni(benchmark: Superni, predictions: Sequence[Prediction], baselines: Sequence[str]) -> Measured:
    """The model and the baselines on Super-NI."""
    split = split_of(benchmark)
    scored = short(predictions, split)
    found = {"model": on_superni(predictions, scored)}
    for name in baselines:
        copied = [one.model_copy(update={"prediction": BASELINES[name](one)}) for one in predictions]
        found[name] = on_superni(predictions, short(copied, split))
    return found | {"intervals": intervals(scored, within_tasks=True)}, scored


def holdout(predictions: Sequence[Prediction]) -> Measured:
    """The model on the holdout; bits, perplexity and token accuracy where it was weighed."""
    scored = short(predictions)
    return on_holdout(predictions) | guesses(predictions) | {
        "intervals": intervals(scored, ["exact_match", "rougeL"])
    }, scored


def main(paths: argparse.Namespace) -> None:
    """Read params, the benchmark and predictions; write what they score, all together and one by one."""
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
    # Nothing is dropped here, so the ledgers have nothing to write down but their counts.
    asked = items(benchmark, paths.benchmark_data, read_sources(paths.sources), Ledger("evaluate", io.StringIO()))
    predictions = matched(read_jsonl(paths.predictions, Prediction), asked, paths.predictions)
    ledger = Ledger("evaluate", io.StringIO())
    ledger.read("predictions", len(predictions))
    ledger.keep("predictions", len(predictions))
    if isinstance(benchmark, Superni):
        found, scored = superni(benchmark, predictions, settings.baselines)
    elif isinstance(benchmark, Holdout):
        found, scored = holdout(predictions)
    elif isinstance(benchmark, Math):
        found, scored = math(predictions)
    else:
        found, scored = long(predictions, within_tasks=benchmark.kind in OF_TASKS)
    told = {"name": paths.benchmark, "kind": benchmark.kind, "sha256": fingerprint_of(asked)}
    lacking = {
        "empty_answers": sum(not one.prediction for one in predictions),
        "unanswered": sum(bool(one.unanswered) for one in predictions),
    }
    if not isinstance(benchmark, Math):
        unseen = wordless(predictions, split_of(benchmark) if isinstance(benchmark, Superni) else stemmed)
        lacking |= {"wordless_references": unseen} if unseen else {}
    write_json(paths.metrics, {**ledger.counts(), "benchmark": told, **lacking, **found})
    write_jsonl(paths.scores, scored)


if __name__ == "__main__":
    stage.run(
        main,
        __doc__,
        inputs=("predictions", "benchmark-data", "sources"),
        outputs=("scores", "metrics"),
        values=("benchmark",),
    )
