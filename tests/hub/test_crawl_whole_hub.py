"""The whole hub of real datasets, 517 of them: crawled or dropped with a reason, then let in or kept out with one."""

import argparse
import json
from pathlib import Path

import pytest
import yaml

from stages.hub import crawl, select
from stages.shared.files import read_jsonl
from stages.shared.hub.local import LocalHub
from stages.shared.records import Card, Dropped
from tests.house import ROOT

POLICY_WORDS = {
    "licence-unknown", "licence-other", "licence-no-derivatives", "licence-mixed", "language-other",
    "language-several", "modality", "single-field", "too-few-usable-fields", "no-usable-split", "not-proposed",
}  # fmt: skip
"""What real cards are kept out for with the parameters as shipped; the two words for missing are kept by default."""


@pytest.fixture(scope="module")
def whole(test_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The outputs of crawl and select over a wave of every dataset there is, with the parameters as shipped."""
    folder = tmp_path_factory.mktemp("whole")
    hub = LocalHub(test_data / "hub")
    wave = {"datasets": [{"id": id, "revision": hub.revision(id)} for id in hub.datasets()]}
    (folder / "wave.yaml").write_text(yaml.safe_dump(wave), "utf-8")
    (folder / "params.yaml").write_text((ROOT / "params.yaml").read_text("utf-8"), "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        crawl.main(
            argparse.Namespace(
                wave=folder / "wave.yaml", hub=test_data / "hub", cards=folder / "cards.jsonl",
                rows=folder / "rows.parquet", dropped=folder / "crawl-dropped.jsonl", metrics=folder / "crawl.json",
            )
        )  # fmt: skip
        select.main(
            argparse.Namespace(
                cards=folder / "cards.jsonl", kept=folder / "kept.jsonl",
                dropped=folder / "select-dropped.jsonl", metrics=folder / "select.json",
            )
        )  # fmt: skip
    return folder


def test_every_config_of_517_datasets_is_crawled_or_dropped_with_a_reason(whole: Path, test_data: Path) -> None:
    hub = LocalHub(test_data / "hub")
    datasets = [hub.dataset(id) for id in hub.datasets()]
    configs = {f"{dataset.id}:{config}" for dataset in datasets for config in dataset.configs}
    crawled = {f"{card.dataset}:{card.config}" for card in read_jsonl(whole / "cards.jsonl", Card)}
    dropped = [one for one in read_jsonl(whole / "crawl-dropped.jsonl", Dropped) if one.what == "config"]
    assert len(datasets) == 517
    assert configs == crawled | {one.id for one in dropped}
    assert not crawled & {one.id for one in dropped}
    assert all(one.reason for one in dropped)


def test_every_crawled_config_is_let_in_or_kept_out_with_one_of_the_policys_words(whole: Path) -> None:
    crawled = {f"{card.dataset}:{card.config}" for card in read_jsonl(whole / "cards.jsonl", Card)}
    kept = {f"{card.dataset}:{card.config}" for card in read_jsonl(whole / "kept.jsonl", Card)}
    dropped = {one.id: one.reason for one in read_jsonl(whole / "select-dropped.jsonl", Dropped)}
    assert crawled == kept | set(dropped)
    assert not kept & set(dropped)
    assert set(dropped.values()) == POLICY_WORDS


def test_the_ledgers_balance(whole: Path) -> None:
    for name in ("crawl", "select"):
        counts = json.loads((whole / f"{name}.json").read_text("utf-8"))
        units = [one for one in counts.values() if isinstance(one, dict) and "read" in one]
        assert units
        assert all(one["read"] == one["kept"] + sum(one["dropped"].values()) for one in units)
