"""Refuses connections to other hosts, in every Python process that finds this folder on its PYTHONPATH.

The tests put it there for the commands they run, and import it for themselves (tests/conftest.py).
"""

import socket
from typing import Any

LOCAL_HOSTS = {"127.0.0.1", "::1", "localhost"}

_connect = socket.socket.connect


def connect(self: socket.socket, address: Any) -> None:
    """Connect as usual, to this host only."""
    if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in LOCAL_HOSTS:
        raise AssertionError(f"a test tried to reach {address[0]}")
    _connect(self, address)


socket.socket.connect = connect  # type: ignore[method-assign]
