"""Running the stages explore and enrich as processes, against a server that answers by script."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from stages.domain import enrich, explore
from stages.domain.prompts import Wording, read_wording
from stages.domain.source import Domain, read_domain
from stages.shared import stage
from tests.domain.driving import ENRICH, EXPLORE, MODEL
from tests.domain.scripted import write_domain
from tests.house import ROOT
from tests.hub.examples import write_params
from tests.shared.llm.asked import CLIENT

OPTIONS = {
    "explore": ("--domain", "texts", "--tree", "explore/tree.json"),
    "enrich": ("--domain", "texts", "--explored", "explore/tree.json", "--tree", "enrich/tree.json"),
}
FILES = ("tree.json", "answers.jsonl", "dropped.jsonl", "metrics.json")


def prepare(folder: Path, url: str, *, more: str = "", **changes: Any) -> tuple[Domain, Wording]:
    """A domain and params.yaml in a folder of its own."""
    write_domain(folder / "texts", more=more)
    write(folder, url, **changes)
    return read_domain(folder / "texts"), read_wording(folder / "texts")


def write(folder: Path, url: str, **changes: Any) -> None:
    """Write params.yaml; changes: keys of explore, enrich and llm.client."""
    client = {**CLIENT, "endpoints": {"lab": {"base_url": url, "key_env": None}}, "concurrency": 8, "timeout_s": 30}
    models = {"lab": MODEL.model_dump(mode="json"), "rules": {"provider": "template", "model": "rules-1"}}
    write_params(
        folder,
        explore={**EXPLORE, **changes.get("explore", {})},
        enrich={**ENRICH, **changes.get("enrich", {})},
        llm={"models": models, "client": {**client, **changes.get("client", {})}},
    )


def within(folder: Path, stage_name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a stage in this process, which stays in the folder."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("SAUROPOD_ANSWERS", str(folder / "answers.sqlite"))
    inputs = ("domain", "explored")[: 1 + (stage_name == "enrich")]
    outs = tuple(name.split(".")[0] for name in FILES)
    {"explore": explore, "enrich": enrich}[stage_name].main(stage.parse("", inputs, outs, argv=words(stage_name)))


def words(stage_name: str) -> list[str]:
    """The options of a stage."""
    others = [(f"--{name.split('.')[0]}", f"{stage_name}/{name}") for name in FILES[1:]]
    return [*OPTIONS[stage_name], *(word for pair in others for word in pair)]


def start(folder: Path, stage_name: str) -> subprocess.Popen[str]:
    env = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests/guard'}"}
    env["SAUROPOD_ANSWERS"] = str(folder / "answers.sqlite")
    return subprocess.Popen(
        [sys.executable, "-m", f"stages.domain.{stage_name}", *words(stage_name)],
        cwd=folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def run(folder: Path, stage_name: str, code: int = 0) -> str:
    """Run a stage to its end; return what it says."""
    process = start(folder, stage_name)
    _, said = process.communicate()
    assert process.returncode == code, said
    return said


def outputs(folder: Path, stage_name: str) -> dict[str, bytes]:
    return {name: (folder / stage_name / name).read_bytes() for name in FILES}


def claimed(folder: Path) -> set[str]:
    """What the store says is being asked."""
    db = sqlite3.connect(folder / "answers.sqlite")
    try:
        return {key for (key,) in db.execute("SELECT key FROM claims")}
    finally:
        db.close()
