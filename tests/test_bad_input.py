"""Bad input ends a run with one clear sentence, a code that is not zero, and nothing half-written."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from stages.shared.hub.local import folder_revision
from tests.clone import Clone, new_clone
from tests.house import PIPELINE_FILE, body_of

Spoil = Callable[[Path], None]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A clone with a hub of two datasets and one wave of them; nothing has run."""
    clone = new_clone(tmp_path_factory.mktemp("bad"))
    # Stages are run without DVC here, and what they don't read need not be copied for every test.
    for name in (".git", "docs", "metrics", "tests"):
        shutil.rmtree(clone.root / name)
    hub = clone.root / "data/sources/hub"
    for folder in hub.iterdir():
        if folder.name not in {"glue", "qasc"}:
            shutil.rmtree(folder) if folder.is_dir() else folder.unlink()
    return clone


@pytest.fixture
def clone(original: Clone, tmp_path: Path) -> Clone:
    return original.copy(tmp_path / "clone")


def crawl(clone: Clone, wave: str) -> tuple[int, str]:
    """Run crawl as dvc.yaml does; return its exit code and what it said."""
    (clone.root / "data/sources/waves/2022-05.yaml").write_text(wave, "utf-8")
    return stage(clone, "crawl", "2022-05")


def stage(clone: Clone, name: str, item: str) -> tuple[int, str]:
    command = body_of(clone.root / PIPELINE_FILE, name)["cmd"].replace("${item}", item)
    done = clone.finish(*command.split())
    return done.returncode, done.stderr


def wave_of(clone: Clone, dataset: str, more: str = "") -> str:
    """A wave of one dataset at the revision it has now."""
    revision = folder_revision(clone.root / "data/sources/hub" / dataset)
    return f'datasets:\n  - id: {dataset}\n    revision: "{revision}"\n{more}'


def assert_one_sentence(said: str, *told: str) -> None:
    lines = said.strip().splitlines()
    assert len(lines) == 1, said
    assert "Traceback" not in said
    for word in told:
        assert word in lines[0]


def made(clone: Clone) -> list[str]:
    """What there is in data/ beside the sources, and in metrics/ beside what git holds."""
    found = [path for path in (clone.root / "data").rglob("*") if "sources" not in path.parts and path.is_file()]
    return [path.name for path in found]


@pytest.mark.parametrize(
    ("wave", "code", "told"),
    [
        ('datasets: [{id: no-such, revision: "1"}]', 4, ["no-such"]),
        ('datasets: [{id: qasc, revision: "0123456789abcdef"}]', 4, ["qasc", "0123456789abcdef"]),
        ('datasets: [{id: qasc, revisoin: "1"}]', 2, ["2022-05.yaml", "revisoin"]),
        ("datasets: {", 2, ["2022-05.yaml"]),
        ("- qasc", 2, ["2022-05.yaml"]),
    ],
)
def test_a_wave_that_names_what_is_not_there_is_refused(clone: Clone, wave: str, code: int, told: list[str]) -> None:
    ended, said = crawl(clone, wave)
    assert ended == code
    assert_one_sentence(said, *told)
    assert made(clone) == []


def test_an_unknown_config_is_refused_by_name_with_those_there_are(clone: Clone) -> None:
    code, said = crawl(clone, wave_of(clone, "glue", "    configs: [no-such]\n"))
    assert code == 4
    assert_one_sentence(said, "no-such", "sst2")
    assert made(clone) == []


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda card: card.write_text("# no header\n", "utf-8"), "card-without-header"),
        (lambda card: card.write_text("---\nlicense: [\n---\n", "utf-8"), "card-broken-header"),
        (lambda card: card.write_bytes(b"\xff\xfe\x00"), "card-not-text"),
    ],
)
def test_a_card_that_cannot_be_read_drops_its_dataset_and_the_rest_goes_on(
    clone: Clone, spoil: Spoil, reason: str
) -> None:
    spoil(clone.root / "data/sources/hub/qasc/README.md")
    good = wave_of(clone, "glue", "    configs: [sst2]\n")
    code, said = crawl(clone, good + wave_of(clone, "qasc").removeprefix("datasets:\n"))
    assert code == 0, said
    assert reason in (clone.root / "data/crawl/2022-05/dropped.jsonl").read_text("utf-8")
    assert '"glue-sst2"' in (clone.root / "data/crawl/2022-05/cards.jsonl").read_text("utf-8")


def test_a_corrupt_parquet_file_drops_its_config_with_the_reason(clone: Clone) -> None:
    (clone.root / "data/sources/hub/glue/cola/train.parquet").write_bytes(b"PAR1" + bytes(100))
    code, said = crawl(clone, wave_of(clone, "glue", "    configs: [cola, sst2]\n"))
    assert code == 0, said
    assert "parquet-unreadable" in (clone.root / "data/crawl/2022-05/dropped.jsonl").read_text("utf-8")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"crawl__rows_per_slpit": 3}, "rows_per_slpit"),
        ({"crawl__rows_per_split": "many"}, "rows_per_split"),
        ({"crawl__splits": []}, "splits"),
    ],
)
def test_an_unknown_or_impossible_parameter_is_refused_by_name(
    clone: Clone, changes: dict[str, object], told: str
) -> None:
    clone.params(**changes)
    code, said = crawl(clone, wave_of(clone, "qasc"))
    assert code == 3
    assert_one_sentence(said, "params.yaml", "crawl", told)
    assert made(clone) == []


def test_a_missing_section_is_refused_by_name(clone: Clone) -> None:
    file = clone.root / "params.yaml"
    file.write_text(file.read_text("utf-8").replace("\ncrawl:\n", "\ncrawls:\n"), "utf-8")
    code, said = crawl(clone, wave_of(clone, "qasc"))
    assert code == 3
    assert_one_sentence(said, "params.yaml", "'crawl'")


@pytest.mark.parametrize("id", ["2022.11", "2022-11-01", "W1", "a b"])
def test_a_bad_wave_id_is_refused_before_dvc_makes_a_stage_of_it(clone: Clone, id: str) -> None:
    file = clone.root / "params.yaml"
    file.write_text(file.read_text("utf-8").replace('- "2022-05"', f"- {id}"), "utf-8")
    done = clone.finish("sauropod", "plan")
    assert done.returncode == 3
    assert_one_sentence(done.stderr, "params.yaml")


def test_a_missing_wave_file_is_named(clone: Clone) -> None:
    (clone.root / "data/sources/waves/2022-05.yaml").unlink()
    code, said = stage(clone, "crawl", "2022-05")
    assert code == 2
    assert_one_sentence(said, "data/sources/waves/2022-05.yaml")
