"""Files put on a hub: in one commit, whatever goes wrong on the way."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from huggingface_hub import constants

from stages.shared.errors import HubError
from stages.shared.hub import polite, upload
from tests.hub_faults import FaultPlan
from tests.hubserver import Hub, serving

SHARDS = {"README.md": b"---\nlicense: other\n---\n# Data\n", "one.parquet": b"PAR1one", "two.parquet": b"PAR1two"}


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that would have been waited."""
    found: list[float] = []
    monkeypatch.setattr(time, "sleep", found.append)
    monkeypatch.setattr(polite, "FIRST_WAIT_S", 0.001)
    return found


@contextmanager
def hub(monkeypatch: pytest.MonkeyPatch, folder: Path, faults: FaultPlan | None = None) -> Iterator[Hub]:
    empty = folder / "hub"
    empty.mkdir(exist_ok=True)
    with serving(empty, faults=faults) as running:
        monkeypatch.setattr(constants, "ENDPOINT", running.url)
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
        monkeypatch.setenv("HF_TOKEN", running.uploads.token)
        yield running


def files(folder: Path, contents: dict[str, bytes]) -> dict[str, Path]:
    folder.mkdir(exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return {name: folder / name for name in contents}


@pytest.mark.parametrize("kind", ["dataset", "model"])
def test_files_come_in_one_commit_that_can_be_tagged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waits: list[float], kind: upload.Kind
) -> None:
    with hub(monkeypatch, tmp_path) as running:
        address = upload.upload("me/data", kind, files(tmp_path / "v1", SHARDS), "v1", private=False)
        upload.tag("me/data", kind, "v1", address)
        there = running.uploads.repositories[kind, "me/data"]
    assert [one.message for one in there.commits] == ["initial commit", "v1"]
    last = there.commits[-1]
    assert {name: content for name, content in last.files.items() if name != ".gitattributes"} == SHARDS
    assert address.endswith(f"me/data/commit/{last.sha}")
    assert there.tags == {"v1": last.sha}
    assert waits == []


def test_a_later_version_sends_what_is_new_and_deletes_the_shards_it_does_not_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waits: list[float]
) -> None:
    later = {**SHARDS, "three.parquet": b"PAR1three"}
    del later["one.parquet"]
    with hub(monkeypatch, tmp_path) as running:
        upload.upload("me/data", "dataset", files(tmp_path / "v1", SHARDS), "v1", private=False)
        running.forget()
        upload.upload("me/data", "dataset", files(tmp_path / "v2", later), "v2", private=False, replaces=("*.parquet",))
        sent = [one.path for one in running.requests if one.method == "PUT"]
        commits = running.uploads.repositories["dataset", "me/data"].commits
    assert len(sent) == 1
    assert sorted(commits[-1].files) == [".gitattributes", "README.md", "three.parquet", "two.parquet"]


def test_the_same_again_makes_no_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waits: list[float]) -> None:
    with hub(monkeypatch, tmp_path) as running:
        paths = files(tmp_path / "v1", SHARDS)
        first = upload.upload("me/data", "dataset", paths, "v1", private=False)
        assert upload.upload("me/data", "dataset", paths, "v1", private=False) == first
        assert len(running.uploads.repositories["dataset", "me/data"].commits) == 2


@pytest.mark.parametrize("kind", ["429", "500", "503", "reset", "cut"])
@pytest.mark.parametrize("seed", range(3))
def test_faults_and_lost_replies_end_in_one_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waits: list[float], kind: str, seed: int
) -> None:
    plan = FaultPlan(share=0.4, seed=seed, kinds=(kind,), most=1, retry_after_s=7)
    with hub(monkeypatch, tmp_path, plan) as running:
        upload.upload("me/data", "dataset", files(tmp_path / "v1", SHARDS), "v1", private=False)
        there = running.uploads.repositories["dataset", "me/data"]
        faults = [one.fault for one in running.requests if one.fault]
    assert [one.message for one in there.commits] == ["initial commit", "v1"]
    assert SHARDS.items() <= there.commits[-1].files.items()
    assert bool(faults) == bool(waits)
    if kind == "429":
        assert all(wait >= 7 or wait == 1 for wait in waits)  # 1: the client's own, where nothing is left of the window


def test_a_hub_that_never_answers_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waits: list[float]
) -> None:
    plan = FaultPlan(share=1.0, kinds=("500",), most=1000)
    with hub(monkeypatch, tmp_path, plan), pytest.raises(HubError, match="try again later; what is there already"):
        upload.upload("me/data", "dataset", files(tmp_path / "v1", SHARDS), "v1", private=False)


def test_a_public_repository_is_not_taken_for_a_private_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waits: list[float]
) -> None:
    with hub(monkeypatch, tmp_path) as running:
        paths = files(tmp_path / "v1", SHARDS)
        upload.upload("me/open", "dataset", paths, "v1", private=False)
        with pytest.raises(HubError, match="expected a private repository"):
            upload.upload("me/open", "dataset", files(tmp_path / "v2", {"a.txt": b"a"}), "v2", private=True)
        assert len(running.uploads.repositories["dataset", "me/open"].commits) == 2
        upload.upload("me/closed", "dataset", paths, "v1", private=True)
        assert running.uploads.repositories["dataset", "me/closed"].private


def test_a_tag_that_another_commit_has_is_left_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waits: list[float]
) -> None:
    with hub(monkeypatch, tmp_path) as running:
        first = upload.upload("me/data", "dataset", files(tmp_path / "v1", SHARDS), "v1", private=False)
        upload.tag("me/data", "dataset", "v1", first)
        upload.tag("me/data", "dataset", "v1", first)
        second = upload.upload("me/data", "dataset", files(tmp_path / "v2", {"a.txt": b"a"}), "v2", private=False)
        with pytest.raises(HubError, match="expected the tag v1 at"):
            upload.tag("me/data", "dataset", "v1", second)
        assert running.uploads.repositories["dataset", "me/data"].tags == {"v1": first.rpartition("/")[2]}


@pytest.mark.parametrize(
    ("repo", "token", "said"),
    [
        ("me/data", "hf_another", "expected a repository that may be written"),
        ("others/data", None, "expected a repository that may be written"),
        ("me/da ta", None, "expected ORG/NAME"),
        ("me/data", "", "set HF_TOKEN"),
    ],
)
def test_who_may_not_write_is_told_so_and_no_token_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waits: list[float], repo: str, token: str | None, said: str
) -> None:
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "none"))
    with hub(monkeypatch, tmp_path) as running:
        if token is not None:
            monkeypatch.setenv("HF_TOKEN", token)
        with pytest.raises(HubError, match=said) as raised:
            upload.upload(repo, "dataset", files(tmp_path / "v1", SHARDS), "v1", private=False)
        assert running.uploads.repositories == {}
    assert "hf_" not in str(raised.value)
    assert waits == []
