from pathlib import Path

import pytest

from stages.hub.waves import check_wave, read_wave, taskname
from stages.shared.errors import HubError, InputError, SauropodError
from stages.shared.hub.local import LocalHub
from tests.shared.hub.making import dataset


def wave(folder: Path, text: str) -> Path:
    path = folder / "w.yaml"
    path.write_text(text, "utf-8")
    return path


def read_and_check(path: Path, hub: LocalHub | None) -> None:
    found = read_wave(path)
    if hub:
        check_wave(hub, found, path)


def fault(path: Path, hub: LocalHub | None = None) -> SauropodError:
    with pytest.raises(SauropodError) as caught:
        read_and_check(path, hub)
    assert str(path) in str(caught.value)
    return caught.value


def test_datasets_come_sorted_with_their_configs(tmp_path: Path) -> None:
    path = wave(tmp_path, "datasets:\n- {id: b, revision: r}\n- {id: a, revision: r, configs: [x, 'y, z']}\n")
    assert [(entry.id, entry.configs) for entry in read_wave(path).datasets] == [("a", ["x", "y, z"]), ("b", None)]


def test_a_wave_of_nothing_is_a_wave(tmp_path: Path) -> None:
    assert read_wave(wave(tmp_path, "datasets: []\n")).datasets == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", "datasets"),
        ("[", "YAML"),
        ("- a\n", "datasets"),
        ("datasets: {}\n", "datasets"),
        ("datasets: []\nlimit: 3\n", "limit"),
        ("datasets:\n- glue\n", "datasets.0"),
        ("datasets:\n- {id: a}\n", "datasets.0.revision"),
        ("datasets:\n- {id: a, revision: 1234567890123456}\n", "datasets.0.revision"),
        ("datasets:\n- {id: '', revision: r}\n", "datasets.0.id"),
        ("datasets:\n- {id: a, revision: r, config: [x]}\n", "datasets.0.config"),
        ("datasets:\n- {id: a, revision: r, configs: []}\n", "datasets.0.configs"),
        ("datasets:\n- {id: a, revision: r, configs: [x, x]}\n", "datasets.0.configs"),
        ("datasets:\n- {id: a, revision: r, configs: [1]}\n", "datasets.0.configs.0"),
        ("datasets:\n- {id: a, revision: r}\n- {id: a, revision: s}\n", "'a' twice"),
    ],
)
def test_a_wrong_wave_file_is_refused_by_file_and_key(tmp_path: Path, text: str, names: str) -> None:
    error = fault(wave(tmp_path, text))
    assert isinstance(error, InputError)
    assert names in str(error)


def test_what_the_hub_does_not_have_is_refused_with_what_it_has(tmp_path: Path) -> None:
    hub_folder = tmp_path / "hub"
    dataset(hub_folder, "a", {"one": {"train": None}, "two": {"train": None}})
    hub = LocalHub(hub_folder)
    revision = hub.revision("a")
    for entry, words in {
        "{id: b, revision: r}": ["'b'"],
        "{id: a, revision: '0000'}": ["0000", revision, "sauropod grow"],
        f"{{id: a, revision: '{revision}', configs: [three]}}": ["'three'", "one, two"],
    }.items():
        error = fault(wave(tmp_path, f"datasets:\n- {entry}\n"), hub)
        assert isinstance(error, HubError)
        assert all(word in str(error) for word in words)


def test_a_dataset_that_cannot_be_read_is_no_fault_of_the_wave(tmp_path: Path) -> None:
    folder = dataset(tmp_path / "hub", "a", {"one": {"train": None}})
    (folder / "README.md").unlink()
    hub = LocalHub(tmp_path / "hub")
    path = wave(tmp_path, f"datasets:\n- {{id: a, revision: '{hub.revision('a')}', configs: [one]}}\n")
    check_wave(hub, read_wave(path), path)


def test_two_configs_that_would_share_a_taskname_are_refused_by_name(tmp_path: Path) -> None:
    dataset(tmp_path / "hub", "a", {"b-c": {"train": None}, "x": {"train": None}})
    dataset(tmp_path / "hub", "a-b", {"c": {"train": None}, "x": {"train": None}})
    hub = LocalHub(tmp_path / "hub")
    entries = "".join(f"- {{id: {id}, revision: '{hub.revision(id)}'}}\n" for id in hub.datasets())
    error = fault(wave(tmp_path, f"datasets:\n{entries}"), hub)
    assert isinstance(error, InputError)
    assert all(word in str(error) for word in ["'a-b-c'", "a config 'b-c'", "a-b config 'c'"])


def test_the_taskname_says_the_config_where_the_hub_has_several(tmp_path: Path) -> None:
    dataset(tmp_path, "one", {"c": {"train": None}})
    dataset(tmp_path, "two", {"c": {"train": None}, "d": {"train": None}})
    hub = LocalHub(tmp_path)
    assert [taskname(hub.dataset(id), "c") for id in ("one", "two")] == ["one", "two-c"]
