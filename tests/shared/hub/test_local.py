import os
from collections import Counter
from pathlib import Path

import pytest

from stages.shared.errors import HubError
from stages.shared.hub.layout import reading_order
from stages.shared.hub.local import LocalHub, folder_revision
from stages.shared.hub.seam import REASONS, UnreadableError
from stages.shared.records import Feature
from tests.shared.hub.making import card, dataset, label, parquet, table


def rows(hub: LocalHub, id: str, config: str, split: str, limit: int | None = None) -> list[dict[str, object]]:
    return list(hub.rows(hub.dataset(id), config, split, limit, Counter()))


def reason(hub: LocalHub, id: str, config: str | None = None, split: str = "train") -> str:
    with pytest.raises(UnreadableError) as caught:
        hub.dataset(id) if config is None else rows(hub, id, config, split)
    assert caught.value.reason in REASONS
    assert id in str(caught.value)
    return caught.value.reason


def with_files(folder: Path, data_files: object, name: str = "c") -> LocalHub:
    made = dataset(folder, "d", {})
    (made / "README.md").write_text(card({"configs": [{"config_name": name, "data_files": data_files}]}), "utf-8")
    return LocalHub(folder)


def test_the_revision_hangs_on_names_and_bytes_and_on_nothing_else(tmp_path: Path) -> None:
    made = [dataset(tmp_path / name, "d", {"c": {"train": None, "test": None}}) for name in "ab"]
    os.utime(made[0] / "README.md", (1, 1))
    first, second = map(folder_revision, made)
    assert first == second
    assert len(first) == 16
    (made[1] / "c" / "test.parquet").rename(made[1] / "c" / "tests.parquet")
    renamed = folder_revision(made[1])
    (made[1] / "README.md").write_text("changed", "utf-8")
    assert len({first, renamed, folder_revision(made[1])}) == 3


def test_datasets_are_folders_and_folders_of_folders_with_cards(tmp_path: Path) -> None:
    dataset(tmp_path, "plain", {"c": {"train": None}})
    dataset(tmp_path, "legacy/glue", {"c": {"train": None}})
    parquet(tmp_path / "cardless" / "c" / "train.parquet")
    (tmp_path / "ATTRIBUTION.md").write_text("thanks", "utf-8")
    (tmp_path / ".cache").mkdir()
    hub = LocalHub(tmp_path)
    assert hub.datasets() == ["cardless", "legacy/glue", "plain"]
    assert hub.dataset("legacy/glue").website == "https://huggingface.co/datasets/legacy/glue"
    assert reason(hub, "cardless") == "card-missing"


@pytest.mark.parametrize("id", ["nothing", "", "..", "../hub", "/etc", "a/b/c", "plain\0"])
def test_an_id_that_the_hub_does_not_have_is_named(tmp_path: Path, id: str) -> None:
    dataset(tmp_path, "plain", {"c": {"train": None}})
    hub = LocalHub(tmp_path)
    for ask in (hub.dataset, hub.revision):
        with pytest.raises(HubError) as caught:
            ask(id)
        assert not isinstance(caught.value, UnreadableError)
        assert repr(id) in str(caught.value)


def test_a_config_and_a_split_that_are_not_there_are_named_with_those_that_are(tmp_path: Path) -> None:
    dataset(tmp_path, "d", {"one": {"train": None}, "two": {"train": None}})
    hub = LocalHub(tmp_path)
    with pytest.raises(HubError, match="got 'three'; name one of one, two"):
        hub.features(hub.dataset("d"), "three")
    with pytest.raises(HubError, match="got 'dev'; name one of train"):
        rows(hub, "d", "one", "dev")


