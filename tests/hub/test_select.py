import argparse
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from stages.hub import reading, select
from stages.hub.select import SelectParams, narrowed, reasons, usable_fields
from stages.shared.errors import ParamsError
from stages.shared.files import read_jsonl, write_jsonl
from stages.shared.hub.local import LocalHub
from stages.shared.records import Card, Dropped, Feature
from tests.hub.examples import CRAWL

PARAMS: dict[str, Any] = {
    "license_deny": ["no-derivatives"],
    "license_allow": [],
    "license_unknown": ["missing"],
    "languages": ["en"],
    "language_missing": "keep",
    "language_detection": "check",
    "language_by_config": False,
    "translations": "drop",
    "modalities_deny": ["image", "audio", "video", "pdf"],
    "min_usable_fields": 2,
}


def section(**changes: Any) -> SelectParams:
    return SelectParams.model_validate(PARAMS | changes)


def card(**changes: Any) -> Card:
    types = changes.pop("types", {"text": "string", "label": "label"})
    known = {
        "taskname": "d",
        "dataset": "d",
        "config": "c",
        "revision": "r",
        "website": "w",
        "license": "mit",
        "license_found": "",
        "languages": ("en",),
        "task_categories": (),
        "task_ids": (),
        "summary": "",
        "supported_tasks": "",
        "data_fields": "",
        "features": {name: Feature(type=type) for name, type in types.items()},
        "splits": {"train": 3},
    }
    return Card.model_validate(known | changes)


@pytest.mark.parametrize(
    ("license", "changes", "expected"),
    [
        ("mit", {}, []),
        ("cc-by-nc-sa-4.0", {}, []),
        ("", {}, []),
        ("", {"license_unknown": []}, ["licence-missing"]),
        ("unknown", {}, ["licence-unknown"]),
        ("other", {}, ["licence-other"]),
        ("gemma", {}, ["licence-other"]),
        ("gemma", {"license_allow": ["gemma"]}, []),
        ("mit", {"license_allow": ["gemma"]}, ["licence-not-allowed"]),
        ("cc-by-nc-nd-4.0", {}, ["licence-no-derivatives"]),
        ("cc-by-nd-4.0|cc-by-sa-4.0|other", {}, ["licence-mixed"]),
        ("cc-by-nd-4.0|other", {}, ["licence-no-derivatives"]),
        ("other|cc-by-nd-4.0", {}, ["licence-other"]),
        ("my-own-terms", {}, ["licence-unrecognised"]),
        ("my-own-terms", {"license_unknown": ["unrecognised"]}, []),
        ("other|unknown", {"license_unknown": ["unknown", "other"]}, []),
        ("mine-nd-1.0", {"license_unknown": ["unrecognised"]}, ["licence-no-derivatives"]),
        ("", {"license_allow": ["mit"]}, []),
        ("bsd-2-clause|mit", {}, []),
        ("gpl-3.0", {"license_deny": ["gpl-3.0"]}, ["licence-denied"]),
        ("gpl-3.0", {"license_deny": ["gpl-3.0"], "license_allow": ["gpl-3.0"]}, ["licence-denied"]),
        ("cc-by-nc-4.0", {"license_deny": ["non-commercial"]}, ["licence-non-commercial"]),
        ("cc-by-sa-3.0|gfdl", {"license_deny": ["share-alike"]}, ["licence-share-alike"]),
        ("unknown", {"license_deny": []}, ["licence-unknown"]),
    ],
)
def test_licences_follow_the_lists(license: str, changes: dict[str, Any], expected: list[str]) -> None:
    assert reasons(card(license=license), section(**changes)) == expected


@pytest.mark.parametrize(
    ("languages", "changes", "expected"),
    [
        (("en",), {}, []),
        (("code",), {}, []),
        (("code", "en"), {}, []),
        ((), {}, []),
        ((), {"language_missing": "drop"}, ["language-missing"]),
        (("de",), {}, ["language-other"]),
        (("en", "de"), {}, ["language-several"]),
        (("ar", "de"), {}, ["language-several"]),
        (("en", "de"), {"languages": ["en", "de"]}, []),
        (("code",), {"languages": ["de"]}, ["language-other"]),
    ],
)
def test_languages_follow_the_list(languages: tuple[str, ...], changes: dict[str, Any], expected: list[str]) -> None:
    assert reasons(card(languages=languages), section(**changes)) == expected


