"""Waiting for what another process does, without taking the processor from it."""

import subprocess
from collections.abc import Callable
from contextlib import suppress
from typing import Any


def until(there: Callable[[], bool], process: subprocess.Popen[Any]) -> None:
    """Wait until something is there, or until the process that makes it has ended without it."""
    while not there() and process.poll() is None:
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.005)
