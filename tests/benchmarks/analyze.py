"""Time and memory of an analysis at two sizes: `python -m tests.benchmarks.analyze [ROWS]` (200,000).

The rows are made: a task's instruction, which has some words of its own, stands on 140 of them as in Dynosaur, and
inputs are some 300 characters of random words. The smaller dataset has a tenth of the rows. Each is analysed in a
process of its own; its peak is that process's, with what the libraries take in it.
"""

import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa
import yaml

from stages.shared.files import parquet_writer
from stages.shared.records import INSTANCES
from tests.dataset.parts import row
from tests.house import ROOT

ROWS, PARTS, BLOCK, OF_A_TASK, WORDS = 200_000, 8, 20_000, 140, 40
VERBS = ("Write", "Name", "Predict", "Given a text, identify", "Please find", "Extract")


def make(folder: Path, rows: int) -> None:
    """A dataset of made rows with the sizes of params.yaml."""
    chance = random.Random(1)
    words = [f"{chance.getrandbits(28):x}" for _ in range(5000)]
    parts = [f"hub/part-{number}" for number in range(PARTS)]
    (folder / "dataset").mkdir()
    (folder / "dataset/tasks.jsonl").touch()
    for number, part in enumerate(parts):
        with parquet_writer(folder / f"dataset/hub-part-{number}.parquet", INSTANCES) as writer:
            for start in range(0, rows // PARTS, BLOCK):
                block = []
                for at in range(start, min(rows // PARTS, start + BLOCK)):
                    task = number * rows + at // OF_A_TASK
                    instruction = f"{VERBS[task % len(VERBS)]} the {words[task % 5000]} of {words[task * 7 % 5000]}."
                    texts = instruction, " ".join(chance.choices(words, k=WORDS)), str(at)
                    block.append(row(*texts, part=part, task_id=f"{task:016x}", origin=f"d{task // 3}:all"))
                writer.write_table(pa.Table.from_pylist(block, INSTANCES), row_group_size=10_000)
    sizes = yaml.safe_load((ROOT / "params.yaml").read_text("utf-8"))["analyze"]
    params = {"parts": parts, "waves": [part[4:] for part in parts], "domains": [], "corpora": [], "analyze": sizes}
    (folder / "params.yaml").write_text(yaml.safe_dump(params), "utf-8")


def measured(rows: int) -> tuple[float, float]:
    """Seconds and megabytes that an analysis of so many rows takes; of several calls the peak is the largest so far."""
    with tempfile.TemporaryDirectory() as name:
        make(Path(name), rows)
        options = ["--dataset", "dataset", "--metrics", "analyze.json", "--verbs", "verbs.svg", "--map", "map.svg"]
        began = time.monotonic()
        subprocess.run(
            [sys.executable, "-m", "stages.dataset.analyze", *options],
            check=True, cwd=name, env=os.environ | {"PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        return time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def main() -> None:
    """Analyse the smaller dataset, then the larger one, and print what each took."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    small, large = measured(rows // 10), measured(rows)
    for count, (seconds, peak) in ((rows // 10, small), (rows, large)):
        sys.stdout.write(f"{count:,} rows of {PARTS} parts: {seconds:.1f} s, peak {peak:,.0f} MB\n")
    sys.stdout.write(
        f"ten times the rows: {large[0] / small[0]:.1f} times the time, {large[1] / small[1]:.2f} the peak\n"
    )


if __name__ == "__main__":
    main()
