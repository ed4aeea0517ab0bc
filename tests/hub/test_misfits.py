"""Texts that can be written and read and still don't fit what is asked, on rows of the shipped hub."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow.parquet as pq
import pytest

from stages.hub import misfits
from stages.shared.records import Card, Feature
from tests.house import ROOT
from tests.hub.examples import card, in_chunks, organize_params, task
from tests.hub.straightforward import Organized

HUB = ROOT / "data/sources/hub"
ALIGNED = Feature(type="label", labels=("notAligned", "aligned", "partialAligned"))
ROBUST = "a comprehensive robustness evaluation benchmark that focuses on the adversarial robustness evaluation"


def rows(path: str) -> list[dict[str, Any]]:
    return pq.read_table(HUB / path).to_pylist()


def made(
    known: Card, inputs: Sequence[str], output: str, found: list[dict[str, Any]], style: str = "sound"
) -> Organized:
    return in_chunks(known, task(inputs, output), found, organize_params(style))


def texts(*names: str, **others: Feature) -> Mapping[str, Feature]:
    return dict.fromkeys(names, Feature(type="string")) | others


# --- titles -----------------------------------------------------------------------------------------------------------


def test_the_title_of_an_article_is_no_title_of_its_paragraphs() -> None:
    known = card(features=texts("title", "context"))
    found = [row for split in ("train", "validation") for row in rows(f"adversarial_qa/adversarialQA/{split}.parquet")]
    assert len({row["context"] for row in found}) > 2 * len({row["title"] for row in found})
    assert made(known, ["context"], "title", found).reason == "shared-titles"
    assert made(known, ["context"], "title", found, style="paper").reason != "shared-titles"


def test_a_title_that_two_texts_have_is_left_to_the_first() -> None:
    known = card(features=texts("plot", "title"))
    plots = [{"plot": f"Plot {n} of a film.", "title": f"Film {n % 5}"} for n in range(6)]
    result = made(known, ["plot"], "title", [*plots, plots[0]])
    assert result.drops == [("train:5", "shared-title"), ("train:6", "repeat")]
    assert [one["row"] for one in result.instances] == [f"train:{n}" for n in range(5)]


def test_the_title_of_a_film_stays_with_its_plot_however_often_that_comes() -> None:
    found = rows("duorc/SelfRC/train.parquet")
    result = made(card(features=texts("plot", "title")), ["plot"], "title", found)
    assert {why for _, why in result.drops} == {"repeat"}
    assert {one["output"] for one in result.instances} == {row["title"].strip() for row in found}


# --- texts that a label tells apart -----------------------------------------------------------------------------------


def test_a_sentence_is_not_made_from_one_that_the_row_says_is_different() -> None:
    known = card(features=texts("normal_sentence", "simple_sentence", alignment_label=ALIGNED))
    found = [
        {**row, "alignment_label": (ALIGNED.labels or ())[row["alignment_label"]]}
        for row in rows("wiki_auto/manual/train.parquet")
    ]
    result = made(known, ["normal_sentence"], "simple_sentence", found)
    different = Counter(why for _, why in result.drops)["different-texts"]
    assert different == sum(row["alignment_label"] == "notAligned" for row in found) > 0
    judged = made(known, ["normal_sentence", "simple_sentence"], "alignment_label", found)
    assert "different-texts" not in dict(judged.drops).values()


@pytest.mark.parametrize(
    ("value", "denied"),
    [(False, True), ("not_duplicate", True), ("notAligned", True), ("nothing", False), (True, False), (None, False)],
)
def test_a_label_that_says_no_is_told_by_its_first_word(value: object, denied: bool) -> None:
    assert misfits.is_denied(value) is denied


# --- texts that were spoilt on purpose --------------------------------------------------------------------------------


def test_texts_that_were_spoilt_on_purpose_are_judged_and_not_written() -> None:
    label = Feature(type="label", labels=("negative", "positive"))
    features = texts("sentence", label=label)
    found = [
        {**row, "label": (label.labels or ())[row["label"]]} for row in rows("adv_glue/adv_sst2/validation.parquet")
    ]
    spoilt = card(features=features, summary=ROBUST)
    assert made(spoilt, ["label"], "sentence", found).reason == "perturbed-output"
    assert made(spoilt, ["label"], "sentence", found, style="release").reason != "perturbed-output"
    assert made(spoilt, ["sentence"], "label", found).instances
    assert made(card(features=features), ["label"], "sentence", found).instances
