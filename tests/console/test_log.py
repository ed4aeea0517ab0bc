"""`sauropod log`: a line for each version from what git has of it, whatever a version lacks."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from stages.console import history as past
from stages.console import log
from stages.console.main import main
from stages.console.timeline import page
from stages.shared.errors import InputError
from tests.dataset.pages import loaded, parsed

AUTHOR = ("-c", "user.name=A test", "-c", "user.email=test@localhost")


def git(*words: str, at: str = "2026-01-01") -> str:
    env = {
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_SYSTEM": "/dev/null",
        "PATH": "/usr/bin:/bin:/usr/local/bin",
        "GIT_AUTHOR_DATE": f"{at}T12:00:00Z",
        "GIT_COMMITTER_DATE": f"{at}T12:00:00Z",
    }
    return subprocess.run(["git", *AUTHOR, *words], env=env, capture_output=True, text=True, check=True).stdout.strip()


def version(dataset: Any, tag: str, at: str, scores: Any = None) -> None:
    for path, value in ((log.DATASET, dataset), (log.SCORES, scores)):
        Path(path).parent.mkdir(exist_ok=True)
        if value is not None:
            Path(path).write_text(value if isinstance(value, str) else json.dumps(value), "utf-8")
    git("add", "--all")
    git("commit", "--quiet", "--allow-empty", "--message", tag, at=at)
    git("tag", tag)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A history: a version without metrics, a real one, one dated before it though it came later, a damaged one."""
    folder = tmp_path_factory.mktemp("history")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        git("init", "--quiet", "--initial-branch", "main")
        real, scores = loaded("metrics/dataset.json"), loaded("metrics/evaluate.json")
        version(None, "z-first", "2026-01-03")
        version(real, "v1", "2026-01-04", scores)
        grown = {**real, "instances": 9000, "licenses": {"cc-by-nc-4.0": 9, "mit": 1}, "asking": {"cost_usd": 11.5}}
        version(grown, "a-later", "2026-01-02")
        git("tag", "--annotate", "--message", "again", "annotated")
        git("tag", "not-a-version", "HEAD:metrics/dataset.json")
        version("{", "damaged", "2026-01-05", {"m": {"b": {"rougeL": "high"}, "c": 3}, "n": []})
        odd = {
            "instances": "many",
            "parts": {"hub/a": {"instances": "few"}, "hub/b": 3},
            "licenses": ["mit"],
            "asking": 0,
        }
        version(odd, "odd", "2026-01-06", [])
        Path(log.DATASET).write_text(json.dumps(real), "utf-8")
    return folder


@pytest.fixture
def history(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(folder)
    return folder


def test_versions_stand_in_the_order_of_history_and_not_of_names_or_dates(history: Path) -> None:
    assert [tag.name for tag in past.tags()] == ["z-first", "v1", "a-later", "annotated", "damaged", "odd"]
    assert [tag.date for tag in past.tags()][:3] == ["2026-01-03", "2026-01-04", "2026-01-02"]
    assert past.tags()[2].commit == git("rev-parse", "a-later")


def test_a_file_is_read_as_it_was_at_a_revision(history: Path) -> None:
    first, third, none = past.all_metrics([("v1", log.DATASET), ("HEAD~2", log.DATASET), ("v1", "no.json")])
    assert first == loaded("metrics/dataset.json")
    assert third == {**loaded("metrics/dataset.json"), "instances": 9000,
        "licenses": {"cc-by-nc-4.0": 9, "mit": 1}, "asking": {"cost_usd": 11.5}}  # fmt: skip
    assert none is None


@pytest.mark.parametrize(
    ("rev", "path"),
    [("v1", "metrics/none.json"), ("v9", log.DATASET), ("damaged", log.DATASET), ("v1", "metrics"), ("--all", "x y z"),
     ("v1\nHEAD", log.DATASET)],
)  # fmt: skip
def test_what_a_revision_does_not_have_is_none_and_shifts_nothing(history: Path, rev: str, path: str) -> None:
    found = past.all_metrics([(rev, path), ("v1", log.DATASET)])
    assert found[0] is None
    assert found[1] == loaded("metrics/dataset.json")


def test_a_line_says_what_the_metrics_say(history: Path) -> None:
    lines = {line["version"]: line for line in log.lines()}
    real, scores = loaded("metrics/dataset.json"), loaded("metrics/evaluate.json")
    line = lines["v1"]
    assert {key: line[key] for key in ("instances", "tasks", "datasets")} == {
        key: real[key] for key in ("instances", "tasks", "datasets")
    }
    least = min((one["holdout"]["bits_per_byte"], model) for model, one in scores.items() if "holdout" in one)
    assert line["best"]["holdout"] == {"score": "bits_per_byte", "model": least[1], "value": least[0]}
    most = max(one["superni"]["rougeL"] for one in scores.values() if "superni" in one)
    assert line["best"]["superni"]["value"] == most
    assert lines["a-later"]["licence"] == "non-commercial"
    assert lines["a-later"]["licences"] == ["cc-by-nc-4.0"]
    assert (lines["a-later"]["cost_usd"], lines["a-later"]["cost_known"]) == (11.5, True)
    assert list(lines)[-1] == "working tree"


def test_a_version_without_metrics_or_with_damaged_ones_is_a_line_of_dashes(
    history: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["log"])
    said = {line.split()[0]: line for line in capsys.readouterr().out.splitlines() if line.strip()}
    real, scores = loaded("metrics/dataset.json"), loaded("metrics/evaluate.json")
    dashes = 6 + len({benchmark for one in scores.values() for benchmark in one})  # parts to cost, and the scores
    assert said["z-first"].split()[1:] == ["2026-01-03", *"-" * dashes]
    assert said["damaged"].split()[1:] == ["2026-01-05", *"-" * dashes]
    assert said["odd"].split()[1:] == ["2026-01-06", "1", "wave", *"-" * (dashes - 1)]
    assert f"{real['instances']:,}" in said["v1"]
    assert "$11.50" in said["a-later"]


def test_json_has_every_version(history: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["log", "--json"])
    assert [line["version"] for line in json.loads(capsys.readouterr().out)][-1] == "working tree"


def test_a_bare_clone_has_the_versions_and_no_working_tree(
    history: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git("clone", "--quiet", "--bare", str(history), str(tmp_path / "bare"))
    monkeypatch.chdir(tmp_path / "bare")
    assert [line["version"] for line in log.lines()] == ["z-first", "v1", "a-later", "annotated", "damaged", "odd"]


def test_no_git_and_no_metrics_are_said_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(InputError, match="expected a git repository that can be read"):
        log.lines()
    git("init", "--quiet")
    with pytest.raises(InputError, match="expected versions, or metrics of a pipeline that has run"):
        log.lines()


def test_the_page_over_versions_is_whole_and_a_tag_in_it_stays_text(
    history: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    main(["log", "--html", str(tmp_path / "log.html")])
    assert capsys.readouterr().out == f"{tmp_path / 'log.html'}: 7 versions\n"
    code = (tmp_path / "log.html").read_text("utf-8")
    found = parsed(code)
    assert found.faults == []
    assert f"v1, tasks: {loaded('metrics/dataset.json')['tasks']}" in found.text
    lines = log.lines()
    lines[1]["version"] = "<script>alert(1)</script>"
    assert "<script>alert" not in page(lines)
    assert "<script>alert(1)</script>" in parsed(page(lines)).texts
    assert page(lines) == page(lines)