def test_rows_are_read_in_order_up_to_the_limit_over_several_files(tmp_path: Path) -> None:
    for number in range(2):
        parquet(
            tmp_path / "d" / f"c/train-{number}.parquet", table({"n": list(range(number * 100, number * 100 + 100))})
        )
    hub = with_files(tmp_path, [{"split": "train", "path": ["c/train-0.parquet", "c/train-1.parquet"]}])
    assert rows(hub, "d", "c", "train", 150) == [{"n": number} for number in range(150)]
    assert len(rows(hub, "d", "c", "train")) == 200


@pytest.mark.parametrize(
    ("data_files", "splits"),
    [
        ("c/train.parquet", {"train": ("c/train.parquet",)}),
        (["c/train.parquet", "c/dev.parquet"], {"train": ("c/train.parquet", "c/dev.parquet")}),
        ([{"split": "dev", "path": "c/dev.parquet"}], {"dev": ("c/dev.parquet",)}),
        ({"dev": "c/dev.parquet", "x": ["c/train.parquet"]}, {"dev": ("c/dev.parquet",), "x": ("c/train.parquet",)}),
        ([{"split": "all", "path": "c/*.parquet"}], {"all": ("c/dev.parquet", "c/train.parquet")}),
        ([{"split": "all", "path": "**/t*.parquet"}], {"all": ("c/train.parquet",)}),
        ([{"split": "all", "path": "c/*.csv"}], {"all": ("c/*.csv",)}),
        ([{"path": "c/dev.parquet"}], {"train": ("c/dev.parquet",)}),
        ([{"split": "all"}, 3, {"split": {}, "path": "x"}], {"train": ("3",)}),
        (None, {"train": ("c/train.parquet",), "dev": ("c/dev.parquet",)}),
    ],
)
def test_data_files_are_read_in_every_form_that_cards_use(
    tmp_path: Path, data_files: object, splits: dict[str, tuple[str, ...]]
) -> None:
    for split in ("train", "dev"):
        parquet(tmp_path / "d" / "c" / f"{split}.parquet")
    assert with_files(tmp_path, data_files).dataset("d").configs == {"c": splits}


def test_names_of_configs_and_files_may_hold_spaces_commas_signs_and_brackets(tmp_path: Path) -> None:
    name = "mode=first,char skip=25"
    parquet(tmp_path / "d" / "a [b]" / "tr*in.parquet")
    hub = with_files(tmp_path, [{"split": "train", "path": "a [b]/tr*in.parquet"}], name)
    assert len(rows(hub, "d", name, "train")) == 2


def test_without_configs_in_the_card_the_files_show_them(tmp_path: Path) -> None:
    for name in ("data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet", "qa/zero-shot.parquet"):
        parquet(tmp_path / "d" / name)
    (tmp_path / "d" / "README.md").write_text(card({"configs": ["qa", "default"]}), "utf-8")
    assert LocalHub(tmp_path).dataset("d").configs == {
        "default": {"train": ("data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet")},
        "qa": {"zero-shot": ("qa/zero-shot.parquet",)},
    }


