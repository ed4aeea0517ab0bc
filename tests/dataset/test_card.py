"""The dataset card as the hub, `datasets` and a Markdown reader see it."""

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

from stages.dataset import card
from stages.dataset.findings import Findings
from stages.dataset.inventory import Inventory
from stages.shared.records import INSTANCES
from tests.dataset.parts import Row, row, run, write_part


def inventory(*parts: tuple[str, Sequence[Row]]) -> Inventory:
    found = Inventory(tuple(part for part, _ in parts))
    for part, rows in parts:
        found.add(pa.RecordBatch.from_pylist([{**one, "part": part} for one in rows], INSTANCES))
    return found


def rendered(found: Inventory, shards: Sequence[str]) -> str:
    return card.render(found, Findings(found.parts), shards)


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
        "license": "other",
        "license_name": "that-of-each-source",
        "license_link": "licenses.csv",
        "task_categories": ["text-generation"],
        "size_categories": ["1K<n<10K"],
        "configs": [
            {
                "config_name": "default",
                "data_files": [{"split": "train", "path": ["hub-2022-05.parquet", "corpus-seeds.parquet"]}],
            }
        ],
    }
    parts, licences, generators, languages = tables
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


@pytest.mark.parametrize(
    ("pairs", "claimed"),
    [
        ([("mit", "")], "mit"),
        ([("mit", ""), ("apache-2.0", "")], "other"),
        ([("mit", "openai-terms")], "other"),
        ([("", "")], "other"),
        ([("mit", ""), ("", "")], "other"),
        ([("cc-by-sa-3.0|gfdl", "")], "other"),
        ([("MIT [click](http://x)", "")], "other"),
        ([], "other"),
    ],
)
def test_the_header_claims_a_licence_only_where_it_covers_every_row(pairs: list[tuple[str, str]], claimed: str) -> None:
    rows = [row("q", license=license, terms=terms) for license, terms in pairs]
    header, _ = parsed(rendered(inventory(("corpus/seeds", rows)), ["corpus-seeds.parquet"]))
    assert header["license"] == claimed
    assert ("license_name" in header) == (claimed == "other")


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
    assert header["license"] == "other"
    assert header["language"] == ["en"]
    shown = " ".join(name.split())
    assert [line[0] for line in tables[1][1:]] == sorted([shown, f"{shown}2"])
    assert shown in [line[0] for line in tables[2][1:]]
    assert all(len(line) == len(lines[0]) for lines in tables for line in lines)


@given(st.text(max_size=40))
def test_any_name_is_one_code_span_in_one_cell(name: str) -> None:
    _, [[_, line]] = parsed("---\n---\n" + card.table(("name", "count"), [(card.code(name), "1")]))
    assert len(line) == 2
    assert line[1] == "1"


@pytest.mark.parametrize(
    ("instances", "word"), [(0, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (801_900, "100K<n<1M"), (10**10, "n>1B")]
)
def test_the_size_category_is_the_hubs_word(instances: int, word: str) -> None:
    assert card.size_category(instances) == word


def test_a_dataset_without_parts_has_a_card_too() -> None:
    header, tables = parsed(card.render(Inventory(()), Findings(()), []))
    assert "configs" not in header
    assert [lines[1:] for lines in tables] == [[], [], [], []]


def test_datasets_loads_the_folder_by_its_card(tmp_path: Path) -> None:
    write_part(tmp_path, "hub/2022-05", [row("a"), row("b")])
    write_part(tmp_path, "corpus/seeds", [row("c")])
    folder = run(tmp_path, ["hub/2022-05", "corpus/seeds"], tmp_path / "out")
    rows = load_dataset(str(folder), split="train", cache_dir=str(tmp_path / "cache"))
    assert rows["instruction"] == ["a", "b", "c"]
    assert rows.column_names == INSTANCES.names
