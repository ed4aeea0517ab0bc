"""One table of every model on every benchmark, small enough to be read and compared between versions; and one of what
runs that go on from others still know.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, Field

from stages.model import continual, forgetting
from stages.model.instancescores import InstanceScores
from stages.model.runs import slices
from stages.shared import params, parts, stage
from stages.shared.errors import InputError, ParamsError
from stages.shared.files import read_json, read_jsonl, replacing, write_json
from stages.shared.params import Section

BELOW = "below {floor}: this model has learned the form of answers, not the tasks"
NOT_BELOW = "not below {floor}"


MEANS = ("rouge1", "rougeL", "meteor_exact_stem", "meteor", "strict", "equal")
"""The means that stand for long answers and for MATH."""


class SummarizeParams(Section):
    """Keys of `summarize` in params.yaml.

    metric: the Super-NI metric that counts. floor: the baseline that a model must reach to have learned any task.
    """

    metric: str
    floor: str


class Measure(Section):
    """A model on a benchmark (`measures.NAME`): the model's path, the benchmark's name, and where its data is."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    path: str = Field(alias="from")
    benchmark: str
    reads: str


def model_of(name: str, measure: Measure, models: Mapping[str, Any]) -> str:
    """The model that a measure is of; raise ParamsError where its name and path are not those of `models`."""
    model = name.removesuffix(f"-{measure.benchmark}")
    known = models.get(model)
    if model == name or not isinstance(known, dict) or known.get("from") != measure.path:
        raise ParamsError(
            f"MODEL-{measure.benchmark} of a model in `models` with from: {measure.path}",
            f"{name!r}, and models holds {', '.join(models) or 'none'}",
            f"params.yaml, key measures.{name}",
            "correct the name or the path",
        )
    return model


def headline(found: Mapping[str, Any], settings: SummarizeParams) -> dict[str, Any]:
    """The few numbers that stand for a measure: Super-NI beside its baselines, the holdout with its parts, or the means
    of a benchmark that has nothing to be below; the metric that counts with its interval.
    """
    kind = found.get("benchmark", {}).get("kind", "holdout" if "by_part" in found else "superni")
    if kind == "holdout":
        parts = {part: one["bits_per_byte"] for part, one in found["by_part"].items() if "bits_per_byte" in one}
        keys = ("bits_per_byte", "perplexity", "token_accuracy", "exact_match", "rougeL")
        own = {key: found[key] for key in keys if key in found}
        return own | ({"bits_per_byte_by_part": parts} if parts else {})
    if kind != "superni":
        own = {key: one for key, one in found["model"].items() if key in MEANS and one is not None}
        copied = {"copy_input_rougeL": found["copy_input"]["rougeL"]} if "copy_input" in found else {}
        return own | bounds(found, ("rougeL", "strict", "equal")) | copied
    metric, floor = settings.metric, settings.floor
    baselines = {name: found[name] for name in found if name.startswith("copy_")}
    verdict = BELOW if found["model"][metric] < baselines[floor][metric] else NOT_BELOW
    return {
        **{key: found["model"][key] for key in ("exact_match", "rouge1", "rougeL")},
        **bounds(found, (metric,)),
        **{f"{name}_{metric}": one[metric] for name, one in baselines.items()},
        "verdict": verdict.format(floor=floor.replace("_", "-")),
    }


def bounds(found: Mapping[str, Any], metrics: Sequence[str]) -> dict[str, float]:
    """The ends of the intervals of some metrics, as `<metric>_low` and `<metric>_high`, of those that have one."""
    own = found.get("intervals", {})
    return {f"{metric}_{end}": own[metric][end] for metric in metrics if metric in own for end in ("low", "high")}


def main(paths: argparse.Namespace) -> None:
    """Read params and the scores of every measure, those of each instance too where runs take slices; write the table,
    model by model.
    """
    settings = params.read("summarize", SummarizeParams)
    models, wanted = params.value("models"), params.value("measures")
    named = dict(paths.measure)
    if list(named) != list(wanted):
        raise ParamsError(
            f"the measures {', '.join(wanted)}",
            ", ".join(named) or "none",
            "dvc.yaml, stage summarize",
            "write its lines again",
        )
    runs, joined = params.value("runs"), [str(part) for part in parts.read()]
    taken, scored = slices(runs), dict(paths.scores)
    table: dict[str, dict[str, Any]] = {}
    scores: dict[str, dict[str, Any]] = {}
    for name, path in named.items():
        measure = params.read(f"measures.{name}", Measure)
        found = read_json(path)
        if name in scored:
            found["by_slice"] = continual.by_slice(read_jsonl(scored[name], InstanceScores), taken)
        try:
            table.setdefault(model_of(name, measure, models), {})[measure.benchmark] = headline(found, settings)
            if run := continual.run_of(measure.path, runs):
                scores.setdefault(run, {})[measure.benchmark] = found
        except KeyError as error:
            raise InputError(
                f"the scores that summarize asks for ({settings.metric}, {settings.floor})",
                f"none called {error}",
                str(Path(path)),
                "correct params.yaml, keys summarize and evaluate.baselines",
            ) from error
    write_json(paths.table, table)
    rows = continual.table(runs, joined, scores, settings.metric, params.value("mix.replay.strategy"))
    write_json(paths.continual, rows)
    with replacing(paths.plot) as temporary:
        temporary.write_text(forgetting.picture(rows), "utf-8")


if __name__ == "__main__":
    stage.run(main, __doc__, outputs=("table", "continual", "plot"), named=("measure", "scores"))
