"""What a model is asked: the instances of a benchmark, chosen the same way for every model."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field

from stages.model import superni
from stages.model.holdout import is_held_out, rank
from stages.model.shards import rows
from stages.shared import params
from stages.shared.errors import InputError, ParamsError
from stages.shared.ledger import Ledger
from stages.shared.params import Section
from stages.shared.sources import Sources

COLUMNS = ("instance_id", "task_id", "part", "origin", "taskname", "instruction", "input", "output")


class Superni(Section):
    """A benchmark of task files. per_task: the first so many instances of each (100 in the official evaluation).

    positive_examples: how many are shown after the definition at most, as far as they fit (0: the definition alone).
    """

    kind: Literal["superni"]
    per_task: int = Field(gt=0)
    positive_examples: int = Field(ge=0)


class Holdout(Section):
    """A benchmark of instances that no run is trained on. share: of all instances; per_part: asked of each part."""

    kind: Literal["holdout"]
    share: float = Field(ge=0, lt=1)
    per_part: int = Field(gt=0)


KINDS: dict[str, type[Superni] | type[Holdout]] = {"superni": Superni, "holdout": Holdout}


@dataclass(frozen=True)
class Item:
    """One question to a model; examples are the task's positive ones as (input, output)."""

    id: str
    task: str
    category: str
    part: str
    instruction: str
    examples: tuple[tuple[str, str], ...]
    input: str
    references: tuple[str, ...]


def read_benchmark(name: str) -> Superni | Holdout:
    """The benchmark that params.yaml has under `benchmarks.NAME`; raise ParamsError for an unknown kind."""
    kind = params.value(f"benchmarks.{name}.kind")
    if kind not in KINDS:
        raise ParamsError(
            f"one of {', '.join(KINDS)}", repr(kind), f"params.yaml, key benchmarks.{name}.kind", "correct it"
        )
    return params.read(f"benchmarks.{name}", KINDS[kind])


def superni_items(folder: Path, settings: Superni, sources: Sources, ledger: Ledger) -> Iterator[Item]:
    """The first instances of each task, task by task; raise InputError for a task whose sources nobody named."""
    for name, task in superni.read_tasks(folder):
        if name not in sources.tasks:
            raise InputError(
                f"the sources of {name} in the table for {sources.benchmark}",
                "no such line",
                str(folder / f"{name}.json"),
                "add the hub datasets its texts are in ([] for none), else a model may be tested on what it learned",
            )
        examples = tuple((one.input, one.output) for one in task.positive)
        for number, one in enumerate(task.instances):
            ledger.read("instances")
            if number >= settings.per_task:
                ledger.drop("instances", one.id, "per-task-cap", name)
                continue
            ledger.keep("instances")
            yield Item(
                one.id, name, superni.category(task), "", task.definition[0], examples, one.input, tuple(one.output)
            )


def holdout_items(dataset: Path, settings: Holdout, sources: Sources, ledger: Ledger) -> Iterator[Item]:
    """The held-out instances of each part, lowest hash first, so that a part's sample stays when others join.

    What comes from the sources of the test tasks is left out here as in training: it would measure another thing.
    """
    for path in sorted(dataset.glob("*.parquet")):
        found = []
        for row in rows(path, COLUMNS):
            if not is_held_out(row["instance_id"], settings.share):
                continue
            ledger.read("instances")
            if sources.made(row):
                ledger.drop("instances", row["instance_id"], "benchmark-source", row["origin"])
            elif not row["output"].strip():
                ledger.drop("instances", row["instance_id"], "empty-output", row["origin"])
            else:
                found.append(row)
        found.sort(key=lambda row: (rank(row["instance_id"]), row["instance_id"]))
        for row in found[settings.per_part :]:
            ledger.drop("instances", row["instance_id"], "per-part-cap", row["part"])
        for row in found[: settings.per_part]:
            ledger.keep("instances")
            yield Item(
                row["instance_id"],
                row["task_id"],
                "",
                row["part"],
                row["instruction"],
                (),
                row["input"],
                (row["output"],),
            )


def items(settings: Superni | Holdout, data: Path, sources: Sources, ledger: Ledger) -> list[Item]:
    """All that a model is asked; raise InputError where that is nothing."""
    if isinstance(settings, Superni):
        found = list(superni_items(data, settings, sources, ledger))
    else:
        found = list(holdout_items(data, settings, sources, ledger))
    if not found:
        raise InputError(
            f"at least one instance of {settings.kind}", "none", str(data), "raise its share, or take the measure out"
        )
    return found
