"""A wave of the Hugging Face hub, crawled over HTTP by the stage as DVC runs it, from a hub on this host."""

import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml
from huggingface_hub import HfApi

from stages.shared.errors import HubError
from stages.shared.files import read_jsonl
from stages.shared.hub.layout import CARD
from stages.shared.hub.local import LocalHub
from stages.shared.hub.store import CrawlStore
from stages.shared.records import Card, Dropped
from tests.hub_faults import FaultPlan
from tests.hub_repositories import Options
from tests.hubserver import serving
from tests.odd_hub import make
from tests.shared.hub.making import dataset, parquet, table
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "data/sources/hub"
OUTPUTS = {"cards": "cards.jsonl", "rows": "rows.parquet", "dropped": "dropped.jsonl", "metrics": "m.json"}


class Place:
    """A folder in which waves are crawled: one store, one hub's cache, one set of outputs a name."""

    def __init__(self, folder: Path, **client: Any) -> None:
        self.folder = folder
        (folder / "ns").mkdir(exist_ok=True)
        found = yaml.safe_load((ROOT / "params.yaml").read_text("utf-8"))
        found["hub"]["client"] |= {"attempts": 8} | client
        (folder / "params.yaml").write_text(yaml.safe_dump(found), "utf-8")

    def wave(self, kind: str, pins: Mapping[str, Mapping[str, Any]]) -> Path:
        path = self.folder / f"{kind}.yaml"
        path.write_text(yaml.safe_dump({"hub": kind, "datasets": [{"id": id, **pins[id]} for id in pins]}), "utf-8")
        return path

    def start(self, wave: Path, url: str = "http://127.0.0.1:9", **env: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "stages.hub.crawl", "--wave", str(wave), "--hub", str(self.folder / "ns")]
        for option, name in OUTPUTS.items():
            command += [f"--{option}", str(self.folder / wave.stem / name)]
        quiet = {"HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_XET": "1", "HF_HOME": str(self.folder / "hf")}
        places = {"SAUROPOD_CRAWLED": str(self.folder / "store"), "PYTHONPATH": str(ROOT), "HF_ENDPOINT": url}
        environment = {name: value for name, value in os.environ.items() if name != "HF_TOKEN"}
        return subprocess.Popen(
            command, cwd=self.folder, env=environment | quiet | places | env, stderr=subprocess.PIPE, text=True
        )

    def crawl(self, wave: Path, url: str = "http://127.0.0.1:9", **env: str) -> str:
        process = self.start(wave, url, **env)
        _, said = process.communicate(timeout=300)
        assert process.returncode == 0, said
        return said

    def refused(self, wave: Path, url: str, **env: str) -> str:
        process = self.start(wave, url, **env)
        _, said = process.communicate(timeout=300)
        assert process.returncode == HubError.exit_code, said
        return said

    def outputs(self, kind: str) -> dict[str, bytes]:
        return {name: (self.folder / kind / name).read_bytes() for name in OUTPUTS.values()}

    def dropped(self) -> dict[str, str]:
        path = self.folder / "huggingface" / OUTPUTS["dropped"]
        return {f"{one.what} {one.id}": one.reason for one in read_jsonl(path, Dropped)}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def namespaced(place: Place, hub: Path) -> dict[str, dict[str, Any]]:
    """A hub's folder under the namespace that the server gives it, and the pins of all its datasets."""
    (place.folder / "ns/legacy").symlink_to(hub)
    local = LocalHub(place.folder / "ns")
    return {id: {"revision": local.revision(id)} for id in local.datasets()}


def serve(pins: Mapping[str, Mapping[str, Any]], hub: Path, plan: FaultPlan | None = None) -> Any:
    return serving(hub, faults=plan, revision=lambda name: str(pins[name]["revision"]))


