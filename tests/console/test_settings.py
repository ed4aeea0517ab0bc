"""The settings of the papers: every file is sound, and one is added for real."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from stages.console import pipeline, settings
from stages.console.settings import Setting, parts_of, read_setting
from stages.model.continual import stages_of
from stages.model.runs import Slice, pieces
from stages.shared.files import read_yaml
from stages.shared.sources import read_sources
from tests.console import roots
from tests.house import ROOT

FOLDER = ROOT / "data/sources/settings"
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))
DOMAINS_TO_COPY = {f"domain/rewriting-depth-{depth}" for depth in (0, 1, 2)}


def shipped(name: str) -> Setting:
    return Setting.model_validate(read_yaml(FOLDER / f"{name}.yaml"))


def test_the_settings_that_the_papers_tables_need_are_there() -> None:
    assert NAMES == [
        "continual-dynosaur", "continual-superni", "dynosaur-alpaca", "dynosaur-gpt4", "dynosaur-sub-superni",
        "dynosaur-superni-135k", "explore-depth", "explore-size", "flan-67k", "promptsource-67k", "superni-68k",
    ]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_setting_is_sound(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    found = read_setting(name)
    recipes = read_yaml(ROOT / "params.yaml").get("recipes", {})
    assert not recipes or found.recipe in recipes
    runs: dict[str, Any] = {}
    for run, described in found.runs.items():
        runs[run] = {"init": "base.yaml", **described}
        pieces(run, described["parts"], parts_of(found))
        assert runs[run]["init"] == "base.yaml" or runs[run]["init"].removeprefix("data/train/") in runs
    for part in parts_of(found):
        kind, _, id = part.partition("/")
        sources = {"corpus": ROOT / f"data/sources/corpora/{id}.yaml", "domain": ROOT / f"data/sources/domains/{id}"}
        assert sources[kind].exists() or (part in DOMAINS_TO_COPY and found.first)


@pytest.mark.parametrize(("name", "ends"), [("continual-superni", 5), ("continual-dynosaur", 2)])
def test_continual_settings_go_through_all_thirds_once_in_every_row(name: str, ends: int) -> None:
    runs = {run: {"init": "base.yaml", **described} for run, described in shipped(name).runs.items()}
    chains = [stages_of(run, runs) for run in runs]
    third = [chain for chain in chains if len(chain) == 3]
    assert len(third) == ends
    for chain in third:
        assert [piece["tasks"] for run in chain for piece in runs[run]["parts"]] == ["1/3", "2/3", "3/3"]
        assert len({runs[run]["replay"]["strategy"] for run in chain[1:]}) == 1
    strategies = {runs[chain[-1]]["replay"]["strategy"] for chain in third}
    assert len(strategies) == ends
    assert [run for run, one in runs.items() if "tasks" not in one["parts"][0]] == [f"{name.split('-')[1]}-full"]


def test_the_sample_of_dynosaur_has_as_many_tasks_as_it_says(test_data: Path) -> None:
    [run] = shipped("dynosaur-sub-superni").runs.values()
    [piece] = run["parts"]
    number, of = map(int, piece["tasks"].split("/"))
    sources = read_sources(ROOT / "data/sources/benchmarks/superni-test-sources.yaml")
    tasks = json.loads((test_data / "dynosaur/instructions-full.json").read_text("utf-8"))
    left = set()
    for task in tasks:
        row = {"part": "corpus/dynosaur-full", "origin": "#1", "taskname": task["task_name"]}
        key = json.dumps(
            ["dynosaur-full", task["task_name"], task["instruction"]], ensure_ascii=False, separators=(",", ":")
        )
        id = hashlib.sha256(key.encode()).hexdigest()[:16]
        if Slice(number, of).holds(id) and not sources.made(row):
            left.add(id)
    assert len(left) == 702
    assert "702" in shipped("dynosaur-sub-superni").ours


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository's root with the real runs and no settings."""
    monkeypatch.chdir(tmp_path)
    return roots.with_runs(tmp_path)


