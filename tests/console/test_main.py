"""The `sauropod` command answers at once."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from stages.console.main import main

EXPORT = ["export", "--format", "dynosaur-metadata", "--out", "here"]
HEAVY = ("torch", "transformers", "datasets", "pandas", "pyarrow", "dvc", "openai", "huggingface_hub", "pydantic")


def test_help_loads_no_heavy_library() -> None:
    script = (
        "import sys\n"
        "from stages.console.main import parser\n"
        "parser().format_help()\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_command_has_json() -> None:
    from stages.console.main import parser  # noqa: PLC0415

    for words in (["grow", "w"], ["plan"], ["answers"], ["show"], EXPORT, ["show", "table1"], ["model", "remove", "m"]):
        assert parser().parse_args([*words, "--json"]).json


def test_growing_from_the_folder_loads_no_library_of_the_hub() -> None:
    script = (
        "import sys\n"
        "import stages.console.grow\n"
        "print([name for name in ('huggingface_hub', 'httpx2', 'torch') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def finished(script: str, **env: str) -> subprocess.CompletedProcess[bytes]:
    """A command run as its own process, told by a script."""
    return subprocess.run([sys.executable, "-c", script], capture_output=True, check=False, env={**os.environ, **env})


def test_who_reads_no_further_gets_no_traceback() -> None:
    closed = (
        "import os; from stages.console.main import main\n"
        "reading, writing = os.pipe(); os.close(reading); os.dup2(writing, 1)\n"
        "main(['answers'])"
    )
    done = finished(closed, SAUROPOD_ANSWERS="/nowhere/answers.sqlite")
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here to write to")
def test_an_output_that_is_full_is_one_sentence() -> None:
    full = (
        "import os; from stages.console.main import main\n"
        "os.dup2(os.open('/dev/full', os.O_WRONLY), 1)\n"
        "main(['answers'])"
    )
    done = finished(full, SAUROPOD_ANSWERS="/nowhere/answers.sqlite")
    assert done.returncode == 2
    assert done.stderr.decode().count("\n") == 1
    assert "No space left on device; free space" in done.stderr.decode()


def test_a_terminal_that_lacks_a_character_stops_nothing_and_json_is_utf_8() -> None:
    script = "from stages.console import main; main._speak(as_json={}); print('v1 → v2')"
    assert finished(script.format("False"), PYTHONIOENCODING="ascii").stdout == b"v1 ? v2\n"
    assert finished(script.format("True"), PYTHONIOENCODING="ascii").stdout.decode() == "v1 → v2\n"


@pytest.mark.parametrize("words", [["plan"], ["show"], ["run", "add", "a", "--parts", "all"], ["diff"]])
def test_from_inside_a_folder_the_way_to_the_root_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    for name in ("params.yaml", "dvc.yaml"):
        (tmp_path / name).touch()
    (tmp_path / "data/own").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "data/own")
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 3
    assert f"cd '{tmp_path}' first" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["run", "add", "a", "--parts", "all"], ["model", "remove", "a"], ["plan"]])
def test_where_there_is_no_repository_one_sentence_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 3
    assert "run from the repository's root" in capsys.readouterr().err


def test_an_error_says_the_name_of_the_command_once(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["grow"])
    assert capsys.readouterr().err.startswith("sauropod grow: expected a wave")
