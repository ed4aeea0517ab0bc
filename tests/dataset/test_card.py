"""The dataset card as the hub, `datasets` and a Markdown reader see it."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml
from datasets import load_dataset
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from stages.dataset import asking, card
from stages.dataset.card import Facts
from stages.dataset.findings import Findings
from stages.dataset.inventory import Inventory
from stages.shared import markdown
from stages.shared.records import INSTANCES
from tests.dataset.parts import RULES, Row, row, run, write_part


def inventory(*parts: tuple[str, Sequence[Row]]) -> Inventory:
    found = Inventory(tuple(part for part, _ in parts))
    for part, rows in parts:
        found.add(pa.RecordBatch.from_pylist([{**one, "part": part} for one in rows], INSTANCES))
    return found


MERGE = {**RULES, "row_group_size": 1000}
NOTHING = asking.report({}, Inventory(()))


def rendered(found: Inventory, shards: Sequence[str]) -> str:
    return card.render(Facts(found, Findings(found.parts), shards, MERGE, {}, {}, NOTHING))


def parsed(text: str) -> tuple[dict[str, Any], list[list[list[str]]]]:
    """The YAML header and the tables, cell texts as a reader sees them; fails where anything is raw HTML."""
    _, header, body = text.split("---\n", 2)
    tables: list[list[list[str]]] = []
    for token in MarkdownIt("commonmark", {"html": True}).enable("table").parse(body):
        assert token.type != "html_block"
        if token.type == "table_open":
            tables.append([])
        elif token.type == "tr_open":
            tables[-1].append([])
        elif token.type == "inline" and token.level == 4:
            assert {child.type for child in token.children or []} <= {"text", "code_inline"}
            tables[-1][-1].append("".join(child.content for child in token.children or []))
    return yaml.safe_load(header), tables


def test_the_card_counts_by_part_licence_generator_and_language() -> None:
    wave = [row(f"q{number}", license="mit", task_id=f"t{number % 2}") for number in range(1200)]
    wave += [row("none", license="", origin="imdb:a", task_id="t9")]
    seeds = [row("seed", license="cc-by-4.0", terms="openai-terms", generator="openai:x", origin="s1", task_id="s1")]
    found = inventory(("hub/2022-05", wave), ("corpus/seeds", seeds))
    header, tables = parsed(rendered(found, ["hub-2022-05.parquet", "corpus-seeds.parquet"]))
    assert header == {
        "pretty_name": "Sauropod instruction data",
        "language": ["en"],
        "license": ["cc-by-4.0", "mit", "unknown", "other"],
        "license_name": "that-of-each-source",
        "license_link": "licenses.csv",
        "task_categories": ["text-generation"],
        "size_categories": ["1K<n<10K"],
        "configs": [
            {
                "config_name": "default",
                "data_files": [{"split": "train", "path": ["hub-2022-05.parquet", "corpus-seeds.parquet"]}],
            },
            {"config_name": "hub-2022-05", "data_files": [{"split": "train", "path": ["hub-2022-05.parquet"]}]},
            {"config_name": "corpus-seeds", "data_files": [{"split": "train", "path": ["corpus-seeds.parquet"]}]},
        ],
    }
    parts, licences, generators, languages, parameters = tables
    assert parts[1:] == [
        ["hub/2022-05", "hub-2022-05.parquet", "1,201", "3", "2"],
        ["corpus/seeds", "corpus-seeds.parquet", "1", "1", "1"],
    ]
    assert licences[1:] == [
        ["none declared", "", "1", "1", "1"],
        ["cc-by-4.0", "openai-terms", "1", "1", "1"],
        ["mit", "", "1,200", "2", "1"],
    ]
    assert generators[1:] == [["template:rules-1", "1,201"], ["openai:x", "1"]]
    assert languages[1:] == [["en", "1,202"]]
    assert ["merge.near.threshold", "0.8"] in parameters


@pytest.mark.parametrize(
    ("pairs", "claimed"),
    [
        ([("mit", "")], ["mit"]),
        ([("mit", ""), ("apache-2.0", "")], ["apache-2.0", "mit"]),
        ([("mit", "openai-terms")], ["mit", "other"]),
        ([("", "")], ["unknown"]),
        ([("mit", ""), ("", "")], ["mit", "unknown"]),
        ([("cc-by-sa-3.0|gfdl", "")], ["cc-by-sa-3.0", "gfdl"]),
        ([("MIT [click](http://x)", "")], ["other"]),
        ([], ["other"]),
    ],
)
def test_the_header_has_every_licence_and_a_word_for_terms_and_for_what_is_none(
    pairs: list[tuple[str, str]], claimed: list[str]
) -> None:
    rows = [row("q", license=license, terms=terms) for license, terms in pairs]
    header, _ = parsed(rendered(inventory(("corpus/seeds", rows)), ["corpus-seeds.parquet"]))
    assert header["license"] == claimed
    assert ("license_name" in header) == ("other" in claimed)


HOSTILE = [
    "<script>alert(1)</script>",
    "[text](javascript:alert(1))",
    "![x](https://example.org/x.png)",
    "a | b",
    "a\\|b",
    "line\n\n# heading",
    "https://example.org",
    "**bold** _it_ &amp; ~~no~~",
    "---\nlicense: mit\n---",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_text_and_nothing_else(name: str) -> None:
    rows = [row("a", license=name, terms=name, generator=name, language=name), row("b", license=f"{name}2")]
    header, tables = parsed(rendered(inventory(("corpus/seeds", rows)), ["corpus-seeds.parquet"]))
    assert header["license"] == ["other"]
    assert header["language"] == ["en"]
    shown = " ".join(name.split())
    assert [line[0] for line in tables[1][1:]] == sorted([shown, f"{shown}2"])
    assert shown in [line[0] for line in tables[2][1:]]
    assert all(len(line) == len(lines[0]) for lines in tables for line in lines)


@given(st.text(max_size=40))
def test_any_name_is_one_code_span_in_one_cell(name: str) -> None:
    _, [[_, line]] = parsed("---\n---\n" + markdown.table(("name", "count"), [(markdown.code(name), "1")]))
    assert len(line) == 2
    assert line[1] == "1"


@pytest.mark.parametrize(
    ("instances", "word"), [(0, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (801_900, "100K<n<1M"), (10**10, "n>1B")]
)
def test_the_size_category_is_the_hubs_word(instances: int, word: str) -> None:
    assert card.size_category(instances) == word


def test_a_dataset_without_parts_has_a_card_too() -> None:
    header, tables = parsed(rendered(Inventory(()), []))
    assert "configs" not in header
    assert [lines[1:] for lines in tables[:4]] == [[], [], [], []]


def test_datasets_loads_the_folder_by_its_card(tmp_path: Path) -> None:
    write_part(tmp_path, "hub/2022-05", [row("a"), row("b")])
    write_part(tmp_path, "corpus/seeds", [row("c")])
    folder = run(tmp_path, ["hub/2022-05", "corpus/seeds"], tmp_path / "out")
    rows = load_dataset(str(folder), split="train", cache_dir=str(tmp_path / "cache"))
    assert rows["instruction"] == ["a", "b", "c"]
    for name, expected in (("hub-2022-05", ["a", "b"]), ("corpus-seeds", ["c"])):
        part = load_dataset(str(folder), name, split="train", cache_dir=str(tmp_path / "cache"))
        assert part["instruction"] == expected
    assert rows.column_names == INSTANCES.names


def test_the_card_says_how_it_was_made_what_it_may_be_used_for_and_how_to_cite(tmp_path: Path) -> None:
    (tmp_path / "benchmarks/quiz").mkdir(parents=True)
    text = "which of all the old boats in the grey harbour was the first to leave that day"
    (tmp_path / "benchmarks/quiz/a.jsonl").write_text(json.dumps({"problem": text, "solution": "x"}), "utf-8")
    write_part(tmp_path, "hub/2022-05", [row("a", license="mit|cc-by-nc-sa-4.0"), row("A!"), row(text)])
    write_part(tmp_path, "corpus/seeds", [row("b", license="", origin="seed_1"), row("c", terms="openai-terms")])
    rules = {"contamination": {"benchmarks": "all", "words": 13}}
    parts = ["hub/2022-05", "corpus/seeds"]
    folder = run(tmp_path, parts, tmp_path / "out", rules=rules, benchmarks=tmp_path / "benchmarks")
    text = (folder / "README.md").read_text("utf-8")
    _, tables = parsed(text)
    assert [
        ["instances", "count"],
        ["read", "5"],
        *[[f"dropped: {why}", "1"] for why in ("contaminated", "duplicate")],
    ] in [lines[:4] for lines in tables]
    [found] = [lines for lines in tables if lines[0][0] == "benchmark"]
    assert found[1][:1] + found[1][2:] == ["quiz", "1", "1", "1", "hub/2022-05 1"]
    for line in (
        "- Not every row allows commercial use, as far as is known; `merge.use: commercial` leaves out the rest.",
        "- Instances of `hub/2022-05` that forbid commercial use: 1 (`mit|cc-by-nc-sa-4.0`).",
        "- Instances of `hub/2022-05` that ask for the same licence on what is made of them: 1 "
        "(`mit|cc-by-nc-sa-4.0`).",
        "- Instances of `corpus/seeds` that name no licence, or none that is known, which is no permission: 1 "
        "(none declared).",
        "- Instances of `corpus/seeds` that come with terms of the model that wrote them: 1 (`openai-terms`).",
        "- `seeds`: `Ann: A corpus. 2023`",
        "Every task of hub datasets that the parts brought is here or was dropped for a reason:",
    ):
        assert line in text.splitlines()
