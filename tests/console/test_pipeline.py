"""params.yaml and dvc.yaml are written back as they were read, and pairs compare what is measured."""

from pathlib import Path

import pytest

from stages.console import pipeline
from stages.shared.errors import ParamsError
from tests.house import ROOT


@pytest.mark.parametrize("name", ["params.yaml", "dvc.yaml"])
def test_what_nothing_was_changed_in_is_written_back_to_the_letter(name: str) -> None:
    assert pipeline.text(pipeline.load(ROOT / name)) == (ROOT / name).read_text("utf-8")


def test_a_pair_of_what_is_not_measured_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "params.yaml"
    file.write_text("measures: {one: {}, two: {}}\npairs: {p: {a: one, b: two}}\n", "utf-8")
    pipeline.check_pairs(file)
    file.write_text("measures: {one: {}, two: {}}\npairs: {p: {a: one, b: three}}\n", "utf-8")
    with pytest.raises(ParamsError, match=r"pairs\.p\.b: expected two of the measures one, two, got 'three'; name one"):
        pipeline.check_pairs(file)
