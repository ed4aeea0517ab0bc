"""The house is as its plan says: names, places, directions, written lines (see README, "Layout")."""

import ast
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from stages.console import pipeline
from stages.shared import parts
from tests import house

ROOT = house.ROOT
PIPELINE: dict[str, Any] = yaml.safe_load((ROOT / "dvc.yaml").read_text("utf-8"))["stages"]
PARAMS: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text("utf-8"))
MODULES = sorted((ROOT / "stages").rglob("*.py"))
ROUTES = ("hub", "domain", "corpus", "dataset", "model")
LISTS = {
    "parts", "waves", "domains", "corpora", "runs", "alignments", "recipes", "models", "benchmarks", "measures",
    "pairs", "suites", "llm", "hub",
}  # fmt: skip
DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc"}


def top_level_name(dependency: str) -> str:
    return dependency.split(".", maxsplit=1)[0]


def stage_modules() -> set[str]:
    """The modules that are run as stages: those that end in stage.run."""
    return {
        path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
        for path in MODULES
        if "stage.run(" in path.read_text("utf-8") and path.parent.name != "shared"
    }


def room(path: Path) -> str:
    return path.relative_to(ROOT / "stages").parts[0]


def test_stage_keys_are_the_modules_and_the_sections_of_params() -> None:
    keys = set(PIPELINE)
    assert {house.module_of(stage).rsplit(".", 1)[1] for stage in PIPELINE.values()} == keys
    assert {house.module_of(stage) for stage in PIPELINE.values()} == stage_modules()
    assert set(PARAMS) - LISTS == keys


@pytest.mark.parametrize("name", PIPELINE)
def test_a_stage_runs_its_own_module_with_options_and_nothing_else(name: str) -> None:
    words = shlex.split(house.body(PIPELINE[name])["cmd"].replace("${", "<").replace("}", ">"))
    assert words[:2] == ["python", "-m"]
    assert re.fullmatch(rf"stages\.({'|'.join(ROUTES)})\.{name}", words[2])
    assert words[3].startswith("--")


@pytest.mark.parametrize("name", PIPELINE)
def test_every_data_dependency_and_output_of_a_stage_stands_in_its_command(name: str) -> None:
    stage = house.body(PIPELINE[name])
    outs = [*stage.get("outs", []), *stage.get("metrics", []), *stage.get("plots", [])]
    paths = [dep for dep in stage["deps"] if not dep.startswith(house.CODE)]
    paths += [out if isinstance(out, str) else next(iter(out)) for out in outs]
    words = stage["cmd"].split()
    assert [path for path in paths if path not in words] == []


@pytest.mark.parametrize("name", sorted(set(PIPELINE) - {"report"}))  # which no cache would make any faster
def test_no_stage_has_an_output_that_switches_the_run_cache_off(name: str) -> None:
    outs = house.body(PIPELINE[name]).get("outs", [])
    assert [out for out in outs if not isinstance(out, str)] == []


@pytest.mark.parametrize("name", PIPELINE)
def test_the_code_dependencies_of_a_stage_are_the_files_it_reaches_by_import(name: str) -> None:
    stage = PIPELINE[name]
    file = house.module_file(house.module_of(stage))
    assert file is not None
    written = [dep for dep in house.body(stage)["deps"] if dep.startswith(house.CODE)]
    assert written == house.reached(file), "run: python -m tests.house --write"


