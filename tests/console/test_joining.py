"""`sauropod grow` with datasets of one's own, and with such as were crawled before."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from stages.console.holding import Held, holder
from stages.console.joining import left_by_reason
from stages.hub.hubs import with_places
from stages.hub.waves import read_wave
from stages.shared.files import dump_json
from stages.shared.hub.own import open_own
from tests.console import roots
from tests.console.roots import grow
from tests.house import ROOT
from tests.shared.hub import making

HUB = ROOT / "data/sources/hub"
OWN = Path("data/sources/own")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    roots.make(tmp_path)
    OWN.mkdir(parents=True)
    (OWN / "faq.jsonl").write_text('{"question": "Why?", "answer": "Because."}\n', "utf-8")
    return tmp_path


def record(name: str, rows: int = 3) -> str:
    data = [{"a": str(at), "b": name} for at in range(rows)]
    return dump_json({"task_name": name, "selected_data": data, "license": "mit", "multilinguality": "english"})


def collected(*names: str) -> list[str]:
    paths = [OWN / "metadata.jsonl", OWN / "data.jsonl"]
    for path in paths:
        path.write_text("".join(f"{record(name)}\n" for name in names), "utf-8")
    return [str(path) for path in paths]


def test_the_licence_that_a_card_links_in_its_text_is_told_when_it_joins(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert grow("more", "--hub", str(HUB), "--dataset", "snli", "--json", "--dry-run") == 0
    (one,) = json.loads(capsys.readouterr().out)["joined"]
    assert (one["license"], one["spdx"]) == ("cc-by-4.0|cc-by-sa-4.0", "CC-BY-4.0|CC-BY-SA-4.0")


def test_a_file_and_a_folder_of_ones_own_join_with_their_paths_and_hashes(root: Path) -> None:
    shutil.copytree(HUB / "circa", OWN / "more")
    (OWN / "faq.md").write_text(making.card({"license": "mit", "language": "en"}), "utf-8")
    assert grow("mine", "--path", f"{OWN}/faq.jsonl", "--path", str((OWN / "more").absolute())) == 0
    paths = {"faq": OWN / "faq.jsonl", "more": OWN / "more"}
    assert roots.wave("mine") == {
        "datasets": [
            {"id": id, "path": str(path), "revision": open_own(path, id).revision(id)} for id, path in paths.items()
        ]
    }
    wave, places = with_places(read_wave(Path("data/sources/waves/mine.yaml")))
    assert [entry.id for entry in wave.datasets] == sorted(places) == ["faq", "more"]


def test_an_own_dataset_without_a_licence_joins_and_this_is_said(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert grow("mine", "--path", f"{OWN}/faq.jsonl", "--id", "team/faq", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    nothing = {"license": "", "spdx": "", "languages": [], "downloads": None, "created": ""}
    assert told["joined"] == [{"id": "team/faq"} | nothing]
    assert told["notes"] == [f"team/faq declares no licence: write one into {OWN}/faq.md (license: ...)"]


@pytest.mark.parametrize(
    ("declared", "spdx"),
    [("mit", "MIT"), (["cc-by-4.0", "gpl-3.0"], "CC-BY-4.0|GPL-3.0-only"), (["mit", "llama2"], "")],
)
def test_what_joins_is_told_with_the_spdx_identifiers_of_its_licences(
    root: Path, capsys: pytest.CaptureFixture[str], declared: object, spdx: str
) -> None:
    (OWN / "faq.md").write_text(making.card({"license": declared, "language": "en"}), "utf-8")
    assert grow("mine", "--path", f"{OWN}/faq.jsonl", "--json", "--dry-run") == 0
    assert [one["spdx"] for one in json.loads(capsys.readouterr().out)["joined"]] == [spdx]


def test_own_datasets_join_beside_those_of_the_folder(root: Path) -> None:
    assert grow("mine", "--path", f"{OWN}/faq.jsonl", "--dataset", "circa", "--hub", str(HUB)) == 0
    datasets = roots.wave("mine")["datasets"]
    assert isinstance(datasets, list)
    assert [(entry["id"], "path" in entry) for entry in datasets] == [("circa", False), ("faq", True)]


def test_what_was_crawled_before_joins_but_for_what_a_wave_holds(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    metadata, data = collected("boolq", "glue-sst2", "qasc", "qasc-en")
    assert grow("before", "--collected", metadata, data, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["id"] for one in told["joined"]] == ["boolq", "glue-sst2"]
    assert {one["id"]: one["detail"] for one in told["left_out"]} == dict.fromkeys(["qasc", "qasc-en"], "wave 2022-05")
    written = roots.wave("before")
    assert set(written) == {"collected"}
    assert written["collected"] == {
        "metadata": metadata,
        "data": data,
        "revision": with_places(read_wave(Path("data/sources/waves/before.yaml")))[0].datasets[0].revision,
        "without": ["qasc", "qasc-en"],
    }
    wave, _ = with_places(read_wave(Path("data/sources/waves/before.yaml")))
    assert [(entry.id, entry.path) for entry in wave.datasets] == [("boolq", metadata), ("glue-sst2", metadata)]
    assert grow("again", "--path", f"{OWN}/faq.jsonl", "--id", "boolq") == 2
    assert "boolq, held by wave before" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--path", "no.jsonl"), 4, "no.jsonl: expected a folder or a file"),
        (("--path", "bad.jsonl"), 4, "bad.jsonl, line 2"),
        (("--path", "../outside.jsonl"), 4, "copy it into the repository, to data/sources/own/"),
        (("--path", "qasc.jsonl"), 2, "qasc, held by wave 2022-05"),
        (("--path", "a/x.jsonl", "--path", "b/x.jsonl"), 2, "'x' twice"),
        (("--path", "a/x.jsonl", "--path", "b/x.jsonl", "--id", "y"), 2, "expected one --path"),
        (("--path", "a/x.jsonl", "--undo"), 2, "--undo"),
        (("--collected", "a/x.jsonl", "no.jsonl"), 4, "no.jsonl"),
        (("--collected", "bad.jsonl", "a/x.jsonl"), 4, "bad.jsonl, line 2"),
    ],
)
def test_what_cannot_join_is_refused_in_one_sentence_and_changes_nothing(
    root: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: int, told: str
) -> None:
    for path in ("qasc.jsonl", "a/x.jsonl", "b/x.jsonl", "bad.jsonl", "../outside.jsonl"):
        Path(path).parent.mkdir(exist_ok=True)
        Path(path).write_text(f"{record('x')}\n" + ("{\n" if path == "bad.jsonl" else ""), "utf-8")
    before = roots.texts()
    assert grow("mine", *words) == code
    said = capsys.readouterr().err
    assert told in said
    assert len(said.strip().splitlines()) == 1
    assert roots.texts() == before


def test_when_all_that_was_crawled_before_is_held_there_is_no_wave(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = roots.texts()
    assert grow("before", "--collected", *collected("qasc", "qasc-en")) == 4
    assert "a dataset that no wave holds" in capsys.readouterr().err
    assert roots.texts() == before


@pytest.mark.parametrize(
    ("name", "wave"),
    [
        ("glue", "one"),
        ("glue-sst2", "one"),
        ("glue-mnli", None),
        ("squad", "two"),
        ("squad-v-2", "two"),
        ("squad2", None),
    ],
)
def test_a_config_is_held_where_its_dataset_is_with_that_config(name: str, wave: str | None) -> None:
    known = {"glue": Held("one", "local", "", ("sst2", "cola")), "squad": Held("two", "local", "")}
    found = holder(name, known)
    assert (found.wave if found else None) == wave


def test_reasons_are_counted_with_up_to_three_examples() -> None:
    left: list[dict[str, Any]] = [{"id": f"d{at}", "reason": "gated", "detail": ""} for at in range(5)]
    left.append({"id": "x", "reason": "held", "detail": "wave 1"})
    assert left_by_reason(left) == [("gated", 5, "d0, d1, d2"), ("held", 1, "x (wave 1)")]
