"""A hub in a folder: one folder a dataset (or namespace/dataset), each with its card and its Parquet files.

The revision of a dataset is a hash of its folder, so a dataset that changed cannot pass for the one that a wave named.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from stages.shared.errors import HubError
from stages.shared.hub import cards, features
from stages.shared.hub.seam import HubDataset, UnreadableError
from stages.shared.records import Feature

CARD = "README.md"
WEBSITE = "https://huggingface.co/datasets/"
BATCH_ROWS = 64
"""Rows held in memory at once."""

_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)?")
_SPLIT_FILE = re.compile(r"(?P<split>.+?)(-\d{5}-of-\d{5}.*)?\.parquet")

Splits = dict[str, tuple[str, ...]]


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
        found = _configs(folder, cards.header(readme, f"{id}, {CARD}"))
        if not found:
            raise UnreadableError("no-configs", "no configs in the card, no Parquet files in the folder", id)
        return HubDataset(id, self.revision(id), WEBSITE + id, readme, found)

    def features(self, dataset: HubDataset, config: str) -> dict[str, Feature]:
        """The columns of a config, from its train split, else validation, else the first."""
        splits = _splits(dataset, config)
        path = self._files(dataset, config, reading_order(splits)[0])[0]
        with _open(path, dataset.id) as file:
            return {name: column.feature for name, column in features.columns(file.schema_arrow).items()}

    def rows(
        self, dataset: HubDataset, config: str, split: str, limit: int | None, faults: Counter[str]
    ) -> Iterator[dict[str, object]]:
        """Yield the first rows of a split, a small batch at a time."""
        names = list(self.features(dataset, config))
        paths = self._files(dataset, config, split)
        rows = (row for path in paths for row in _rows(path, dataset.id, names, faults))
        return islice(rows, limit)

    def _dataset_folder(self, id: str) -> Path:
        folder = self._folder / id
        if not _ID.fullmatch(id) or not folder.is_dir():
            raise HubError(
                "the id of a dataset", repr(id), str(self._folder), "correct the id, or add the dataset to the hub"
            )
        return folder

    def _files(self, dataset: HubDataset, config: str, split: str) -> list[Path]:
        """The files of a split, each checked to lie inside the dataset's folder and to be there."""
        folder = self._folder / dataset.id
        splits = _splits(dataset, config)
        if split not in splits:
            raise HubError(f"a split of {config!r}", repr(split), dataset.id, f"name one of {', '.join(splits)}")
        return [_inside(folder, name, dataset.id) for name in splits[split]]


def folder_revision(folder: Path) -> str:
    """The revision of a dataset's folder: 16 hex digits of SHA-256 over the names and bytes of all its files."""
    digest = hashlib.sha256()
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    for name in names:
        content = hashlib.sha256()
        with (folder / name).open("rb") as file:
            while block := file.read(1 << 20):
                content.update(block)
        digest.update(f"{content.hexdigest()} {name}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()[:16]


def reading_order(splits: Mapping[str, object]) -> list[str]:
    """The splits of a config: train first, then validation, then the rest in the order of the card (spec A2)."""
    first = [name for name in ("train", "validation") if name in splits]
    return first + [name for name in splits if name not in first]


def _folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))


def _splits(dataset: HubDataset, config: str) -> Mapping[str, tuple[str, ...]]:
    if config not in dataset.configs:
        raise HubError("a config", repr(config), dataset.id, f"name one of {', '.join(dataset.configs)}")
    splits = dataset.configs[config]
    if not splits:
        raise UnreadableError("no-data-files", "data_files names no file", f"{dataset.id}, config {config!r}")
    return splits


def _configs(folder: Path, header: Mapping[str, Any]) -> dict[str, Splits]:
    """The configs that a card lists; where it lists none with files, those that the folder's files show."""
    listed = header.get("configs")
    entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    shown = folder_configs(folder)
    found: dict[str, Splits] = {}
    for entry in entries:
        name = entry.get("config_name") or "default"
        if isinstance(name, str):
            found[name] = _data_files(folder, entry.get("data_files")) or shown.get(name, {})
    return found or shown


def _data_files(folder: Path, value: Any) -> Splits:
    """`data_files` of a config: a path, a list of paths, a mapping split -> paths, or a list of {split, path}."""
    if isinstance(value, dict):
        pairs = [(split, paths) for split, paths in value.items()]
    else:
        entries = value if isinstance(value, list) else [value]
        pairs = [
            (entry.get("split", "train"), entry.get("path")) if isinstance(entry, dict) else ("train", entry)
            for entry in entries
        ]
    found: Splits = {}
    for split, paths in pairs:
        names = [name for name in (paths if isinstance(paths, list) else [paths]) if isinstance(name, str) and name]
        if isinstance(split, str) and names:
            expanded = (path for name in names for path in _expand(folder, name))
            found[split] = tuple(dict.fromkeys((*found.get(split, ()), *expanded)))
    return found


def _expand(folder: Path, name: str) -> list[str]:
    """The files that a path of a card stands for; a path that fits none stays as it is, to be refused when read."""
    if not set(name) & set("*?[") or name.startswith("/") or ".." in Path(name).parts or "\0" in name:
        return [name]
    if (folder / name).is_file():
        return [name]
    try:
        found = sorted(path.relative_to(folder).as_posix() for path in folder.glob(name) if path.is_file())
    except (ValueError, NotImplementedError, OSError, re.error):
        return [name]
    return found or [name]


def folder_configs(folder: Path) -> dict[str, Splits]:
    """Configs by the names of files: `data/` and the folder itself are `default`, any other folder its own config."""
    found: dict[str, Splits] = {}
    for path in sorted((*folder.glob("*.parquet"), *folder.glob("*/*.parquet"))):
        match = _SPLIT_FILE.fullmatch(path.name)
        if match:
            config = "default" if path.parent in (folder, folder / "data") else path.parent.name
            splits = found.setdefault(config, {})
            splits[match["split"]] = (*splits.get(match["split"], ()), path.relative_to(folder).as_posix())
    return found


def _inside(folder: Path, name: str, id: str) -> Path:
    where = f"{id}, file {name!r}"
    try:
        path = (folder / name).resolve()
        there = path.is_file()
    except (OSError, ValueError, RuntimeError) as error:
        raise UnreadableError("file-missing", str(error), where) from error
    if not path.is_relative_to(folder.resolve()):
        raise UnreadableError("path-outside", name, where)
    if not there:
        raise UnreadableError("file-missing", name, where)
    return path


def _open(path: Path, id: str) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(path)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _damaged(path, id, error) from error


def _rows(path: Path, id: str, names: list[str], faults: Counter[str]) -> Iterator[dict[str, object]]:
    with _open(path, id) as file:
        columns = features.columns(file.schema_arrow)
        if set(columns) != set(names):
            came = f"{', '.join(columns)} in {path.name}, {', '.join(names)} in the first split"
            raise UnreadableError("columns-differ", came, f"{id}, file {path.name!r}")
        kept = {name: columns[name] for name in names if not columns[name].left_out}
        try:
            for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=list(kept)):
                for row in batch.to_pylist():
                    yield {name: features.as_json(row[name], part, faults) for name, part in kept.items()}
        except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
            raise _damaged(path, id, error) from error


def _damaged(path: Path, id: str, error: Exception) -> UnreadableError:
    return UnreadableError("parquet-unreadable", " ".join(str(error).split())[:300], f"{id}, file {path.name!r}")
