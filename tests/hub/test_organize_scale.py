"""Organize as a stream: the same as the straightforward way, whatever the chunks, workers and sizes."""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.hub import instances, organize
from stages.hub.rows import WaveRows
from stages.hub.styles import OrganizeParams
from stages.shared import files
from stages.shared.errors import SauropodError
from stages.shared.records import INSTANCES, Card, Task
from tests.house import ROOT
from tests.hub import enlarged, straightforward
from tests.hub.examples import (
    NAMES,
    ORGANIZE,
    card,
    in_chunks,
    organize_params,
    rows,
    task,
    write_params,
    write_rows,
)

STYLES = ("release", "paper", "sound")


def job(folder: Path, out: str = "out") -> argparse.Namespace:
    """The paths of the stage in the folder of a wave."""
    return argparse.Namespace(
        tasks=folder / f"data/filter/{enlarged.WAVE}/tasks.jsonl",
        cards=folder / f"data/select/{enlarged.WAVE}/cards.jsonl",
        rows=folder / f"data/crawl/{enlarged.WAVE}/rows.parquet",
        instances=folder / out / "instances.parquet",
        kept_tasks=folder / out / "tasks.jsonl",
        dropped=folder / out / "dropped.jsonl",
        metrics=folder / out / "metrics.json",
        part="hub/w",
    )


def written(folder: Path, out: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / out).iterdir()}


