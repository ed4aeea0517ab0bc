"""`sauropod run` writes a run with all that belongs to it, and takes it out without a trace."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from stages.console import blocks, growing, pipeline, run
from stages.model.replay import Strategy
from stages.shared.files import read_yaml
from tests.console import roots


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository's root with the real runs."""
    monkeypatch.chdir(tmp_path)
    return roots.with_runs(tmp_path)


def test_a_run_comes_with_its_model_its_measures_and_their_lines(root: Path) -> None:
    before = read_yaml(Path("params.yaml"))
    words = "add more --parts hub/2022-09 corpus/self-instruct-seeds,tasks=1/3,share=0.5,most=100 --init growth-2"
    assert roots.run(*words.split(), "--replay", "data-diverse") == 0
    found = read_yaml(Path("params.yaml"))
    described = dict(found["runs"]["more"])
    described.pop("recipe", None)
    seeds = {"part": "corpus/self-instruct-seeds", "tasks": "1/3", "share": 0.5, "most": 100}
    assert described == {
        "init": "data/train/growth-2",
        "parts": ["hub/2022-09", seeds],
        "replay": {"strategy": "data-diverse"},
    }
    assert found["models"]["more"] == {"from": "data/train/more"}
    measured = {
        "more-superni": {"from": "data/train/more", "benchmark": "superni", "reads": "data/sources/benchmarks/superni"},
        "more-holdout": {"from": "data/train/more", "benchmark": "holdout", "reads": "data/dataset"},
    }
    assert found["measures"] == {**before["measures"], **measured}
    assert {key: one for key, one in found.items() if key not in ("runs", "models", "measures")} == {
        key: one for key, one in before.items() if key not in ("runs", "models", "measures")
    }
    summarize = yaml.safe_load((root / "dvc.yaml").read_text("utf-8"))["stages"]["summarize"]
    for name in measured:
        assert f"--measure {name} metrics/evaluate/{name}.json" in summarize["cmd"]
        assert f"metrics/evaluate/{name}.json" in summarize["deps"]
    # The run takes a slice: the holdout's scores are added up by slices, of every run.
    held = [name for name, one in found["measures"].items() if one["benchmark"] == "holdout"]
    assert held[-1] == "more-holdout"
    for name in held:
        assert f"--scores {name} data/evaluate/{name}/scores.jsonl" in summarize["cmd"]
    assert summarize["cmd"].count("--scores") == len(held)
    pipeline.check()


def test_evaluate_reads_nothing_of_the_runs_so_that_one_more_measures_no_other_anew(root: Path) -> None:
    evaluate = yaml.safe_load((root / "dvc.yaml").read_text("utf-8"))["stages"]["evaluate"]["do"]
    assert sorted(evaluate["params"]) == ["benchmarks.${item.benchmark}", "evaluate"]


def test_removing_gives_back_the_very_files_that_were_there(root: Path) -> None:
    before, name = roots.texts(), "1e3"
    assert roots.run("add", name, "--parts", "all", "--benchmarks", "holdout") == 0
    assert f"{name}-superni" not in read_yaml(Path("params.yaml"))["measures"]
    assert list(read_yaml(Path("params.yaml"))["runs"])[-1] == name
    assert roots.run("add", "later", "--parts", "hub/2022-05", "--init", f"data/train/{name}") == 0
    assert roots.run("remove", name) == 3
    assert roots.run("remove", "later") == 0
    assert roots.run("remove", name) == 0
    assert roots.texts() == before


def test_a_run_from_between_others_is_taken_out_whole(root: Path) -> None:
    assert roots.run("remove", "growth-2-diverse") == 0
    for name in ("params.yaml", "dvc.yaml"):
        assert "growth-2-diverse" not in roots.texts()[name]
    pipeline.check()


def test_removing_takes_the_outputs_metrics_and_lock_entries_of_the_run_and_no_others(root: Path) -> None:
    roots.run("add", "more", "--parts", "all")
    own = ("data/mix/more/rows/train.parquet", "data/train/more/config.json", "metrics/train/more.json")
    own += ("data/predict/more-superni/predictions.jsonl", "metrics/evaluate/more-superni.json")
    others = ("data/mix/all/rows/train.parquet", "data/train/all/config.json", "metrics/train/all.json")
    for name in (*own, *others):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text("x")
    stages = {"mix@more": {}, "train@more": {}, "predict@more-superni": {}, "evaluate@more-superni": {}, "mix@all": {}}
    Path("dvc.lock").write_text(yaml.safe_dump({"schema": "2.0", "stages": stages}), "utf-8")
    assert roots.run("remove", "more") == 0
    assert not [name for name in own if Path(name).exists()]
    assert not Path("data/train/more").exists()
    assert all(Path(name).exists() for name in others)
    assert list(yaml.safe_load(Path("dvc.lock").read_text("utf-8"))["stages"]) == ["mix@all"]


