"""Datasets of one's own: folders in hub layout, and single files."""

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from stages.shared.errors import HubError
from stages.shared.hub.local import LocalHub
from stages.shared.hub.own import card_path, open_own
from stages.shared.hub.seam import UnreadableError
from tests.house import ROOT
from tests.shared.hub import making

HUB = ROOT / "data/sources/hub"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository's root, the present folder."""
    repository = tmp_path / "repository"
    repository.mkdir()
    monkeypatch.chdir(repository)
    return repository


def read(path: Path, id: str = "mine", limit: int | None = None) -> tuple[dict[str, str], list[dict[str, object]]]:
    """The types of the columns, and the rows, of the one config and split."""
    hub = open_own(path, id)
    dataset = hub.dataset(id)
    types = {name: feature.type for name, feature in hub.features(dataset, "default").items()}
    return types, list(hub.rows(dataset, "default", "train", limit, Counter()))


def test_a_folder_in_hub_layout_is_read_as_the_hub_reads_it_under_an_id_of_its_own(root: Path) -> None:
    shutil.copytree(HUB / "glue", root / "own/things")
    own, hub = open_own(Path("own/things"), "team/mine"), LocalHub(HUB)
    mine, theirs = own.dataset("team/mine"), hub.dataset("glue")
    assert (mine.id, mine.website, mine.revision, mine.readme) == ("team/mine", "", theirs.revision, theirs.readme)
    assert own.datasets() == ["team/mine"]
    assert mine.configs == theirs.configs
    for config, splits in theirs.configs.items():
        assert own.features(mine, config) == hub.features(theirs, config)
        for split in splits:
            found = list(own.rows(mine, config, split, 5, Counter()))
            assert found == list(hub.rows(theirs, config, split, 5, Counter()))


def test_a_folder_without_a_card_has_the_configs_that_its_files_show_and_declares_nothing(root: Path) -> None:
    making.parquet(root / "own/data/train.parquet")
    hub = open_own(Path("own"), "own")
    assert hub.dataset("own").configs == {"default": {"train": ("data/train.parquet",)}}
    assert [row["text"] for row in hub.rows(hub.dataset("own"), "default", "train", None, Counter())] == ["one", "two"]
    (root / "bare").mkdir()
    with pytest.raises(UnreadableError, match="no-configs"):
        open_own(Path("bare"), "bare").dataset("bare")


def test_a_parquet_file_keeps_its_types_and_its_label_names(root: Path) -> None:
    label = making.label("no", "yes")
    making.parquet(root / "own/f.parquet", making.table({"q": ["a", "b"], "ok": pa.array([0, 1])}, {"ok": label}))
    assert read(Path("own/f.parquet")) == (
        {"q": "string", "ok": "label"},
        [{"q": "a", "ok": "no"}, {"q": "b", "ok": "yes"}],
    )
    assert read(Path("own/f.parquet"), limit=1)[1] == [{"q": "a", "ok": "no"}]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("f.jsonl", '{"q": "a", "n": 1}\n{"q": "b", "n": null}\n'),
        ("f.csv", "q,n\na,1\nb,\n"),
        ("f.tsv", "q\tn\na\t1\nb\t\n"),
    ],
)
def test_a_text_file_is_one_config_with_one_split(root: Path, name: str, text: str) -> None:
    (root / name).write_text(text, "utf-8")
    assert read(Path(name)) == ({"q": "string", "n": "int64"}, [{"q": "a", "n": 1}, {"q": "b", "n": None}])
    assert open_own(Path(name), "mine").dataset("mine").configs == {"default": {"train": (name,)}}


def test_the_card_of_a_file_is_the_file_of_its_name_and_part_of_its_revision(root: Path) -> None:
    (root / "faq.jsonl").write_text('{"q": 1}\n', "utf-8")
    hub = open_own(Path("faq.jsonl"), "faq")
    bare = hub.dataset("faq")
    (root / "faq.md").write_text(making.card({"license": "mit"}), "utf-8")
    with_card = hub.dataset("faq")
    assert bare.readme == "---\n{}\n---\n"
    assert with_card.readme == (root / "faq.md").read_text("utf-8")
    assert bare.revision != with_card.revision
    (root / "faq.jsonl").write_text('{"q": 2}\n', "utf-8")
    assert hub.dataset("faq").revision not in (bare.revision, with_card.revision)
    assert card_path(Path("own/faq.v2.csv")) == Path("own/faq.v2.md")
    (root / "faq.md").write_bytes(b"\xff")
    with pytest.raises(UnreadableError, match="card-not-text"):
        hub.dataset("faq")


def test_what_lies_outside_the_repository_is_refused_and_the_remedy_said(root: Path) -> None:
    outside = root.parent / "outside.jsonl"
    outside.write_text('{"q": 1}\n', "utf-8")
    (root / "link.jsonl").symlink_to(outside)
    shutil.copytree(HUB / "circa", root / "circa")
    (root / "circa/more").symlink_to(root.parent)
    (root / "faq.jsonl").write_text('{"q": 1}\n', "utf-8")
    (root / "faq.md").symlink_to(outside)
    for path in (outside, Path("../outside.jsonl"), Path("link.jsonl"), Path("circa"), Path("faq.jsonl")):
        with pytest.raises(HubError, match="copy it into the repository, to data/sources/own/"):
            open_own(path, "mine")


@pytest.mark.parametrize(
    ("path", "id", "told"),
    [
        ("no.jsonl", "mine", "expected a folder or a file, got none"),
        ("f.txt", "mine", "ends in .parquet, .jsonl, .csv, .tsv, got .txt"),
        ("f.jsonl", "../mine", "choose another id"),
        ("f.jsonl", "a/b/c", "choose another id"),
    ],
)
def test_what_can_be_no_dataset_is_refused(root: Path, path: str, id: str, told: str) -> None:
    for name in ("f.txt", "f.jsonl"):
        (root / name).write_text('{"q": 1}\n', "utf-8")
    with pytest.raises(HubError, match=told):
        open_own(Path(path), id)


def test_an_empty_file_and_a_damaged_one_say_so(root: Path) -> None:
    (root / "none.jsonl").write_text("\n", "utf-8")
    (root / "bad.jsonl").write_text('{"q": 1}\n{"q": \n', "utf-8")
    (root / "bad.parquet").write_text("no parquet", "utf-8")
    for name, told in (
        ("none.jsonl", "no row"),
        ("bad.jsonl", "bad.jsonl, line 2"),
        ("bad.parquet", "parquet-unreadable"),
    ):
        with pytest.raises(UnreadableError, match=told):
            read(Path(name))


def test_only_its_own_id_config_and_split_are_there(root: Path) -> None:
    (root / "f.jsonl").write_text('{"q": 1}\n', "utf-8")
    hub = open_own(Path("f.jsonl"), "mine")
    calls: list[Any] = [
        lambda: hub.dataset("other"),
        lambda: hub.revision("other"),
        lambda: hub.features(hub.dataset("mine"), "other"),
        lambda: hub.rows(hub.dataset("mine"), "default", "test", None, Counter()),
    ]
    for call in calls:
        with pytest.raises(HubError):
            call()


def test_the_rows_of_a_real_dataset_are_the_same_from_json_lines(root: Path) -> None:
    hub = LocalHub(HUB)
    for id in ("circa", "squad_v2", "drop"):
        dataset = hub.dataset(id)
        config = next(iter(dataset.configs))
        rows = list(hub.rows(dataset, config, "train", 50, Counter()))
        (root / f"{id}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
        assert read(Path(f"{id}.jsonl"))[1] == rows
