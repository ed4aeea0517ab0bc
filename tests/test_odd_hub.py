"""The odd hub is as odd as it says, and the hub of the tests serves all of it."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pyarrow.parquet as pq
import pytest
import yaml
from huggingface_hub import HfApi

from tests.hubserver import serving
from tests.odd_hub import COLUMNS, CONFIG_NAMES, CONFIGS, DATASETS, DEPTH, FILE_NAMES, HUGE_ROW, OddHub, make


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OddHub]:
    made = make(tmp_path_factory.mktemp("odd"))
    yield made
    assert not made.mark.exists()


def card(odd: OddHub, name: str) -> str:
    return (odd.hub / "odd" / name / "README.md").read_text("utf-8").split("---")[1]


def table(odd: OddHub, name: str) -> pq.ParquetFile:
    return pq.ParquetFile(odd.hub / "odd" / name / "data/train.parquet")


def test_every_dataset_is_listed_and_described_quickly_with_its_files(odd: OddHub) -> None:
    with serving(odd.hub, odd.states) as hub:
        api = HfApi(endpoint=hub.url, token=False)
        listed = {dataset.id for dataset in api.list_datasets(full=True)}
        assert listed == {f"odd/{name}" for name in (*DATASETS, "csv-converted", "file-names", "script")}
        for id in sorted(listed):
            folder = odd.hub / id
            written = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
            extra = odd.states[id].extra if id in odd.states else {}
            names = {one.rfilename for one in api.dataset_info(id).siblings or ()}
            assert names == {".gitattributes", *written, *extra}
        (convert,) = api.list_repo_refs("odd/csv-converted", repo_type="dataset").converts
        url = f"{hub.url}/datasets/odd/csv-converted/resolve/refs%2Fconvert%2Fparquet/default/train/0000.parquet"
        reply = httpx2.get(url)
        assert reply.headers["X-Repo-Commit"] == convert.target_commit
        assert reply.content[:4] == b"PAR1"


def test_the_sizes_are_those_named(odd: OddHub) -> None:
    assert table(odd, "wide").metadata.num_columns == COLUMNS
    assert table(odd, "row-huge").schema_arrow.names == ["text"]
    assert len(table(odd, "row-huge").read()["text"][0].as_py()) == HUGE_ROW
    assert table(odd, "no-rows").metadata.num_rows == 0
    kind, depth = table(odd, "deep").schema_arrow.field("top").type, 0
    while kind.num_fields:
        kind, depth = kind.field(0).type, depth + 1
    assert depth == DEPTH
    assert (odd.hub / "odd/header-huge/README.md").stat().st_size > 5_000_000


def test_the_names_are_those_named(odd: OddHub) -> None:
    assert [entry["config_name"] for entry in yaml.safe_load(card(odd, "config-names"))["configs"]] == [*CONFIG_NAMES]
    assert len(yaml.load(card(odd, "configs-many"), yaml.CSafeLoader)["configs"]) == CONFIGS
    assert "nul\0name" in table(odd, "characters").schema_arrow.names
    assert set(odd.states["odd/file-names"].extra) == set(FILE_NAMES)


def test_what_is_damaged_is_damaged(odd: OddHub) -> None:
    for name in ("no-parquet", "zero-bytes", "file-cut"):
        with pytest.raises((OSError, ValueError)):
            table(odd, name)
    with pytest.raises(UnicodeDecodeError):
        card(odd, "card-not-text")


def test_the_script_leaves_its_mark_when_it_is_run(tmp_path: Path) -> None:
    made = make(tmp_path)
    exec(compile((made.hub / "odd/script/script.py").read_text("utf-8"), "script.py", "exec"), {})  # the mark works
    assert made.mark.exists()
