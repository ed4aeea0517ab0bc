"""`sauropod export`: what was crawled in Dynosaur's two files, and back."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from stages.console import export
from stages.console.main import main
from stages.hub.reading import CrawlParams, card_and_rows
from stages.shared import params
from stages.shared.files import parquet_writer, read_jsonl, write_jsonl
from stages.shared.hub.collected import CollectedHub
from stages.shared.hub.local import LocalHub
from stages.shared.records import ROWS, Card
from tests.house import ROOT

HUB = ROOT / "data/sources/hub"
SECTION = params.read("crawl", CrawlParams, ROOT / "params.yaml").model_copy(update={"rows_per_split": 20})


def crawled(wave: str, ids: list[str]) -> dict[str, list[str]]:
    """Write what crawl and select leave of shipped datasets; return the rows by taskname."""
    hub, found, kept = LocalHub(HUB), {}, []
    folder = Path("data/crawl") / wave
    folder.mkdir(parents=True)
    with parquet_writer(folder / "rows.parquet", ROWS, statistics=["taskname"]) as writer:
        for id in ids:
            dataset = hub.dataset(id)
            for config in sorted(dataset.configs):
                card, rows = card_and_rows(hub, dataset, config, SECTION)
                found[card.taskname] = rows
                kept.append(card)
                columns = [
                    {"taskname": card.taskname, "split": "train", "index": at, "row": row}
                    for at, row in enumerate(rows)
                ]
                writer.write_table(pa.Table.from_pylist(columns, ROWS))
    write_jsonl(Path("data/select") / wave / "cards.jsonl", kept)
    return found


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text('waves: ["one", "two"]\n', "utf-8")
    return tmp_path


def run(*words: str) -> int:
    try:
        main(["export", "--format", "dynosaur-metadata", "--out", "out", *words])
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path("out", name).read_text("utf-8").splitlines()]


def test_what_is_exported_and_taken_in_again_has_the_same_names_rows_and_cards(root: Path) -> None:
    ids = sorted(path.name for path in HUB.iterdir() if path.is_dir())
    rows = crawled("one", ids[:32]) | crawled("two", ids[32:])
    assert run() == 0
    hub = CollectedHub(Path("out/huggingface_metadata.jsonl"), Path("out/huggingface_data.jsonl"))
    assert hub.datasets() == sorted(rows)
    before = {
        card.taskname: card
        for wave in ("one", "two")
        for card in read_jsonl(Path(f"data/select/{wave}/cards.jsonl"), Card)
    }
    for name in hub.datasets():
        dataset = hub.dataset(name)
        card, found = card_and_rows(hub, dataset, "default", SECTION.model_copy(update={"rows_per_split": None}))
        assert [json.loads(row) for row in found] == [json.loads(row) for row in rows[name]], name
        same = (
            "taskname",
            "website",
            "license",
            "task_categories",
            "task_ids",
            "summary",
            "supported_tasks",
            "data_fields",
        )
        was = before[name]
        assert {key: getattr(card, key) for key in same} == {key: getattr(was, key) for key in same}
        assert card.languages == ("en",)


def test_the_two_files_have_the_keys_and_forms_of_the_released_ones(root: Path) -> None:
    rows = crawled("one", ["circa", "glue"])
    assert run("--wave", "one") == 0
    metadata, data = lines("huggingface_metadata.jsonl"), lines("huggingface_data.jsonl")
    keys = ["task_name", "selected_data", "multilinguality", "summary", "supported_task", "data_fields"]
    keys += ["task_category", "task_ids", "license", "website"]
    assert [list(record) for record in (*metadata, *data)] == [keys] * (2 * len(rows))
    assert [record["task_name"] for record in metadata] == [record["task_name"] for record in data] == list(rows)
    for shown, whole in zip(metadata, data, strict=True):
        assert shown == whole | {"selected_data": whole["selected_data"][:2]}
        assert whole["selected_data"] == [json.loads(row) for row in rows[whole["task_name"]]]
    assert {record["multilinguality"] for record in data} == {"english"}
    assert all(record["summary"] == [] or isinstance(record["summary"], str) for record in data)


@pytest.mark.parametrize(
    ("languages", "summary", "name", "word"),
    [
        ((), "", "a", "english"),
        (("en",), "", "a", "english"),
        (("code",), "", "a", "english"),
        (("en", "code"), "", "a", "multilingual"),
        (("de",), "", "a", "multilingual"),
        (("de", "en"), "A bitext.", "a", "translation"),
        (("de", "en"), "Translated.", "a", "translation"),
        (("de", "en"), "translated", "paws-x-de", "multilingual"),
        (("en",), "translated", "a", "english"),
    ],
)
def test_the_word_for_languages_follows_the_released_rule(
    root: Path, languages: tuple[str, ...], summary: str, name: str, word: str
) -> None:
    crawled("one", ["circa"])
    card = next(read_jsonl(Path("data/select/one/cards.jsonl"), Card))
    changed = card.model_copy(update={"languages": languages, "summary": summary, "taskname": name})
    assert export.multilinguality(changed) == word


def test_a_dry_run_counts_what_would_be_written_and_writes_nothing(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = crawled("one", ["circa", "glue"])
    assert run("--wave", "one", "--dry-run", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["datasets"], told["rows"]) == (len(rows), sum(map(len, rows.values())))
    assert told["wrote"] == []
    assert not Path("out").exists()


def test_a_name_that_an_earlier_wave_has_is_written_once_and_said(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crawled("one", ["circa"])
    crawled("two", ["banking77", "circa"])
    assert run() == 0
    assert [record["task_name"] for record in lines("huggingface_data.jsonl")] == ["circa", "banking77"]
    assert "left out, as an earlier wave has them: circa (1 in all)" in capsys.readouterr().out


def test_a_wave_that_has_not_run_is_refused_and_nothing_is_written(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crawled("one", ["circa"])
    assert run("--wave", "one", "--wave", "two") == 2
    assert "run `dvc repro` first" in capsys.readouterr().err
    assert not Path("out").exists()
