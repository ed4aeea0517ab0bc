"""No test reaches another host: neither this process nor the commands that tests run."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.clone import environment

ELSEWHERE = ("192.0.2.1", 80)
"""An address that is kept for documentation and belongs to nobody."""


def test_this_process_is_refused_another_host() -> None:
    with socket.socket() as one, pytest.raises(AssertionError, match=r"tried to reach 192\.0\.2\.1"):
        one.connect(ELSEWHERE)


def test_a_command_is_refused_another_host(tmp_path: Path) -> None:
    script = f"import socket; socket.socket().connect({ELSEWHERE!r})"
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment(tmp_path), capture_output=True, text=True, check=False
    )
    assert "a test tried to reach 192.0.2.1" in done.stderr
