"""licenses.csv as another program reads it."""

import csv
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stages.dataset.inventory import Inventory
from stages.dataset.licenses import statement
from stages.dataset.usage import unfit
from stages.shared.errors import InputError
from stages.shared.records import INSTANCES
from tests.dataset.parts import row, run, write_part


def test_every_source_of_every_part_has_its_line_with_licence_and_counts(tmp_path: Path) -> None:
    wave = [
        row("a", license="mit", origin="glue:cola", task_id="t1"),
        row("b", license="mit", origin="glue:sst2", task_id="t2"),
        row("c", license="", origin="imdb:plain:text", website="https://example.org/imdb", task_id="t3"),
        row("d", license="", origin="imdb:plain:text", website="https://example.org/imdb", task_id="t3"),
        row("e", license="a|b", origin='odd, "name"\n:x', task_id="t4"),
    ]
    seeds = [row(f"s{number}", license="mit", origin=f"seed_{number}", task_id=f"s{number}") for number in range(3)]
    write_part(tmp_path, "hub/2022-05", wave)
    write_part(tmp_path, "corpus/seeds", seeds)
    path = run(tmp_path, ["hub/2022-05", "corpus/seeds"], tmp_path / "out") / "licenses.csv"
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    said = "license: MIT License"
    assert [tuple(line.values()) for line in lines] == [
        ("corpus/seeds", "seeds", "r1", "MIT License", "mit", "", "https://example.org/glue", "3", "3"),
        ("hub/2022-05", "glue", "r1", said, "mit", "", "https://example.org/glue", "2", "2"),
        ("hub/2022-05", "imdb", "r1", said, "", "", "https://example.org/imdb", "2", "1"),
        ("hub/2022-05", 'odd, "name"\n', "r1", said, "a|b", "", "https://example.org/glue", "1", "1"),
    ]
    assert list(lines[0]) == [
        *("part", "dataset", "revision", "license_found", "license", "terms", "website", "instances", "tasks")
    ]
    shards = path.parent.glob("*.parquet")
    assert sum(int(line["instances"]) for line in lines) == sum(pq.read_metadata(shard).num_rows for shard in shards)


def test_a_corpus_of_ones_own_that_says_nothing_of_citing_it_is_merged(tmp_path: Path) -> None:
    write_part(tmp_path, "corpus/own", [row("a")])
    (tmp_path / "corpus/own/corpus.yaml").write_text("license: mit\n", "utf-8")
    dataset = run(tmp_path, ["corpus/own"], tmp_path / "out")
    assert "Citations" not in (dataset / "ATTRIBUTION.md").read_text("utf-8")
    (tmp_path / "corpus/own/corpus.yaml").write_text("citation: Ann\n", "utf-8")
    with pytest.raises(InputError, match=r"corpus\.yaml: expected a corpus with its license, got KeyError"):
        run(tmp_path, ["corpus/own"], tmp_path / "again")


def test_a_record_with_a_licence_of_its_own_is_not_said_to_have_that_of_its_corpus(tmp_path: Path) -> None:
    write_part(tmp_path, "corpus/seeds", [row("a", license="mit"), row("b", license="cc-by-nc-4.0")])
    path = run(tmp_path, ["corpus/seeds"], tmp_path / "out") / "licenses.csv"
    with path.open(encoding="utf-8", newline="") as file:
        found = {(line["license_found"], line["license"]) for line in csv.DictReader(file)}
    assert found == {("MIT License", "mit"), ("cc-by-nc-4.0", "cc-by-nc-4.0")}


def test_every_source_is_attributed_with_website_licence_and_revision(tmp_path: Path) -> None:
    write_part(tmp_path, "hub/2022-05", [row("a", license="cc-by-sa-4.0|mit", revision="abc"), row("b", license="")])
    write_part(tmp_path, "corpus/seeds", [row("c", license="apache-2.0", origin="s1")])
    parts = ["hub/2022-05", "corpus/seeds"]
    text = (run(tmp_path, parts, tmp_path / "out") / "ATTRIBUTION.md").read_text("utf-8")
    lines = [line.split("|")[1:-1] for line in text.splitlines() if line.startswith("| `")]
    assert [[cell.strip() for cell in line] for line in lines] == [
        ["`glue`", "`https://example.org/glue`", "none declared", "", "`r1`", "`hub/2022-05`", "1"],
        ["`glue`", "`https://example.org/glue`", "`CC-BY-SA-4.0` and `MIT`", "", "`abc`", "`hub/2022-05`", "1"],
        ["`seeds`", "`https://example.org/glue`", "`Apache-2.0`", "", "`r1`", "`corpus/seeds`", "1"],
    ]
    assert text.endswith("## Citations\n\n- `seeds`: `Ann: A corpus. 2023`\n")


def inventory(*pairs: tuple[str, str]) -> Inventory:
    found = Inventory(("hub/a",))
    rows = [{**row(f"q{n}", license=license, terms=terms), "part": "hub/a"} for n, (license, terms) in enumerate(pairs)]
    found.add(pa.RecordBatch.from_pylist(rows, INSTANCES))
    return found


@pytest.mark.parametrize(
    ("pairs", "commercial", "strictest"),
    [
        ([("mit", ""), ("cc-by-4.0", "")], True, "attribution"),
        ([("mit", ""), ("cc-by-sa-4.0", "")], True, "share-alike"),
        ([("mit", ""), ("", "")], False, "unknown"),
        ([("mit", ""), ("cc-by-nc-4.0", ""), ("", "")], False, "non-commercial"),
        ([("mit|cc-by-nc-nd-4.0", "")], False, "no-derivatives"),
        ([("mit|some-terms", "")], False, "unknown"),
        ([("mit", "openai-terms")], False, "terms"),
    ],
)
def test_the_statement_is_that_of_the_strictest_row(
    pairs: list[tuple[str, str]], commercial: bool, strictest: str
) -> None:
    found = statement(inventory(*pairs))
    assert (found["commercial"], found["strictest"]) == (commercial, strictest)
    assert found["commercial"] == all(not unfit(license, terms, "commercial") for license, terms in pairs)
    assert found["derivatives"] == all(not unfit(license, terms, "research") for license, terms in pairs)


def test_the_statement_names_the_terms_where_they_and_not_the_licence_forbid() -> None:
    terms = "for non-commercial research only"
    found = statement(inventory(("other", terms), ("cc-by-nc-4.0", "openai-terms"), ("", "openai-terms")))
    named = {name: [one["licenses"] for one in parts.values()] for name, parts in found["by_class"].items() if parts}
    assert named == {
        "non-commercial": [["cc-by-nc-4.0", terms]],
        "unknown": [["none", "other"]],
        "terms": [[terms, "openai-terms"]],
    }
