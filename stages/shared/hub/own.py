"""A hub of one dataset: one's own, a folder in hub layout or one Parquet, JSON Lines or CSV file.

A file is one config, `default`, with one split, `train`. Its card is the file of its name with `.md` (faq.jsonl,
faq.md), a folder's is its README.md; without a card it declares no licence and no language. The revision is a hash of
the content. A dataset lies inside the repository, so that whoever has the wave has its rows.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from itertools import islice
from pathlib import Path

from stages.shared.errors import HubError
from stages.shared.hub import inference, layout, local, parquet, tables
from stages.shared.hub.layout import CARD
from stages.shared.hub.seam import Hub, HubDataset, UnreadableError
from stages.shared.records import Feature

CONFIG, SPLIT = "default", "train"
NO_CARD = "---\n{}\n---\n"
"""The card of a dataset without one: it declares nothing."""

SUFFIXES = {".parquet": None, ".jsonl": tables.json_rows, ".csv": tables.csv_rows, ".tsv": tables.csv_rows}
"""Files that are read, and what reads their rows."""


def open_own(path: Path, id: str) -> Hub:
    """The hub of the dataset `id` at `path`, which is relative to the repository's root, the present folder.

    Raises HubError where nothing readable is there, or where it or a file of it lies outside the repository.
    """
    if not local.ID.fullmatch(id):
        remedy = "choose another id with --id"
        raise HubError("an id of letters, digits, _, - and ., with at most one /", repr(id), str(path), remedy)
    check_inside(path, [path, *(path.rglob("*") if path.is_dir() else ())])
    if path.is_dir():
        return OwnFolder(path, id)
    if not path.is_file():
        raise HubError("a folder or a file", "none", str(path), "correct the path")
    if path.suffix.casefold() not in SUFFIXES:
        expected = f"a folder in hub layout, or a file that ends in {', '.join(SUFFIXES)}"
        raise HubError(expected, path.suffix or "no ending", str(path), "convert the file")
    check_inside(path, [card_path(path)])
    return OwnFile(path, id)


def card_path(path: Path) -> Path:
    """Where the card of a dataset of one's own is, whether it is there or not."""
    return path / CARD if path.is_dir() else path.with_suffix(".md")


class OwnFolder:
    """A folder in hub layout, anywhere in the repository; see `seam.Hub` for what each method promises."""

    def __init__(self, path: Path, id: str) -> None:
        whole = path.resolve()
        self._path, self._id = path, id
        self._name, self._hub = whole.name, local.LocalHub(whole.parent)

    def datasets(self) -> list[str]:
        """The one id."""
        return [self._id]

    def revision(self, id: str) -> str:
        """The hash of the folder."""
        _check_id(id, self._id, self._path)
        return local.folder_revision(self._path)

    def dataset(self, id: str) -> HubDataset:
        """The dataset; without a README.md its configs are what its folders show."""
        _check_id(id, self._id, self._path)
        if (self._path / CARD).is_file():
            return replace(self._hub.dataset(self._name), id=id, website="")
        found = layout.found_configs(local.files(self._path))
        if not found:
            raise UnreadableError("no-configs", "no Parquet files in the folder", f"{id}, {self._path}")
        return HubDataset(id, self.revision(id), "", NO_CARD, found)

    def features(self, dataset: HubDataset, config: str) -> dict[str, Feature]:
        """The columns of a config."""
        return self._hub.features(replace(dataset, id=self._name), config)

    def rows(
        self, dataset: HubDataset, config: str, split: str, limit: int | None, faults: Counter[str]
    ) -> Iterator[dict[str, object]]:
        """Yield the first rows of a split."""
        return self._hub.rows(replace(dataset, id=self._name), config, split, limit, faults)


class OwnFile:
    """One file; see `seam.Hub` for what each method promises.

    A Parquet file brings its types with it; those of other files are inferred from all their values (inference.py).
    """

    def __init__(self, path: Path, id: str) -> None:
        self._path, self._id = path, id
        self._read = SUFFIXES[path.suffix.casefold()]

    def datasets(self) -> list[str]:
        """The one id."""
        return [self._id]

    def revision(self, id: str) -> str:
        """The hash of the file and its card."""
        _check_id(id, self._id, self._path)
        paths = (self._path, card_path(self._path))
        return local.files_revision((path.name, path) for path in paths if path.is_file())

    def dataset(self, id: str) -> HubDataset:
        """The file as a dataset."""
        readme, card = NO_CARD, card_path(self._path)
        if card.is_file():
            try:
                readme = card.read_bytes().decode("utf-8")
            except UnicodeDecodeError as error:
                raise UnreadableError("card-not-text", str(error), f"{id}, {card}") from error
        return HubDataset(id, self.revision(id), "", readme, {CONFIG: {SPLIT: (self._path.name,)}})

    def features(self, dataset: HubDataset, config: str) -> dict[str, Feature]:
        """The columns of the file."""
        _check_name(config, CONFIG, "config", dataset.id)
        if self._read is None:
            with parquet.open_file(self._path, str(self._path)) as file:
                return {name: one.feature for name, one in parquet.columns(file, str(self._path)).items()}
        return inference.features(self._kinds)

    def rows(
        self, dataset: HubDataset, config: str, split: str, limit: int | None, faults: Counter[str]
    ) -> Iterator[dict[str, object]]:
        """Yield the first rows of the file."""
        _check_name(config, CONFIG, "config", dataset.id)
        _check_name(split, SPLIT, "split", dataset.id)
        if self._read is None:
            return islice(self._parquet_rows(faults), limit)
        kinds = self._kinds
        return islice((inference.fitted(row, kinds, faults) for row in self._read(self._path)), limit)

    @cached_property
    def _kinds(self) -> dict[str, inference.Kind]:
        if self._read is None:
            return {}
        found = inference.kinds(self._read(self._path))
        if not found:
            raise UnreadableError("no-data-files", "the file holds no row", f"{self._id}, {self._path}")
        return found

    def _parquet_rows(self, faults: Counter[str]) -> Iterator[dict[str, object]]:
        where = str(self._path)
        with parquet.open_file(self._path, where) as file:
            yield from parquet.rows(file, list(parquet.columns(file, where)), where, faults)


def check_inside(path: Path, paths: Iterable[Path]) -> None:
    """Raise HubError, naming `path`, where one of the paths leads outside the present folder, the repository."""
    root = Path.cwd().resolve()
    for one in paths:
        if not one.resolve().is_relative_to(root):
            remedy = "copy it into the repository, to data/sources/own/, so that whoever has the wave has its rows"
            raise HubError("a dataset inside the repository", str(one), str(path), remedy)


def _check_id(id: str, own: str, path: Path) -> None:
    _check_name(id, own, "dataset", str(path))


def _check_name(name: str, own: str, what: str, where: str) -> None:
    if name != own:
        raise HubError(f"the {what} {own!r}", repr(name), where, f"name {own}")