def from_folder(place: Place, hub: Path) -> dict[str, bytes]:
    """What a crawl of a hub gives from its folder."""
    place.crawl(place.wave("local", namespaced(place, hub)))
    return place.outputs("local")


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What a crawl of the shipped hub gives from its folder."""
    return from_folder(Place(tmp_path_factory.mktemp("shipped")), SHIPPED)


def over_http(place: Place, hub: Path, plan: FaultPlan | None) -> Counter[tuple[str, str, str | None]]:
    """Crawl a hub over HTTP; the pieces read."""
    pins = namespaced(place, hub)
    with serve(pins, hub, plan) as server:
        place.crawl(place.wave("huggingface", pins), server.url)
        assert bool(plan) == any(request.fault for request in server.requests)
        found: Counter[tuple[str, str, str | None]] = server.reads()
        return found


def test_over_http_cards_and_rows_are_the_bytes_that_they_are_from_a_folder(
    place: Place, shipped: dict[str, bytes]
) -> None:
    reads = over_http(place, SHIPPED, None)
    assert place.outputs("huggingface") == shipped
    assert set(reads.values()) == {1}


def test_over_http_with_faults_they_are_too(place: Place, shipped: dict[str, bytes]) -> None:
    over_http(place, SHIPPED, FaultPlan(share=0.05, seed=1))
    assert place.outputs("huggingface") == shipped


@pytest.mark.soak
def test_the_whole_hub_over_http_with_faults_gives_the_bytes_that_it_gives_from_a_folder(
    place: Place, test_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    whole = test_data / "hub"
    over_http(place, whole, FaultPlan(share=0.05, seed=1))
    assert place.outputs("huggingface") == from_folder(Place(tmp_path_factory.mktemp("whole")), whole)


def kept_files(place: Place, pins: Mapping[str, Mapping[str, Any]]) -> set[tuple[str, str]]:
    """The files that the store holds, as (dataset, file): cards, and Parquet files of 100 rows."""
    found = set()
    for id, pin in pins.items():
        store = CrawlStore(place.folder / "store", id, str(pin["revision"]), None)
        card = store.card()
        found |= {(id, name) for name in (card or {"files": ()})["files"] if name == CARD or store.file(name, 100)}
    return found


def test_a_crawl_that_was_killed_five_times_gives_the_same_and_reads_nothing_twice_that_it_kept(
    place: Place, shipped: dict[str, bytes]
) -> None:
    pins = namespaced(place, SHIPPED)
    wave = place.wave("huggingface", pins)
    with serve(pins, SHIPPED) as server:
        kept: set[tuple[str, str]] = set()
        for number in range(1, 6):
            before = len(server.requests)
            process = place.start(wave, server.url)
            until(lambda enough=before + 40: len(server.requests) >= enough, process)
            process.send_signal(signal.SIGKILL)
            process.communicate()
            assert process.returncode == -signal.SIGKILL
            assert not (place.folder / "huggingface").exists() or not list(
                (place.folder / "huggingface").glob("[a-z]*")
            )
            assert kept.isdisjoint({(request.dataset, request.file) for request in server.requests[before:]}), number
            kept = kept_files(place, pins)
        assert len(kept) > 100
        before = len(server.requests)
        place.crawl(wave, server.url)
        assert kept.isdisjoint({(request.dataset, request.file) for request in server.requests[before:]})
        assert place.outputs("huggingface") == shipped
        before = len(server.requests)
        place.crawl(wave, server.url)
        assert len(server.requests) == before


def test_a_wave_that_has_changed_reads_only_what_is_new(place: Place) -> None:
    pins = namespaced(place, SHIPPED)
    first = {id: pins[id] for id in list(pins)[:5]}
    with serve(pins, SHIPPED) as server:
        place.crawl(place.wave("huggingface", first), server.url)
        before = len(server.requests)
        place.crawl(place.wave("huggingface", {id: pins[id] for id in list(pins)[:6]}), server.url)
        assert {request.dataset for request in server.requests[before:]} == {list(pins)[5]}


def odd_states(place: Place) -> tuple[Path, dict[str, Options]]:
    """A hub of two rows a dataset, in every state that a hub's dataset may be in."""
    hub = place.folder / "hub"
    ids = ["gated", "private", "removed", "disabled", "empty", "script", "sound", "moved", "old", "failing", "slow"]
    for id in [*(f"a/{name}" for name in ids), "b/moved"]:
        dataset(hub, id, {"default": {"train": table({"text": ["x", "y"], "label": ["a", "b"]})}})
    states = {
        "a/gated": Options(gated=True),
        "a/private": Options(private=True),
        "a/removed": Options(vanishes_after=0),
        "a/disabled": Options(disabled=True),
        "a/empty": Options(empty=True),
        "a/script": Options(script=True),
        "a/moved": Options(renamed_to="b/moved"),
        "a/slow": Options(slow_s=1.2),
    }
    return hub, states


def test_each_state_of_a_dataset_is_its_own_reason_word_and_stops_nothing(place: Place) -> None:
    hub, states = odd_states(place)
    with serving(hub, states, FaultPlan(always={"a/failing": "503"})) as server:
        api = HfApi(endpoint=server.url)
        ids = sorted(f"a/{path.name}" for path in (hub / "a").iterdir())
        shown = [id for id in ids if id not in {"a/private", "a/removed", "a/disabled", "a/failing"}]
        pins = {id: {"revision": "0" * 40} for id in [*ids, "a/never", "a/..", "../a", "no space/a"]}
        pins |= {id: {"revision": str(api.dataset_info(id).sha)} for id in shown}
        pins["a/old"] = {"revision": "1" * 40}
        place = Place(place.folder, attempts=2, dataset_s=1)
        place.crawl(place.wave("huggingface", pins), server.url)
    assert place.dropped() == {
        "dataset ../a": "id-invalid",
        "dataset a/..": "id-invalid",
        "dataset a/disabled": "disabled",
        "dataset a/empty": "empty",
        "dataset a/failing": "unavailable",
        "dataset a/moved": "renamed",
        "dataset a/never": "private",
        "dataset a/old": "revision-gone",
        "dataset a/private": "private",
        "dataset a/removed": "private",
        "dataset a/script": "script-only",
        "dataset no space/a": "id-invalid",
        "dataset a/gated": "gated",
        "dataset a/slow": "time-limit",
    }
    assert [card.dataset for card in read_jsonl(place.folder / "huggingface/cards.jsonl", Card)] == ["a/sound"]


