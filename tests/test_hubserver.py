"""The hub of the tests answers the hub's own clients as the hub does, and goes wrong as its plan says."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pyarrow.parquet as pq
import pytest
from huggingface_hub import HfApi, HfFileSystem, hf_hub_download
from huggingface_hub.errors import (
    DisabledRepoError,
    EntryNotFoundError,
    GatedRepoError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from tests.hub_faults import FAULTS, FaultPlan
from tests.hub_repositories import Options
from tests.hubserver import Hub, serving

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "data/sources/hub"
TRICKS = ("/etc/passwd", "a\0b", "a\u202eb", "n" * 4096)
FILE = "/datasets/legacy/glue/resolve/main/README.md"


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serving(FOLDER, page=3) as hub:
        yield hub


def api(hub: Hub, token: str | bool = False) -> HfApi:
    return HfApi(endpoint=hub.url, token=token)


def download(hub: Hub, id: str, name: str, folder: Path, **options: Any) -> bytes:
    path = hf_hub_download(
        id, name, repo_type="dataset", endpoint=hub.url, cache_dir=folder, **{"token": False, **options}
    )
    return Path(path).read_bytes()


def get(hub: Hub, path: str, **headers: str) -> httpx2.Response:
    return httpx2.get(hub.url + path, headers=headers, verify=False)


def test_the_list_gives_every_dataset_once_over_several_pages(hub: Hub) -> None:
    listed = [dataset.id for dataset in api(hub).list_datasets()]
    assert sorted(listed) == sorted(f"legacy/{path.name}" for path in FOLDER.iterdir() if path.is_dir())
    assert len(hub.requests) == -(-len(listed) // 3)


def test_the_list_filters_by_tags_words_and_authors_and_sorts(hub: Hub) -> None:
    found = list(api(hub).list_datasets(filter="license:cc-by-4.0", language="en", sort="downloads"))
    assert "legacy/glue" in {dataset.id for dataset in found}
    assert all({"license:cc-by-4.0", "language:en"} <= set(dataset.tags or ()) for dataset in found)
    downloads = [dataset.downloads or 0 for dataset in found]
    assert downloads == sorted(downloads, reverse=True)
    assert [dataset.id for dataset in api(hub).list_datasets(search="OcH", author="legacy")] == ["legacy/mocha"]
    assert list(api(hub).list_datasets(author="nobody")) == []


def test_info_tree_refs_and_paths_are_those_of_the_folder(hub: Hub) -> None:
    info = api(hub).dataset_info("legacy/glue", files_metadata=True)
    sizes = {path.relative_to(FOLDER / "glue").as_posix(): path.stat().st_size
             for path in (FOLDER / "glue").rglob("*") if path.is_file()}  # fmt: skip
    assert {one.rfilename: one.size for one in info.siblings or () if one.rfilename != ".gitattributes"} == sizes
    where: dict[str, Any] = {"repo_type": "dataset", "revision": info.sha}
    tree = list(api(hub).list_repo_tree("legacy/glue", recursive=True, **where))
    assert {one.path: one.size for one in tree if hasattr(one, "size") and one.path in sizes} == sizes
    inside = [one.path for one in api(hub).list_repo_tree("legacy/glue", "cola", expand=True, **where)]
    assert inside == ["cola/test.parquet", "cola/train.parquet", "cola/validation.parquet"]
    paths = api(hub).get_paths_info("legacy/glue", ["cola", "README.md", "none"], **where)
    assert [one.path for one in paths] == ["cola", "README.md"]
    assert api(hub).list_repo_refs("legacy/glue", repo_type="dataset").branches[0].target_commit == info.sha


def test_a_file_is_downloaded_and_read_in_pieces(hub: Hub, tmp_path: Path) -> None:
    path = FOLDER / "glue/cola/train.parquet"
    assert download(hub, "legacy/glue", "cola/train.parquet", tmp_path) == path.read_bytes()
    system = HfFileSystem(endpoint=hub.url, token=False, skip_instance_cache=True)
    assert system.glob("datasets/legacy/glue/cola/tr*.parquet") == ["datasets/legacy/glue/cola/train.parquet"]
    assert [Path(name).name for name in system.ls("datasets/legacy/mocha", detail=False)] == sorted(
        [".gitattributes", "README.md", "default"]
    )
    with system.open("datasets/legacy/glue/cola/train.parquet", block_size=512) as file:
        assert pq.ParquetFile(file).read().equals(pq.read_table(path))
        file.seek(1000)
        assert file.read(50) == path.read_bytes()[1000:1050]
    pieces = [piece for _, name, piece in hub.reads() if name == "cola/train.parquet"]
    assert None in pieces
    assert len(pieces) > 1


def test_ranges_are_those_of_http(hub: Hub) -> None:
    content = (FOLDER / "glue/README.md").read_bytes()
    reply = get(hub, FILE, Range="bytes=10-19")
    assert (reply.status_code, reply.content) == (206, content[10:20])
    assert reply.headers["Content-Range"] == f"bytes 10-19/{len(content)}"
    assert get(hub, FILE, Range="bytes=-8").content == content[-8:]
    assert get(hub, FILE, Range=f"bytes={len(content)}-").status_code == 416


def test_load_dataset_streams_a_config_with_its_class_labels(hub: Hub, tmp_path: Path) -> None:
    script = (
        "from datasets import load_dataset\n"
        "found = load_dataset('legacy/glue', 'cola', split='train', streaming=True)\n"
        "print(found.features['label'].names, len(list(found)))\n"
    )
    variables = {"HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path), "HF_HUB_DISABLE_XET": "1"}
    variables |= {"HF_HUB_DISABLE_TELEMETRY": "1", "PYTHONPATH": str(ROOT / "tests/guard")}
    done = subprocess.run(
        [sys.executable, "-c", script], env={**os.environ, **variables}, capture_output=True, text=True, timeout=120,
        check=True,
    )  # fmt: skip
    rows = pq.read_metadata(FOLDER / "glue/cola/train.parquet").num_rows
    assert done.stdout.strip() == f"['unacceptable', 'acceptable'] {rows}"


def test_each_state_of_a_dataset_is_refused_as_the_hub_does(tmp_path: Path) -> None:
    states = {
        "legacy/glue": Options(gated=True), "legacy/mocha": Options(disabled=True),
        "legacy/gooaq": Options(vanishes_after=0), "legacy/ambig_qa": Options(private=True),
    }  # fmt: skip
    with serving(FOLDER, states) as hub:
        listed = {dataset.id for dataset in api(hub).list_datasets()}
        assert {"legacy/glue", "legacy/mocha", "legacy/gooaq"} <= listed
        assert "legacy/ambig_qa" not in listed
        assert api(hub).dataset_info("legacy/glue").gated == "auto"
        with pytest.raises(GatedRepoError):
            download(hub, "legacy/glue", "README.md", tmp_path)
        assert download(hub, "legacy/glue", "README.md", tmp_path, token="hf_x")
        with pytest.raises(DisabledRepoError):
            api(hub).dataset_info("legacy/mocha")
        for id in ("legacy/gooaq", "legacy/ambig_qa", "legacy/none"):
            for token in (False, "hf_x"):
                with pytest.raises(RepositoryNotFoundError):
                    api(hub, token).dataset_info(id)


def test_a_dataset_can_vanish_between_list_and_read_and_be_renamed(tmp_path: Path) -> None:
    states = {"legacy/glue": Options(vanishes_after=1), "old/name": Options(renamed_to="legacy/mocha")}
    with serving(FOLDER, states) as hub:
        assert api(hub).dataset_info("legacy/glue").id == "legacy/glue"
        with pytest.raises(RepositoryNotFoundError):
            api(hub).dataset_info("legacy/glue")
        assert api(hub).dataset_info("old/name").id == "legacy/mocha"
        assert download(hub, "old/name", "README.md", tmp_path) == (FOLDER / "mocha/README.md").read_bytes()


def test_unknown_revisions_and_files_have_their_own_errors(hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(RevisionNotFoundError):
        api(hub).dataset_info("legacy/glue", revision="f" * 40)
    with pytest.raises(EntryNotFoundError):
        download(hub, "legacy/glue", "none", tmp_path)
    with pytest.raises(EntryNotFoundError):
        list(api(hub).list_repo_tree("legacy/glue", "none", repo_type="dataset"))


def test_empty_and_script_datasets_and_names_of_any_kind() -> None:
    states = {
        "legacy/glue": Options(empty=True), "legacy/gooaq": Options(script=True),
        "legacy/mocha": Options(extra={name: name.encode() for name in (*TRICKS, "../../evil.parquet")}),
    }  # fmt: skip
    with serving(FOLDER, states) as hub:
        names = {id: {one.rfilename for one in api(hub).dataset_info(id).siblings or ()} for id in states}
        assert names["legacy/glue"] == {".gitattributes"}
        assert names["legacy/gooaq"] == {".gitattributes", "README.md", "gooaq.py"}
        assert {*TRICKS, "../../evil.parquet"} <= names["legacy/mocha"]
        for name in TRICKS:
            quoted = "".join(f"%{byte:02X}" for byte in name.encode())
            assert get(hub, f"/datasets/legacy/mocha/resolve/main/{quoted}").content == name.encode()


def test_the_converted_branch_and_earlier_revisions_are_other_folders() -> None:
    earlier = "e" * 40
    states = {"legacy/glue": Options(converted=FOLDER / "mocha", earlier={earlier: FOLDER / "gooaq"})}
    with serving(FOLDER, states, revision=lambda name: name.encode().hex().ljust(40, "0")) as hub:
        assert api(hub).dataset_info("legacy/glue").sha == b"legacy/glue".hex().ljust(40, "0")
        (convert,) = api(hub).list_repo_refs("legacy/glue", repo_type="dataset").converts
        for revision in (convert.ref, convert.target_commit):
            tree = api(hub).list_repo_tree("legacy/glue", "default", repo_type="dataset", revision=revision)
            assert "default/minimal_pairs.parquet" in [one.path for one in tree]
        assert "default" in [
            one.path for one in api(hub).list_repo_tree("legacy/glue", repo_type="dataset", revision=earlier)
        ]


def replies(hub: Hub, times: int, paths: list[str]) -> list[tuple[str, object]]:
    """What a client sees of each request: a status and whether the body was whole, or the error."""
    found: list[tuple[str, object]] = []
    for path in paths * times:
        try:
            reply = get(hub, path)
            found.append((path, (reply.status_code, len(reply.content))))
        except httpx2.HTTPError as error:
            found.append((path, type(error).__name__))
    return found


def test_the_same_plan_gives_the_same_faults_never_more_in_a_row_than_it_says() -> None:
    paths = [f"/datasets/legacy/{name}/resolve/main/README.md" for name in ("glue", "mocha", "gooaq")]
    runs = []
    for _ in range(2):
        with serving(FOLDER, faults=FaultPlan(0.7, seed=3, slow_s=0.0)) as hub:
            runs.append(replies(hub, 40, paths))
            faults = Counter(one.fault for one in hub.requests)
            for path in paths:
                row = "".join("x" if one.fault else "." for one in hub.requests if one.path == path)
                assert "xxx" not in row
                assert "xx" in row
    assert runs[0] == runs[1]
    assert set(faults) == {*FAULTS, None}


@pytest.mark.parametrize(
    ("kind", "seen"),
    [("429", 429), ("503", 503), ("500", 500), ("redirect", 307), ("cut", httpx2.RemoteProtocolError),
     ("reset", httpx2.ReadError)],
)  # fmt: skip
def test_a_fault_for_ever_strikes_its_dataset_and_no_other(kind: str, seen: Any) -> None:
    with serving(FOLDER, faults=FaultPlan(always={"legacy/glue": kind})) as hub:
        for _ in range(4):
            if isinstance(seen, int):
                assert get(hub, FILE).status_code == seen
            else:
                with pytest.raises(seen):
                    get(hub, FILE)
        assert get(hub, FILE.replace("glue", "mocha")).status_code == 200
        assert {one.whole for one in hub.requests if one.dataset == "legacy/glue"} == {isinstance(seen, int)}


def test_a_short_file_agrees_with_its_wrong_length() -> None:
    with serving(FOLDER, faults=FaultPlan(always={"legacy/glue": "short"})) as hub:
        size = (FOLDER / "glue/README.md").stat().st_size
        reply = get(hub, FILE)
        assert (reply.status_code, len(reply.content)) == (200, size // 2)
        assert reply.headers["Content-Length"] == str(size // 2)
        assert hub.reads() == {}


def test_the_command_prints_its_address_and_logs_what_it_answered(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    command = [sys.executable, "-m", "tests.hubserver", "--folder", str(FOLDER), "--log", str(log)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        for _ in range(2):  # a request is in the log before the next one is answered
            assert httpx2.get(url + FILE).status_code == 200
        process.kill()
    line, *_ = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    assert (line["dataset"], line["file"], line["status"], line["whole"]) == ("legacy/glue", "README.md", 200, True)
