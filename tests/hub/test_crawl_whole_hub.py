"""The whole hub of real datasets, 517 of them: crawled or dropped with a reason, then let in or kept out with one."""

import json
from collections import Counter
from pathlib import Path

from stages.shared.files import read_jsonl
from stages.shared.hub.local import LocalHub
from stages.shared.records import Card, Dropped
from tests.hub.enlarged import WAVE

POLICY_WORDS = {
    "licence-unknown", "licence-other", "licence-no-derivatives", "licence-mixed",
    "language-other", "language-several", "language-disagrees", "language-detected-other",
    "translation", "modality", "single-field", "too-few-usable-fields",
    "no-usable-split", "not-proposed",
}  # fmt: skip
"""What real cards are kept out for with the parameters as shipped; the two words for missing are kept by default."""


CRAWL, SELECT = f"data/crawl/{WAVE}", f"data/select/{WAVE}"


def test_every_config_of_517_datasets_is_crawled_or_dropped_with_a_reason(whole_hub: Path, test_data: Path) -> None:
    hub = LocalHub(test_data / "hub")
    datasets = [hub.dataset(id) for id in hub.datasets()]
    configs = {f"{dataset.id}:{config}" for dataset in datasets for config in dataset.configs}
    crawled = {f"{card.dataset}:{card.config}" for card in read_jsonl(whole_hub / CRAWL / "cards.jsonl", Card)}
    dropped = [one for one in read_jsonl(whole_hub / CRAWL / "dropped.jsonl", Dropped) if one.what == "config"]
    assert len(datasets) == 517
    assert configs == crawled | {one.id for one in dropped}
    assert not crawled & {one.id for one in dropped}
    assert all(one.reason for one in dropped)


def test_every_crawled_config_is_let_in_or_kept_out_with_one_of_the_policys_words(whole_hub: Path) -> None:
    crawled = {f"{card.dataset}:{card.config}" for card in read_jsonl(whole_hub / CRAWL / "cards.jsonl", Card)}
    kept = {f"{card.dataset}:{card.config}" for card in read_jsonl(whole_hub / SELECT / "cards.jsonl", Card)}
    dropped = {one.id: one.reason for one in read_jsonl(whole_hub / SELECT / "dropped.jsonl", Dropped)}
    assert crawled == kept | set(dropped)
    assert not kept & set(dropped)
    assert set(dropped.values()) == POLICY_WORDS


def test_the_ledgers_balance(whole_hub: Path) -> None:
    for name in ("crawl", "select"):
        counts = json.loads((whole_hub / f"metrics/{name}/{WAVE}.json").read_text("utf-8"))
        units = [one for one in counts.values() if isinstance(one, dict) and "read" in one]
        assert units
        assert all(one["read"] == one["kept"] + sum(one["dropped"].values()) for one in units)


def test_english_cards_and_their_texts_agree(whole_hub: Path) -> None:
    heard = [card for card in read_jsonl(whole_hub / CRAWL / "cards.jsonl", Card) if card.languages_detected]
    english = [card for card in heard if card.languages == ("en",)]
    others = Counter(card.dataset for card in english if card.languages_detected[0] != "en")
    assert len(english) > 400
    assert others.total() <= 0.05 * len(english)
    assert others["xnli"] == 14, "its card declares English alone, and 14 of its configs are in other languages"


def test_cards_and_texts_agree_in_nearly_every_other_language(whole_hub: Path) -> None:
    counts: dict[str, Counter[bool]] = {}
    for card in read_jsonl(whole_hub / CRAWL / "cards.jsonl", Card):
        if len(card.languages) == 1 and card.languages_detected:
            counts.setdefault(card.languages[0], Counter())[card.languages[0] == card.languages_detected[0]] += 1
    assert len(counts) > 30
    assert {name for name, count in counts.items() if count[False] and name != "en"} <= {"code", "tl"}


def test_real_rows_are_counted_by_what_they_hold_and_none_is_dropped_for_it(whole_hub: Path) -> None:
    metrics = json.loads((whole_hub / f"metrics/crawl/{WAVE}.json").read_text("utf-8"))
    assert set(metrics["sensitive"]) == {"email", "phone", "toxic"}
    assert metrics["sensitive"]["phone"]["schema_guided_dstc8"] > 10
    assert set(metrics["rows"]["dropped"]) <= {"repeat", "placeholder"}
