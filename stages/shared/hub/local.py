"""A hub in a folder: one folder a dataset (or namespace/dataset), each with its card and its Parquet files.

The revision of a dataset is a hash of its folder, so a dataset that changed cannot pass for the one that a wave named.
"""

import difflib
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from stages.shared.errors import HubError
from stages.shared.hub import cards, layout, parquet
from stages.shared.hub.layout import CARD
from stages.shared.hub.seam import WEBSITE, HubDataset, UnreadableError
from stages.shared.records import Feature

ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)?")
"""The id of a dataset: a name, or namespace/name."""


class LocalHub:
    """The datasets under a folder; see `stages.shared.hub.seam.Hub` for what each method promises."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise HubError("a folder of datasets", "none", str(folder), "correct the path of the hub")
        self._folder = folder
        self._revisions: dict[str, str] = {}

    def datasets(self) -> list[str]:
        """The ids of all datasets: folders, and folders of folders with a card (namespace/name)."""
        found = []
        for folder in _folders(self._folder):
            inside = [child for child in _folders(folder) if (child / CARD).is_file()]
            if (folder / CARD).is_file() or not inside:
                found.append(folder.name)
            else:
                found.extend(f"{folder.name}/{child.name}" for child in _folders(folder))
        return sorted(found)

    def revision(self, id: str) -> str:
        """The hash of a dataset's folder, read once in the life of this hub."""
        if id not in self._revisions:
            self._revisions[id] = folder_revision(self._dataset_folder(id))
        return self._revisions[id]

    def dataset(self, id: str) -> HubDataset:
        """Return the dataset as it is now."""
        folder = self._dataset_folder(id)
        path = folder / CARD
        if not path.is_file():
            raise UnreadableError("card-missing", f"no {CARD}", id)
        try:
            readme = path.read_bytes().decode("utf-8")
        except UnicodeDecodeError as error:
            raise UnreadableError("card-not-text", str(error), f"{id}, {CARD}") from error
        found = layout.configs(files(folder), cards.header(readme, f"{id}, {CARD}"))
        if not found:
            raise UnreadableError("no-configs", "no configs in the card, no Parquet files in the folder", id)
        return HubDataset(id, self.revision(id), WEBSITE + id, readme, found)

    def features(self, dataset: HubDataset, config: str) -> dict[str, Feature]:
        """The columns of a config, from its train split, else validation, else the first."""
        split = layout.reading_order(layout.splits_of(dataset, config))[0]
        path = self._paths(dataset, config, split)[0]
        where = _where(dataset.id, path.name)
        with parquet.open_file(path, where) as file:
            return {name: column.feature for name, column in parquet.columns(file, where).items()}

    def rows(
        self, dataset: HubDataset, config: str, split: str, limit: int | None, faults: Counter[str]
    ) -> Iterator[dict[str, object]]:
        """Yield the first rows of a split, a small batch at a time."""
        names = list(self.features(dataset, config))
        paths = self._paths(dataset, config, split)
        return islice((row for path in paths for row in _rows(path, dataset.id, names, faults)), limit)

    def _dataset_folder(self, id: str) -> Path:
        folder = self._folder / id
        if not ID.fullmatch(id) or not folder.is_dir():
            near = difflib.get_close_matches(id, self.datasets(), 3)
            correct = f"did you mean {' or '.join(near)}? Correct" if near else "correct"
            remedy = f"{correct} the id, or add the dataset to the hub"
            raise HubError("the id of a dataset", repr(id), str(self._folder), remedy)
        return folder

    def _paths(self, dataset: HubDataset, config: str, split: str) -> list[Path]:
        """The files of a split, each checked to lie inside the dataset's folder and to be there."""
        folder = self._folder / dataset.id
        return [_inside(folder, name, dataset.id) for name in layout.files_of(dataset, config, split)]


def folder_revision(folder: Path) -> str:
    """The revision of a dataset's folder: that of all its files."""
    return files_revision((name, folder / name) for name in files(folder))


def files_revision(named: Iterable[tuple[str, Path]]) -> str:
    """The revision of files, each with its name: 16 hex digits of SHA-256 over their sorted names and their bytes."""
    digest = hashlib.sha256()
    for name, path in sorted(named, key=lambda one: one[0]):
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        digest.update(f"{content} {name}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()[:16]


def files(folder: Path) -> list[str]:
    """The files of a folder and of the folders in it, by their paths from it."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))


def _inside(folder: Path, name: str, id: str) -> Path:
    where = _where(id, name)
    try:
        path = (folder / name).resolve()
        there = path.is_file()
    except (OSError, ValueError, RuntimeError) as error:
        raise UnreadableError("file-missing", str(error), where) from error
    if layout.leads_out(name) or not path.is_relative_to(folder.resolve()):
        raise UnreadableError("path-outside", name, where)
    if not there:
        raise UnreadableError("file-missing", name, where)
    return path


def _rows(path: Path, id: str, names: list[str], faults: Counter[str]) -> Iterator[dict[str, object]]:
    where = _where(id, path.name)
    with parquet.open_file(path, where) as file:
        yield from parquet.rows(file, names, where, faults)


def _where(id: str, name: str) -> str:
    return f"{id}, file {name!r}"
