"""A pipeline small enough to be run again and again."""

import yaml

from tests.clone import Clone

SMALL = {"train__steps": 2, "predict__instances_per_task": 2, "organize__instances_per_task": 5}


def small(clone: Clone) -> None:
    """Make a pipeline that takes seconds: six datasets a wave, a model that hardly learns."""
    for wave in sorted((clone.root / "data/sources/waves").glob("*.yaml")):
        datasets = yaml.safe_load(wave.read_text("utf-8"))["datasets"]
        wave.write_text(yaml.safe_dump({"datasets": datasets[::5][:6]}), "utf-8")
    clone.params(**SMALL)