def test_what_a_token_opens_is_read_with_it_and_the_token_is_written_nowhere(place: Place) -> None:
    hub, states = odd_states(place)
    token = "hf_" + "q" * 30
    with serving(hub, states) as server:
        api = HfApi(endpoint=server.url, token=token)
        pins = {"a/gated": {"revision": str(api.dataset_info("a/gated").sha)}, "a/never": {"revision": "0" * 40}}
        said = place.crawl(place.wave("huggingface", pins), server.url, HF_TOKEN=token)
    assert place.dropped() == {"dataset a/never": "removed"}
    written = [path for path in place.folder.rglob("*") if path.is_file()]
    assert token not in said
    assert [path for path in written if token.encode() in path.read_bytes()] == []


def test_a_hub_that_does_not_answer_fails_the_crawl_and_leaves_no_output(place: Place) -> None:
    pins = namespaced(place, SHIPPED)
    place = Place(place.folder, attempts=1)
    said = place.refused(place.wave("huggingface", pins), "http://127.0.0.1:9")
    assert "expected a hub that answers" in said
    assert "run it again later" in said
    assert not (place.folder / "huggingface").exists()


def test_a_branch_is_no_revision_to_pin(place: Place) -> None:
    hub, _ = odd_states(place)
    with serving(hub) as server:
        said = place.refused(place.wave("huggingface", {"a/sound": {"revision": "main"}}), server.url)
    assert "a/sound: expected a commit hash as revision, got main" in said


def test_odd_datasets_give_a_reason_each_and_no_file_outside(place: Place, tmp_path: Path) -> None:
    odd = make(tmp_path / "odd")
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    with serving(odd.hub, odd.states) as server:
        api = HfApi(endpoint=server.url)
        pins: dict[str, dict[str, Any]] = {}
        for info in api.list_datasets():
            pins[info.id] = {"revision": str(info.sha)}
            refs = api.list_repo_refs(info.id, repo_type="dataset").converts
            if refs:
                pins[info.id]["converted"] = refs[0].target_commit
        place.crawl(place.wave("huggingface", pins), server.url)
    dropped = place.dropped()
    assert {id: dropped[id] for id in dropped if id.startswith("dataset ")} == {
        "dataset odd/alias-bomb": "card-broken-header",
        "dataset odd/alias-endless": "card-broken-header",
        "dataset odd/card-missing": "card-missing",
        "dataset odd/card-not-text": "card-not-text",
        "dataset odd/csv": "other-formats",
        "dataset odd/header-huge": "card-too-large",
        "dataset odd/script": "script-only",
    }
    assert dropped["config odd/wide:default"] == "too-many-fields"
    assert dropped["config odd/row-huge:default"] == "rows-too-large"
    assert dropped["config odd/no-parquet:default"] == dropped["config odd/zero-bytes:default"] == "parquet-unreadable"
    assert dropped["config odd/file-names:default"] == dropped["config odd/globs-outside:c1"] == "path-outside"
    assert sum(reason == "config-cap" for reason in dropped.values()) == 4_700
    crawled = {card.taskname for card in read_jsonl(place.folder / "huggingface/cards.jsonl", Card)}
    assert {"odd/csv-converted", "odd/deep", "odd/characters", "odd/image", "odd/audio"} <= crawled
    assert not odd.mark.exists()
    new = {path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()} - {
        path.relative_to(tmp_path) for path in before
    }
    assert {path.parts[0] for path in new} == {
        "params.yaml",
        "huggingface.yaml",
        "huggingface",
        "store",
        ".sauropod",
    } - ({"params.yaml"} & {path.name for path in before})
    assert all(
        re.fullmatch(r"[0-9a-f]{32}(\.parquet|\.json)?|dataset\.json", path.name)
        for path in new
        if path.parts[0] == "store"
    )


def test_only_the_first_pages_of_a_large_file_are_read(place: Place) -> None:
    hub = place.folder / "hub"
    rows = 60_000
    big = table({"text": [f"{number} " + "word " * 200 for number in range(rows)], "label": ["a"] * rows})
    path = parquet(hub / "a/big/data/train.parquet")
    pq.write_table(big, path, compression="none", use_dictionary=False, row_group_size=rows)
    (hub / "a/big/README.md").write_text("---\nlicense: mit\n---\n", "utf-8")
    with serving(hub) as server:
        pins = {"a/big": {"revision": str(HfApi(endpoint=server.url).dataset_info("a/big").sha)}}
        place.crawl(place.wave("huggingface", pins), server.url)
        pieces = [request for request in server.requests if request.file and request.file.endswith(".parquet")]
    asked = sum(int(last) - int(first) + 1 for first, last in (str(one.range)[6:].split("-") for one in pieces))
    assert path.stat().st_size > 50_000_000
    assert asked < path.stat().st_size / 10
    card = next(iter(read_jsonl(place.folder / "huggingface/cards.jsonl", Card)))
    assert card.splits == {"train": 100}