# --- against the straightforward way ----------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["shipped", "larger"])
def wave(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All datasets of a real hub, crawled, selected, asked of the rules, and filtered."""
    folder = tmp_path_factory.mktemp("wave") / "folder"
    if request.param == "larger":
        shutil.copytree(request.getfixturevalue("whole_hub"), folder, symlinks=True)
    else:
        enlarged.road(folder, ROOT / "data/sources/hub")
    return folder


def expected(folder: Path, limits: OrganizeParams) -> tuple[list[dict[str, Any]], list[Task], list[dict[str, str]]]:
    """Instances, tasks and drops, made one after another."""
    paths = job(folder)
    cards = {one.taskname: one for one in files.read_jsonl(paths.cards, Card)}
    stored = WaveRows(paths.rows)
    found: list[dict[str, Any]] = []
    kept: list[Task] = []
    dropped: list[dict[str, str]] = []

    def drop(what: str, id: str, reason: str, detail: str = "") -> None:
        dropped.append({"what": what, "id": id, "stage": "organize", "reason": reason, "detail": detail})

    for one in files.read_jsonl(paths.tasks, Task):
        plain = [(row.place, row.values) for row in stored.of(one.taskname)]
        made = straightforward.organize(cards[one.taskname], one, plain, "hub/w", limits)
        if made.task is None:
            drop("task", one.task_id, made.reason, f"{one.taskname}: {one.instruction}"[:300])
        else:
            kept.append(made.task)
        for place, reason in made.drops:
            drop("instance", f"{one.task_id}:{place}", reason)
        found += made.instances
    return found, kept, dropped


@pytest.mark.parametrize("style", STYLES)
def test_a_real_hub_gives_what_the_straightforward_way_gives(
    wave: Path, style: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(wave)
    write_params(wave, organize={**ORGANIZE, "style": style, "instances_per_task": 8})
    found, kept, dropped = expected(wave, organize_params(style, instances_per_task=8))
    organize.main(job(wave, style))
    paths = job(wave, style)
    with pq.ParquetFile(paths.instances) as file:
        assert file.schema_arrow.equals(INSTANCES)
        assert file.read().to_pylist() == found
    assert list(files.read_jsonl(paths.kept_tasks, Task)) == kept
    assert [json.loads(line) for line in paths.dropped.open("rb")] == dropped
    assert len(found) > 50


@settings(max_examples=200, deadline=None)
@given(
    rows, st.lists(st.sampled_from(NAMES), min_size=1, max_size=3), st.sampled_from(NAMES), st.sampled_from(STYLES),
    st.integers(1, 9), st.integers(0, 9), st.sampled_from([8, 2000]),
)  # fmt: skip
def test_any_rows_in_any_chunks_give_what_the_straightforward_way_gives(
    found: list[dict[str, Any]], inputs: list[str], output: str, style: str, size: int, most: int, chars: int
) -> None:
    known = card(features=dict.fromkeys(NAMES, "string"))
    limits = organize_params(style, instances_per_task=most, max_chars=chars)
    one = task(inputs, output)
    plain = [(f"train:{number}", values) for number, values in enumerate(found)]
    want = straightforward.organize(known, one, plain, "hub/w", limits)
    came = in_chunks(known, one, found, limits, size)
    assert (came.reason, came.task, came.drops, came.cut) == (want.reason, want.task, want.drops, want.cut)
    assert came.instances == [{name: row[name] for name in came.instances[0]} for row in want.instances]


@pytest.mark.parametrize("name", ["KEPT_BYTES", "WAITING_CHARS"])
@pytest.mark.parametrize("style", STYLES)
def test_what_does_not_fit_into_memory_comes_out_the_same(
    style: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [{"text": f"text {n % 90} é\ud83d\ude00", "out": ["a", "b", None][n % 3]} for n in range(400)]
    limits, one = organize_params(style, instances_per_task=10**9), task(["text"], "out")
    want = in_chunks(card(), one, found, limits, 400)
    monkeypatch.setattr(instances, name, 0)
    assert in_chunks(card(), one, found, limits, 9) == want
    assert len(want.instances) + len(want.drops) == 400 or want.reason


# --- workers ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A wave with enough work for several workers; row groups and jobs are small."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(organize, "MANY_PAIRS", 1)
    monkeypatch.setattr(organize, "JOB_PAIRS", 30)
    monkeypatch.setattr(organize, "GROUP_INSTANCES", 50)
    names = [f"d{number}" for number in range(12)]
    paths = job(tmp_path)
    for path in (paths.tasks, paths.cards, paths.rows):
        path.parent.mkdir(parents=True)
    write_params(tmp_path, organize=ORGANIZE)
    files.write_jsonl(paths.cards, [card(name) for name in names])
    files.write_jsonl(
        paths.tasks, [task(["text"], "label", instruction, name) for name in names for instruction in ("Do.", "Say.")]
    )
    found = {name: [{"text": f"{name} {n % 36}", "label": f"l{n % 3}"} for n in range(40)] for name in names}
    write_rows(paths.rows, found)
    return tmp_path


def test_any_number_of_workers_gives_the_same_bytes(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    for count in (1, 2, 3):
        monkeypatch.setenv("SAUROPOD_WORKERS", str(count))
        organize.main(job(large, f"with-{count}"))
        made.append(written(large, f"with-{count}"))
    assert made[0] == made[1] == made[2]
    assert json.loads(made[0]["metrics.json"])["instances"]["kept"] == 12 * 2 * 36
    assert pq.ParquetFile(large / "with-2/instances.parquet").num_row_groups > 3


def test_a_worker_that_is_killed_is_told_and_nothing_is_written(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = organize.Wave.pieces

    def deadly(wave: organize.Wave, one: organize.Job) -> Iterator[organize.Piece]:
        if one.first > 8:
            os.kill(os.getpid(), signal.SIGKILL)
        return whole(wave, one)

    monkeypatch.setenv("SAUROPOD_WORKERS", "2")
    monkeypatch.setattr(organize.Wave, "pieces", deadly)
    with pytest.raises(SauropodError, match=r"SIGKILL.*SAUROPOD_WORKERS=1"):
        organize.main(job(large))
    assert list((large / "out").iterdir()) == []


# --- memory -----------------------------------------------------------------------------------------------------------

# VmHWM and not ru_maxrss, which begins with the size of the process that started this one.
MEASURE = """
from pathlib import Path
from stages.hub import organize
from tests.hub.test_organize_scale import job
organize.main(job(Path.cwd()))
lines = Path("/proc/self/status").read_text().splitlines()
print(next(line.split()[1] for line in lines if line.startswith("VmHWM")))
"""


def peak_mb(folder: Path, count: int) -> int:
    """The largest size of a process that organizes one config of so many rows, two tasks of it, in MB."""
    paths = job(folder)
    for path in (paths.tasks, paths.cards, paths.rows):
        path.parent.mkdir(parents=True)
    write_params(folder, organize=ORGANIZE)
    files.write_jsonl(paths.cards, [card("big", features={"text": "string", "label": "string", "more": "string"})])
    files.write_jsonl(paths.tasks, [task(["text"], "label", name="big"), task(["text", "label"], "more", name="big")])
    real = {"big": [{"text": "word " * 40 + str(n), "label": f"l{n % 4}", "more": "text " * 40} for n in range(50)]}
    enlarged.write_rows(paths.rows, real, [("big", 0)], count, named=False)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "SAUROPOD_WORKERS": "1"}
    process = subprocess.run(
        [sys.executable, "-c", MEASURE], cwd=folder, env=environment, check=True, capture_output=True, text=True
    )
    assert files.read_json(paths.metrics)["tasks"]["kept"] == 2
    return int(process.stdout) // 1024


def test_memory_does_not_grow_with_the_rows_of_a_config(tmp_path: Path) -> None:
    small, large = (peak_mb(tmp_path / str(count), count) for count in (30_000, 120_000))
    assert large < small + 30, "90,000 more rows of 500 bytes are 45 MB of text, and several times that as objects"
