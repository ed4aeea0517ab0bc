"""A wave with datasets at places of their own is crawled as any other."""

import argparse
import json
from pathlib import Path

import pytest

from stages.hub import crawl
from stages.hub.hubs import with_places
from stages.hub.rows import WaveRows
from stages.hub.waves import Collected, Wave, WaveDataset
from stages.shared.errors import HubError, InputError
from stages.shared.files import dump_json, read_jsonl
from stages.shared.hub.collected import CollectedHub
from stages.shared.hub.local import folder_revision
from stages.shared.hub.own import open_own
from stages.shared.records import Card, Dropped
from tests.house import ROOT
from tests.shared.hub import making

HUB = ROOT / "data/sources/hub"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the shipped parameters, a file of one's own, and one dataset that was crawled before."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text((ROOT / "params.yaml").read_text("utf-8"), "utf-8")
    (tmp_path / "faq.csv").write_text("question,answer\nWhy?,Because.\nWhen?,Now.\n", "utf-8")
    (tmp_path / "faq.md").write_text(making.card({"license": "mit", "language": "en"}), "utf-8")
    record = {"task_name": "old-one", "selected_data": [{"a": "x", "n": 1}], "license": "cc-by-4.0", "summary": "Old."}
    for name in ("metadata.jsonl", "data.jsonl"):
        (tmp_path / name).write_text(dump_json(record) + "\n", "utf-8")
    return tmp_path


def crawled(text: str) -> tuple[dict[str, Card], list[Dropped], WaveRows]:
    Path("wave.yaml").write_text(text, "utf-8")
    paths = {name: Path(name) for name in ("cards", "rows", "dropped", "metrics")}
    crawl.main(argparse.Namespace(wave=Path("wave.yaml"), hub=HUB, **paths))
    cards = {card.taskname: card for card in read_jsonl(Path("cards"), Card)}
    return cards, list(read_jsonl(Path("dropped"), Dropped)), WaveRows(Path("rows"))


def wave(faq: str) -> str:
    files = CollectedHub(Path("metadata.jsonl"), Path("data.jsonl")).files_revision
    return (
        f"datasets:\n- {{id: circa, revision: '{folder_revision(HUB / 'circa')}'}}\n"
        f"- {{id: faq, path: faq.csv, revision: '{faq}'}}\n"
        f"collected: {{metadata: metadata.jsonl, data: data.jsonl, revision: '{files}'}}\n"
    )


def test_cards_and_rows_come_from_the_hub_from_a_file_and_from_what_was_crawled_before(root: Path) -> None:
    cards, _, rows = crawled(wave(open_own(Path("faq.csv"), "faq").revision("faq")))
    assert list(cards) == ["circa", "faq", "old-one"]
    assert {name: card.license for name, card in cards.items()} == {
        "circa": "cc-by-4.0|cc-by-sa-4.0",
        "faq": "mit",
        "old-one": "cc-by-4.0",
    }
    assert (cards["faq"].website, cards["faq"].config, cards["old-one"].summary) == ("", "default", "Old.")
    assert [row.values for row in rows.of("faq")] == [
        {"question": "Why?", "answer": "Because."},
        {"question": "When?", "answer": "Now."},
    ]
    assert [row.values for row in rows.of("old-one")] == [{"a": "x", "n": 1}]
    assert len(rows.of("circa", 2)) == 2


def test_a_file_that_changed_is_not_what_the_wave_named(root: Path) -> None:
    text = wave(open_own(Path("faq.csv"), "faq").revision("faq"))
    Path("faq.csv").write_text("question,answer\nWhy?,Because not.\n", "utf-8")
    with pytest.raises(HubError, match="'faq' at revision"):
        crawled(text)


def test_a_file_with_a_bad_line_is_dropped_with_the_line(root: Path) -> None:
    Path("faq.csv").write_text("question,answer\nWhy?\n", "utf-8")
    cards, dropped, _ = crawled(wave(open_own(Path("faq.csv"), "faq").revision("faq")))
    assert list(cards) == ["circa", "old-one"]
    assert [(one.id, one.reason) for one in dropped if one.id.startswith("faq")] == [("faq:default", "line-unreadable")]


def test_a_name_in_both_lists_is_refused_until_it_is_left_out(root: Path) -> None:
    own = WaveDataset(id="old-one", revision="abc")
    files = Collected(metadata="metadata.jsonl", data="data.jsonl", revision="abc")
    with pytest.raises(InputError, match=r"add it to collected\.without"):
        with_places(Wave(datasets=[own], collected=files))
    kept, places = with_places(Wave(datasets=[own], collected=files.model_copy(update={"without": ["old-one"]})))
    assert (kept.datasets, places) == ([own], {})


def test_two_datasets_of_a_wave_with_one_taskname_are_refused(root: Path) -> None:
    making.dataset(root / "own", "old", {"a": {"train": None}, "b": {"train": None}})
    record = json.loads(Path("data.jsonl").read_text("utf-8")) | {"task_name": "old-a"}
    for name in ("metadata.jsonl", "data.jsonl"):
        Path(name).write_text(dump_json(record) + "\n", "utf-8")
    files = CollectedHub(Path("metadata.jsonl"), Path("data.jsonl")).files_revision
    revision = open_own(Path("own/old"), "old").revision("old")
    text = (
        f"datasets:\n- {{id: old, path: own/old, revision: '{revision}'}}\n"
        f"collected: {{metadata: metadata.jsonl, data: data.jsonl, revision: '{files}'}}\n"
    )
    with pytest.raises(InputError, match="'old-a' for both"):
        crawled(text)
