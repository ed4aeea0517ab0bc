"""What the benchmark's test tasks were made from: hub datasets that a run must leave out (design 5.8).

The table is data (data/sources/benchmarks/superni-test-sources.yaml): each test task with the hub datasets that hold
its texts, [] where there is none.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from stages.shared.errors import InputError
from stages.shared.files import explain, read_yaml
from stages.shared.records import Frozen


class Table(Frozen):
    """The file: which benchmark it is for, and the hub datasets behind each of its tasks."""

    benchmark: str
    tasks: dict[str, list[str]]


@dataclass(frozen=True)
class Sources:
    """The sources of a benchmark, ready to be asked."""

    benchmark: str
    tasks: frozenset[str]
    names: frozenset[str]

    def hold(self, origin: str) -> bool:
        """Whether an instance of this origin (`dataset:config`) comes from a source of the benchmark."""
        return bare(origin.partition(":")[0]) in self.names


def read_sources(path: Path) -> Sources:
    """Read the table; raise InputError where it is not one."""
    try:
        table = Table.model_validate(read_yaml(path))
    except ValidationError as error:
        raise InputError(
            "a table of test tasks and the hub datasets behind them", explain(error), str(path), "mend the file"
        ) from error
    names = frozenset(bare(dataset) for datasets in table.tasks.values() for dataset in datasets)
    return Sources(table.benchmark, frozenset(table.tasks), names)


def bare(dataset: str) -> str:
    """A dataset's name without namespace, case and kind of separator: copies of a dataset keep that much of it."""
    return re.sub(r"[-_. ]+", "_", dataset.rpartition("/")[2].casefold())
