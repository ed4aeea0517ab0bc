"""What params.yaml may say: everything is read as its stage reads it, before any stage runs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from stages.console import sections
from stages.console.main import main
from stages.shared.errors import ParamsError
from tests.house import ROOT
from tests.test_house import LISTS, PARAMS

Changed = Callable[[str, Any], None]


@pytest.fixture
def changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Changed:
    """Sets a value of the repository's own params.yaml, by its key, in a copy."""
    monkeypatch.chdir(tmp_path)
    found = yaml.safe_load((ROOT / "params.yaml").read_text("utf-8"))

    def change(key: str, value: Any) -> None:
        *path, last = key.split(".")
        section = found
        for word in path:
            section = section[word]
        section[last] = value
        (tmp_path / "params.yaml").write_text(yaml.safe_dump(found), "utf-8")

    return change


def test_every_section_is_looked_at() -> None:
    of_parts = {"parts", "waves", "domains", "corpora"}  # which the written lines of dvc.yaml are compared with
    by_starts = {"models"}  # where they start from is followed to its end
    looked_at = {key.partition(".")[0] for key in (*sections.SECTIONS, *sections.LISTED)} | {"benchmarks"}
    assert looked_at == set(PARAMS) - of_parts - by_starts
    assert set(sections.SECTIONS) - {"hub.client", "llm.client"} == set(PARAMS) - LISTS


def test_what_the_repository_says_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    sections.check()


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("merge.use", "al", r"section merge: .*got use: input should be 'all', 'research' or 'commercial' \('al'\)"),
        ("mix.seeed", 1, r"section mix: .*got seeed"),
        ("align.micro_batch", 3, r"section align: .*batch 32 is to be a multiple of micro_batch 3"),
        ("recipes.tiny.schedule", "cosin", r"section recipes\.tiny: .*got schedule"),
        ("runs.all.mos", 1, r"section runs\.all: .*got mos"),
        ("llm.models.local.modl", "m", r"section llm\.models\.local: .*got modl"),
        ("llm.client.concurrency", 0, r"section llm\.client: .*got concurrency"),
        ("benchmarks.holdout.share", 2, r"section benchmarks\.holdout: .*got share"),
        ("suites.arc", {"from": "data/train/all"}, r"section suites\.arc: .*got tasks"),
        ("alignments.dpo", {"init": "data/train/all"}, r"section alignments\.dpo: .*got corpus"),
        (
            "alignments.dpo",
            {"init": "data/train/all", "corpus": "alpaca"},
            r"key alignments\.dpo\.corpus: expected a corpus of the dataset \(self-instruct-seeds\), got alpaca",
        ),
    ],
)
def test_what_a_stage_would_refuse_is_refused_before_any_runs(
    key: str, value: Any, said: str, changed: Changed
) -> None:
    changed(key, value)
    with pytest.raises(ParamsError, match=said):
        sections.check()


def test_a_plan_begins_with_it(changed: Changed, capsys: pytest.CaptureFixture[str]) -> None:
    changed("merge.use", "al")
    with pytest.raises(SystemExit) as ended:
        main(["plan"])
    assert ended.value.code == ParamsError.exit_code
    assert "section merge" in capsys.readouterr().err
