import argparse
import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from stages.hub import crawl
from stages.hub.reading import CrawlParams, card_and_rows
from stages.shared.errors import HubError, InputError, ParamsError
from stages.shared.files import read_jsonl
from stages.shared.hub.local import LocalHub, folder_revision
from stages.shared.hub.seam import UnreadableError
from stages.shared.records import ROWS, Card, Dropped, Feature
from tests.hub.examples import CRAWL
from tests.shared.hub.making import card, dataset, label, parquet, table

OUTPUTS = {"cards": "cards.jsonl", "rows": "rows.parquet", "dropped": "dropped.jsonl", "metrics": "m.json"}


class Crawled:
    """A crawl in a folder of its own, and what it wrote."""

    def __init__(self, folder: Path, hub: Path, ids: list[str] | None = None, **changes: Any) -> None:
        folder.mkdir(exist_ok=True)
        names = LocalHub(hub).datasets() if ids is None else ids
        entries = [{"id": id, "revision": folder_revision(hub / id)} for id in names]
        self.out = folder
        self.wave = folder / "wave.yaml"
        self.wave.write_text(yaml.safe_dump({"datasets": entries}), "utf-8")
        (folder / "params.yaml").write_text(yaml.safe_dump({"crawl": CRAWL | changes}), "utf-8")
        self.paths = argparse.Namespace(wave=self.wave, hub=hub, **{key: folder / OUTPUTS[key] for key in OUTPUTS})

    def run(self, monkeypatch: pytest.MonkeyPatch) -> "Crawled":
        monkeypatch.chdir(self.out)
        crawl.main(self.paths)
        return self

    @property
    def metrics(self) -> Any:
        return json.loads(self.paths.metrics.read_text("utf-8"))

    @property
    def cards(self) -> list[Card]:
        return list(read_jsonl(self.paths.cards, Card))

    @property
    def rows(self) -> list[tuple[Any, ...]]:
        return [tuple(row.values()) for row in pq.read_table(self.paths.rows).to_pylist()]

    @property
    def dropped(self) -> dict[str, str]:
        return {record.id: record.reason for record in read_jsonl(self.paths.dropped, Dropped)}


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    return tmp_path / "hub"


def texts(*values: str) -> pa.Table:
    return table({"text": list(values)})


def test_a_card_says_what_the_header_and_the_sections_say(hub: Path) -> None:
    folder = dataset(hub, "d", {"c": {"train": table({"text": ["a"], "label": [1]}, {"label": label("no", "yes")})}})
    header = yaml.safe_load((folder / "README.md").read_text("utf-8").split("---\n")[1])
    header |= {"license": ["CC BY 4.0", "other"], "license_details": "mine", "language": ["en-US", "code"]}
    header |= {"task_categories": {"c": ["qa"], "x": ["other"]}, "task_ids": ["a", "b"]}
    body = (
        "### Dataset Summary\n\nOne.\n\n### Supported Tasks\n\nTwo.\n\n### Data Fields\n\n[More Information Needed]\n"
    )
    (folder / "README.md").write_text(card(header, body), "utf-8")
    local = LocalHub(hub)
    found, rows = card_and_rows(local, local.dataset("d"), "c", CrawlParams.model_validate(CRAWL))
    assert found == Card(
        taskname="d",
        dataset="d",
        config="c",
        revision=folder_revision(folder),
        website="https://huggingface.co/datasets/d",
        license="cc-by-4.0|other",
        license_found='license: ["CC BY 4.0","other"]; license_details: "mine"',
        languages=("en", "code"),
        task_categories=("qa",),
        task_ids=("a", "b"),
        summary="One.",
        supported_tasks="Two.",
        data_fields="",
        features={"text": Feature(type="string"), "label": Feature(type="label", labels=("no", "yes"))},
        splits={"train": 1},
    )
    assert rows == ['{"text":"a","label":"yes"}']


