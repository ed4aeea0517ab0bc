"""`sauropod grow` from the Hugging Face hub: a hub on this host, asked over HTTP."""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants

from stages.console.choosing import Request, listed_reason, name_of
from stages.hub import crawl
from stages.hub.select import SelectParams
from stages.shared import params
from stages.shared.files import read_jsonl
from stages.shared.hub import polite
from stages.shared.hub.catalogue import Listed
from stages.shared.records import Card
from tests.console import roots
from tests.console.roots import grow
from tests.house import ROOT
from tests.hub_faults import FaultPlan
from tests.hub_repositories import Options
from tests.hubserver import Hub, serving
from tests.shared.hub import making

COUNT = 6


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    """Six datasets that differ, ns/d0 (the least downloaded) to ns/d5."""
    folder = tmp_path / "hub"
    for number in range(COUNT):
        add(folder, f"ns/d{number}", f"text {number}")
    return folder


def add(folder: Path, id: str, text: str, **header: Any) -> None:
    making.dataset(folder, id, {"default": {"train": making.table({"a": [text], "b": [text]})}}, **header)


def states(**more: Options) -> dict[str, Options]:
    """What the hub says of ns/dN: 10 N downloads, created in month N + 1 of 2026; `more` by name."""
    found = {}
    for number in range(COUNT):
        created = f"2026-0{number + 1}-15T00:00:00.000Z"
        found[f"ns/d{number}"] = Options(downloads=number * 10, created_at=created)
    return found | {f"ns/{name}": options for name, options in more.items()}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "root").mkdir()
    monkeypatch.chdir(tmp_path / "root")
    monkeypatch.setattr(polite, "FIRST_WAIT_S", 0.001)
    return roots.make(tmp_path / "root")


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Start a hub that stays until the test ends."""
    running: list[Any] = []

    def start(folder: Path, told: dict[str, Options], faults: FaultPlan | None = None, page: int = 2) -> Hub:
        context = serving(folder, told, faults, page=page)
        hub = context.__enter__()
        running.append(context)
        monkeypatch.setattr(constants, "ENDPOINT", hub.url)
        template = hub.url + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        return hub

    yield start
    for context in running:
        context.__exit__(None, None, None)


def told(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    """What `sauropod grow 2026-11 WORDS --json` says."""
    assert grow("2026-11", *words, "--json") == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def joined(found: dict[str, Any]) -> list[str]:
    return [one["id"].removeprefix("ns/") for one in found["joined"]]


def left(found: dict[str, Any]) -> dict[str, str]:
    return {one["id"].removeprefix("ns/"): one["reason"] for one in found["left_out"]}


def test_the_most_downloaded_join_at_their_commits_and_the_wave_lists_them_by_id(
    root: Path, catalogue: Path, serve: Any
) -> None:
    hub = serve(catalogue, states())
    assert grow("2026-11", "--hub", "huggingface", "--limit", "3") == 0
    wave = roots.wave("2026-11")
    assert wave["hub"] == "huggingface"
    assert isinstance(wave["datasets"], list)
    assert [entry["id"] for entry in wave["datasets"]] == ["ns/d3", "ns/d4", "ns/d5"]
    for entry in wave["datasets"]:
        assert set(entry) == {"id", "revision"}
        assert len(entry["revision"]) == 40
    assert [one.path for one in hub.requests if "/resolve/" in one.path] == []


def test_the_command_of_the_issue_asks_the_hub_without_naming_it(
    root: Path, catalogue: Path, serve: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    add(catalogue, "ns/german", "Satz", language=["de"])
    add(catalogue, "ns/closed", "closed", license=["cc-by-nd-4.0"])
    serve(catalogue, states(german=Options(downloads=80), closed=Options(downloads=70, created_at="2026-07-01")))
    words = ["--limit", "200", "--since", "2026-03", "--language", "en", "--license-ok", "--min-downloads", "20"]
    found = told(capsys, *words)
    assert joined(found) == ["d5", "d4", "d3", "d2"]
    assert left(found) == {"closed": "licence-no-derivatives"}
    assert found["ended"] == "the rest has fewer than 20 downloads"
    assert found["looked_at"] == len(found["joined"]) + len(found["left_out"])


def test_since_is_a_month_or_a_day_of_creation(
    root: Path, catalogue: Path, serve: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    serve(catalogue, states())
    by_month = told(capsys, "--since", "2026-04", "--dry-run")
    assert (joined(by_month), left(by_month)) == (["d5", "d4", "d3"], dict.fromkeys(["d2", "d1", "d0"], "older"))
    assert joined(told(capsys, "--since", "2026-04-15", "--dry-run")) == ["d5", "d4", "d3"]
    assert joined(told(capsys, "--since", "2026-04-16", "--dry-run")) == ["d5", "d4"]
    newest = told(capsys, "--since", "2026-04", "--newest", "--limit", "2", "--dry-run")
    assert (joined(newest), newest["ended"]) == (["d5", "d4"], "enough have joined")
    all_new = told(capsys, "--since", "2026-04", "--newest", "--dry-run")
    assert (joined(all_new), all_new["ended"]) == (["d5", "d4", "d3"], "the rest was created before 2026-04")


def test_what_nobody_may_read_or_policy_would_drop_is_left_out_before_anything_is_asked_of_it(
    root: Path, catalogue: Path, serve: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    add(catalogue, "ns/many", "x", language=["en", "fr"])
    add(catalogue, "ns/seen", "y", dataset_info={"features": [{"name": "i", "dtype": "image"}]})
    add(catalogue, "ns/closed", "z", license=["other"])
    more = {"d0": Options(gated=True), "d1": Options(disabled=True), "d2": Options(private=True)}
    hub = serve(catalogue, states(**more))
    found = told(capsys, "--license-ok")
    expected = {
        "d0": "gated",
        "d1": "disabled",
        "many": "language-several",
        "seen": "modality",
        "closed": "licence-other",
    }
    assert left(found) == expected
    assert {one.dataset for one in hub.requests if one.dataset} == {"ns/d3", "ns/d4", "ns/d5"}


def test_without_license_ok_a_licence_keeps_nothing_out(
    root: Path, catalogue: Path, serve: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    add(catalogue, "ns/closed", "z", license=["other"])
    serve(catalogue, states())
    assert "closed" in joined(told(capsys, "--limit", "99", "--hub", "huggingface"))


def test_what_has_no_rows_to_read_is_left_out_by_what_the_hub_says_now(
    root: Path, catalogue: Path, tmp_path: Path, serve: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    making.parquet(tmp_path / "converted/default/train/0000.parquet")
    more = {
        "d0": Options(script=True),
        "d1": Options(empty=True),
        "d2": Options(vanishes_after=0),
        "d3": Options(script=True, converted=tmp_path / "converted"),
    }
    serve(catalogue, states(**more))
    found = told(capsys, "--min-downloads", "0", "--hub", "huggingface", "--limit", "9")
    assert left(found) == {"d0": "no-parquet", "d1": "empty", "d2": "vanished"}
    entries = roots.wave("2026-11")["datasets"]
    assert isinstance(entries, list)
    assert {entry["id"]: "converted" in entry for entry in entries} == {"ns/d3": True, "ns/d4": False, "ns/d5": False}


def test_the_crawl_reads_what_joined_at_the_commits_of_the_wave(
    root: Path, catalogue: Path, tmp_path: Path, serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAUROPOD_CRAWLED", str(tmp_path / "store"))
    making.parquet(tmp_path / "converted/default/train/0000.parquet")
    (root / "faq.jsonl").write_text('{"question": "Why?", "answer": "Because."}\n', "utf-8")
    hub = serve(catalogue, states(d0=Options(script=True, converted=tmp_path / "converted")))
    assert grow("2026-11", "--hub", "huggingface", "--limit", "9", "--path", "faq.jsonl") == 0
    paths = {name: tmp_path / name for name in ("cards", "rows", "dropped", "metrics")}
    crawl.main(argparse.Namespace(wave=Path("data/sources/waves/2026-11.yaml"), hub=catalogue, **paths))
    cards = {card.taskname: card.revision for card in read_jsonl(paths["cards"], Card)}
    datasets = roots.wave("2026-11")["datasets"]
    assert isinstance(datasets, list)
    assert cards == {entry["id"]: entry["revision"] for entry in datasets}
    assert sorted(cards) == ["faq", *(f"ns/d{number}" for number in range(COUNT))]
    assert hub.reads()


def test_what_an_earlier_wave_holds_is_left_out_under_any_name(
    root: Path, catalogue: Path, serve: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    serve(catalogue, states())
    assert grow("2026-01", "--dataset", "ns/d0", "ns/d1", "ns/d2") == 0
    capsys.readouterr()
    # d0 moved to another name; d1 to another owner and went on; d2 was copied; one is of another's making.
    (catalogue / "ns/d0").rename(catalogue / "ns/renamed")
    (catalogue / "new").mkdir()
    (catalogue / "ns/d1").rename(catalogue / "new/d1")
    making.parquet(catalogue / "new/d1/default/more.parquet")
    add(catalogue, "copy/D2", "text 2", license=["gpl"])
    add(catalogue, "other/d2", "of another's making")
    add(catalogue, "ns/qasc", "questions")
    moved = {"d0": Options(renamed_to="ns/renamed"), "d1": Options(renamed_to="new/d1")}
    serve(catalogue, states(**moved))
    found = told(capsys, "--hub", "huggingface", "--limit", "99")
    assert left(found) == {
        "d2": "held",
        "renamed": "renamed",
        "new/d1": "renamed",
        "copy/D2": "mirrored",
        "qasc": "same-name",
    }
    assert set(joined(found)) == {"other/d2", "d5", "d4", "d3"}


def test_of_two_copies_the_more_downloaded_joins(
    root: Path, catalogue: Path, serve: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    add(catalogue, "ns/copy", "text 4", license=["gpl"])
    serve(catalogue, states(copy=Options(downloads=45)))
    found = told(capsys, "--hub", "huggingface", "--limit", "99")
    assert left(found) == {"d4": "mirrored"}
    assert joined(found) == ["d5", "copy", "d3", "d2", "d1", "d0"]


def test_an_id_that_is_named_joins_whatever_policy_says_and_under_its_present_name(
    root: Path, catalogue: Path, serve: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    add(catalogue, "ns/qasc", "questions", license=["other"], language=["de"])
    serve(catalogue, states(old=Options(renamed_to="ns/d0")))
    found = told(capsys, "--dataset", "ns/qasc", "ns/old")
    assert joined(found) == ["qasc", "d0"]
    renamed, licences = found["notes"]
    assert renamed == "ns/old is ns/d0 today: it joins under that id"
    assert "of the hub's tags" in licences
    assert roots.wave("2026-11")["hub"] == "huggingface"


def test_a_limit_counts_what_is_named(
    root: Path, catalogue: Path, serve: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    serve(catalogue, states())
    assert joined(told(capsys, "--dataset", "ns/d0", "--limit", "3")) == ["d0", "d5", "d4"]


def test_no_more_are_looked_at_than_asked_and_this_is_said(
    root: Path, catalogue: Path, serve: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    serve(catalogue, states(d5=Options(gated=True, downloads=50)))
    found = told(capsys, "--hub", "huggingface", "--limit", "9", "--look", "3")
    assert (joined(found), left(found), found["looked_at"]) == (["d4", "d3"], {"d5": "gated"}, 3)
    assert found["ended"] == "no more than 3 are looked at (--look)"


def test_the_table_says_what_joins_and_what_was_left_out_and_why(
    root: Path, catalogue: Path, serve: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    serve(catalogue, states(d0=Options(gated=True), d1=Options(gated=True)))
    before = roots.texts()
    assert grow("2026-11", "--license-ok", "--dry-run") == 0
    said = capsys.readouterr().out
    assert roots.texts() == before
    lines = [line.split() for line in said.splitlines()]
    assert ["ns/d5", "mit", "en", "50", "2026-06-15"] in lines
    assert any(line[:2] == ["gated", "2"] for line in lines)
    assert "looked at 6 datasets: 4 join, 2 left out; the catalogue ended" in said
    assert "would write data/sources/waves/2026-11.yaml" in said
    assert "hub: huggingface" in said


@pytest.mark.parametrize("kinds", [("429",), ("503",), ("reset",), ("cut",)])
def test_faults_of_the_hub_change_nothing_of_the_wave(
    root: Path, catalogue: Path, serve: Any, capsys: pytest.CaptureFixture[str], kinds: tuple[str, ...]
) -> None:
    serve(catalogue, states())
    assert grow("2026-11", "--license-ok", "--dry-run") == 0
    expected = capsys.readouterr().out
    serve(catalogue, states(), FaultPlan(share=0.5, kinds=kinds, retry_after_s=0))
    assert grow("2026-11", "--license-ok", "--dry-run") == 0
    assert capsys.readouterr().out == expected


@pytest.mark.parametrize("only", [None, frozenset({"ns/d1"})])
def test_a_hub_that_fails_in_the_middle_changes_no_file(
    root: Path, catalogue: Path, serve: Any, capsys: pytest.CaptureFixture[str], only: frozenset[str] | None
) -> None:
    serve(catalogue, states(), FaultPlan(share=1.0, kinds=("503",), most=99, only=only))
    before = roots.texts()
    assert grow("2026-11", "--license-ok") == 4
    said = capsys.readouterr().err
    assert "expected an answer of the hub" in said
    assert len(said.strip().splitlines()) == 1
    assert roots.texts() == before


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--dataset", "ns/none"), 4, "which it does not have"),
        (("--dataset", "ns/d0/x"), 4, "name it as namespace/name"),
        (("--dataset", "ns/d5", "--since", "2026-01"), 2, "--limit"),
        (("--since", "2026-13"), 2, "2026-13"),
        (("--since", "june"), 2, "june"),
        (("--license-ok", "--hub", "."), 2, "--license-ok"),
        (("--license-ok", "--limit", "0"), 2, "1 or more"),
        (("--license-ok", "--undo"), 2, "--undo"),
        (("--min-downloads", "999"), 4, "a dataset that fits"),
        (("--min-downloads", "-1"), 2, "--min-downloads"),
    ],
)
def test_what_cannot_be_done_is_refused_and_changes_nothing(
    root: Path,
    catalogue: Path,
    serve: Any,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    code: int,
    told: str,
) -> None:
    serve(catalogue, states())
    before = roots.texts()
    assert grow("2026-11", *words) == code
    assert told in capsys.readouterr().err
    assert roots.texts() == before


def test_the_address_of_the_hub_is_that_of_the_environment(root: Path, catalogue: Path) -> None:
    script = "from stages.console.main import main; main()"
    with serving(catalogue, states()) as hub:
        environment = os.environ | {"HF_ENDPOINT": hub.url, "PYTHONPATH": str(ROOT), "HF_HUB_DISABLE_TELEMETRY": "1"}
        words = [sys.executable, "-c", script, "grow", "2026-11", "--newest", "--limit", "1", "--json"]
        done = subprocess.run(words, capture_output=True, text=True, check=True, env=environment)
    assert [one["id"] for one in json.loads(done.stdout)["joined"]] == ["ns/d5"]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"id": "ns/../d0"}, "bad-id"),
        ({"private": True, "gated": True}, "private"),
        ({"created": ""}, "older"),
        ({"downloads": 4}, "few-downloads"),
        ({"tags": {"license": ("mit", "other")}}, "licence-mixed"),
        ({"tags": {"language": ("de",)}}, "language-other"),
        ({"tags": {"modality": ("text", "document")}}, "modality"),
        ({"tags": {"modality": ("tabular", "text"), "language": ("code",)}}, None),
        ({"tags": {}}, None),
    ],
)
def test_the_first_reason_that_the_list_gives_counts(changed: dict[str, Any], reason: str | None) -> None:
    section = params.read("select", SelectParams, ROOT / "params.yaml")
    entry = Listed("ns/d0", "abc", "2026-05-01", "2026-05-01", 5, gated=False, private=False, disabled=False, tags={})
    request = Request(since="2026-05", min_downloads=5, license_ok=True)
    found = listed_reason(replace(entry, **changed), request, section)
    assert (found.reason if found else None) == reason


@pytest.mark.parametrize(
    ("id", "name"), [("glue", "glue"), ("nyu-mll/GLUE", "glue"), ("a/squad_v2", "squad-v2"), ("squad-v2", "squad-v2")]
)
def test_a_name_is_compared_without_its_namespace_and_spelling(id: str, name: str) -> None:
    assert name_of(id) == name
