"""A pipeline small enough to be run again and again."""

import yaml

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


LATER_RUNS = ("growth-2-diverse", "growth-2")
"""Runs that go on from another; each would take as long as all the rest of the small pipeline."""


def small(clone: Clone) -> None:
    """Make a pipeline that takes seconds: six datasets a wave, two runs of a model that hardly learns."""
    for wave in sorted((clone.root / "data/sources/waves").glob("*.yaml")):
        datasets = yaml.safe_load(wave.read_text("utf-8"))["datasets"]
        wave.write_text(yaml.safe_dump({"datasets": datasets[::5][:6]}), "utf-8")
    clone.params(**SMALL)
    for run in LATER_RUNS:
        clone.run("sauropod", "run", "remove", run)
