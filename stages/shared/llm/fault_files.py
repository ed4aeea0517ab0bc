"""The files of a fault server: what was uploaded and what its batches wrote, kept in memory."""

import time
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class StoredFile:
    """A file; purpose is `batch` or `batch_output`."""

    id: str
    name: str
    purpose: str
    data: bytes
    created_at: int

    def as_dict(self) -> dict[str, Any]:
        """The file object of the API."""
        return {
            "id": self.id,
            "object": "file",
            "bytes": len(self.data),
            "created_at": self.created_at,
            "filename": self.name,
            "purpose": self.purpose,
            "status": "processed",
        }


class Files:
    """Files by id, numbered in the order they came."""

    def __init__(self) -> None:
        self._files: dict[str, StoredFile] = {}

    def add(self, name: str, purpose: str, data: bytes) -> StoredFile:
        """Keep a file."""
        file = StoredFile(f"file-{len(self._files) + 1:06d}", name, purpose, data, int(time.time()))
        self._files[file.id] = file
        return file

    def get(self, id: str) -> StoredFile | None:
        """The file of an id, if there is one."""
        return self._files.get(id)
