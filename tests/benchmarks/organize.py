"""How much faster organize is than the straightforward way, and what it holds: `python -m tests.benchmarks.organize`.

About 13,000 tasks and 2 million instances over 2,911 configs of 200 rows, made from real datasets
(tests/hub/enlarged.py). On the same files, in processes of their own: (a) the straightforward way, rows decoded for
every task, labels found by a scan, instances made one by one and written as JSON Lines; (b) the same with the rows
decoded once for a config; (c) the stage, the median of three runs. (a) and (b) are tests/hub/straightforward.py: they
share with the stage how a single value is written and nothing else. All three must give the same instances.

The peak is that of all processes of the stage together, in a run of its own: the proportional set size, in which
memory that processes share counts once, looked at 20 times a second.
"""

import hashlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq

from stages.hub.styles import OrganizeParams
from stages.shared import files, params
from stages.shared.records import Card, Task
from tests.house import ROOT
from tests.hub import enlarged, straightforward

CONFIGS, ROWS, TASKS = 2911, 200, 13_000
WAVE = enlarged.WAVE

Rows = list[tuple[str, dict[str, Any]]]


def straightforwardly(folder: Path, once: bool) -> None:
    """Write the instances of all tasks as JSON Lines, one task after another."""
    settings = params.read("organize", OrganizeParams, folder / "params.yaml")
    cards = {card.taskname: card for card in files.read_jsonl(folder / f"data/select/{WAVE}/cards.jsonl", Card)}
    stored = _by_taskname(folder / f"data/crawl/{WAVE}/rows.parquet")
    tasks = files.read_jsonl(folder / f"data/filter/{WAVE}/tasks.jsonl", Task)
    with (folder / "instances.jsonl").open("w", encoding="utf-8") as file:
        for taskname, group in groupby(tasks, key=lambda task: task.taskname):
            found, texts = next(stored)
            while found != taskname:
                found, texts = next(stored)
            rows: Rows = []
            for task in group:
                if not once or not rows:
                    rows = [(place, json.loads(text)) for place, text in texts]
                made = straightforward.organize(cards[taskname], task, rows, f"hub/{WAVE}", settings)
                for instance in made.instances:
                    file.write(json.dumps(instance, ensure_ascii=False) + "\n")


def _by_taskname(path: Path) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield each taskname with the places and texts of its rows, one row group after another."""
    with pq.ParquetFile(path) as file:
        lines = (
            line
            for number in range(file.num_row_groups)
            for line in file.read_row_group(number).to_pylist()
        )  # fmt: skip
        for taskname, group in groupby(lines, key=lambda line: line["taskname"]):
            yield taskname, [(f"{line['split']}:{line['index']}", line["row"]) for line in group]


def seconds(folder: Path, once: bool) -> float:
    """How long the straightforward way takes, in a process of its own."""
    name = "tests.benchmarks.organize"
    code = f"import pathlib, {name}; {name}.straightforwardly(pathlib.Path({str(folder)!r}), {once})"
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
    return time.perf_counter() - start


def fingerprint(ids: Iterator[str]) -> tuple[int, str]:
    """How many instances there are, and a hash over their ids in order."""
    found, count = hashlib.sha256(), 0
    for id in ids:
        found.update(id.encode())
        count += 1
    return count, found.hexdigest()[:16]


def of_lines(folder: Path) -> tuple[int, str]:
    """The fingerprint of what the straightforward way wrote."""
    with (folder / "instances.jsonl").open("rb") as file:
        return fingerprint(orjson.loads(line)["instance_id"] for line in file)


def of_stage(folder: Path) -> tuple[int, str]:
    """The fingerprint of what the stage wrote."""
    with pq.ParquetFile(folder / f"data/organize/{WAVE}/instances.parquet") as file:
        batches = file.iter_batches(columns=["instance_id"])
        return fingerprint(id for batch in batches for id in batch.column(0).to_pylist())


def main() -> None:
    """Print the ratios and the peak."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        enlarged.prepare(folder, CONFIGS, ROWS, TASKS)
        runs = [enlarged.run("organize", folder) for _ in range(3)]
        peak = enlarged.run("organize", folder, watch=True).peak_mb
        made = of_stage(folder)
        slow = seconds(folder, once=False)
        found = {of_lines(folder)}
        decoded_once = seconds(folder, once=True)
        found.add(of_lines(folder))
    if found != {made}:
        sys.exit(f"the instances differ: {sorted(found)} and {made}")
    fast = statistics.median(run.seconds for run in runs)
    times = ", ".join(f"{run.seconds:.1f}" for run in runs)
    cpu = statistics.median(run.cpu for run in runs)
    sys.stdout.write(f"{TASKS} tasks, {made[0]} instances\n")
    sys.stdout.write(f"straightforward {slow:.1f} s, rows decoded once {decoded_once:.1f} s\n")
    sys.stdout.write(f"organize {times} s ({cpu:.1f} s of processors)\n")
    sys.stdout.write(f"ratio {slow / fast:.1f}\nratio once {decoded_once / fast:.1f}\n")
    sys.stdout.write(f"peak {peak:.0f} MB (proportional set size, all processes)\n")


if __name__ == "__main__":
    main()
