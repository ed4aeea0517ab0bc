"""Where the datasets of a wave are: the folder of the repository, the Hugging Face hub, or places of their own."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from stages.hub.waves import Wave, WaveDataset
from stages.shared.errors import InputError
from stages.shared.hub.collected import CollectedHub
from stages.shared.hub.local import LocalHub
from stages.shared.hub.own import open_own
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


def with_places(wave: Wave) -> tuple[Wave, dict[str, Hub]]:
    """The wave with what it says was crawled before among its datasets, and the hub of each that has a path.

    Entries for what was crawled before have the path of the file that describes them; both files are read through once.
    Raises HubError where a path has nothing to read, and what CollectedHub raises; InputError for an id that is there
    twice.
    """
    places: dict[str, Hub] = {entry.id: open_own(Path(entry.path), entry.id) for entry in wave.datasets if entry.path}
    if wave.collected is None:
        return wave, places
    files, known = wave.collected, {entry.id for entry in wave.datasets}
    crawled = CollectedHub(Path(files.metadata), Path(files.data))
    names = sorted(set(crawled.datasets()) - set(files.without))
    for name in names:
        if name in known:
            came, remedy = f"{name!r} in `datasets` and in `collected`", "add it to collected.without"
            raise InputError("each dataset once", came, files.metadata, remedy)
    found = [WaveDataset(id=name, revision=files.revision, path=files.metadata) for name in names]
    datasets = sorted([*wave.datasets, *found], key=lambda entry: entry.id)
    return wave.model_copy(update={"datasets": datasets}), places | dict.fromkeys(names, crawled)


@contextmanager
def opened(wave: Wave, places: Mapping[str, Hub], folder: Path, limit: int | None, plan: "Plan") -> Iterator[Hub]:
    """Open the hub of a wave; `places` are the hubs of `with_places`, `folder` is the hub in the repository, `limit`
    and `plan` are those of ahead.py.

    Raises HubError where there is no such folder, or where the hub cannot be reached.
    """
    if wave.hub == "local":
        yield WaveHub(places, LocalHub(folder))
        return
    from stages.hub import ahead  # noqa: PLC0415 - the hub's client takes half a second to import

    with ahead.opened(wave, limit, plan) as hub:
        yield WaveHub(places, hub)
