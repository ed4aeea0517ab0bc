"""Work on many jobs in several processes, with the same results in the same order as in one.

A job's work is a function that yields results and changes nothing else, so that where it runs does not matter. Workers
are forked from this process: they know the function and the jobs, only numbers and results travel. Buffers of Arrow
tables travel without being copied into a pickle.
"""

import gc
import os
import pickle
import select
import signal
import socket
import struct
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any, TypeVar

from stages.shared.errors import ParamsError, SauropodError

Job = TypeVar("Job")
Result = TypeVar("Result")
Work = Callable[[Job], Iterator[Result]]

VARIABLE = "SAUROPOD_WORKERS"
"""The environment variable that says how many processes to use; it changes no result."""

MOST = 4
"""Workers used unless the variable asks for more: one process gathers all results and could not follow more."""

HELD_BYTES = 16_000_000
"""Results of one job that wait for their turn in memory; beyond it its worker waits."""

_NUMBER = struct.Struct("!q")
_RESULT, _DONE, _FAILED = range(3)


def usable() -> int:
    """How many workers this machine, or the variable, allows; raise ParamsError where that is no number from 1."""
    asked = os.environ.get(VARIABLE, "")
    if not asked:
        return min(len(os.sched_getaffinity(0)), MOST) if hasattr(os, "sched_getaffinity") else 1
    if not asked.isdecimal() or int(asked) < 1:
        raise ParamsError("a number from 1", repr(asked), f"environment variable {VARIABLE}", "correct or unset it")
    return int(asked)


@contextmanager
def mapped(work: Work[Job, Result], jobs: Sequence[Job], count: int) -> Iterator[Iterator[Result]]:
    """Give an iterator over all results of the first job, of the second, and so on; with one worker, no process starts.

    What `work` raises is raised here. A worker that ends before its work is a SauropodError. No worker outlives the
    block.
    """
    if min(count, len(jobs)) <= 1:
        yield (result for job in jobs for result in work(job))
        return
    staff: list[_Worker] = []
    collects = gc.isenabled()
    gc.disable()  # as in the workers
    try:
        for _ in range(min(count, len(jobs))):
            staff.append(_Worker(work, jobs, [other.link for other in staff]))
        yield _gathered(staff, len(jobs))
    finally:
        for worker in staff:
            worker.end()
        if collects:
            gc.enable()


class _Worker:
    """A process at work, the link to it, and the numbers of the jobs it was given, in order."""

    def __init__(self, work: Work[Job, Result], jobs: Sequence[Job], others: Sequence[socket.socket]) -> None:
        self.link, far = socket.socketpair()
        # A child holds the ends of its elder siblings too; unless it closes them, they can't see this process die.
        self.process = get_context("fork").Process(target=_serve, args=(far, work, jobs, [self.link, *others]))
        self.process.daemon = True
        self.process.start()
        far.close()
        self.given: deque[int] = deque()

    def give(self, number: int) -> None:
        self.given.append(number)
        try:
            self.link.sendall(_NUMBER.pack(number))
        except OSError as error:
            raise self._died() from error

    def receive(self) -> tuple[int, Any, int]:
        """The next message: its kind, what it holds, and its size in bytes."""
        try:
            return _receive(self.link)
        except (EOFError, ConnectionError) as error:
            raise self._died() from error

    def _died(self) -> SauropodError:
        self.process.join(5)
        code = self.process.exitcode
        came = f"signal {signal.Signals(-code).name}" if code is not None and code < 0 else f"exit code {code}"
        return SauropodError(
            "each worker process to finish",
            f"the end of one by {came}",
            f"worker {self.process.pid}",
            f"if memory ran out, free some or set {VARIABLE}=1; then run it again",
        )

    def end(self) -> None:
        self.link.close()
        self.process.kill()
        self.process.join()
        self.process.close()


def _gathered(staff: Sequence[_Worker], jobs: int) -> Iterator[Any]:
    """Yield the results in the order of the jobs; give each worker two jobs, so that it never waits for the next."""
    waiting: dict[int, deque[Any]] = {number: deque() for number in range(jobs)}
    held = [0] * jobs
    done = [False] * jobs
    given = 0
    for turn in range(jobs):
        while waiting[turn] or not done[turn]:
            for worker in staff:
                while len(worker.given) < 2 and given < min(jobs, turn + 2 * len(staff)):
                    worker.give(given)
                    given += 1
            heard = [one for one in staff if one.given and (one.given[0] == turn or held[one.given[0]] < HELD_BYTES)]
            ready = select.select([one.link for one in heard], [], [], 0 if waiting[turn] else None)[0]
            for worker in heard:
                if worker.link not in ready:
                    continue
                kind, content, size = worker.receive()
                if kind == _FAILED:
                    raise content
                number = worker.given[0]
                if kind == _DONE:
                    done[number] = True
                    worker.given.popleft()
                else:
                    waiting[number].append(content)
                    held[number] += size
            if waiting[turn]:
                yield waiting[turn].popleft()
        del waiting[turn]


def _serve(link: socket.socket, work: Work[Job, Result], jobs: Sequence[Job], others: Sequence[socket.socket]) -> None:
    """Do the jobs whose numbers come; end when the link does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal interrupts all processes: the first one tidies up
    for other in others:
        other.close()
    # Nothing here makes rings of references, and looking for some took a fifth of the time.
    gc.freeze()
    gc.disable()
    try:
        while True:
            number = _NUMBER.unpack(_read(link, _NUMBER.size))[0]
            try:
                for result in work(jobs[number]):
                    _send(link, _RESULT, result)
            except Exception as error:  # noqa: BLE001 - raised again in the process that gathers
                error.add_note(traceback.format_exc())
                _send(link, _FAILED, error)
            else:
                _send(link, _DONE, None)
    except (EOFError, ConnectionError):
        return  # the process that gathers is gone or has what it wants


def _send(link: socket.socket, kind: int, content: object) -> None:
    buffers: list[pickle.PickleBuffer] = []
    views = [memoryview(pickle.dumps(content, protocol=5, buffer_callback=buffers.append))]
    views += [buffer.raw() for buffer in buffers]
    sizes = [view.nbytes for view in views]
    link.sendall(b"".join(_NUMBER.pack(number) for number in (kind, len(sizes), *sizes)))
    for view in views:
        link.sendall(view)


def _receive(link: socket.socket) -> tuple[int, Any, int]:
    kind, parts = (_NUMBER.unpack(_read(link, _NUMBER.size))[0] for _ in range(2))
    sizes = [_NUMBER.unpack(_read(link, _NUMBER.size))[0] for _ in range(parts)]
    content, *buffers = [_read(link, size) for size in sizes]
    return kind, pickle.loads(content, buffers=buffers), sum(sizes)  # noqa: S301 - from a process of our own


def _read(link: socket.socket, size: int) -> bytearray:
    """So many bytes; raise EOFError where the other side ends before."""
    found = bytearray(size)
    view = memoryview(found)
    while view:
        count = link.recv_into(view)
        if not count:
            raise EOFError
        view = view[count:]
    return found
