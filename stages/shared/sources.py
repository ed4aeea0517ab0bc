"""What the benchmark's test tasks were made from: hub datasets that a run must leave out (design 5.8).

The table is data (data/sources/benchmarks/superni-test-sources.yaml): each test task with the hub datasets that hold
its texts, [] where there is none.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from stages.shared.errors import InputError
from stages.shared.files import explain, read_yaml
from stages.shared.records import Frozen

COLLECTION = "p3"
"""The dataset of prompts whose configs are datasets put into words, named `dataset_subset_prompt`."""


class Table(Frozen):
    """The file: which benchmark it is for, and the hub datasets behind each of its tasks.

    official: how many tasks, counted from the first, are the benchmark's own official test.
    """

    benchmark: str
    official: int = 0
    tasks: dict[str, list[str]]


@dataclass(frozen=True)
class Sources:
    """The sources of a benchmark, ready to be asked. official: the tasks of its official test, in their order."""

    benchmark: str
    tasks: frozenset[str]
    names: frozenset[str]
    official: tuple[str, ...] = ()

    def hold(self, origin: str) -> bool:
        """Whether an instance of this origin (`dataset:config`) comes from a source of the benchmark."""
        dataset, _, config = origin.partition(":")
        return bare(dataset) in self.names or (bare(dataset) == COLLECTION and self._begins(config, "_"))

    def made(self, row: Mapping[str, Any]) -> bool:
        """Whether an instance (part, origin, taskname) was made from a source of the benchmark.

        A corpus keeps its records' ids as origins, but some records tell the hub dataset they were made from as their
        taskname, `dataset` or `dataset-config` as Dynosaur names them: any beginning of it that is a source counts.
        """
        if self.hold(row["origin"]):
            return True
        if not row["part"].startswith("corpus/"):
            return False
        dataset, _, config = row["taskname"].partition("-")
        return self._begins(row["taskname"], "-") or self.hold(f"{dataset}:{config}")

    def _begins(self, name: str, mark: str) -> bool:
        """Whether a name, up to one of the marks in it or its end, is that of a source."""
        words = name.split(mark)
        return any(bare(mark.join(words[:end])) in self.names for end in range(1, len(words) + 1))


def read_sources(path: Path) -> Sources:
    """Read the table; raise InputError where it is not one."""
    try:
        table = Table.model_validate(read_yaml(path))
    except ValidationError as error:
        raise InputError(
            "a table of test tasks and the hub datasets behind them", explain(error), str(path), "mend the file"
        ) from error
    names = frozenset(bare(dataset) for datasets in table.tasks.values() for dataset in datasets)
    return Sources(table.benchmark, frozenset(table.tasks), names, tuple(table.tasks)[: table.official])


def bare(dataset: str) -> str:
    """A dataset's name without namespace, case and kind of separator: copies of a dataset keep that much of it."""
    return re.sub(r"[-_. ]+", "_", dataset.rpartition("/")[2].casefold())