def test_splits_whose_names_hold_train_or_validation_are_read_train_first(
    hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    splits = ["dev", "test", "Validation.de", "auxiliary_train", "validation", "train"]
    dataset(hub, "d", {"c": {split: texts(split) for split in splits}})
    done = Crawled(tmp_path / "out", hub).run(monkeypatch)
    read = ["train", "validation", "Validation.de", "auxiliary_train"]
    assert done.rows == [("d", split, 0, f'{{"text":"{split}"}}') for split in read]
    assert list(done.cards[0].splits) == read
    assert done.dropped == {"d:c:dev": "not-wanted", "d:c:test": "not-wanted"}
    assert done.metrics["splits"] == {"read": 6, "kept": 4, "dropped": {"not-wanted": 2}}


def test_at_most_rows_per_split_are_read_and_null_reads_all(
    hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset(hub, "d", {"c": {"train": texts(*map(str, range(250)))}})
    limited = Crawled(tmp_path / "some", hub, rows_per_split=7).run(monkeypatch)
    assert [row[2] for row in limited.rows] == list(range(7))
    assert Crawled(tmp_path / "all", hub, rows_per_split=None).run(monkeypatch).cards[0].splits == {"train": 250}


def test_repeats_within_a_dataset_and_placeholders_are_dropped_where_they_stand(
    hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train, validation = texts("a", "b", "a", "This is a test sentence."), texts("b", "c")
    dataset(hub, "d", {"c": {"train": train, "validation": validation}, "e": {"train": texts("a", "d")}})
    done = Crawled(tmp_path / "out", hub).run(monkeypatch)
    assert [row[:3] for row in done.rows] == [
        ("d-c", "train", 0),
        ("d-c", "train", 1),
        ("d-c", "validation", 1),
        ("d-e", "train", 1),
    ]
    assert done.dropped == {
        "d:c:train:2": "repeat",
        "d:c:train:3": "placeholder",
        "d:c:validation:0": "repeat",
        "d:e:train:0": "repeat",
    }
    assert done.metrics["rows"] == {"read": 8, "kept": 4, "dropped": {"placeholder": 1, "repeat": 3}}
    kept = Crawled(tmp_path / "kept", hub, keep_repeats=True).run(monkeypatch)
    assert kept.metrics["rows"] == {"read": 8, "kept": 8, "dropped": {}}


def test_a_config_without_rows_is_dropped_and_one_without_a_wanted_split_is_left_to_select(
    hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configs = {"hollow": {"train": texts("dummy")}, "none": {"train": texts()}, "tested": {"test": texts("a")}}
    dataset(hub, "d", configs)
    done = Crawled(tmp_path / "out", hub).run(monkeypatch)
    assert {found.config: found.splits for found in done.cards} == {"tested": {}}
    assert {id: reason for id, reason in done.dropped.items() if reason == "no-rows"} == {
        "d:hollow": "no-rows",
        "d:none": "no-rows",
    }


def test_what_cannot_be_read_is_dropped_with_its_reason_and_the_rest_goes_on(
    hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset(hub, "good", {"c": {"train": texts("a")}})
    broken = dataset(hub, "part", {name: {"train": texts("a")} for name in ("cut", "fine", "gone")})
    (broken / "cut" / "train.parquet").write_bytes(b"PAR1 no more")
    (broken / "gone" / "train.parquet").unlink()
    (dataset(hub, "headless", {"c": {"train": texts("a")}}) / "README.md").write_text("# words\n", "utf-8")
    (dataset(hub, "cardless", {"c": {"train": texts("a")}}) / "README.md").unlink()
    done = Crawled(tmp_path / "out", hub).run(monkeypatch)
    assert [(found.dataset, found.config) for found in done.cards] == [("good", "c"), ("part", "fine")]
    assert done.dropped == {
        "headless": "card-without-header",
        "cardless": "card-missing",
        "part:cut": "parquet-unreadable",
        "part:gone": "file-missing",
    }
    assert done.metrics["datasets"] == {
        "read": 4,
        "kept": 2,
        "dropped": {"card-missing": 1, "card-without-header": 1},
    }


def test_a_config_is_there_whole_or_not_at_all(hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = dataset(hub, "d", {"c": {"train": texts("a", "a"), "validation": texts("b")}})
    (folder / "c" / "validation.parquet").write_bytes(b"")
    done = Crawled(tmp_path / "out", hub).run(monkeypatch)
    assert (done.rows, done.cards, done.dropped) == ([], [], {"d:c": "parquet-unreadable"})
    assert "rows" not in done.metrics


def test_columns_of_bytes_are_left_out_of_rows_and_written_down(
    hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset(hub, "d", {"c": {"train": table({"blob": [b"x"], "text": ["a"]})}})
    done = Crawled(tmp_path / "out", hub).run(monkeypatch)
    assert [row[3] for row in done.rows] == ['{"text":"a"}']
    assert done.cards[0].features["blob"] == Feature(type="binary")
    assert done.dropped == {"d:c:blob": "bytes"}
    assert done.metrics["fields"] == {"read": 2, "kept": 1, "dropped": {"bytes": 1}}


def test_values_that_became_null_are_counted_by_dataset(
    hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = table({"label": [-1, 1, 7], "x": [1.0, float("nan"), 2.0]}, {"label": label("no", "yes")})
    dataset(hub, "d", {"c": {"train": made}})
    done = Crawled(tmp_path / "out", hub).run(monkeypatch)
    assert done.metrics["nulled"] == {
        "hidden-label": {"d": 1},
        "not-finite": {"d": 1},
        "unknown-label": {"d": 1},
    }
    assert [json.loads(row[3])["label"] for row in done.rows] == [None, "yes", None]


def test_rows_with_sensitive_things_are_counted_by_dataset_and_dropped_where_asked(
    hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "ghp_q7Rz0LxT2mVb9KcW4nYs8HdJ1fGp6aEuX3oZ"
    found = texts("plain", "write to jo@site.org", f"my key {key}", "call 415-202-0530", f"{key} jo@site.org")
    dataset(hub, "d", {"c": {"train": found}})
    kept = Crawled(tmp_path / "kept", hub).run(monkeypatch)
    assert kept.metrics["sensitive"] == {"email": {"d": 2}, "phone": {"d": 1}, "secret": {"d": 2}}
    assert kept.metrics["rows"] == {"read": 5, "kept": 5, "dropped": {}}
    dropped = Crawled(tmp_path / "dropped", hub, drop_sensitive=["email", "secret"]).run(monkeypatch)
    assert dropped.dropped == {"d:c:train:1": "email", "d:c:train:2": "secret", "d:c:train:4": "secret"}
    assert dropped.metrics["sensitive"] == kept.metrics["sensitive"]
    assert key not in dropped.paths.dropped.read_text("utf-8")
    assert [row[2] for row in dropped.rows] == [0, 3]


def test_a_card_says_which_languages_its_rows_are_in(
    hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    german = "Der Ausschuss trifft sich im Frühjahr wieder, um über die Ausgaben für Schulen zu entscheiden."
    dataset(hub, "d", {"de": {"train": texts(german)}, "none": {"train": texts("no")}}, language=["en", "de"])
    found = {card.config: card for card in Crawled(tmp_path / "out", hub).run(monkeypatch).cards}
    assert (found["de"].languages, found["de"].languages_detected) == (("en", "de"), ("de",))
    assert found["de"].language == "de"
    assert (found["none"].languages_detected, found["none"].language) == ((), "en")


def test_only_the_configs_that_the_wave_names_are_read(
    hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset(hub, "d", {name: {"train": texts(name)} for name in "abc"})
    done = Crawled(tmp_path / "out", hub)
    found = yaml.safe_load(done.wave.read_text("utf-8"))
    found["datasets"][0]["configs"] = ["c", "a"]
    done.wave.write_text(yaml.safe_dump(found), "utf-8")
    assert [found.taskname for found in done.run(monkeypatch).cards] == ["d-a", "d-c"]


def test_a_row_group_holds_one_taskname_and_its_statistics_say_so(
    hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crawl, "GROUP_BYTES", 50)
    dataset(hub, "d", {"a": {"train": texts("x" * 30, "y" * 30, "z")}, "b": {"train": texts("x")}})
    file = pq.ParquetFile(Crawled(tmp_path / "out", hub).run(monkeypatch).paths.rows)
    assert file.schema_arrow == ROWS
    groups = [file.metadata.row_group(number) for number in range(file.num_row_groups)]
    found = [(group.column(0).statistics.min, group.column(0).statistics.max) for group in groups]
    assert found == [("d-a", "d-a"), ("d-a", "d-a"), ("d-b", "d-b")]
    assert not any(group.column(3).is_stats_set for group in groups)
    assert {group.column(3).compression for group in groups} == {"ZSTD"}


@pytest.mark.parametrize(
    ("wave", "error"),
    [
        ("datasets:\n- {id: none, revision: r}\n", HubError),
        ("datasets:\n- {id: d, revision: r}\n", HubError),
        ("datasets:\n- {id: d}\n", InputError),
    ],
)
def test_a_wave_that_names_what_is_not_there_stops_before_anything_is_written(
    hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wave: str, error: type[Exception]
) -> None:
    dataset(hub, "d", {"c": {"train": texts("a")}})
    tried = Crawled(tmp_path / "out", hub)
    tried.wave.write_text(wave, "utf-8")
    with pytest.raises(error, match=str(tried.wave)):
        tried.run(monkeypatch)
    assert sorted(path.name for path in tried.out.iterdir()) == ["params.yaml", "wave.yaml"]


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"rows_per_split": 0}, "rows_per_split"),
        ({"splits": []}, "splits"),
        ({"repeats": True}, "repeats"),
        ({"drop_sensitive": ["mail"]}, "drop_sensitive.0"),
    ],
)
def test_a_wrong_parameter_is_named(
    hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], key: str
) -> None:
    hub.mkdir()
    with pytest.raises(ParamsError, match=key):
        Crawled(tmp_path / "out", hub, **changes).run(monkeypatch)


def test_an_unknown_dataset_ends_the_command_with_one_sentence(hub: Path, tmp_path: Path, repository: Path) -> None:
    hub.mkdir()
    tried = Crawled(tmp_path / "out", hub)
    tried.wave.write_text("datasets:\n- {id: glu, revision: r}\n", "utf-8")
    options = [word for key, path in vars(tried.paths).items() for word in (f"--{key}", str(path))]
    done = subprocess.run(
        [sys.executable, "-m", "stages.hub.crawl", *options],
        cwd=tried.out,
        env={"PYTHONPATH": str(repository)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == HubError.exit_code
    assert done.stderr == (
        f"crawl: {tried.wave}: expected the id of a dataset of {hub}, got 'glu'; correct the id, or add the dataset "
        "to the hub.\n"
    )


REAL = ["banking77", "big_patent", "cosmos_qa", "gap", "glue", "head_qa", "hover", "imppres", "qanta", "xsum"]


def test_real_datasets_end_up_crawled_or_dropped_and_the_same_bytes_come_again(
    test_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Crawled(tmp_path / "first", test_data / "hub", REAL).run(monkeypatch)
    second = Crawled(tmp_path / "second", test_data / "hub", REAL).run(monkeypatch)
    for key in OUTPUTS:
        assert getattr(first.paths, key).read_bytes() == getattr(second.paths, key).read_bytes()
    hub = LocalHub(test_data / "hub")
    configs = {f"{id}:{config}" for id in REAL for config in hub.dataset(id).configs}
    crawled = {f"{found.dataset}:{found.config}" for found in first.cards}
    assert configs == crawled | {id for id in first.dropped if id in configs}
    assert not crawled & set(first.dropped)
    order = [(found.dataset, found.config) for found in first.cards]
    assert order == sorted(order)
    kept = Counter(row[0] for row in first.rows)
    assert {found.taskname: sum(found.splits.values()) for found in first.cards if found.splits} == kept
    assert first.dropped["big_patent:all"] == first.dropped["gap:default"] == "no-rows"


def test_a_dataset_that_changed_since_the_wave_was_made_is_refused(
    test_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(test_data / "hub" / "hover", tmp_path / "hub" / "hover")
    tried = Crawled(tmp_path / "out", tmp_path / "hub")
    (tmp_path / "hub" / "hover").chmod(0o755)
    (tmp_path / "hub" / "hover" / "note").write_text("new", "utf-8")
    with pytest.raises(HubError, match="pin what is there with `sauropod grow`"):
        tried.run(monkeypatch)


def test_an_unreadable_config_raises_where_no_stage_drops_it(hub: Path) -> None:
    folder = dataset(hub, "d", {"c": {"train": texts("a")}})
    parquet(folder / "c" / "train.parquet").write_bytes(b"")
    local = LocalHub(hub)
    with pytest.raises(UnreadableError, match="parquet-unreadable"):
        card_and_rows(local, local.dataset("d"), "c", CrawlParams.model_validate(CRAWL))
