"""params.yaml and dvc.yaml are written back as they were read."""

from pathlib import Path

import pytest
from dvc.utils.serialize import parse_yaml

from stages.console import pipeline
from tests.house import ROOT


@pytest.mark.parametrize("name", ["params.yaml", "dvc.yaml"])
def test_what_nothing_was_changed_in_is_written_back_to_the_letter(name: str) -> None:
    assert pipeline.text(pipeline.load(ROOT / name)) == (ROOT / name).read_text("utf-8")


def test_dvc_reads_what_is_written_between_brackets(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text("local: {base_url: null, also: [one]}\nbeside: a:b\n", "utf-8")
    document = pipeline.load(path)
    document["local"]["base_url"] = "http://127.0.0.1:8000/v1"
    document["local"]["also"].append("2:30")
    pipeline.save(document, path)
    read = parse_yaml(path.read_text("utf-8"), path)
    assert read == {"local": {"base_url": "http://127.0.0.1:8000/v1", "also": ["one", "2:30"]}, "beside": "a:b"}
    assert path.read_text("utf-8").endswith("beside: a:b\n")
