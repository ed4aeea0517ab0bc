"""params.yaml and dvc.yaml are written back as they were read, and pairs compare what is measured."""

from pathlib import Path

import pytest
from dvc.utils.serialize import parse_yaml

from stages.console import pipeline
from stages.shared.errors import ParamsError
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


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            "runs: {one: {init: tiny.yaml}, two: {init: data/train/won}}",
            r"runs\.two\.init: .*\(data/train/one, data/train/two\), got data/train/won; name one",
        ),
        (
            "runs: {one: {init: data/train/two}, two: {init: data/train/one}}",
            r"runs\.one\.init: .*got a ring: data/train/two from data/train/one from data/train/two",
        ),
        ("runs: {one: {init: data/train/one}}", r"got a ring: data/train/one from data/train/one"),
        ("runs: {one: {init: data/align/a}}\nalignments: {a: {init: data/train/one}}", "got a ring"),
        (
            "runs: {one: {init: tiny.yaml}}\nalignments: {a: {init: data/train/two}}",
            r"alignments\.a\.init: .*got data/train/two",
        ),
        (
            "runs: {one: {init: tiny.yaml}}\nmodels: {two: {from: data/train/two}}",
            r"models\.two\.from: .*got data/train/two",
        ),
        (
            "runs: {one: {init: tiny.yaml}}\nalignments: {one: {init: tiny.yaml}}",
            r"alignments\.one: expected a name that no run has",
        ),
    ],
)
def test_a_model_that_starts_from_what_nothing_makes_is_refused(changed: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "params.yaml"
    file.write_text(
        "runs: {one: {init: tiny.yaml}, two: {init: data/train/one}}\nmodels: {two: {from: data/train/two}}\n"
    )
    pipeline.check_starts(file)
    file.write_text(changed, "utf-8")
    with pytest.raises(ParamsError, match=said):
        pipeline.check_starts(file)


def test_a_pair_of_what_is_not_measured_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "params.yaml"
    file.write_text("measures: {one: {}, two: {}}\npairs: {p: {a: one, b: two}}\n", "utf-8")
    pipeline.check_pairs(file)
    file.write_text("measures: {one: {}, two: {}}\npairs: {p: {a: one, b: three}}\n", "utf-8")
    with pytest.raises(ParamsError, match=r"pairs\.p\.b: expected two of the measures one, two, got 'three'; name one"):
        pipeline.check_pairs(file)
