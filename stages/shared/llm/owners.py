"""Who holds a claim: each process with an open store owns a locked file, which the system unlocks when it dies.

A lock outlives no process, whatever killed it, and works across containers that share the store's folder, where
process numbers would mean different things.
"""

import fcntl
import os
import uuid
from pathlib import Path

BATCH = "batch:"
"""The first letters of an owner that is no process: a batch at an endpoint, which outlives the one that sent it."""
UNSENT = "unsent-"
"""The first letters of a batch's name until the endpoint has given it one; the process that sends it comes next."""


class Owner:
    """The name under which this process holds claims, from here until `leave`."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.id = uuid.uuid4().hex
        self._path = folder / self.id
        self._file = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def leave(self) -> None:
        """Give up the name; nobody may hold claims under it any more."""
        self._path.unlink(missing_ok=True)
        os.close(self._file)


def is_alive(folder: Path, owner: str) -> bool:
    """Whether a claim's owner can still settle it; a dead one's file is removed."""
    if owner.startswith(BATCH):
        return True
    path = folder / owner
    try:
        file = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        path.unlink(missing_ok=True)
        return False
    finally:
        os.close(file)


def is_being_sent(folder: Path, batch: str) -> bool:
    """Whether a living process is just sending a batch."""
    return batch.startswith(UNSENT) and is_alive(folder, batch.removeprefix(UNSENT).partition("-")[0])
