"""Whether DVC is at work in this repository: what it runs reads and writes the files that commands change.

DVC holds `.dvc/tmp/lock` while it looks and writes; while a stage runs it lets go of it, and names itself in
`.dvc/tmp/rwlock` instead.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from stages.shared.errors import BusyError

FOLDER = Path(".dvc/tmp")
TRIES, PAUSE = 7, 0.5
"""How often the lock is asked for, and the seconds between: a look of DVC (an editor's, say) is over by then."""


@contextmanager
def alone() -> Iterator[None]:
    """Keep DVC out while the block runs; raise BusyError where it is at work.

    The lock's file is neither made nor written: under DVC's `core.hardlink_lock` its being there is the lock.
    """
    with ExitStack() as held:
        path = FOLDER / "lock"
        if path.exists():
            _hold(held.enter_context(path.open("rb")))
        _check_stages()
        yield


def _check_stages() -> None:
    """Raise BusyError while a stage that DVC started runs."""
    try:
        found = json.loads((FOLDER / "rwlock").read_text("utf-8"))
    except (FileNotFoundError, ValueError):  # never written, or being written: then the lock says it
        return
    readers = [one for several in found.get("read", {}).values() for one in several]
    for one in [*found.get("write", {}).values(), *readers]:
        if _lives(one["pid"]):
            raise refusal(f"process {one['pid']} at work ({one['cmd']})")


def _hold(file: IO[bytes]) -> None:
    for left in reversed(range(TRIES)):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if not left:
                raise refusal("a dvc command at work") from error
            time.sleep(PAUSE)
        else:
            return


def _lives(pid: int) -> bool:
    """Whether such a process runs and is DVC: the name of one that was killed stays, and its number comes again."""
    if Path("/proc/self").exists():
        try:
            return b"dvc" in Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:  # it is no more
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def refusal(came: str) -> BusyError:
    """The error for a command that can't go on beside DVC."""
    return BusyError("DVC at rest in this repository", came, str(FOLDER), "wait for it, or stop it, then try again")
