"""A repository's root for `sauropod grow`, with one wave and nothing run yet."""

import re
import shutil
from pathlib import Path

import yaml

from stages.console import pipeline
from stages.console.main import main
from stages.shared.files import read_yaml
from tests.house import ROOT

PARAMS = """\
parts:
  - hub/2022-05

waves:
  - "2022-05"

domains: []

corpora: []
runs: {}
measures: {}
"""


def make(folder: Path, wave: str = "datasets: [{id: qasc, revision: abc}]\n") -> Path:
    """Write params.yaml with the shipped crawl and policy, dvc.yaml, and the wave 2022-05."""
    real = read_yaml(ROOT / "params.yaml")
    sections = yaml.safe_dump({key: real[key] for key in ("crawl", "select", "hub")})
    (folder / "params.yaml").write_text(PARAMS + sections, "utf-8")
    (folder / "data/sources/waves").mkdir(parents=True)
    (folder / "data/sources/waves/2022-05.yaml").write_text(wave, "utf-8")
    shutil.copy(ROOT / "dvc.yaml", folder / "dvc.yaml")
    loaded = pipeline.load(folder / "dvc.yaml")
    pipeline.write(loaded, pipeline.wanted(folder / "params.yaml"))
    pipeline.save(loaded, folder / "dvc.yaml")
    return folder


def with_runs(folder: Path) -> Path:
    """The real params.yaml from parts to measures, but for the routes to the dataset, the real merge and stages of
    models, and the models' descriptions.

    Their lines of code are left out: these files are read and written often, and slowly.
    """
    text = (ROOT / "params.yaml").read_text("utf-8")
    begin, end = text.index("\n# ---- hub"), text.index("\n# What is trained")
    (folder / "params.yaml").write_text(text[:begin] + text[end : text.index("\n# ---- the Hugging Face")], "utf-8")
    head, stages = (ROOT / "dvc.yaml").read_text("utf-8").split("stages:\n", 1)
    kept = re.sub(r"\n +- stages/[\w/.-]+(?=\n)", "", stages[stages.index("  merge:\n") :])
    (folder / "dvc.yaml").write_text(f"{head}stages:\n{kept}", "utf-8")
    shutil.copytree(ROOT / "data/sources/models", folder / "data/sources/models")
    return folder


def run(*words: str) -> int:
    """Run `sauropod run` and return its exit code."""
    try:
        main(["run", *words])
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def grow(*words: str) -> int:
    """Run `sauropod grow` and return its exit code."""
    try:
        main(["grow", *words])
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def wave(id: str) -> dict[str, object]:
    """A wave file as it was written."""
    found: dict[str, object] = yaml.safe_load(Path(f"data/sources/waves/{id}.yaml").read_text("utf-8"))
    return found


def texts() -> dict[str, str]:
    """Every YAML file of the root, by path."""
    return {str(path): path.read_text("utf-8") for path in Path().rglob("*.yaml")}


def write_stages(folder: Path, *names: str) -> None:
    """Write a dvc.yaml of the shipped stages with these names: the whole takes long to read."""
    document = yaml.load((ROOT / "dvc.yaml").read_text("utf-8"), yaml.CSafeLoader)
    chosen = {name: document["stages"][name] for name in names}
    (folder / "dvc.yaml").write_text(yaml.safe_dump({"stages": chosen}, sort_keys=False), "utf-8")
