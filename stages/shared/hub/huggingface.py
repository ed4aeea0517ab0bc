"""The Hugging Face hub: datasets at pinned commits, read through its API and from Parquet files, and in no other way.

No page is scraped and no script of a dataset is run. The library takes the hub's address from HF_ENDPOINT and the token
from HF_TOKEN; files in HF_HUB_CACHE are read from there. What was read is kept in a store (store.py).
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
from huggingface_hub import HfApi

from stages.shared.errors import HubError
from stages.shared.hub import cards, layout, parquet, remote
from stages.shared.hub.layout import CARD
from stages.shared.hub.refusals import TRIED, TransientError, refused
from stages.shared.hub.seam import WEBSITE, HubDataset, UnreadableError
from stages.shared.hub.store import CrawlStore
from stages.shared.records import Feature

MAX_CARD = 5_000_000
"""Longest card that is read, in bytes; the longest of real ones are a twentieth of it."""

Found = TypeVar("Found")


@dataclass(frozen=True)
class Pin:
    """The commit of a dataset, and that of the hub's Parquet conversion where its own files have other formats."""

    revision: str
    converted: str | None = None


class HuggingFaceHub:
    """Datasets at pinned commits; see `stages.shared.hub.seam.Hub` for what each method promises.

    What cannot be read is remembered, so that asking again gives the same error and no request.
    """

    def __init__(self, pins: Mapping[str, Pin], limit: int | None, store: Path) -> None:
        """`limit` is the number of first rows that are ever asked of a split (None: all); `store` a folder."""
        self._pins = dict(pins)
        self._limit = limit
        self._root = store
        self._api = HfApi()
        self._known: dict[str, HubDataset] = {}
        self._errors: dict[tuple[str, ...], UnreadableError] = {}

    def datasets(self) -> list[str]:
        """The ids of all pinned datasets, sorted."""
        return sorted(self._pins)

    def revision(self, id: str) -> str:
        """The commit at which a dataset is pinned; raise HubError where none is."""
        return self._pin(id).revision

    def dataset(self, id: str) -> HubDataset:
        """Return the dataset at its pinned commit."""
        if id not in self._known:
            self._known[id] = self._remembering((id,), lambda: self._dataset(id))
        return self._known[id]

    def features(self, dataset: HubDataset, config: str) -> dict[str, Feature]:
        """The columns of a config, from its train split, else validation, else the first."""
        split = layout.reading_order(layout.splits_of(dataset, config))[0]
        name = layout.files_of(dataset, config, split)[0]
        with self._open(dataset, name) as file:
            return {name: column.feature for name, column in parquet.columns(file, _where(dataset.id, name)).items()}

    def rows(
        self, dataset: HubDataset, config: str, split: str, limit: int | None, faults: Counter[str]
    ) -> Iterator[dict[str, object]]:
        """Yield the first rows of a split; at most as many as the hub was opened for."""
        names = list(self.features(dataset, config))
        paths = layout.files_of(dataset, config, split)
        return islice((row for path in paths for row in self._rows(dataset, path, names, faults)), limit)

    def read_ahead(self, dataset: HubDataset, config: str, splits: list[str]) -> None:
        """Bring what `features` and `rows` of these splits will need into the store; raises as they do."""
        with self._open(dataset, layout.files_of(dataset, config, layout.reading_order(dataset.configs[config])[0])[0]):
            pass
        for split in splits:
            left = self._limit
            for name in layout.files_of(dataset, config, split):
                with self._open(dataset, name) as file:
                    left = None if left is None else left - file.metadata.num_rows
                if left is not None and left <= 0:
                    break

    def forget_transient(self) -> list[str]:
        """Forget the errors that may pass, so that it is tried again; return the ids of the datasets concerned."""
        found = sorted({key[0] for key, error in self._errors.items() if isinstance(error, TransientError)})
        self._errors = {key: error for key, error in self._errors.items() if not isinstance(error, TransientError)}
        return found

    def unavailable(self) -> dict[str, UnreadableError]:
        """The datasets of which something could not be read for reasons that may pass, with one of the errors."""
        return {key[0]: error for key, error in sorted(self._errors.items()) if isinstance(error, TransientError)}

    def _pin(self, id: str) -> Pin:
        if id not in self._pins:
            raise HubError("a dataset that is pinned", repr(id), "the wave", "add it with `sauropod grow`")
        return self._pins[id]

    def _store(self, id: str) -> CrawlStore:
        pin = self._pin(id)
        return CrawlStore(self._root, id, pin.revision, pin.converted)

    def _remembering(self, key: tuple[str, ...], work: Callable[[], Found]) -> Found:
        """What `work` gives; an UnreadableError is raised again the next time without any work."""
        if key in self._errors:
            raise self._errors[key]
        try:
            return work()
        except UnreadableError as error:
            self._errors[key] = error
            raise

    def _dataset(self, id: str) -> HubDataset:
        store = self._store(id)
        found = store.card()
        if found is None:
            found = self._asked(id)
            store.keep_card(found)
        readme, names = found["readme"], sorted(found["files"])
        if found["converted"] is None:
            layout.check_formats(names, id)
        if readme is None:
            raise UnreadableError("card-missing", f"no {CARD}", id)
        if found["converted"] is not None:
            configs = layout.converted_configs(sorted(found["converted"]))
        else:
            configs = layout.configs(names, cards.header(readme, f"{id}, {CARD}"))
        if not configs:
            raise UnreadableError("no-configs", "no configs in the card, no Parquet files in the folder", id)
        return HubDataset(id, self._pin(id).revision, WEBSITE + id, readme, configs)

    def _asked(self, id: str) -> dict[str, Any]:
        """What the hub says of a dataset: the text of its card, and its files with their sizes."""
        pin = self._pin(id)
        files = self._files(id, pin.revision)
        readme = None
        if CARD in files:
            if (files[CARD] or 0) > MAX_CARD:
                raise UnreadableError("card-too-large", f"{files[CARD]} bytes, at most {MAX_CARD} are read", id)
            try:
                with self._source(id, CARD, pin.revision, files[CARD]) as source:
                    readme = source.read(MAX_CARD).decode("utf-8")
            except UnicodeDecodeError as error:
                raise UnreadableError("card-not-text", str(error), f"{id}, {CARD}") from error
            except TRIED as error:
                raise refused(error, f"{id}, {CARD}") from error
        converted = None if pin.converted is None else self._files(id, pin.converted)
        return {"readme": readme, "files": files, "converted": converted}

    def _files(self, id: str, revision: str) -> dict[str, int | None]:
        """The files of a dataset at a commit with their sizes in bytes."""
        try:
            info = self._api.dataset_info(id, revision=revision, files_metadata=True)
            files = {sibling.rfilename: sibling.size for sibling in info.siblings or []}
        except TRIED as error:
            raise refused(error, id) from error
        if info.id != id:
            raise UnreadableError("renamed", f"it is {info.id} now", id)
        if info.disabled:
            raise UnreadableError("disabled", "the hub has switched it off", id)
        if info.sha != revision:
            raise HubError("a commit hash as revision", f"{revision}, which is {info.sha} now", id, "pin the commit")
        return files

    def _source(self, id: str, name: str, revision: str, size: int | None) -> BinaryIO:
        """The bytes of a file: from the hub's own cache where they are there, else over the network."""
        cached = remote.in_hub_cache(id, name, revision)
        if cached is not None:
            return Path(cached).open("rb")
        if size is None:
            (entry,) = self._api.get_paths_info(id, [name], revision=revision, repo_type="dataset")
            size = int(getattr(entry, "size", 0))
        return remote.RemoteFile(id, name, revision, size)

    def _rows(
        self, dataset: HubDataset, name: str, names: list[str], faults: Counter[str]
    ) -> Iterator[dict[str, object]]:
        with self._open(dataset, name) as file:
            yield from parquet.rows(file, names, _where(dataset.id, name), faults)

    def _open(self, dataset: HubDataset, name: str) -> pq.ParquetFile:
        """Open the first rows of a file from the store, into which they are read where they are not there."""
        path = self._remembering((dataset.id, name), lambda: self._fetched(dataset.id, name))
        return parquet.open_file(path, _where(dataset.id, name))

    def _fetched(self, id: str, name: str) -> Path:
        store, where = self._store(id), _where(id, name)
        kept = store.file(name, self._limit)
        if kept is not None:
            return kept
        fault = store.fault(name, self._limit)
        if fault is None:
            try:
                return self._fetch(id, name, store)
            except UnreadableError as error:
                if error.reason in KEPT_FAULTS:
                    store.keep_fault(name, self._limit, {"reason": error.reason, "detail": error.detail})
                raise
        raise UnreadableError(fault["reason"], fault["detail"], where)

    def _fetch(self, id: str, name: str, store: CrawlStore) -> Path:
        """Read the first rows of a file over the network into the store."""
        where, pin = _where(id, name), self._pin(id)
        found = store.card() or self._asked(id)
        files = found["files"] if found["converted"] is None else found["converted"]
        if layout.leads_out(name):
            raise UnreadableError("path-outside", name, where)
        if name not in files:
            raise UnreadableError("file-missing", name, where)
        try:
            with self._source(id, name, pin.converted or pin.revision, files[name]) as source:
                try:
                    return _cut_down(source, name, self._limit, store, where)
                except UnreadableError as error:
                    # pyarrow makes its own error of whatever the reading of bytes raised
                    raise getattr(source, "failed", None) or error from error
        except TRIED as error:
            raise refused(error, where) from error


KEPT_FAULTS = ("parquet-unreadable", "rows-too-large")
"""Reasons that lie in the bytes of a commit, so that they are the same for ever."""


def _cut_down(source: BinaryIO, name: str, limit: int | None, store: CrawlStore, where: str) -> Path:
    """Keep the first rows of an open file; columns that no row of JSON can hold keep their type and no values."""
    with parquet.open_file(source, where) as file:
        columns = parquet.columns(file, where)
        schema = file.schema_arrow
        for number, field in enumerate(schema):
            if columns[field.name].left_out:
                schema = schema.set(number, field.with_nullable(nullable=True))
        kept = [field.name for field in schema if not columns[field.name].left_out]

        def write(writer: pq.ParquetWriter) -> None:
            left = file.metadata.num_rows if limit is None else limit
            for found in parquet.batches(file, kept, where):
                batch = found.slice(0, left)
                left -= batch.num_rows
                arrays = [
                    batch.column(field.name) if field.name in kept else pa.nulls(batch.num_rows, field.type)
                    for field in schema
                ]
                writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
                if left <= 0:
                    return

        return store.keep_file(name, limit, schema, write)


def _where(id: str, name: str) -> str:
    return f"{id}, file {name!r}"
