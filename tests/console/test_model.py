"""`sauropod model` writes a model with its measures and lines, and takes it out without a trace."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from stages.console import pipeline
from stages.console.main import main
from stages.model.measured import Endpoint, read_measured
from stages.shared.files import read_yaml
from tests.console import roots

LLM = {"gpt": {"provider": "openai", "endpoint": "openai", "model": "m-1", "sampling": {"temperature": 0}}}
MATH = "data/sources/benchmarks/math/MATH_eval_set_sample.jsonl"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository's root with the real models, and an endpoint in llm.models."""
    monkeypatch.chdir(tmp_path)
    roots.with_runs(tmp_path)
    with (tmp_path / "params.yaml").open("a") as file:
        file.write(f"\nllm:\n  models: {yaml.safe_dump(LLM, default_flow_style=True)}")
    return tmp_path


def model(*words: str) -> int:
    """Run `sauropod model` and return its exit code."""
    try:
        main(["model", *words])
    except SystemExit as done:
        return int(str(done.code))
    return 0


def test_a_model_at_an_endpoint_comes_with_its_description_its_measures_and_their_lines(root: Path) -> None:
    before: Any = read_yaml(Path("params.yaml"))
    assert model("add", "gpt-x", "--llm", "gpt", "--benchmarks", "math", "superni") == 0
    path = "data/sources/models/gpt-x.yaml"
    described = read_measured(Path(path))
    assert isinstance(described, Endpoint)
    assert described.llm.model_dump(exclude_none=True)["model"] == "m-1"
    found: Any = read_yaml(Path("params.yaml"))
    superni = before["measures"]["growth-1-superni"]["reads"]
    assert found["models"] == {**before["models"], "gpt-x": {"from": path}}
    assert found["measures"] == {
        **before["measures"],
        "gpt-x-math": {"from": path, "benchmark": "math", "reads": MATH},
        "gpt-x-superni": {"from": path, "benchmark": "superni", "reads": superni},
    }
    assert "metrics/evaluate/gpt-x-math.json" in read_yaml(Path("dvc.yaml"))["stages"]["summarize"]["deps"]
    pipeline.check()


def test_removing_gives_back_the_very_files_that_were_there_but_for_the_description(root: Path) -> None:
    before = roots.texts()
    assert model("add", "one", "--from", "data/sources/models/davinci.yaml", "--benchmarks", "user-instructions") == 0
    assert model("add", "two", "--llm", "gpt", "--benchmarks", "belle-en") == 0
    scores = root / "data/evaluate/one-user-instructions/scores.jsonl"
    scores.parent.mkdir(parents=True)
    scores.write_text("{}\n", "utf-8")
    assert model("remove", "one", "two") == 0
    after = roots.texts()
    assert "kind: endpoint" in after.pop("data/sources/models/two.yaml")
    assert after == before  # davinci, which has the description of `one`, is still there
    assert not scores.exists()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("add davinci --benchmarks math", 2, "a model that is not there yet"),
        ("add gpt-x --benchmarks math", 2, "no file data/sources/models/gpt-x.yaml"),
        ("add gpt-x --llm other --benchmarks math", 3, "one of llm.models (gpt), got other"),
        ("add tiny --llm gpt --benchmarks math", 2, "the file data/sources/models/tiny.yaml"),
        ("add gpt-x --llm gpt --benchmarks mmlu", 2, "got mmlu"),
        ("add GPT --llm gpt --benchmarks math", 3, "GPT"),
        ("remove growth-1", 2, "a model of params.yaml that no run trains (davinci, "),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_written(
    root: Path, capsys: pytest.CaptureFixture[str], words: str, code: int, said: str
) -> None:
    before = roots.texts()
    assert model(*words.split()) == code
    assert said in capsys.readouterr().err
    assert roots.texts() == before