def test_no_path_of_the_pipeline_stands_in_the_code_of_a_stage() -> None:
    for path in MODULES:
        if room(path) == "console":
            continue
        strings = [
            node.value for node in house.nodes(path) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
        found = [text for text in strings if re.fullmatch(r"(data|metrics)/[\w./{}-]+", text)]
        assert found == [], path


def test_imports_point_one_way() -> None:
    allowed = {route: {route, "shared"} for route in ROUTES} | {"shared": {"shared"}}
    for path in MODULES:
        here = path.relative_to(ROOT / "stages").parts[0]
        for imported in house.imports(path):
            assert here == "console" or room(imported) in allowed.get(here, {"shared"}), (path, imported)


def test_no_stage_imports_another_stage() -> None:
    stages = {house.module_file(module) for module in stage_modules()}
    for file in stages:
        assert file is not None
        assert not (house.imports(file) & (stages - {file})), file


@pytest.mark.parametrize(
    ("library", "places"),
    [
        ("accelerate", ("stages/model/",)),
        ("peft", ("stages/model/learning.py",)),
        ("torch", ("stages/model/", "stages/shared/llm/transformers.py", "stages/shared/networks.py")),
        ("transformers", ("stages/model/", "stages/shared/llm/transformers.py", "stages/shared/networks.py")),
        ("datasets", ("stages/shared/hub/", "stages/model/align.py")),
        ("trl", ("stages/model/align.py",)),
        ("lm_eval", ("stages/model/harness.py",)),
        ("huggingface_hub", ("stages/shared/hub/",)),
        ("openai", ("stages/shared/llm/",)),
        ("anthropic", ("stages/shared/llm/",)),
        ("nltk", ("stages/model/meteor.py", "stages/shared/similarity.py")),
        ("py3langid", ("stages/shared/language.py",)),
        ("rensa", ("stages/dataset/near.py",)),
        ("textblob", ("stages/shared/verbs.py",)),
        ("tokenizers", ("stages/model/", "stages/shared/tokens.py")),
    ],
)
def test_a_heavy_library_enters_in_one_place(library: str, places: tuple[str, ...]) -> None:
    for path in MODULES:
        names = set()
        for node in house.nodes(path):
            if isinstance(node, ast.Import):
                names |= {top_level_name(alias.name) for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(top_level_name(node.module))
        assert library not in names or path.relative_to(ROOT).as_posix().startswith(places), path


def test_packages_hold_a_docstring_and_nothing_else() -> None:
    for path in MODULES:
        if path.name == "__init__.py":
            assert len(ast.parse(path.read_text("utf-8")).body) == 1, path


def test_the_written_lines_of_dvc_yaml_follow_from_params() -> None:
    pipeline.check(ROOT / "dvc.yaml", ROOT / "params.yaml")


def test_the_report_reads_the_ledger_of_every_stage_that_a_part_goes_through() -> None:
    for kind, key in parts.KINDS.items():
        own = {name: stage["do"] for name, stage in PIPELINE.items() if stage.get("foreach") == f"${{{key}}}"}
        assert tuple(own) == pipeline.LEDGERS[kind]
        for name, stage in own.items():
            assert pipeline.LEDGER.format(stage=name, id="${item}") in {next(iter(plot)) for plot in stage["plots"]}


def test_the_report_reads_every_metric_of_the_whole() -> None:
    found = {next(iter(metric)) for stage in PIPELINE.values() for metric in house.body(stage).get("metrics", [])}
    assert found == {pipeline.FIGURE.format(name=name) for name in pipeline.FIGURES}, "add it to pipeline.FIGURES"


def test_every_model_is_measured_and_every_measure_is_of_a_model_on_a_benchmark() -> None:
    possible = {
        f"{model}-{benchmark}": (source["from"], benchmark)
        for model, source in PARAMS["models"].items()
        for benchmark in PARAMS["benchmarks"]
    }
    measured = {name: (one["from"], one["benchmark"]) for name, one in PARAMS["measures"].items()}
    assert measured.items() <= possible.items()
    assert {path for path, _ in measured.values()} == {source["from"] for source in PARAMS["models"].values()}


def test_a_benchmark_reads_the_same_data_for_every_model() -> None:
    read = {(one["benchmark"], one["reads"]) for one in PARAMS["measures"].values()}
    assert len(read) == len({benchmark for benchmark, _ in read})


def test_runs_and_models_point_at_what_exists_or_is_made() -> None:
    made = {f"data/train/{run}" for run in PARAMS["runs"]}
    for run in PARAMS["runs"].values():
        assert run["init"] in made or (ROOT / run["init"]).is_file()
    for model in PARAMS["models"].values():
        assert model["from"] in made or (ROOT / model["from"]).is_file()


def test_ids_are_strings_of_the_allowed_form() -> None:
    for key in ("waves", "domains", "corpora", "runs", "models", "benchmarks", "measures", "pairs", "suites"):
        for id in PARAMS[key]:
            assert parts.check_id(id, key) == id
    assert [str(part) for part in parts.read(ROOT / "params.yaml")] == PARAMS["parts"]


def test_tests_mirror_the_stages() -> None:
    known = {path.stem for path in MODULES}
    for path in (ROOT / "tests").rglob("test_*.py"):
        folders = path.relative_to(ROOT / "tests").parts[:-1]
        assert (ROOT / "stages" / Path(*folders)).is_dir(), path
        if folders:
            subject = path.stem.removeprefix("test_")
            assert any(subject == stem or subject.startswith(f"{stem}_") for stem in known), path


def test_no_drawer_holds_odds_and_ends() -> None:
    for path in [*MODULES, *(ROOT / "tests").rglob("*.py")]:
        assert not DRAWERS & {path.stem, *path.relative_to(ROOT).parts}, path


def test_files_stay_short_enough_to_read() -> None:
    for path in MODULES:
        assert len(path.read_text("utf-8").splitlines()) <= 320, path


def test_functions_stay_short_enough_to_read() -> None:
    for path in MODULES:
        for node in house.nodes(path):
            if isinstance(node, ast.FunctionDef):
                limit = 60 if node.name in {"main", "parser"} else 48
                assert node.end_lineno is not None
                assert node.end_lineno - node.lineno < limit, (path, node.name)


def test_the_top_level_holds_what_the_layout_names() -> None:
    listed = {
        "CHANGELOG.md", "CITATION.cff", "LICENSE", "Makefile", "README.md", "constraints.txt", "data", "docs",
        "dvc.lock", "dvc.yaml", "metrics", "params.yaml", "pyproject.toml", "stages", "tests",
    }  # fmt: skip
    found = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert {name for name in found if not name.endswith(".egg-info")} <= listed
