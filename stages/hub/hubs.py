"""Where the datasets of a wave are: the folder of the repository, the Hugging Face hub, or places of their own."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from stages.hub.waves import Wave
from stages.shared.hub.local import LocalHub
from stages.shared.hub.seam import Hub, HubDataset
from stages.shared.records import Feature

if TYPE_CHECKING:
    from stages.hub.ahead import Plan


@dataclass(frozen=True)
class WaveHub:
    """The hub of a wave: each dataset is asked of the hub that has it."""

    hubs: Mapping[str, Hub]
    otherwise: Hub

    def datasets(self) -> list[str]:
        """The ids of all datasets, sorted."""
        return sorted({*self.hubs, *self.otherwise.datasets()})

    def revision(self, id: str) -> str:
        """The revision at which its hub has a dataset."""
        return self._hub(id).revision(id)

    def dataset(self, id: str) -> HubDataset:
        """The dataset, from its hub."""
        return self._hub(id).dataset(id)

    def features(self, dataset: HubDataset, config: str) -> dict[str, Feature]:
        """The columns of a config, from its hub."""
        return self._hub(dataset.id).features(dataset, config)

    def rows(
        self, dataset: HubDataset, config: str, split: str, limit: int | None, faults: Counter[str]
    ) -> Iterator[dict[str, object]]:
        """Yield the rows of a split, from its hub."""
        return self._hub(dataset.id).rows(dataset, config, split, limit, faults)

    def _hub(self, id: str) -> Hub:
        return self.hubs.get(id, self.otherwise)


@contextmanager
def opened(wave: Wave, folder: Path, limit: int | None, plan: "Plan") -> Iterator[Hub]:
    """Open the hub of a wave; `folder` is the hub in the repository, `limit` and `plan` are those of ahead.py.

    Raises HubError where there is no such folder, or where the hub cannot be reached.
    """
    if wave.hub == "local":
        yield LocalHub(folder)
        return
    from stages.hub import ahead  # noqa: PLC0415 - the hub's client takes half a second to import

    with ahead.opened(wave, limit, plan) as hub:
        yield hub
