"""Where work in progress lies, and what becomes of it."""

from pathlib import Path

import pytest

from stages.model.work import finish, work_folder


def test_a_stage_that_ends_well_leaves_nothing_of_its_output_and_all_of_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    now, before, other = (
        work_folder("train", Path("data/train") / run, recipe)
        for run, recipe in (("growth-1", "new"), ("growth-1", "killed"), ("growth-2", "killed"))
    )
    for work in (now, before, other):
        (work / "step-000000004").mkdir(parents=True)
    assert now != before
    finish(now)
    assert not now.exists()
    assert not before.exists()
    assert other.exists()
