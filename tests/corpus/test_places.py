"""Where the files of a corpus are found or fetched, and that only the described ones are taken."""

import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from huggingface_hub import constants

from stages.corpus import places
from stages.corpus.source import Corpus
from stages.shared import fetched
from stages.shared.errors import HubError, InputError
from tests.house import ROOT
from tests.hubserver import serving

CLIENT = yaml.safe_load((ROOT / "params.yaml").read_text("utf-8"))["hub"]["client"]
TEXT = b'{"instruction": "Say hello.", "output": "Hello."}\n'
DESCRIPTION = Path("data/sources/corpora/c.yaml")


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def corpus(where: str, at: str, *names: str, **changes: Any) -> Corpus:
    described = {"name": "c", "format": "alpaca", "where": where, "at": at, "files": list(names), "license": "mit"}
    return Corpus.model_validate({**described, "terms": "", "language": "en", "generator": "human", **changes})


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The root of a repository, with a folder for what is fetched."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(fetched.VARIABLE, str(tmp_path / "fetched"))
    (tmp_path / DESCRIPTION.parent).mkdir(parents=True)
    (tmp_path / "params.yaml").write_text(yaml.safe_dump({"hub": {"client": CLIENT}}), "utf-8")
    return tmp_path


@pytest.fixture
def website(tmp_path: Path) -> Iterator[str]:
    """A server of the files in `served`."""
    (tmp_path / "served").mkdir()
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path / "served"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_a_file_beside_or_of_ones_own_must_be_the_described_one(folder: Path) -> None:
    (folder / DESCRIPTION.with_name("a.jsonl")).write_bytes(TEXT)
    (folder / "own").mkdir()
    (folder / "own/a.jsonl").write_bytes(TEXT)
    for where, at in (("beside", "https://example.org/a"), ("own", "own")):
        found = places.located(corpus(where, at, "a.jsonl", sha256={"a.jsonl": sha(TEXT)}), DESCRIPTION)
        assert found["a.jsonl"].read_bytes() == TEXT
        with pytest.raises(InputError, match=f"expected SHA-256 {'0' * 64}, got {sha(TEXT)}"):
            places.located(corpus(where, at, "a.jsonl", sha256={"a.jsonl": "0" * 64}), DESCRIPTION)
        with pytest.raises(InputError, match="put it there"):
            places.located(corpus(where, at, "b.jsonl", sha256={"b.jsonl": "0" * 64}), DESCRIPTION)


def test_a_corpus_that_nothing_pins_is_refused_with_the_command_that_pins_it() -> None:
    for where, at in (("hub", "a/b"), ("url", "https://example.org/"), ("by_hand", "https://example.org/")):
        with pytest.raises(InputError, match="sauropod grow --corpus c"):
            places.located(corpus(where, at, "a.jsonl"), DESCRIPTION)


def test_what_is_got_by_hand_is_asked_for_with_the_page_the_place_and_the_checksum(folder: Path) -> None:
    described = corpus("by_hand", "https://example.org/how", "a.jsonl", sha256={"a.jsonl": sha(TEXT)})
    with pytest.raises(InputError) as error:
        places.located(described, DESCRIPTION)
    for word in (sha(TEXT), "https://example.org/how", str(folder / "fetched/c/a.jsonl")):
        assert word in str(error.value)
    (folder / "fetched/c").mkdir(parents=True)
    (folder / "fetched/c/a.jsonl").write_bytes(TEXT)
    assert places.located(described, DESCRIPTION) == {"a.jsonl": folder / "fetched/c/a.jsonl"}
    assert places.pins(corpus("by_hand", "https://example.org/how", "a.jsonl"), DESCRIPTION) == (
        None,
        {"a.jsonl": sha(TEXT)},
    )


def test_an_address_is_fetched_once_pinned_by_its_hash_and_never_taken_for_another(folder: Path, website: str) -> None:
    (folder / "served/a.jsonl").write_bytes(TEXT)
    assert places.pins(corpus("url", website, "a.jsonl"), DESCRIPTION) == (None, {"a.jsonl": sha(TEXT)})
    (folder / "served/a.jsonl").write_bytes(b"something else")
    pinned = corpus("url", website, "a.jsonl", sha256={"a.jsonl": sha(TEXT)})
    assert places.located(pinned, DESCRIPTION)["a.jsonl"].read_bytes() == TEXT
    (folder / "fetched" / sha(TEXT)).unlink()
    with pytest.raises(InputError, match=f"expected SHA-256 {sha(TEXT)}"):
        places.located(pinned, DESCRIPTION)
    (folder / "served/a.jsonl").unlink()
    with pytest.raises(InputError, match="expected a file that can be fetched"):
        places.located(pinned, DESCRIPTION)
    assert list((folder / "fetched").iterdir()) == []


def test_the_hub_gives_the_files_of_a_commit_by_name_and_pattern(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, content in {"README.md": b"---\n{}\n---\n", "data/b.jsonl": b"b", "data/a.jsonl": b"a"}.items():
        path = folder / "hub/mini" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(folder / "cache"))
    with serving(folder / "hub") as hub:
        template = constants.HUGGINGFACE_CO_URL_TEMPLATE.replace(constants.ENDPOINT, hub.url)
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(constants, "ENDPOINT", hub.url)
        described = corpus("hub", "legacy/mini", "data/*.jsonl")
        revision, hashes = places.pins(described, DESCRIPTION)
        assert revision is not None
        assert not hashes
        pinned = described.model_copy(update={"revision": revision})
        found = places.located(pinned, DESCRIPTION)
        assert [(name, path.read_bytes()) for name, path in found.items()] == [
            ("data/a.jsonl", b"a"),
            ("data/b.jsonl", b"b"),
        ]
        with pytest.raises(HubError, match=r"data/a\.jsonl"):
            places.located(pinned.model_copy(update={"files": ("*.parquet",)}), DESCRIPTION)
        with pytest.raises(HubError, match="revision-gone"):
            places.located(described.model_copy(update={"revision": "0" * 40}), DESCRIPTION)
        with pytest.raises(HubError, match="legacy/none"):
            places.pins(described.model_copy(update={"at": "legacy/none"}), DESCRIPTION)
