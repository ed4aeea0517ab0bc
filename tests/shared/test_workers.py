"""Work in several processes is the same work."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.shared import workers
from stages.shared.errors import InputError, ParamsError, SauropodError
from tests.house import ROOT


def counted(job: int) -> Iterator[tuple[int, int]]:
    return ((job, number) for number in range(job))


def gathered(jobs: list[int], count: int) -> list[tuple[int, int]]:
    with workers.mapped(counted, jobs, count) as results:
        return list(results)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 5), max_size=12), st.integers(2, 4))
def test_results_come_in_the_order_of_the_jobs_whatever_the_number_of_workers(jobs: list[int], count: int) -> None:
    assert gathered(jobs, count) == gathered(jobs, 1)


def test_results_larger_than_what_may_wait_come_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "HELD_BYTES", 1000)

    def large(job: int) -> Iterator[pa.Table]:
        return (pa.table({"x": [f"{job} {number}" * 5000] * 20}) for number in range(4))

    with workers.mapped(large, [1, 2, 3, 4, 5], 2) as results:
        assert [table.column("x")[0].as_py()[:3] for table in results] == [
            f"{job} {number}" for job in range(1, 6) for number in range(4)
        ]


def test_what_the_work_raises_is_raised_with_the_place_where_it_was() -> None:
    def failing(job: int) -> Iterator[int]:
        if job == 3:
            raise InputError("a number", "three", f"job {job}", "count again")
        yield job

    found = []
    with (
        pytest.raises(InputError, match="job 3: expected a number, got three; count again") as caught,
        workers.mapped(failing, [1, 2, 3, 4], 2) as results,
    ):
        found += list(results)
    assert caught.value.remedy == "count again"
    assert "in failing" in caught.value.__notes__[0]


def test_a_worker_that_is_killed_is_an_error_with_its_remedy() -> None:
    def deadly(job: int) -> Iterator[int]:
        yield job
        if job == 2:
            os.kill(os.getpid(), signal.SIGKILL)

    with (
        pytest.raises(SauropodError, match=r"the end of one by signal SIGKILL.*SAUROPOD_WORKERS=1"),
        workers.mapped(deadly, [1, 2, 3, 4], 2) as results,
    ):
        list(results)


def test_no_worker_outlives_the_block() -> None:
    def named(job: int) -> Iterator[int]:
        yield os.getpid()

    with workers.mapped(named, [1, 2, 3, 4], 2) as results:
        pids = {next(results), next(results)}
        assert os.getpid() not in pids
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


ENDLESS = """
import itertools, os, signal, sys
from stages.shared import workers
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where a shell started the tests in the background
def work(job):
    yield os.getpid()
    for number in itertools.count():
        yield number
with workers.mapped(work, [1, 2], 2) as results:
    print(next(results), flush=True)
    for result in results:
        pass
"""


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL])
def test_workers_end_with_the_process_that_gathers(ending: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ENDLESS], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        worker = int(process.stdout.readline())
        watched = os.pidfd_open(worker)
        process.send_signal(ending)
        try:
            process.wait(20)
        finally:
            process.kill()
    assert select.select([watched], [], [], 20)[0], "the worker still runs"
    os.close(watched)


@pytest.mark.parametrize("value", ["0", "-1", "two", "1.5"])
def test_a_number_of_workers_that_is_none_is_refused(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAUROPOD_WORKERS", value)
    with pytest.raises(ParamsError, match="SAUROPOD_WORKERS"):
        workers.usable()


def test_the_number_of_workers_follows_the_machine_unless_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SAUROPOD_WORKERS", raising=False)
    assert 1 <= workers.usable() <= min(len(os.sched_getaffinity(0)), workers.MOST)
    monkeypatch.setenv("SAUROPOD_WORKERS", "7")
    assert workers.usable() == 7
