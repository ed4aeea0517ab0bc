"""`sauropod publish` to a hub on this host."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants

from stages.console.main import main
from stages.console.publish import refused
from tests.clone import Clone, environment, hashes
from tests.console.history import two_versions
from tests.hubserver import Hub, serving


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return two_versions(tmp_path_factory.mktemp("history"))


@pytest.fixture
def hub(history: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.chdir(history)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    with serving(tmp_path) as running:
        for name, value in environment(history).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(constants, "ENDPOINT", running.url)
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
        monkeypatch.setenv("HF_TOKEN", running.uploads.token)
        yield running


def publish(*words: str) -> int:
    try:
        main(["publish", *words])
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def published(hub: Hub) -> dict[str, bytes]:
    files = hub.uploads.repositories["dataset", "me/data"].commits[-1].files
    return {name: content for name, content in files.items() if name != ".gitattributes"}


def test_a_version_comes_as_it_was_committed_with_its_tag(hub: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    assert publish("me/data", "--rev", "v1", "--json") == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    there = hub.uploads.repositories["dataset", "me/data"]
    assert there.commits[-1].message == "Dataset v1: 175 instances"
    assert there.tags == {"v1": there.commits[-1].sha}
    assert told["licenses"] == [{"license": "apache-2.0", "terms": "", "rows": 175}]
    assert {name: len(content) for name, content in published(hub).items()} == told["files"]
    assert sorted(published(hub)) == ["README.md", "corpus-one.parquet"]
    assert published(hub)["README.md"] == b"# 175 instances\n"


def test_rows_without_a_licence_stop_a_version_and_are_counted(hub: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    assert publish("me/data", "--rev", "v2") == 2
    said = capsys.readouterr().err
    assert "1 whose licence (none) is not declared" in said
    assert "sauropod forget DATASET" in said
    assert hub.requests == []


def test_a_dry_run_asks_no_hub(hub: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    assert publish("me/data", "--rev", "v1", "--dry-run") == 0
    said = capsys.readouterr().out
    assert "corpus-one.parquet" in said
    assert "one commit, and tag it v1" in said
    assert hub.requests == []


def test_only_what_was_committed_is_published(
    hub: Hub, history: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clone = Clone(history, environment(history)).copy(tmp_path / "copy")
    clone.run("git", "checkout", "--quiet", "v1")
    monkeypatch.chdir(clone.root)
    assert publish("me/data") == 2
    assert "expected the files that dvc.lock lists, got another README.md" in capsys.readouterr().err
    clone.run("dvc", "checkout", "--quiet")
    Path("metrics/dataset.json").write_text("{}", "utf-8")
    assert publish("me/data") == 2
    assert "expected a working tree as committed, got changes in metrics/dataset.json" in capsys.readouterr().err
    clone.run("git", "checkout", "--quiet", "metrics")
    assert publish("me/data", "--private") == 0
    assert published(hub).keys() == hashes(clone.root / "data/dataset").keys()
    assert hub.uploads.repositories["dataset", "me/data"].private


@pytest.mark.parametrize(
    ("license", "terms", "options", "reason"),
    [
        ("mit", "", {}, ""),
        ("cc-by-sa-4.0|mit", "", {}, ""),
        ("", "", {"accepted": True}, "license-unknown"),
        ("unknown", "", {}, "license-unknown"),
        ("other", "", {"accepted": True}, "license-unknown"),
        ("mit|my own", "", {}, "license-unknown"),
        ("cc-by-nd-4.0", "", {"accepted": True}, "no-derivatives"),
        ("mit|cc-by-nc-nd-4.0", "", {}, "no-derivatives"),
        ("cc-by-nc-4.0", "", {}, ""),
        ("cc-by-nc-4.0", "", {"use": "commercial"}, "non-commercial"),
        ("mit", "openai-terms", {}, "terms"),
        ("mit", "openai-terms", {"accepted": True}, ""),
        ("llama3", "", {}, "terms"),
        ("llama3", "", {"accepted": True}, ""),
        ("llama3", "", {"accepted": True, "use": "commercial"}, "license-unknown"),
        ("mit", "openai-terms", {"accepted": True, "use": "commercial"}, ""),
    ],
)
def test_what_a_licence_and_terms_permit(license: str, terms: str, options: dict[str, Any], reason: str) -> None:
    assert refused(license, terms, options.get("use", "all"), accepted=options.get("accepted", False)) == reason


@pytest.mark.parametrize("options", [(), ("--run", "all")])
def test_a_dry_run_refuses_what_can_be_no_repository(
    options: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["publish", "my org/instructions", "--dry-run", *options])
    assert "expected the id of a repository (ORG/NAME), got 'my org/instructions'" in capsys.readouterr().err
