"""What was read of hubs over HTTP, kept by dataset and revision, so that nothing is read twice.

A folder at $SAUROPOD_CRAWLED, by default in the user's cache folder, shared by all clones of a machine. A pinned
revision never changes, so what is in the store never goes stale; deleting the folder costs reading, nothing else. Names
in it are hashes, and never those that a hub gives. Files are Parquet cut down to the first rows as they came, so a
change in how rows are understood asks no hub again.
"""

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import platformdirs
import pyarrow as pa
import pyarrow.parquet as pq

from stages.shared.errors import InputError
from stages.shared.files import PARQUET_COMPRESSION, dump_json
from stages.shared.records import digest

VARIABLE = "SAUROPOD_CRAWLED"


def default_path() -> Path:
    """Where the store is: $SAUROPOD_CRAWLED, or `crawled` in the user's cache folder."""
    named = os.environ.get(VARIABLE, "")
    path = Path(named).expanduser() if named else platformdirs.user_cache_path("sauropod") / "crawled"
    if path.exists() and not path.is_dir():
        raise InputError("a folder", "a file", f"{VARIABLE}, {path}", "name a folder")
    return path


class CrawlStore:
    """The kept cards and files of one dataset at one revision."""

    def __init__(self, root: Path, id: str, revision: str, converted: str | None) -> None:
        self._folder = root / digest([id, revision, converted], 32)

    def card(self) -> dict[str, Any] | None:
        """What was kept of the dataset itself; None where nothing was, or where it is damaged."""
        return self._json("dataset.json")

    def keep_card(self, found: dict[str, Any]) -> None:
        """Keep what is known of the dataset itself."""
        self._write("dataset.json", lambda path: path.write_text(dump_json(found), "utf-8"))

    def fault(self, name: str, limit: int | None) -> dict[str, Any] | None:
        """Why a file of the dataset cannot be read at all, as it was kept; None where nothing is known."""
        return self._json(f"{_key(name, limit)}.json")

    def keep_fault(self, name: str, limit: int | None, found: dict[str, str]) -> None:
        """Keep that a file cannot be read, and why."""
        self._write(f"{_key(name, limit)}.json", lambda path: path.write_text(dump_json(found), "utf-8"))

    def file(self, name: str, limit: int | None) -> Path | None:
        """The kept first `limit` rows (None: all) of a file; None where they are not kept, or damaged."""
        for path in (self._folder / f"{_key(name, wanted)}.parquet" for wanted in dict.fromkeys((limit, None))):
            try:
                pq.read_metadata(path)
            except (OSError, pa.ArrowException):
                continue
            return path
        return None

    def keep_file(
        self, name: str, limit: int | None, schema: pa.Schema, write: Callable[[pq.ParquetWriter], None]
    ) -> Path:
        """Keep the first rows of a file, which `write` writes; nothing is kept where it fails."""

        def fill(path: Path) -> None:
            with pq.ParquetWriter(path, schema, compression=PARQUET_COMPRESSION, write_statistics=False) as writer:
                write(writer)

        return self._write(f"{_key(name, limit)}.parquet", fill)

    def _json(self, name: str) -> dict[str, Any] | None:
        try:
            found = json.loads((self._folder / name).read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None

    def _write(self, name: str, fill: Callable[[Path], object]) -> Path:
        """Fill a file under a name of its own and put it in place at once, so that processes can share the store."""
        self._folder.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=".partial-", dir=self._folder)
        os.close(handle)
        try:
            fill(Path(temporary))
            Path(temporary).replace(self._folder / name)
        finally:
            Path(temporary).unlink(missing_ok=True)
        return self._folder / name


def _key(name: str, limit: int | None) -> str:
    return digest([name, limit], 32)
