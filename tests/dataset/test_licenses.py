"""licenses.csv as another program reads it."""

import csv
from pathlib import Path

import pyarrow.parquet as pq

from tests.dataset.parts import row, run, write_part


def test_every_source_of_every_part_has_its_line_with_licence_and_counts(tmp_path: Path) -> None:
    wave = [
        row("a", license="mit", origin="glue:cola", task_id="t1"),
        row("b", license="mit", origin="glue:sst2", task_id="t2"),
        row("c", license="", origin="imdb:plain:text", website="https://example.org/imdb", task_id="t3"),
        row("d", license="", origin="imdb:plain:text", website="https://example.org/imdb", task_id="t3"),
        row("e", license="a|b", origin='odd, "name"\n:x', task_id="t4"),
    ]
    seeds = [
        row(f"s{number}", license="apache-2.0", origin=f"seed_{number}", task_id=f"s{number}") for number in range(3)
    ]
    write_part(tmp_path, "hub/2022-05", wave)
    write_part(tmp_path, "corpus/seeds", seeds)
    path = run(tmp_path, ["hub/2022-05", "corpus/seeds"], tmp_path / "out") / "licenses.csv"
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [tuple(line.values()) for line in lines] == [
        ("", "", "hub/2022-05", "imdb", "https://example.org/imdb", "2", "1"),
        ("apache-2.0", "", "corpus/seeds", "seeds", "https://example.org/glue", "3", "3"),
        ("a|b", "", "hub/2022-05", 'odd, "name"\n', "https://example.org/glue", "1", "1"),
        ("mit", "", "hub/2022-05", "glue", "https://example.org/glue", "2", "2"),
    ]
    assert list(lines[0]) == ["license", "terms", "part", "dataset", "website", "instances", "tasks"]
    shards = path.parent.glob("*.parquet")
    assert sum(int(line["instances"]) for line in lines) == sum(pq.read_metadata(shard).num_rows for shard in shards)
