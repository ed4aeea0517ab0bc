"""Who holds a claim is alive as long as its process, and no longer."""

import subprocess
import sys
from pathlib import Path

from stages.shared.llm.owners import BATCH, Owner, is_alive
from tests.house import ROOT

HOLD = """
import pathlib, sys
from stages.shared.llm.owners import Owner
print(Owner(pathlib.Path(sys.argv[1])).id, flush=True)
sys.stdin.read()
"""


def test_a_process_is_alive_until_it_is_killed(tmp_path: Path) -> None:
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None
    owner = other.stdout.readline().strip()
    assert is_alive(tmp_path, owner)
    other.kill()
    other.communicate()
    assert not is_alive(tmp_path, owner)
    assert list(tmp_path.iterdir()) == []


def test_who_left_is_gone(tmp_path: Path) -> None:
    owner = Owner(tmp_path)
    assert is_alive(tmp_path, owner.id)
    owner.leave()
    assert not is_alive(tmp_path, owner.id)


def test_nobody_known_is_gone_and_a_batch_outlives_every_process(tmp_path: Path) -> None:
    assert not is_alive(tmp_path, "nobody")
    assert is_alive(tmp_path, f"{BATCH}batch_1")
