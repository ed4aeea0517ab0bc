"""Commands that write stay away while DVC is at work, and are not kept away by one that was killed."""

import fcntl
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stages.console import busy
from stages.console.change import Change, carry_out
from stages.shared.errors import BusyError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder where DVC says what it is at."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(busy, "PAUSE", 0)
    (tmp_path / ".dvc/tmp").mkdir(parents=True)
    return tmp_path / ".dvc/tmp"


def write() -> None:
    """What every command that changes the pipeline does at its end."""
    carry_out(Change({Path("params.yaml"): "parts: []\n"}))


@contextmanager
def process(*words: str) -> Iterator[int]:
    """The number of a process that runs, with these words in its command."""
    script = "print(flush=True); input()"
    command = [sys.executable, "-c", script, *words]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as started:
        assert started.stdout is not None
        started.stdout.readline()
        yield started.pid
        started.communicate(b"\n")


def killed() -> int:
    """The number of a process that is no more."""
    done = subprocess.Popen(["true"])
    done.wait()
    return done.pid


def test_nothing_is_written_while_dvc_holds_its_lock(folder: Path) -> None:
    with (folder / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(BusyError, match=r"expected DVC at rest .* wait for it"):
            write()
        assert not Path("params.yaml").exists()
        fcntl.flock(held, fcntl.LOCK_UN)
        write()
    assert Path("params.yaml").exists()


@pytest.mark.parametrize("way", ["read", "write"])
def test_nothing_is_written_while_a_stage_of_dvc_runs(folder: Path, way: str) -> None:
    with process("dvc", "repro") as running:
        own = {"pid": running, "cmd": "dvc repro"}
        (folder / "rwlock").write_text(json.dumps({way: {"/data": own if way == "write" else [own]}}), "utf-8")
        with pytest.raises(BusyError, match=rf"process {running} at work \(dvc repro\)"):
            write()
    assert not Path("params.yaml").exists()


def test_a_dvc_that_was_killed_keeps_nobody_away_though_its_number_came_again(folder: Path) -> None:
    with process("another") as stranger:
        left = {f"/data/{pid}": {"pid": pid, "cmd": "dvc repro"} for pid in (killed(), stranger)}
        (folder / "rwlock").write_text(json.dumps({"write": left}), "utf-8")
        write()
    assert Path("params.yaml").exists()


def test_dvc_is_kept_out_while_files_are_written(folder: Path) -> None:
    (folder / "lock").touch()
    with busy.alone(), (folder / "lock").open() as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    # No lock file is made: where DVC locks by links, its being there would be the lock.
    (folder / "lock").unlink()
    with busy.alone():
        assert not (folder / "lock").exists()
