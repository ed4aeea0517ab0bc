"""What the repository ships as sources: a small real hub, its attribution, two waves, a corpus, recorded answers."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from stages.corpus.source import read_corpus
from stages.shared.files import read_yaml
from stages.shared.hub.local import folder_revision
from stages.shared.terms import terms_of

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "data" / "sources"
HUB = SOURCES / "hub"
WAVES = sorted((SOURCES / "waves").glob("*.yaml"))
DATASETS = sorted(folder.name for folder in HUB.iterdir() if folder.is_dir())

PERMITS_COPYING = {
    *("apache-2.0", "mit", "bsd-2-clause", "bsd-3-clause", "cc0-1.0"),
    *("cc-by-2.0", "cc-by-2.5", "cc-by-3.0", "cc-by-4.0", "cc-by-sa-3.0", "cc-by-sa-4.0"),
    *("odc-by", "odbl", "gfdl"),
}
FIRST_WAVES = ("2022-05", "2022-09")
FOR_GROWING = {"banking77", "circa", "qasc", "aqua_rat", "sede", "tweet_qa", "hover", "mocha"}
PERMISSIVE = """
    adv_glue ai2_arc amazon_polarity ambig_qa aqua_rat banking77 big_patent billsum boolq c4 circa conv_questions
    cosmos_qa covid_qa_castorini covid_qa_deepset crd3 deal_or_no_dialog discofuse e2e_nlg e2e_nlg_cleaned
    eth_py150_open eurlex gigaword glucose glue go_emotions google_wellformed_query great_code gsm8k hover
    hyperpartisan_news_detection math_qa mbpp med_hop mocha newspop nlu_evaluation_data nq_open numeric_fused_head
    onestop_qa proto_qa pubmed_qa qasc quartz sede sem_eval_2014_task_1 snips_built_in_intents snli taskmaster3
    the_pile_stack_exchange truthful_qa tweet_qa wiki_auto wiki_hop wikitablequestions xsum_factuality zest
