"""The real hub made large: copies of its configs with new rows of the same shape, and its stages run as DVC runs them.

A new row takes each field from some real row of its config. Longer texts are two real ones grown together with the
number of the row between them, so that rows don't repeat; labels, numbers and lists stay as they are.
"""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from stages.hub.rows import WaveRows
from stages.shared import files
from stages.shared.hub.local import folder_revision
from stages.shared.records import ROWS, Card, Task, task_id
from tests import house

WAVE = "w"
TEXT_CHARS = 25
"""A text that is longer is no label."""


def real_hub() -> Path:
    """The larger real hub, where the tests look for it too; else the one that is part of the repository."""
    larger = Path(os.environ.get("SAUROPOD_TEST_DATA") or house.ROOT.parent / "shared/data") / "hub"
    return larger if larger.is_dir() else house.ROOT / "data/sources/hub"


def varied(real: Sequence[Mapping[str, Any]], count: int, seed: str) -> Iterator[dict[str, Any]]:
    """Yield so many new rows of the shape of real ones; the same for the same seed."""
    chance = random.Random(seed)
    for number in range(count):
        row = {}
        for name in real[0]:
            value = chance.choice(real).get(name)
            if isinstance(value, str) and len(value) > TEXT_CHARS:
                other = chance.choice(real).get(name)
                at = value.find(" ", chance.randrange(len(value)))
                if at > 0 and isinstance(other, str):
                    value = f"{value[:at]} {number} {other[at:].lstrip()}"
            row[name] = value
        yield row


def write_wave(folder: Path, names: Sequence[str]) -> None:
    """The wave file of these datasets of the hub in `folder`, and the params of this repository."""
    hub = folder / "data/sources/hub"
    # In JSON, which is YAML with every text in quotes: a hash such as 12e34567 would be read as a number.
    entries = [{"id": name, "revision": folder_revision(hub / name)} for name in names]
    (folder / "data/sources/waves").mkdir(parents=True)
    (folder / f"data/sources/waves/{WAVE}.yaml").write_text(json.dumps({"datasets": entries}), "utf-8")
    (folder / "params.yaml").write_bytes((house.ROOT / "params.yaml").read_bytes())


def command(stage: str) -> list[str]:
    """The command of a stage in dvc.yaml, for the wave."""
    words = house.body_of(house.ROOT / house.PIPELINE_FILE, stage)["cmd"].replace("${item}", WAVE).split()
    return [sys.executable, *words[1:]]


SAID = "said.txt"
"""The file in the folder of a run that holds what the stage at work wrote to stderr."""


@dataclass
class Run:
    """What running a stage took: seconds by the clock, seconds of processors, and (where watched) its largest size."""

    seconds: float = 0
    cpu: float = 0
    peak_mb: float = 0