def test_a_dataset_that_cannot_be_used_is_told_by_its_reason(tmp_path: Path) -> None:
    for id, text in {
        "headless": b"# A card\n",
        "broken": b"---\na: [\n---\n",
        "latin": "---\nname: é\n---\n".encode("latin-1"),
        "empty": b"---\na: 1\n---\n",
    }.items():
        (tmp_path / id).mkdir()
        (tmp_path / id / "README.md").write_bytes(text)
    hub = LocalHub(tmp_path)
    assert {id: reason(hub, id) for id in hub.datasets()} == {
        "headless": "card-without-header",
        "broken": "card-broken-header",
        "latin": "card-not-text",
        "empty": "no-configs",
    }


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("c/absent.parquet", "file-missing"),
        ("c", "file-missing"),
        ("c/\0.parquet", "file-missing"),
        ("c/" + "x" * 300 + ".parquet", "file-missing"),
        ("https://example.org/train.parquet", "file-missing"),
        ("../other/c/train.parquet", "path-outside"),
        ("../*/c/train.parquet", "path-outside"),
        ("/etc/passwd", "path-outside"),
        ("link.parquet", "path-outside"),
        ("README.md", "parquet-unreadable"),
        ("empty.parquet", "parquet-unreadable"),
        ("cut.parquet", "parquet-unreadable"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_by_its_reason(tmp_path: Path, path: str, expected: str) -> None:
    outside = parquet(tmp_path / "other" / "c" / "train.parquet")
    hub = with_files(tmp_path, [{"split": "train", "path": path}])
    (tmp_path / "d" / "c").mkdir()
    (tmp_path / "d" / "link.parquet").symlink_to(outside)
    (tmp_path / "d" / "empty.parquet").touch()
    (tmp_path / "d" / "cut.parquet").write_bytes(outside.read_bytes()[:-20])
    assert reason(hub, "d", "c") == expected


def test_damage_inside_a_file_is_found_while_its_rows_are_read(tmp_path: Path) -> None:
    path = parquet(tmp_path / "d" / "c" / "train.parquet", table({"text": [str(n) * 50 for n in range(500)]}))
    content = bytearray(path.read_bytes())
    content[40:400] = bytes(360)
    path.write_bytes(content)
    hub = with_files(tmp_path, None)
    assert hub.features(hub.dataset("d"), "c") == {"text": Feature(type="string")}
    assert reason(hub, "d", "c") == "parquet-unreadable"


def test_a_config_without_files_is_told_by_its_reason(tmp_path: Path) -> None:
    assert reason(with_files(tmp_path, []), "d", "c") == "no-data-files"


def test_splits_with_different_columns_are_told_by_their_reason(tmp_path: Path) -> None:
    dataset(tmp_path, "d", {"c": {"train": None, "dev": table({"text": ["a"]})}})
    assert reason(LocalHub(tmp_path), "d", "c", "dev") == "columns-differ"


def test_rows_have_the_keys_of_the_features_in_their_order_without_bytes(tmp_path: Path) -> None:
    first = table({"label": [1], "blob": [b"x"], "text": ["a"]}, {"label": label("no", "yes")})
    other = table({"text": ["b"], "label": [-1], "blob": [b"y"]}, {"label": label("no", "yes")})
    dataset(tmp_path, "d", {"c": {"train": first, "dev": other}})
    hub = LocalHub(tmp_path)
    assert hub.features(hub.dataset("d"), "c") == {
        "label": Feature(type="label", labels=("no", "yes")),
        "blob": Feature(type="binary"),
        "text": Feature(type="string"),
    }
    assert rows(hub, "d", "c", "train") == [{"label": "yes", "text": "a"}]
    assert [list(row.items()) for row in rows(hub, "d", "c", "dev")] == [[("label", None), ("text", "b")]]


def test_train_is_read_first_then_validation_then_as_in_the_card() -> None:
    splits = dict.fromkeys(["test", "validation", "validation_2", "train"])
    assert reading_order(splits) == ["train", "validation", "test", "validation_2"]


def test_a_hub_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HubError, match="correct the path of the hub"):
        LocalHub(tmp_path / "none")


def test_real_configs_whose_names_are_no_file_names_are_read(test_data: Path) -> None:
    hub = LocalHub(test_data / "hub")
    for id, config, split in [
        ("qanta", "mode=first,char_skip=25", "guesstrain"),
        ("wili_2018", "WiLI-2018 dataset", "train"),
        ("hda_nli_hindi", "HDA nli hindi", "train"),
    ]:
        assert rows(hub, id, config, split, 3)


def test_real_labels_are_names_in_every_split(test_data: Path) -> None:
    hub = LocalHub(test_data / "hub")
    found = hub.dataset("glue")
    features = hub.features(found, "sst2")
    assert features["label"] == Feature(type="label", labels=("negative", "positive"))
    assert {row["label"] for row in rows(hub, "glue", "sst2", "train")} <= {"negative", "positive"}
    assert {row["label"] for row in rows(hub, "glue", "sst2", "test")} == {None}
