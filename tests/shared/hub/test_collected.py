"""Datasets that were crawled before, in Dynosaur's two files."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.shared.errors import HubError, InputError
from stages.shared.files import dump_json
from stages.shared.hub import cards
from stages.shared.hub.collected import CollectedHub, card
from stages.shared.hub.seam import UnreadableError

GLUE = {
    "task_name": "glue-sst2",
    "selected_data": [{"sentence": "good", "label": "positive"}, {"sentence": "bad", "label": "negative"}],
    "multilinguality": "english",
    "summary": "Sentences from\n\nfilm reviews: ä",
    "supported_task": [],
    "data_fields": "- `sentence`: a text\n- `label`: one of two",
    "task_category": "text-classification, text-scoring",
    "task_ids": [],
    "license": "cc-by-4.0",
    "website": "https://huggingface.co/datasets/glue",
}
SQUAD = GLUE | {"task_name": "squad", "summary": [], "license": "", "multilinguality": "translation"}


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def files(metadata: list[Any], data: list[Any] | None = None) -> tuple[Path, Path]:
    """Both files; a text is a line as it is."""
    paths = Path("metadata.jsonl"), Path("data.jsonl")
    for path, records in zip(paths, (metadata, metadata if data is None else data), strict=True):
        lines = [record if isinstance(record, str) else dump_json(record) for record in records]
        path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return paths


def test_each_record_is_a_dataset_with_the_rows_of_the_second_file() -> None:
    more = [*GLUE["selected_data"], {"sentence": "so so", "label": None}]
    hub = CollectedHub(*files([SQUAD, GLUE], [GLUE | {"selected_data": more}, SQUAD]))
    assert hub.datasets() == ["glue-sst2", "squad"]
    dataset = hub.dataset("glue-sst2")
    assert (dataset.website, dataset.configs) == (GLUE["website"], {"default": {"train": ("data.jsonl",)}})
    assert {name: one.type for name, one in hub.features(dataset, "default").items()} == {
        "sentence": "string",
        "label": "string",
    }
    assert list(hub.rows(dataset, "default", "train", None, Counter())) == more
    assert list(hub.rows(dataset, "default", "train", 2, Counter())) == more[:2]
    assert list(hub.rows(hub.dataset("squad"), "default", "train", None, Counter())) == SQUAD["selected_data"]


def test_the_card_says_what_the_record_says() -> None:
    text = cards.read(card(GLUE), "glue")
    assert cards.values(text.header, "license", "") == ("cc-by-4.0",)
    assert cards.values(text.header, "language", "") == ("en",)
    assert cards.values(text.header, "task_categories", "") == ("text-classification", "text-scoring")
    assert cards.values(text.header, "task_ids", "") == ()
    assert cards.section(text.sections, "Dataset Summary") == GLUE["summary"]
    assert cards.section(text.sections, "Supported Tasks and Leaderboards") == ""
    assert cards.section(text.sections, "Data Fields") == GLUE["data_fields"]
    other = cards.read(card(SQUAD | {"license": "mit|gpl"}), "squad")
    assert cards.values(other.header, "license", "") == ("mit", "gpl")
    assert cards.values(other.header, "language", "") == ("mul",)
    assert cards.values(other.header, "multilinguality", "") == ("translation",)


def test_the_revision_is_one_of_both_files() -> None:
    before = CollectedHub(*files([GLUE, SQUAD]))
    assert before.revision("squad") == before.dataset("glue-sst2").revision == before.files_revision
    assert CollectedHub(*files([GLUE, SQUAD])).files_revision == before.files_revision
    after = CollectedHub(*files([GLUE, SQUAD], [GLUE, SQUAD | {"selected_data": []}]))
    assert after.files_revision != before.files_revision


@pytest.mark.parametrize(
    ("metadata", "data", "told"),
    [
        ([GLUE, "{"], [GLUE], "metadata.jsonl, line 2"),
        ([GLUE], [GLUE, "[]"], "data.jsonl, line 2"),
        ([GLUE, GLUE], [GLUE], "metadata.jsonl, line 2: expected each dataset once, got 'glue-sst2', which line 1"),
        ([GLUE], [GLUE | {"selected_data": "rows"}], "data.jsonl, line 1: expected a list of objects"),
        ([GLUE], [GLUE | {"selected_data": [1]}], "data.jsonl, line 1"),
        ([GLUE | {"task_name": ""}], [GLUE], "metadata.jsonl, line 1: expected a text under the key task_name"),
        ([GLUE | {"summary": {"a": 1}}], [GLUE], "metadata.jsonl, line 1.*summary"),
        ([GLUE, SQUAD], [GLUE], "data.jsonl: expected the dataset 'squad'"),
        ([GLUE], [GLUE, SQUAD], "metadata.jsonl: expected the dataset 'squad'"),
    ],
)
def test_a_line_that_is_no_record_is_refused_with_file_and_line(
    metadata: list[Any], data: list[Any], told: str
) -> None:
    with pytest.raises((InputError, UnreadableError), match=told):
        CollectedHub(*files(metadata, data))


def test_files_that_are_missing_or_outside_the_repository_are_refused(root: Path) -> None:
    metadata, data = files([GLUE])
    with pytest.raises(HubError, match="none"):
        CollectedHub(metadata, Path("no.jsonl"))
    inside = root / "repository"
    inside.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(inside)
        with pytest.raises(HubError, match="copy it into the repository"):
            CollectedHub(Path("..") / metadata, Path("..") / data)


def test_an_unknown_name_config_or_split_is_refused() -> None:
    hub = CollectedHub(*files([GLUE]))
    with pytest.raises(HubError, match="'other'"):
        hub.dataset("other")
    with pytest.raises(HubError, match="'test'"):
        hub.rows(hub.dataset("glue-sst2"), "default", "test", None, Counter())


WRITTEN = st.text() | st.lists(
    st.sampled_from(["# a", "```", "<!--", "text", "===", "  ", "- x", "\\", "> q", "~~~"])
).map("\n".join)


@given(st.dictionaries(st.sampled_from(["summary", "supported_task", "data_fields", "license", "task_ids"]), WRITTEN))
def test_any_texts_give_a_card_whose_sections_lose_no_word(record: dict[str, str]) -> None:
    text = cards.read(card(json.loads(json.dumps(record))), "any")
    titles = {
        "summary": "Dataset Summary",
        "data_fields": "Data Fields",
        "supported_task": "Supported Tasks and Leaderboards",
    }
    for key, title in titles.items():
        found = next((section.text for section in text.sections if section.title == title), "")
        assert letters(found) == letters(record.get(key, ""))


def letters(text: str) -> str:
    return "".join(mark for mark in text if mark.isalnum())
