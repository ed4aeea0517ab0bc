"""The one writer: what it reports is on disk, one bad group spoils no other, and order is kept."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from stages.shared.llm.writer import Writer, connect


@pytest.fixture
def path(tmp_path: Path) -> Path:
    db = connect(tmp_path / "a.sqlite")
    db.execute("CREATE TABLE numbers (n INTEGER PRIMARY KEY)")
    db.close()
    return tmp_path / "a.sqlite"


def insert(number: int) -> object:
    return lambda db: db.execute("INSERT INTO numbers VALUES (?)", (number,)).lastrowid


def numbers(path: Path) -> list[int]:
    db = sqlite3.connect(path)
    try:
        return [n for (n,) in db.execute("SELECT n FROM numbers ORDER BY n")]
    finally:
        db.close()


def test_what_is_done_is_on_disk_before_it_is_reported(path: Path) -> None:
    writer = Writer(path)
    assert writer.do(insert(7)) == 7  # type: ignore[arg-type]
    assert numbers(path) == [7]
    writer.close()


def test_many_tasks_of_an_event_loop_are_each_told_their_own_result(path: Path) -> None:
    writer = Writer(path)

    async def work() -> list[object]:
        return await asyncio.gather(*(writer.begin(insert(n)) for n in range(200)))  # type: ignore[arg-type]

    assert asyncio.run(work()) == list(range(200))
    assert numbers(path) == list(range(200))
    writer.close()


def test_an_operation_that_fails_is_told_to_its_caller_and_the_next_goes_on(path: Path) -> None:
    writer = Writer(path)
    writer.do(insert(1))  # type: ignore[arg-type]
    with pytest.raises(sqlite3.IntegrityError):
        writer.do(insert(1))  # type: ignore[arg-type]
    writer.do(insert(2))  # type: ignore[arg-type]
    assert numbers(path) == [1, 2]
    writer.close()


def test_an_operation_that_can_not_be_done_takes_none_of_its_group_with_it(path: Path) -> None:
    writer = Writer(path)

    async def work() -> list[object]:
        some = (1, 2, 2**70, 3)  # the third fits no column
        return await asyncio.gather(*(writer.begin(insert(n)) for n in some), return_exceptions=True)  # type: ignore[arg-type]

    assert [type(one) for one in asyncio.run(work())] == [int, int, OverflowError, int]
    assert numbers(path) == [1, 2, 3]
    writer.close()


def test_closing_finishes_what_is_waiting(path: Path) -> None:
    writer = Writer(path)

    async def leave() -> None:
        for number in range(50):
            writer.begin(insert(number))  # type: ignore[arg-type]

    asyncio.run(leave())
    writer.close()
    assert numbers(path) == list(range(50))