"""


def card_header(dataset: str) -> dict[str, Any]:
    text = (HUB / dataset / "README.md").read_text("utf-8")
    header: dict[str, Any] = yaml.safe_load(text.split("---", 2)[1])
    return header


def many(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def attributed() -> dict[str, str]:
    text = (HUB / "ATTRIBUTION.md").read_text("utf-8")
    parts = re.split(r"^## `(.+)`$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def waves() -> dict[str, list[dict[str, Any]]]:
    return {path.stem: yaml.safe_load(path.read_text("utf-8"))["datasets"] for path in WAVES}


def test_the_57_permissive_datasets_are_all_there() -> None:
    assert len(PERMISSIVE.split()) == 57
    assert set(DATASETS) >= set(PERMISSIVE.split())


def test_the_hub_stays_small() -> None:
    sizes = {path: path.stat().st_size for path in HUB.rglob("*") if path.is_file()}
    assert sum(sizes.values()) < 5_000_000
    assert max(sizes.values()) < 1_000_000
    assert (HUB / "ATTRIBUTION.md").stat().st_size < 300_000


def test_the_hub_holds_cards_and_parquet_and_nothing_else() -> None:
    names = {
        path.relative_to(HUB).as_posix() for path in HUB.rglob("*") if path.is_file() and path.suffix != ".parquet"
    }
    assert names == {"ATTRIBUTION.md", *(f"{dataset}/README.md" for dataset in DATASETS)}


@pytest.mark.parametrize("dataset", DATASETS)
def test_a_dataset_is_english_and_its_licence_permits_copying(dataset: str) -> None:
    header = card_header(dataset)
    assert set(many(header["license"])) <= PERMITS_COPYING
    assert set(many(header["language"])) <= {"en", "code"}


def test_a_dataset_has_an_attribution_with_its_licence_homepage_and_citation() -> None:
    entries = attributed()
    assert sorted(entries) == DATASETS
    for dataset, entry in entries.items():
        licence = re.search(r"^- Licence: (.+)$", entry, re.MULTILINE)
        assert licence is not None
        assert licence[1].split(" and ") == many(card_header(dataset)["license"]), dataset
        assert re.search(r"^- Name: \S", entry, re.MULTILINE), dataset
        assert re.search(r"^- Homepage: <https?://\S+>$", entry, re.MULTILINE), dataset
        citation = entry.partition("- Citation:")[2]
        assert len(citation.replace("`", "").split()) > 8, dataset


def test_a_wave_pins_each_dataset_at_the_revision_of_its_folder() -> None:
    for wave, entries in waves().items():
        for entry in entries:
            assert entry["revision"] == folder_revision(HUB / entry["id"]), f"{entry['id']} in {wave}"


def test_a_wave_names_configs_that_the_card_has() -> None:
    for entry in (entry for entries in waves().values() for entry in entries):
        known = [config["config_name"] for config in card_header(entry["id"])["configs"]]
        assert set(entry.get("configs", known)) <= set(known)


def test_the_first_two_waves_are_sorted_and_hold_every_dataset_but_those_for_growing() -> None:
    found = {wave: [entry["id"] for entry in waves()[wave]] for wave in FIRST_WAVES}
    for ids in found.values():
        assert ids == sorted(ids)
    every = [id for ids in found.values() for id in ids]
    assert len(every) == len(set(every))
    assert set(every) == set(DATASETS) - FOR_GROWING


@pytest.mark.parametrize("wave", FIRST_WAVES)
def test_a_first_wave_holds_mixed_kinds_of_task(wave: str) -> None:
    kinds = {"question-answering", "text-classification", "summarization", "text2text-generation", "text-generation"}
    found = {kind for entry in waves()[wave] for kind in many(card_header(entry["id"]).get("task_categories"))}
    assert found >= kinds


def test_the_datasets_are_byte_for_byte_those_of_the_larger_data(test_data: Path) -> None:
    for dataset in DATASETS:
        assert folder_revision(HUB / dataset) == folder_revision(test_data / "hub" / dataset), dataset


def test_the_seed_tasks_are_175_of_which_26_are_classification() -> None:
    corpus = read_corpus(SOURCES / "corpora" / "self-instruct-seeds.yaml")
    (file,) = corpus.files
    content = (SOURCES / "corpora" / file).read_bytes()
    assert hashlib.sha256(content).hexdigest() == corpus.sha256[file]
    tasks = [json.loads(line) for line in content.splitlines()]
    classification = [task for task in tasks if task["is_classification"]]
    assert (len(tasks), len(classification), len(tasks) - len(classification)) == (175, 26, 149)
    assert corpus.license == "apache-2.0"


def test_every_corpus_is_described_whole_and_only_the_seeds_are_on() -> None:
    described = {path.stem: read_corpus(path) for path in (SOURCES / "corpora").glob("*.yaml")}
    assert {name for name, corpus in described.items() if not corpus.unpinned} == {"self-instruct-seeds"}
    for corpus in described.values():
        assert corpus.website
        assert corpus.citation
        # What a model wrote comes under its maker's terms, whatever the corpus declares.
        assert terms_of(corpus.generator) in corpus.terms
    assert read_yaml(SOURCES.parents[1] / "params.yaml")["corpora"] == ["self-instruct-seeds"]


def test_the_recorded_tasks_are_133_configs_with_instructions_and_fields() -> None:
    lines = (SOURCES / "recorded" / "gpt35_tasks.jsonl").read_text("utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    assert len(records) == 133
    for record in records:
        assert record["dataset"]
        for task in record["tasks"]:
            assert set(task) == {"instruction", "input_fields", "output_field"}


def test_benchmarks_and_recorded_answers_stay_small_and_say_where_they_come_from() -> None:
    for folder in ("benchmarks", "recorded"):
        files = [path for path in (SOURCES / folder).rglob("*") if path.suffix in {".json", ".jsonl"}]
        assert max(path.stat().st_size for path in files) < 1_000_000
        assert [path for path in files if not (path.parent / "ATTRIBUTION.md").is_file()] == []
