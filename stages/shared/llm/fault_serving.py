"""A fault server within the process that tests against it, on a thread of its own."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from stages.shared.llm.fault_plan import Plan
from stages.shared.llm.faults import HOST, FaultServer, started

Value = TypeVar("Value")


class Serving:
    """A running server: its addresses and its ledger."""

    def __init__(self, server: FaultServer, port: int, loop: asyncio.AbstractEventLoop) -> None:
        self._server, self._loop = server, loop
        self.root = f"http://{HOST}:{port}"
        self.url = f"{self.root}/v1"

    def ledger(self) -> dict[str, Any]:
        """What GET /ledger says."""
        return self._within(self._server.ledger.as_dict)

    def reset(self) -> None:
        """Forget what was counted; chance goes on where it is."""
        self._within(self._server.ledger.reset)

    def _within(self, function: Callable[[], Value]) -> Value:
        """Call a function between two steps of the server, not during one."""

        async def call() -> Value:
            return function()

        return asyncio.run_coroutine_threadsafe(call(), self._loop).result()


@contextmanager
def serving(plan: Plan, port: int = 0) -> Iterator[Serving]:
    """Serve a plan while the block runs; raise BusyError where the port is taken."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="faults", daemon=True)
    thread.start()
    try:
        server = FaultServer(plan)
        runner, port = asyncio.run_coroutine_threadsafe(started(server, port), loop).result()
        try:
            yield Serving(server, port, loop)
        finally:
            asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
            asyncio.run_coroutine_threadsafe(loop.shutdown_default_executor(), loop).result()  # it took uploads
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
