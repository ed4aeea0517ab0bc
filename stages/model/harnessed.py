"""What lm-evaluation-harness is told, and what it found (its EvalResults), as it is written down here."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import Field

from stages.shared.params import Section
from stages.shared.records import Frozen, digest

PLAIN = "none"
"""What the harness calls answers that are taken as they are; of others its filter's name stands beside the metric."""


class HarnessParams(Section):
    """Keys of `harness` in params.yaml. batch: requests at a time. threads: CPU threads.

    seed: which worked examples are drawn. unsafe: whether tasks that run code which the model wrote are let in.
    """

    batch: int = Field(gt=0)
    threads: int = Field(gt=0)
    seed: int
    unsafe: bool


class Suite(Section):
    """A suite in params.yaml (`suites.NAME`): a model, and what it is put to.

    path: of the model, loaded here. tasks: names of tasks, groups or tags of the harness, or of data/sources/suites.
    shots: worked examples before each question, null for as many as the task says. limit: the first so many questions
    of a task, null for all. template: whether a question is put in the form that the model was trained to be asked in,
    worked examples and all in one turn; else as plain text to go on from, as base models are measured.
    """

    path: str = Field(alias="from")
    tasks: list[str] = Field(min_length=1)
    shots: int | None = Field(ge=0)
    limit: int | None = Field(gt=0)
    template: bool


class Sample(Frozen):
    """A question of a task, and what came of it.

    id: its place in the task's data. filter: how the answer was taken from what was written (`none`: as it is). target:
    of choices the right one's place, from 0. answers: what was written; of choices the log-likelihood of each in nats.
    scores: of this question, as the harness has them.
    """

    task: str
    id: int
    filter: str
    prompt: str
    choices: list[str]
    target: str
    answers: list[Any]
    scores: dict[str, Any]


def scores(found: Mapping[str, Any]) -> dict[str, float]:
    """The metrics of a task or group: each with its standard error (`_stderr`), in its own unit.

    A metric of filtered answers has the filter's name after it: `exact_match,strict-match`.
    """
    own: dict[str, float] = {}
    for key, value in found.items():
        metric, _, kind = key.partition(",")
        if not kind or metric.endswith("_stderr") or not isinstance(value, int | float) or not math.isfinite(value):
            continue
        name = metric if kind == PLAIN else key
        own[name] = round(float(value), 6)
        error = found.get(f"{metric}_stderr,{kind}")
        if isinstance(error, int | float):
            own[f"{name}_stderr"] = round(float(error), 6)
    return own


def results(lm: Any, found: Mapping[str, Any]) -> dict[str, Any]:
    """What stands in the metrics: the scores of each task and group, and what they are of.

    lm: the model as the harness asked it. `cut` counts the questions that are too long for it: it saw the end of them.
    """
    cut = shortened(lm, found)
    tasks = {
        task: {
            "version": found["versions"].get(task),
            "shots": found["n-shot"].get(task),
            "questions": found["n-samples"][task]["original"],
            "asked": found["n-samples"][task]["effective"],
            "cut": cut[task],
            # Other data of the same name is seen by this.
            "sha256": digest(sorted({(one["doc_id"], one["doc_hash"], one["target_hash"]) for one in samples})),
            **scores(found["results"][task]),
        }
        for task, samples in sorted(found["samples"].items())
    }
    groups = {name: scores(one) for name, one in sorted(found.get("groups", {}).items())}
    return {"tasks": tasks, **({"groups": groups} if groups else {})}


def told(found: Mapping[str, Any]) -> Iterator[Sample]:
    """Each question as it was put, in the order of tasks and of their data."""
    for task, samples in sorted(found["samples"].items()):
        for one in sorted(samples, key=lambda one: (one["doc_id"], one["filter"])):
            choices = [pair[1] for pair in one["arguments"] if len(pair) > 1 and isinstance(pair[1], str)]
            yield Sample(
                task=task,
                id=one["doc_id"],
                filter=one["filter"],
                prompt=one["arguments"][0][0],
                choices=choices,
                target=str(one["target"]),
                answers=[weight for ((weight, _),) in one["resps"]] if choices else one["filtered_resps"],
                scores={metric: _plain(one[metric]) for metric in one["metrics"]},
            )


def _plain(value: Any) -> Any:
    """A number of numpy's as one of Python's."""
    return value.item() if hasattr(value, "item") else value


def shortened(lm: Any, found: Mapping[str, Any]) -> dict[str, int]:
    """Of each task, how many questions with the room for their answers are longer than the model can read."""
    return {
        task: len(
            {one["doc_id"] for one in samples if any(_length(lm, pair) > lm.max_length for pair in one["arguments"])}
        )
        for task, samples in found["samples"].items()
    }


def _length(lm: Any, pair: Sequence[Any]) -> int:
    """The ids that a request takes up; an encoder-decoder reads the question alone. A text alone is read in pieces."""
    if len(pair) < 2:
        return 0
    question, rest = pair
    room = rest.get("max_gen_toks", lm.max_gen_toks) if isinstance(rest, dict) else len(lm.tok_encode(rest)) - 1
    return len(lm.tok_encode(question)) + (room if lm.backend == "causal" else 0)