@pytest.fixture
def with_settings(root: Path) -> Path:
    """A repository's root with the real runs and the shipped settings."""
    (root / settings.SETTINGS).symlink_to(FOLDER)
    return root


def join_corpus(id: str) -> None:
    """Let a corpus join without asking where it is."""
    file = Path("params.yaml")
    text = file.read_text("utf-8").replace("\n  - hub/2022-09\n", f"\n  - hub/2022-09\n  - corpus/{id}\n")
    file.write_text(text.replace("\n  - self-instruct-seeds\n", f"\n  - self-instruct-seeds\n  - {id}\n"), "utf-8")
    document = pipeline.load(Path("dvc.yaml"))
    pipeline.write(document, pipeline.wanted())
    pipeline.save(document, Path("dvc.yaml"))


def test_a_setting_whose_parts_are_missing_says_what_to_run_first(
    with_settings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = roots.texts()
    words = ("add", "--init", "data/sources/models/tiny.yaml", "--setting")
    assert roots.run(*words, "dynosaur-superni-135k") == 3
    assert "`sauropod grow --corpus dynosaur-full && sauropod grow --corpus superni`" in capsys.readouterr().err
    assert roots.run(*words, "explore-depth") == 3
    told = capsys.readouterr().err
    assert "first copy data/sources/domains/rewriting" in told
    assert "sauropod grow --domain rewriting-depth-0" in told
    assert roots.texts() == before


def test_a_setting_is_added_with_all_its_runs_and_taken_out_one_by_one(
    with_settings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    join_corpus("dynosaur-sub-superni")
    before, old = roots.texts(), read_yaml(Path("params.yaml"))
    words = ["add", "--setting", "continual-dynosaur", "--init", "data/sources/models/tiny.yaml"]
    words += ["--recipe", "tiny"] if "recipes" in old else []
    assert roots.run(*words) == 0
    assert "beside: Dynosaur, Table 6b" in capsys.readouterr().out
    found = read_yaml(Path("params.yaml"))
    runs = {name: one for name, one in found["runs"].items() if name not in old["runs"]}
    assert list(runs) == list(shipped("continual-dynosaur").runs)
    assert runs["dynosaur-1"]["init"] == runs["dynosaur-full"]["init"] == "data/sources/models/tiny.yaml"
    assert runs["dynosaur-3-diverse"]["init"] == "data/train/dynosaur-2-diverse"
    assert runs["dynosaur-3-diverse"]["parts"][0]["tasks"] == "3/3"
    assert len(found["measures"]) == len(old["measures"]) + 12
    pipeline.check()
    for run in reversed(list(runs)):
        assert roots.run("remove", run) == 0
    assert roots.texts() == before


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ("--setting none", 2, "expected a setting (broken, continual-dynosaur, misnamed, sound), got none"),
        ("more --setting superni-68k", 2, "expected --setting alone"),
        ("--setting broken", 2, "figure: field required"),
        ("--setting misnamed", 2, "key name: expected the name misnamed"),
        ("--setting sound", 2, "expected the model that it starts from (any), got none"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(
    root: Path,
    capsys: pytest.CaptureFixture[str],
    words: str,
    code: int,
    told: str,
) -> None:
    folder = root / settings.SETTINGS
    folder.mkdir(parents=True)
    sound: dict[str, Any] = {"name": "sound", "what": "x", "figure": "x", "ours": "x", "base": "any", "recipe": "tiny"}
    sound |= {"first": [], "runs": {"one": {"parts": ["hub/2022-05"]}}}
    for name, found in (
        ("sound", sound), ("misnamed", sound), ("continual-dynosaur", sound),
        ("broken", {key: one for key, one in sound.items() if key != "figure"}),
    ):  # fmt: skip
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(found), "utf-8")
    before = roots.texts()
    assert roots.run("add", *words.split()) == code
    error = capsys.readouterr().err
    assert told in error
    assert len(error.strip().splitlines()) == 1
    assert roots.texts() == before
