"""A stage ends with one sentence and its exit code, and never beside itself."""

import argparse
import errno
import subprocess
import sys
from pathlib import Path

import pytest

from stages.shared import stage
from stages.shared.errors import BusyError, HubError, InputError


@pytest.fixture(autouse=True)
def _root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_an_input_that_is_missing_is_named_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no-such\.jsonl: expected a file or folder, got none"):
        stage.parse("a stage", ["cards"], [], argv=["--cards", str(tmp_path / "no-such.jsonl")])


def test_named_paths_may_come_again_and_keep_their_order(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.touch()
    words = ["--part", "hub/b", str(file), "--part", "hub/a", str(file), "--run", "all"]
    paths = stage.parse("a stage", [], [], named=["part"], values=["run"], argv=words)
    assert paths.part == [("hub/b", file), ("hub/a", file)]
    assert paths.run == "all"


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (HubError("a", "b", "glue", "c"), 4, "glue: expected a, got b; c."),
        (KeyboardInterrupt(), 130, "run it again to go on"),
        (OSError(errno.ENOSPC, "No space left on device", "rows.parquet"), 2, "rows.parquet: No space left on device"),
    ],
)
def test_a_failure_is_one_line_and_an_exit_code(
    capsys: pytest.CaptureFixture[str], error: BaseException, code: int, told: str
) -> None:
    def main(paths: argparse.Namespace) -> None:
        raise error

    with pytest.raises(SystemExit) as ended:
        stage.run(main, "a stage", outputs=["out"], argv=["--out", "out.json"])
    assert ended.value.code == code
    said = capsys.readouterr().err
    assert told in said
    assert len(said.splitlines()) == 1


def test_a_defect_keeps_its_traceback() -> None:
    def main(paths: argparse.Namespace) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stage.run(main, "a stage", outputs=["out"], argv=["--out", "out.json"])


def test_a_second_process_on_the_same_outputs_is_refused_and_another_is_not() -> None:
    script = "from stages.shared import stage\nwith stage.locked(['{}']): print('in')"

    def other(output: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", script.format(output)], capture_output=True, text=True, check=False
        )
        return done.stdout + done.stderr

    with stage.locked(["a.json"]):
        assert "BusyError" in other("a.json")
        assert other("b.json") == "in\n"
        with pytest.raises(BusyError), stage.locked(["a.json"]):
            pass
    assert other("a.json") == "in\n"
