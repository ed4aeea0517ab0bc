"""What every test stands on: where the larger real data is, and no network beyond this host."""

import os
import socket
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
LOCAL_HOSTS = {"127.0.0.1", "::1", "localhost"}


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of larger real data: $SAUROPOD_TEST_DATA, or the one kept beside the checkout."""
    folder = Path(os.environ.get("SAUROPOD_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "hub").is_dir():
        pytest.skip(f"left out: no larger test data in {folder} (set SAUROPOD_TEST_DATA)")
    return folder


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of this checkout."""
    return ROOT


@pytest.fixture(autouse=True, scope="session")
def only_this_host() -> Any:
    """Refuse connections to any other host, in this process."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in LOCAL_HOSTS:
            raise AssertionError(f"a test tried to reach {address[0]}")
        connect(self, address)

    socket.socket.connect = guarded  # type: ignore[method-assign]
    yield
    socket.socket.connect = connect  # type: ignore[method-assign]
