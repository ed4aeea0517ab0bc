"""params.yaml and dvc.yaml are written back as they were read."""

import pytest

from stages.console import pipeline
from tests.house import ROOT


@pytest.mark.parametrize("name", ["params.yaml", "dvc.yaml"])
def test_what_nothing_was_changed_in_is_written_back_to_the_letter(name: str) -> None:
    assert pipeline.text(pipeline.load(ROOT / name)) == (ROOT / name).read_text("utf-8")