def test_a_dry_run_says_what_it_would_write_and_writes_nothing(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = roots.texts()
    for words in (("add", "more", "--parts", "all"), ("remove", "all")):
        assert roots.run(*words, "--dry-run") == 0
        assert "would write params.yaml\nwould write dvc.yaml" in capsys.readouterr().out
        assert roots.run(*words, "--dry-run", "--json") == 0
        told = json.loads(capsys.readouterr().out)
        assert told == {"wrote": ["params.yaml", "dvc.yaml"], "removed": [], "dry_run": True}
    assert roots.texts() == before


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ("add growth-1 --parts all", 2, "expected a run that is not there yet, got growth-1"),
        ("add More --parts all", 3, "expected an id of the form"),
        ("add more", 2, "expected a name and --parts"),
        ("add more --parts hub/none", 3, "runs.more.parts[0]: expected parts of the dataset"),
        ("add more --parts hub/2022-05,tasks=4/3", 3, "runs.more.parts[0]: expected"),
        ("add more --parts hub/2022-05,thirds=1", 3, "runs.more.parts[0]: expected"),
        ("add more --parts all --init data/train/none", 3, "runs.more.init: expected a run"),
        ("add more --parts all --recipe none", 3, "runs.more.recipe: expected one of"),
        ("add more --parts all --benchmarks mmlu", 2, "expected benchmarks of params.yaml"),
        ("remove none", 2, "expected a run of params.yaml"),
        ("remove growth-1", 3, "runs.growth-2.init: expected no run that starts from growth-1"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_sentence_and_changes_nothing(
    root: Path, capsys: pytest.CaptureFixture[str], words: str, code: int, told: str
) -> None:
    before = roots.texts()
    assert roots.run(*words.split()) == code
    error = capsys.readouterr().err
    assert told in error
    assert len(error.strip().splitlines()) == 1
    assert roots.texts() == before


def test_a_section_in_another_form_is_refused_and_left_alone(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = root / "params.yaml"
    text = file.read_text("utf-8")
    begin, end = text.index("models:\n"), text.index("\nbenchmarks:")
    file.write_text(f"{text[:begin]}models: {{growth-1: {{from: data/train/growth-1}}}}\n{text[end:]}", "utf-8")
    before = roots.texts()
    assert roots.run("add", "more", "--parts", "all") == 3
    assert "key models" in capsys.readouterr().err
    assert roots.texts() == before


def test_the_options_name_every_strategy() -> None:
    assert set(growing.STRATEGIES) == set(Strategy.__args__)  # type: ignore[attr-defined]


def test_entries_in_a_form_that_lines_do_not_fit_into_are_told(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, between, rest = (root / "params.yaml").read_text("utf-8").partition("\nruns:\n")
    runs, end, rest = rest.partition("\n\n")
    deeper = "".join(f"  {line}" for line in runs.splitlines(keepends=True))
    (root / "params.yaml").write_text(before + between + deeper + end + rest, "utf-8")
    assert roots.run("add", "more", "--parts", "all", "--dry-run") == 3
    assert "params.yaml: expected entries that begin two blanks in, got" in capsys.readouterr().err


def test_an_empty_section_is_filled_and_emptied_without_a_trace() -> None:
    text = "a: 1\n\nruns: {} # none yet\n\n# What follows.\nmodels:\n  x:\n    from: y\n"
    filled = blocks.added(text, "runs", blocks.entry("one", {"init": "m.yaml", "parts": ["hub/1", {"part": "hub/2"}]}))
    assert yaml.safe_load(filled) == {
        "a": 1,
        "runs": {"one": {"init": "m.yaml", "parts": ["hub/1", {"part": "hub/2"}]}},
        "models": {"x": {"from": "y"}},
    }
    assert "# What follows.\nmodels:" in filled
    assert blocks.removed(filled, "runs", "one") == text


@pytest.mark.parametrize(
    "value", ["hub/2022-05", "1/3", "1e3", "null", "a: b", 'say "x"', "", "- a", 0.5, 7, None, True, [1, {"a": ["b"]}]]
)
def test_a_value_on_one_line_is_read_back_as_it_was(value: Any) -> None:
    assert pipeline.plain(f"x: {blocks.flow(value)}") == {"x": value}
    assert yaml.safe_load(f"x: [{blocks.flow(value)}]") == {"x": [value]}


def test_where_benchmarks_read_is_known_for_every_kind() -> None:
    from stages.model.benchmarks import KINDS  # noqa: PLC0415

    assert set(run.READS) == set(KINDS)