@pytest.mark.parametrize(
    ("config", "stands"),
    [("en", True), ("EN", True), ("en_US", True), ("english", True), ("en-fr", False), ("de", False), ("enx", False)],
)
def test_a_config_named_after_a_language_may_stand_in_a_multilingual_dataset(config: str, stands: bool) -> None:
    several = card(config=config, languages=("en", "fr", "de"))
    assert narrowed(several, section()) == several
    found = narrowed(several, section(language_by_config=True))
    assert found.languages == (("en",) if stands else ("en", "fr", "de"))
    assert reasons(found, section(language_by_config=True)) == ([] if stands else ["language-several"])


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        ({"text": "string", "label": "label"}, []),
        ({"tokens": "list<string>", "tags": "list<label>"}, []),
        ({"image_caption": "string", "audio_length": "int32"}, []),
        ({"photo": "image", "caption": "string", "label": "label"}, ["modality"]),
        ({"text": "string"}, ["single-field"]),
        ({"photo": "image"}, ["modality", "single-field"]),
        ({"id": "string", "text": "string"}, ["too-few-usable-fields"]),
        ({"text": "string", "answers": "struct<text: list<string>>"}, ["too-few-usable-fields"]),
        ({"text": "string", "scores": "list<float32>"}, ["too-few-usable-fields"]),
        ({"text": "string", "blob": "binary"}, ["too-few-usable-fields"]),
        ({"id": "string", "translation": "translation"}, ["not-proposed", "translation"]),
        ({"sentence_id": "string", "idx": "int32"}, ["not-proposed"]),
        ({"evidence": "string", "width": "int32"}, []),
        ({"when": "timestamp[ms]", "price": "decimal128(5, 2)", "ok": "bool"}, []),
    ],
)
def test_a_config_needs_fields_that_a_task_could_use(types: dict[str, str], expected: list[str]) -> None:
    found = card(types=types, features={name: Feature(type=type) for name, type in types.items()})
    assert [reason for reason in reasons(found, section()) if not reason.startswith("license")] == expected


@pytest.mark.parametrize(
    ("declared", "detected", "changes", "expected"),
    [
        (("en",), ("en",), {}, []),
        (("en",), ("de",), {}, ["language-disagrees"]),
        (("en",), ("de",), {"language_detection": "ignore"}, []),
        (("en",), ("de", "en"), {}, []),
        (("en",), ("code",), {}, []),
        (("code",), ("en",), {}, []),
        (("de",), ("en",), {}, ["language-other"]),
        (("en",), ("de",), {"languages": ["en", "de"]}, []),
        (("en",), ("de",), {"languages": "all"}, []),
        (("sr",), ("hr",), {"languages": ["sr"]}, []),
        ((), ("en",), {"language_missing": "drop"}, []),
        ((), ("code",), {}, []),
        ((), ("zh",), {}, ["language-detected-other"]),
        ((), ("en", "zh"), {}, ["language-detected-other"]),
        ((), ("zh",), {"language_detection": "ignore", "language_missing": "drop"}, ["language-missing"]),
        ((), ("zh",), {"languages": "all"}, []),
        (("de", "fr", "xx"), (), {"languages": "all"}, []),
    ],
)
def test_the_text_is_heard_beside_the_card(
    declared: tuple[str, ...], detected: tuple[str, ...], changes: dict[str, Any], expected: list[str]
) -> None:
    found = card(languages=declared, languages_detected=detected)
    assert reasons(found, section(**changes)) == expected


def test_a_config_of_a_multilingual_dataset_may_stand_in_it_by_its_text() -> None:
    several = card(languages=("en", "fr"), languages_detected=("en",))
    assert reasons(narrowed(several, section()), section()) == ["language-several"]
    alone = narrowed(several, section(language_by_config=True))
    assert (alone.languages, reasons(alone, section())) == (("en",), [])
    french = narrowed(several.model_copy(update={"languages_detected": ("fr",)}), section(language_by_config=True))
    assert reasons(french, section()) == ["language-other"]
    unheard = section(language_by_config=True, language_detection="ignore")
    assert narrowed(several, unheard) == several


def test_a_card_that_is_let_in_though_its_text_disagrees_says_the_language_of_its_text() -> None:
    english = card(languages=("en",), languages_detected=("de",))
    assert select.corrected(english, section(languages="all")).language == "de"
    assert select.corrected(english, section(language_detection="ignore")) == english
    assert english.language == "en"


def test_a_translation_set_is_dropped_or_kept_where_all_its_languages_are_let_in() -> None:
    found = card(languages=("en", "de"), task_categories=("translation",))
    assert reasons(found, section()) == ["translation", "language-several"]
    assert reasons(found, section(translations="keep")) == ["language-several"]
    assert reasons(found, section(translations="keep", languages=["en", "de"])) == []
    assert reasons(found, section(languages=["en", "de"])) == ["translation"]


def test_a_drop_for_language_says_what_card_and_text_say() -> None:
    assert select.describe(card(languages_detected=("de",)), ["language-disagrees"]) == "en; text de"


