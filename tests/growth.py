"""A pipeline small enough to be run again and again."""

import yaml

from stages.console import pipeline, references
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


def small(clone: Clone, *measures: str) -> None:
    """Make a pipeline that takes seconds: six datasets a wave, these measures alone of those in params.yaml, and the
    runs and models that they need; nothing of it has run.
    """
    # It tells of other bytes than these, and DVC reads and writes all of it after every stage.
    (clone.root / "dvc.lock").unlink()
    for wave in sorted((clone.root / "data/sources/waves").glob("*.yaml")):
        datasets = yaml.safe_load(wave.read_text("utf-8"))["datasets"]
        wave.write_text(yaml.safe_dump({"datasets": datasets[::4][:6]}), "utf-8")
    params = pipeline.load(clone.root / "params.yaml")
    # DVC parses all of params.yaml once for every stage; nothing here is trained by another recipe.
    params["recipes"] = {"tiny": params["recipes"]["tiny"]}
    # Each measure of a run takes as long as all that is no model: what answers it loads PyTorch first.
    params["measures"] = {name: params["measures"][name] for name in measures}
    made = {one["from"] for one in params["measures"].values()}
    params["models"] = {name: one for name, one in params["models"].items() if one["from"] in made}
    params["runs"] = {name: one for name, one in params["runs"].items() if f"{references.TRAINED}/{name}" in made}
    pipeline.save(params, clone.root / "params.yaml")
    clone.params(**SMALL)
    lines = pipeline.load(clone.root / "dvc.yaml")
    pipeline.write(lines, pipeline.wanted(clone.root / "params.yaml"))
    pipeline.save(lines, clone.root / "dvc.yaml")
