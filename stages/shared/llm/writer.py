"""The one writer of an open answer store: a thread that commits whatever has come together since its last commit.

An operation is done when its group is on disk (WAL, synchronous), so what it reports survives a kill and a power cut.
A group costs one disk sync however many operations it holds, and no caller waits for another's.
"""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

Result = TypeVar("Result")
Operation = Callable[[sqlite3.Connection], Result]
BUSY_SECONDS = 60
"""How long to wait for another process's transaction; each takes milliseconds."""


def connect(path: Path) -> sqlite3.Connection:
    """Open the database for whichever thread; transactions are begun by hand."""
    db = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    return db


class Writer:
    """Takes operations from any thread or event loop and commits them in groups, in the order they came."""

    def __init__(self, path: Path) -> None:
        self._db = connect(path)
        self._waiting: queue.SimpleQueue[tuple[Operation[Any], Any] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="answers", daemon=True)
        self._thread.start()

    def do(self, operation: Operation[Result]) -> Result:
        """Do an operation and wait until it is on disk; raise what went wrong."""
        future: Future[Result] = Future()
        self._waiting.put((operation, future))
        return future.result()

    def begin(self, operation: Operation[Result]) -> "asyncio.Future[Result]":
        """Do an operation; the future of the running event loop is done when it is on disk."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.put((operation, future))
        return future

    def close(self) -> None:
        """Finish what is waiting and close the database."""
        self._waiting.put(None)
        self._thread.join()
        self._db.close()

    def _work(self) -> None:
        while True:
            group = [self._waiting.get()]
            with suppress(queue.Empty):
                while True:
                    group.append(self._waiting.get_nowait())
            work = [one for one in group if one is not None]
            if work:
                self._commit(work)
            if len(work) < len(group):
                return

    def _commit(self, work: list[tuple[Operation[Any], Any]]) -> None:
        """Do some operations in one step; one that can't be done takes none of the others with it."""
        results: list[Any] = []
        fault: BaseException | None = None
        try:
            self._db.execute("BEGIN IMMEDIATE")
            results = [operation(self._db) for operation, _ in work]
            self._db.execute("COMMIT")
        except BaseException as error:  # noqa: BLE001 - whatever it is, it belongs to the callers
            fault = error
            with suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
            if len(work) > 1 and not isinstance(error, sqlite3.Error):  # which concerns the store, and so all of them
                for one in work:
                    self._commit([one])
                return
        _report([future for _, future in work], results, fault)


def _report(futures: list[Any], results: list[Any], fault: BaseException | None) -> None:
    """Tell each caller its result, or all of them the fault; one wake-up for each event loop."""
    outcomes = [(future, None if fault else results[at]) for at, future in enumerate(futures)]
    loops: dict[asyncio.AbstractEventLoop, list[tuple[Any, Any]]] = {}
    for future, result in outcomes:
        if isinstance(future, Future):
            _resolve([(future, result)], fault)
        else:
            loops.setdefault(future.get_loop(), []).append((future, result))
    for loop, own in loops.items():
        with suppress(RuntimeError):  # the loop has ended: nobody waits for these any more
            loop.call_soon_threadsafe(_resolve, own, fault)


def _resolve(outcomes: list[tuple[Any, Any]], fault: BaseException | None) -> None:
    for future, result in outcomes:
        if future.done():  # its task was cancelled
            continue
        if fault is None:
            future.set_result(result)
        else:
            future.set_exception(fault)