def test_a_config_without_a_split_to_read_is_dropped() -> None:
    assert reasons(card(splits={}), section()) == ["no-usable-split"]


def test_ids_are_known_by_whole_words() -> None:
    types = {"id": "string", "pairID": "string", "video": "string", "candidates": "list<string>"}
    assert usable_fields(card(types=types)) == ["video", "candidates"]


def run(folder: Path, cards: list[Card], monkeypatch: pytest.MonkeyPatch, **changes: Any) -> argparse.Namespace:
    folder.mkdir(exist_ok=True)
    names = {"cards": "cards.jsonl", "kept": "kept.jsonl", "dropped": "dropped.jsonl", "metrics": "m.json"}
    paths = argparse.Namespace(**{key: folder / name for key, name in names.items()})
    write_jsonl(paths.cards, cards)
    (folder / "params.yaml").write_text(yaml.safe_dump({"select": PARAMS | changes}), "utf-8")
    monkeypatch.chdir(folder)
    select.main(paths)
    return paths


def test_each_card_is_kept_as_it_came_or_dropped_with_all_its_reasons(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cards = [card(config="a"), card(config="b", license="other", languages=("de", "fr")), card(config="c", license="")]
    paths = run(tmp_path, cards, monkeypatch)
    assert list(read_jsonl(paths.kept, Card)) == [cards[0], cards[2]]
    assert list(read_jsonl(paths.dropped, Dropped)) == [
        Dropped(what="config", id="d:b", stage="select", reason="licence-other", detail="other; also language-several")
    ]
    assert json.loads(paths.metrics.read_text("utf-8")) == {
        "configs": {"read": 3, "kept": 2, "dropped": {"licence-other": 1}},
        "kept_undeclared": {"license": 1, "language": 0},
    }


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"license_deny": ["no-derivative"]}, "license_deny.0"),
        ({"license_unknown": ["unsaid"]}, "license_unknown.0"),
        ({"languages": "some"}, "languages"),
        ({"languages": ["english"]}, "languages"),
        ({"languages": []}, "languages"),
        ({"modalities_deny": ["picture"]}, "modalities_deny.0"),
        ({"min_fields": 2}, "min_fields"),
    ],
)
def test_a_wrong_parameter_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], key: str
) -> None:
    with pytest.raises(ParamsError, match=key):
        run(tmp_path, [], monkeypatch, **changes)


# A dataset of the real hub for each reason, by (dataset, config); "" is one that is let in.
REAL = {
    ("glue", "sst2"): "",
    ("mbpp", "full"): "",
    ("crawl_domain", "default"): "single-field",
    ("head_qa", "en"): "modality",
    ("ambig_qa", "light"): "too-few-usable-fields",
    ("casino", "default"): "not-proposed",
    ("asset", "ratings"): "no-usable-split",
    ("multi_nli", "default"): "licence-mixed",
    ("aeslc", "default"): "licence-unknown",
    ("amazon_us_reviews", "Beauty_v1_00"): "licence-other",
    ("squad_kor_v1", "squad_kor_v1"): "licence-no-derivatives",
    ("allegro_reviews", "default"): "language-other",
    ("blbooksgenre", "raw"): "language-several",
    ("xnli", "en"): "",
    ("xnli", "de"): "language-disagrees",
    ("matinf", "qa"): "language-detected-other",
    ("bianet", "en_to_tr"): "not-proposed",
}


def test_real_datasets_meet_the_reasons(test_data: Path) -> None:
    hub = LocalHub(test_data / "hub")
    wanted = reading.CrawlParams.model_validate(CRAWL | {"rows_per_split": 1, "keep_repeats": True})
    found = {}
    for dataset, config in REAL:
        made, _ = reading.card_and_rows(hub, hub.dataset(dataset), config, wanted)
        found[dataset, config] = next(iter(reasons(made, section())), "")
    assert found == REAL


def test_what_real_cards_do_not_declare_is_kept_or_dropped_by_its_own_word(test_data: Path) -> None:
    hub = LocalHub(test_data / "hub")
    wanted = reading.CrawlParams.model_validate(CRAWL | {"keep_repeats": True})
    license, _ = reading.card_and_rows(hub, hub.dataset("xnli"), "en", wanted)
    language, _ = reading.card_and_rows(hub, hub.dataset("reclor"), "default", wanted)
    assert reasons(license, section()) == reasons(language, section()) == []
    assert reasons(license, section(license_unknown=[])) == ["licence-missing"]
    assert reasons(language, section(language_missing="drop")) == []
    assert language.language == "en"
    unheard = section(language_missing="drop", language_detection="ignore")
    assert reasons(language, unheard) == ["language-missing"]
