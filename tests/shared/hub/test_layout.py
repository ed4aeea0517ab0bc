import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.shared.errors import HubError
from stages.shared.hub import layout
from stages.shared.hub.seam import REASONS, HubDataset, UnreadableError

NAMES = [".gitattributes", "README.md", "data/test-00000-of-00001.parquet", "data/train-00000-of-00002.parquet",
         "data/train-00001-of-00002.parquet", "de/train.parquet", "deep/a/b/train.parquet", "top.parquet"]  # fmt: skip


def test_without_a_list_in_the_card_folders_are_configs_and_names_are_splits() -> None:
    assert layout.configs(NAMES, {}) == {
        "default": {
            "test": ("data/test-00000-of-00001.parquet",),
            "train": ("data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet"),
            "top": ("top.parquet",),
        },
        "de": {"train": ("de/train.parquet",)},
    }


@pytest.mark.parametrize(
    ("data_files", "expected"),
    [
        ("de/train.parquet", {"train": ("de/train.parquet",)}),
        ("data/train-*", {"train": ("data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet")}),
        ("**/train.parquet", {"train": ("de/train.parquet", "deep/a/b/train.parquet")}),
        ({"dev": ["de/*.parquet", "top.parquet"]}, {"dev": ("de/train.parquet", "top.parquet")}),
        ([{"split": "a", "path": "de/train.parquet"}], {"a": ("de/train.parquet",)}),
        ("missing/*.parquet", {"train": ("missing/*.parquet",)}),
        ("a**b/[", {"train": ("a**b/[",)}),
        ("../*.parquet", {"train": ("../*.parquet",)}),
    ],
)
def test_data_files_of_a_card_are_paths_globs_lists_or_mappings(data_files: object, expected: object) -> None:
    header = {"configs": [{"config_name": "c", "data_files": data_files}]}
    assert layout.configs(NAMES, header) == {"c": expected}


def test_data_dir_of_a_card_takes_the_files_below_that_folder_and_no_others() -> None:
    header = {"configs": [{"config_name": "c", "data_dir": "data"}, {"config_name": "d", "data_dir": "dat"}]}
    found = layout.configs(NAMES, header)
    assert list(found["c"]) == ["test", "train"]
    assert found["d"] == {}


def test_the_hubs_own_conversion_is_read_by_its_folders_whole_or_partial() -> None:
    names = ["x/train/0000.parquet", "x/train/0001.parquet", "x/partial-test/0000.parquet", "y/train/a.parquet"]
    assert layout.converted_configs(names) == {
        "x": {"train": ("x/train/0000.parquet", "x/train/0001.parquet"), "test": ("x/partial-test/0000.parquet",)}
    }


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        ([".gitattributes", "README.md"], "empty"),
        (["README.md", "glue.py"], "script-only"),
        (["README.md", "glue.py", "data.zip"], "other-formats"),
        (["README.md", "a.csv", "b.jsonl"], "other-formats"),
        (["README.md", "a/1.jpg", "a/2.JPG", "labels.csv"], "media-files"),
        (["README.md", "a.wav"], "media-files"),
    ],
)
def test_files_without_any_parquet_say_what_they_are_instead(names: list[str], reason: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        layout.check_formats(names, "a/b")
    assert (caught.value.reason, reason in REASONS) == (reason, True)
    layout.check_formats([*names, "x/y.parquet"], "a/b")


def test_a_config_and_a_split_that_are_not_there_are_named_with_those_that_are() -> None:
    dataset = HubDataset("d", "r", "", "", {"c": {"train": ("x",)}, "none": {}})
    assert layout.files_of(dataset, "c", "train") == ("x",)
    with pytest.raises(HubError, match="'other'; name one of c, none"):
        layout.splits_of(dataset, "other")
    with pytest.raises(HubError, match="'dev'; name one of train"):
        layout.files_of(dataset, "c", "dev")
    with pytest.raises(UnreadableError, match="no-data-files"):
        layout.splits_of(dataset, "none")


parts = st.sampled_from(["a", "b", "train", "x.parquet", "y.parquet", "a1"])
paths = st.lists(parts, min_size=1, max_size=3).map("/".join)
patterns = st.lists(
    st.sampled_from(["a", "*", "**", "?", "[ab]", "*.parquet", "x*", "tr*n"]), min_size=1, max_size=3
).map("/".join)


@given(st.lists(paths, min_size=1, max_size=8, unique=True), patterns)
def test_a_glob_over_names_finds_what_a_glob_over_a_folder_finds(names: list[str], pattern: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for each in sorted(names, key=len):
            path = folder / each
            if any(parent.is_file() for parent in path.parents) or path.is_dir():
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        there = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
        wanted = sorted(path.relative_to(folder).as_posix() for path in folder.glob(pattern) if path.is_file())
        if pattern.endswith("**"):  # a folder's glob means folders by it, a hub's the files below
            wanted = sorted(
                path.relative_to(folder).as_posix() for path in folder.glob(f"{pattern}/*") if path.is_file()
            )
        found = layout.configs(there, {"configs": [{"config_name": "c", "data_files": pattern}]})
        assert list(found["c"]["train"]) == (wanted or [pattern])


KEYS = st.sampled_from(["config_name", "data_files", "data_dir", "split", "path"])
VALUES = st.recursive(
    st.none() | st.integers() | st.sampled_from([*NAMES, "data", "*.parquet"]) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES | st.lists(st.dictionaries(KEYS, VALUES), max_size=3))
def test_any_header_gives_configs_of_files_that_are_there_or_that_it_names(configs: object) -> None:
    found = layout.configs(NAMES, {"configs": configs})
    assert all(
        path in NAMES or repr(path) in repr(configs)
        for splits in found.values()
        for files in splits.values()
        for path in files
    )


@given(st.text())
def test_a_name_that_does_not_lead_out_stays_below_its_folder(name: str) -> None:
    if not layout.leads_out(name) and "\0" not in name:
        assert (Path("/hub/data") / name).is_relative_to("/hub/data")
