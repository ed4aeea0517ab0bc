"""A pipeline small enough to be run again and again."""

from collections.abc import Collection

import yaml

from stages.console import pipeline
from tests.clone import Clone

SMALL = {
    "organize__instances_per_task": 5,
    "explore__breadth": [3, 2],
    "enrich__examples": [12, 12, 12],
    "sample__sizes": [20, 100],
    "analyze__points": 20,
    "recipes__tiny__steps": 2,
    "recipes__tiny__validation_instances": 2,
    "benchmarks__superni__per_task": 1,
    "benchmarks__holdout__per_part": 2,
    "benchmarks__holdout__share": 0.2,
}


RECORDED = ("davinci", "davinci-t0-ft", "davinci-self-instruct", "text-davinci-003")
"""Models known by their answers, which take as long in a small pipeline."""


def small(clone: Clone, *runs: str, recorded: Collection[str] = ()) -> None:
    """Make a pipeline that takes seconds: six datasets a wave, these runs alone (`all` where none is named), and these
    of the models that are known by their answers; nothing of it has run.
    """
    # It tells of other bytes than these, and DVC reads and writes all of it after every stage.
    (clone.root / "dvc.lock").unlink()
    for wave in sorted((clone.root / "data/sources/waves").glob("*.yaml")):
        datasets = yaml.safe_load(wave.read_text("utf-8"))["datasets"]
        wave.write_text(yaml.safe_dump({"datasets": datasets[::4][:6]}), "utf-8")
    params = pipeline.load(clone.root / "params.yaml")
    # DVC parses all of params.yaml once for every stage; nothing here is trained by another recipe.
    params["recipes"] = {"tiny": params["recipes"]["tiny"]}
    pipeline.save(params, clone.root / "params.yaml")
    clone.params(**SMALL)
    there = yaml.safe_load((clone.root / "params.yaml").read_text("utf-8"))["runs"]
    # Each run takes as long as the rest of the small pipeline; what goes on from another leaves before it.
    for run in reversed(there):
        if run not in (runs or ("all",)):
            clone.run("sauropod", "run", "remove", run)
    clone.run("sauropod", "model", "remove", *(name for name in RECORDED if name not in recorded))
