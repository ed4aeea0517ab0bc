"""The errors a user can cause or cure, each with its exit code.

SauropodError            1
├── InputError           2   a file, record or row is not what was expected
├── ParamsError          3   params.yaml or dvc.yaml
├── HubError             4   a dataset, config, split or revision the hub does not have
├── LedgerError          5   the counts of a stage do not balance
├── BusyError            6   another process is doing the same work
├── ModelError           7   a provider that cannot answer
├── BudgetError          8   what is left of a budget is not enough to ask on
└── StoreError           9   the store of paid answers can't be read or written

Anything else that escapes a stage is a defect of this project and keeps its traceback (exit code 1).
"""

import copyreg
from typing import Any


class SauropodError(Exception):
    """One sentence for the user: what was expected, what came, where, and the remedy."""

    exit_code = 1

    def __init__(self, expected: str, came: str, where: str, remedy: str) -> None:
        """Keep the four parts, each a phrase without a final period; `where` names file, key and row."""
        super().__init__(f"{where}: expected {expected}, got {came}; {remedy}.")
        self.expected, self.came, self.where, self.remedy = expected, came, where, remedy

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel from a worker process as it is, whatever a subclass takes to be made."""
        return copyreg.__newobj__, (type(self), *self.args), self.__dict__  # type: ignore[attr-defined]


class InputError(SauropodError):
    """A file, record or row is not what was expected."""

    exit_code = 2


class ParamsError(SauropodError):
    """params.yaml or dvc.yaml holds an unknown, missing or impossible value, or the two disagree."""

    exit_code = 3


class HubError(SauropodError):
    """The hub has no such dataset, config, split or revision."""

    exit_code = 4


class LedgerError(SauropodError):
    """What a stage read is not what it kept plus what it dropped."""

    exit_code = 5


class BusyError(SauropodError):
    """Another process holds the work this one wanted to do."""

    exit_code = 6


class ModelError(SauropodError):
    """A provider cannot be opened or cannot answer."""

    exit_code = 7


class BudgetError(SauropodError):
    """The next request could cost more than is left of its budget, or a budget can't be kept."""

    exit_code = 8


class StoreError(SauropodError):
    """The store of paid answers can't be read or written."""

    exit_code = 9
