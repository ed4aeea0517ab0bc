"""What is known of a trained model, kept beside it as facts.json: its base, its data, its recipe, its curve.

Its card (card.py) is written from this when it is published.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from stages.model.curves import Point
from stages.model.recipe import Recipe
from stages.model.shards import rows
from stages.model.spec import Configuration, Folder, Hub, Spec, read_spec
from stages.shared.errors import InputError
from stages.shared.files import explain, read_json
from stages.shared.records import Frozen

FILE = "facts.json"

ADAPTERS = "adapters"
"""The folder beside the weights that holds the adapters of a run alone, where it has any."""

COLUMNS = ("part", "origin", "taskname", "license", "terms", "language")
"""What tells where an instance or a pair comes from."""

Place = tuple[str, ...]
"""A place that instances come from: part, name, dataset, license, terms and language of a Source."""

HUB_PART = "hub/"
"""How the parts begin whose rows come from datasets of the hub."""


class Base(Frozen):
    """What a model started from. id, revision: on the hub, "" for a model that is not there. license: a hub id, or ""
    where nobody said.
    """

    kind: str
    id: str
    revision: str
    license: str


class Source(Frozen):
    """Instances trained on that come from one place under one licence.

    dataset: its id on the hub, "" for one that is not there. name: what the dataset's card calls it. terms: conditions
    beside the licence. run: the run that saw them first.
    """

    run: str
    part: str
    name: str
    dataset: str
    license: str
    terms: str
    language: str
    instances: int


class Facts(Frozen):
    """All that a model's card says but its scores.

    runs: those that it builds on, itself last. recipe: None for a model that no run trained. preferences: the settings
    of its training on pairs (align), where it had one; then its sources end with those of the pairs.
    """

    run: str
    runs: list[str]
    base: Base
    paired: bool
    recipe_name: str
    recipe: Recipe | None
    parameters: int
    sources: list[Source]
    shortened: int
    curve: list[Point]
    preferences: dict[str, float] | None = None


def read_facts(model: Path) -> Facts:
    """What is known of a trained model, by its folder; raise InputError where nothing is."""
    path = model / FILE
    if not path.is_file():
        raise InputError("a trained model", f"no {FILE}", str(model), "run `dvc repro train`")
    try:
        return Facts.model_validate(read_json(path), strict=False)
    except ValidationError as error:
        raise InputError(
            "the facts of a model", explain(error), str(path), "run `dvc repro train`, which makes it again"
        ) from error


def based_on(init: Path) -> tuple[Base, list[str], list[Source]]:
    """What a run starts from, by the path of its `init`: the base, the runs before, and what these learned from."""
    if init.is_dir():
        before = read_facts(init)
        return before.base, before.runs, before.sources
    return base_of(read_spec(init)), [], []


def base_of(spec: Spec) -> Base:
    """The base that a model's description names."""
    if isinstance(spec, Configuration):
        return Base(kind="configuration", id="", revision="", license="")
    if isinstance(spec, Hub):
        return Base(kind="hub", id=spec.id, revision=spec.revision, license=spec.license)
    if isinstance(spec, Folder):
        return Base(kind="folder", id="", revision="", license=spec.license)
    raise AssertionError(spec)


def sources(run: str, mix: Path, seen: Iterable[str], earlier: Iterable[str]) -> list[Source]:
    """Where the instances of a mix come from that the run saw first: `seen` by it, and not by those before.

    Memory grows with the sources, not with the instances.
    """
    new = set(seen) - set(earlier)
    mixed = rows(mix, ("instance_id", *COLUMNS))
    return counted(run, Counter(place(row) for row in mixed if row["instance_id"] in new))


def counted(run: str, found: Counter[Place]) -> list[Source]:
    """The sources of what a run saw first, sorted, by how much of it comes from each place."""
    names = ("part", "name", "dataset", "license", "terms", "language")
    return [
        Source(run=run, instances=count, **dict(zip(names, key, strict=True))) for key, count in sorted(found.items())
    ]


def place(row: Mapping[str, Any]) -> Place:
    """Where an instance or a pair comes from, by its COLUMNS."""
    dataset = row["origin"].partition(":")[0] if row["part"].startswith(HUB_PART) else ""
    return (row["part"], row["taskname"], dataset, row["license"], row["terms"], row["language"])
