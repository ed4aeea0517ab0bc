"""The gate and the pace: never more than the limit, less after a refusal, more after successes."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.shared.llm import gate
from stages.shared.llm.gate import Gate, Pace


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 30))


def test_no_more_than_the_limit_are_inside_at_once() -> None:
    async def work() -> None:
        found = Gate(3)
        most = 0

        async def one() -> None:
            nonlocal most
            await found.enter()
            most = max(most, found.active)
            await asyncio.sleep(0)
            found.leave()

        await asyncio.gather(*(one() for _ in range(50)))
        assert (most, found.active) == (3, 0)

    run(work())


def test_a_refusal_lowers_the_limit_once_for_all_that_were_under_way() -> None:
    async def work() -> None:
        found = Gate(16)
        entered = [await found.enter() for _ in range(16)]
        for moment in entered:
            found.refused(moment, None)
            found.leave()
        assert found.limit == 12
        found.refused(await found.enter(), None)
        assert found.limit == 9

    run(work())


def test_refusals_never_close_the_gate_for_good() -> None:
    async def work() -> None:
        found = Gate(16)
        for _ in range(50):
            found.refused(await found.enter(), None)
            found.leave()
        assert found.limit == 1

    run(work())


def test_as_many_successes_in_a_row_as_the_limit_raise_it_by_one_up_to_the_most() -> None:
    async def work() -> None:
        found = Gate(4)
        found.refused(await found.enter(), None)
        assert found.limit == 3
        for _ in range(2):
            found.succeeded()
        found.refused(0.0, None)  # a late refusal breaks the streak and lowers nothing again
        for _ in range(2):
            found.succeeded()
        assert found.limit == 3
        found.succeeded()
        assert found.limit == 4
        for _ in range(20):
            found.succeeded()
        assert found.limit == 4

    run(work())


def test_everybody_waits_as_long_as_the_endpoint_asks_for() -> None:
    clock = 100.0
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        nonlocal clock
        waits.append(seconds)
        clock += seconds

    async def work() -> None:
        found = Gate(4, lambda: clock, sleep)
        found.refused(await found.enter(), 7.0)
        found.leave()
        found.refused(100.0, 3.0)  # a shorter wish does not shorten a longer one
        await found.enter()
        assert waits == [7.0]
        found.leave()
        found.refused(clock, 10**6)
        await found.enter()
        assert waits[1] == gate.LONGEST_PAUSE

    run(work())


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(["in", "out", "ok", "no"]), max_size=60), st.integers(1, 8))
def test_a_place_that_is_free_is_never_withheld(steps: list[str], most: int) -> None:
    async def work() -> None:
        found = Gate(most)
        inside: list[float] = []
        waiting: list[asyncio.Task[float]] = []
        for step in steps:
            if step == "in":
                waiting.append(asyncio.create_task(found.enter()))
            elif step == "out" and inside:
                inside.pop()
                found.leave()
            elif step == "ok":
                found.succeeded()
            elif step == "no" and inside:
                found.refused(inside[-1], None)
            for _ in range(3):
                await asyncio.sleep(0)
            inside += [task.result() for task in waiting if task.done()]
            waiting = [task for task in waiting if not task.done()]
            assert found.active == len(inside)
            assert not waiting or found.active >= found.limit
        for task in waiting:
            task.cancel()

    run(work())


@pytest.mark.parametrize(("per_minute", "at_once"), [(60, 1), (600, 10), (6, 1)])
def test_requests_per_minute_let_a_second_s_worth_through_at_once(per_minute: float, at_once: int) -> None:
    async def work() -> None:
        pace = Pace(per_minute, None)
        passed = [asyncio.create_task(pace.wait(0)) for _ in range(at_once + 1)]
        for _ in range(5):
            await asyncio.sleep(0)
        assert [task.done() for task in passed] == [True] * at_once + [False]
        passed[-1].cancel()

    run(work())


def test_tokens_per_minute_let_ten_seconds_worth_through_at_once_and_larger_requests_alone() -> None:
    async def work() -> None:
        pace = Pace(None, 600)
        passed = [asyncio.create_task(pace.wait(tokens)) for tokens in (40, 60, 1)]
        for _ in range(5):
            await asyncio.sleep(0)
        assert [task.done() for task in passed] == [True, True, False]
        for task in passed:
            task.cancel()

    run(work())


def test_without_limits_nobody_waits() -> None:
    run(Pace(None, None).wait(10**9))