@contextmanager
def started(stage: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A stage at work in a folder; what it says goes to `said` there, since a pipe that nobody reads would stop it."""
    environment = {**os.environ, "PYTHONPATH": str(house.ROOT)}
    with (
        (folder / SAID).open("wb") as said,
        subprocess.Popen(command(stage), cwd=folder, env=environment, stderr=said) as process,
    ):
        yield process


def run(stage: str, folder: Path, watch: bool = False) -> Run:
    """Run a stage to its end; ends this program where the stage fails."""
    before, start = os.times(), time.perf_counter()
    peak = 0
    with started(stage, folder) as process:
        while watch and process.poll() is None:
            peak = max(peak, sum(map(pss, family(process.pid))))
            time.sleep(0.05)
        process.wait()
    after = os.times()
    if process.returncode:
        sys.exit(f"{stage} failed:\n{(folder / SAID).read_text('utf-8')}")
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return Run(time.perf_counter() - start, used, peak / 1e6)


def family(pid: int) -> list[int]:
    """A process and all that come from it."""
    found = [pid]
    for one in found:
        for listed in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                found += map(int, listed.read_text().split())
            except OSError:  # the process has ended
                continue
    return found


def pss(pid: int) -> int:
    """The memory of a process in bytes, what it shares counted by its share; 0 where it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


# --- what organize reads ----------------------------------------------------------------------------------------------


def prepare(folder: Path, configs: int, rows: int, tasks: int) -> None:
    """Write what organize reads: so many configs of so many rows each, and tasks over all of them.

    The real hub goes through the stages before organize; its cards, rows and tasks are what is copied.
    """
    road(folder, real_hub())
    cards = {card.taskname: card for card in files.read_jsonl(folder / f"data/select/{WAVE}/cards.jsonl", Card)}
    proposed: dict[str, list[Task]] = {}
    for task in files.read_jsonl(folder / f"data/filter/{WAVE}/tasks.jsonl", Task):
        proposed.setdefault(task.taskname, []).append(task)
    stored = WaveRows(folder / f"data/crawl/{WAVE}/rows.parquet")
    real = {name: [row.values for row in stored.of(name)] for name in proposed}
    copies = [(name, number) for number in range(1 + configs // len(real)) for name in sorted(real)][:configs]
    made_cards = [_copied(cards[name], number) for name, number in copies]
    shares = [tasks * (one + 1) // configs - tasks * one // configs for one in range(configs)]
    made_tasks = [
        task
        for (name, _), card, share in zip(copies, made_cards, shares, strict=True)
        for task in islice(_tasks(card, proposed[name]), share)
    ]
    files.write_jsonl(folder / f"data/select/{WAVE}/cards.jsonl", made_cards)
    files.write_jsonl(folder / f"data/filter/{WAVE}/tasks.jsonl", made_tasks)
    write_rows(folder / f"data/crawl/{WAVE}/rows.parquet", real, copies, rows)


def road(folder: Path, hub: Path) -> None:
    """Run the stages before organize over all datasets of a hub."""
    (folder / "data/sources").mkdir(parents=True)
    (folder / "data/sources/hub").symlink_to(hub.resolve(), target_is_directory=True)
    write_wave(folder, sorted(path.name for path in hub.iterdir() if path.is_dir()))
    for stage in ("crawl", "select", "generate", "filter"):
        run(stage, folder)


def write_rows(
    path: Path, real: Mapping[str, Any], copies: Sequence[tuple[str, int]], rows: int, named: bool = True
) -> None:
    """Rows as crawl writes them: half of each config in train, half in validation, in groups of about 4 MB.

    named: whether a copy has its number in its name.
    """
    with files.parquet_writer(path, ROWS, statistics=["taskname"], use_dictionary=["taskname", "split"]) as writer:
        for name, number in copies:
            texts = [orjson.dumps(row).decode() for row in varied(real[name], rows, f"{name}:{number}")]
            places = [("validation" if one >= rows // 2 else "train", one % (rows // 2)) for one in range(rows)]
            step = max(1, 4_000_000 * rows // (1 + sum(map(len, texts))))
            for at in range(0, rows, step):
                some = slice(at, at + step)
                splits, indexes = zip(*places[some], strict=True)
                columns = [
                    [f"{name}-{number}" if named else name] * len(splits),
                    list(splits),
                    list(indexes),
                    texts[some],
                ]
                writer.write_table(pa.table([pa.array(one) for one in columns], schema=ROWS))


def _copied(card: Card, number: int) -> Card:
    dataset, name = f"{card.dataset}-{number}", f"{card.taskname}-{number}"
    return card.model_copy(update={"dataset": dataset, "taskname": name, "website": f"{card.website}-{number}"})


def _tasks(card: Card, proposed: Sequence[Task]) -> Iterator[Task]:
    """Yield the tasks proposed for a config, then the same in other words: as the prompt without description gives
    them.
    """
    for words in ("", " Answer from what is given.", " Give the answer and nothing else.", " Be exact.", " Be brief."):
        for task in proposed:
            told = task.instruction + words
            id = task_id(card.dataset, card.config, told, task.input_fields, task.output_field)
            yield task.model_copy(update={"task_id": id, "taskname": card.taskname, "instruction": told})
