"""Memory and time of a mix of millions: `python -m tests.benchmarks.mix [ROWS]`, two million where none are given.

The rows are made: instructions of 20,000 tasks, inputs of some 300 characters of random words. The stage runs in a
process of its own; its peak is that process's, with what the libraries take (about 150 MB) in it.
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
from tests.house import ROOT
from tests.model.conftest import PARAMS, TINY, instance

ROWS, SHARDS, BLOCK, TASKS = 2_000_000, 4, 50_000, 20_000
WORDS = 40


def make(folder: Path, rows: int) -> None:
    """A dataset of made rows, its params, and what else a mix reads."""
    chance = random.Random(1)
    words = [f"{chance.getrandbits(28):x}" for _ in range(5000)]
    names = [f"part-{number}" for number in range(SHARDS)]
    (folder / "dataset").mkdir()
    for number, name in enumerate(names):
        with parquet_writer(folder / f"dataset/hub-{name}.parquet", INSTANCES) as writer:
            for start in range(number, rows, SHARDS * BLOCK):
                block = [
                    instance(
                        f"Task {at % TASKS}",
                        " ".join(chance.choices(words, k=WORDS)),
                        str(at),
                        f"hub/{name}",
                        "made:all",
                        f"{at % TASKS:016x}",
                    )
                    for at in range(start, min(rows, start + SHARDS * BLOCK), SHARDS)
                ]
                writer.write_table(pa.Table.from_pylist(block, INSTANCES), row_group_size=10_000)
    runs = {"all": {"init": "tiny.yaml", "recipe": "tiny", "parts": "all"}}
    params = PARAMS | {"parts": [f"hub/{name}" for name in names], "waves": names, "runs": runs}
    (folder / "params.yaml").write_text(yaml.safe_dump(params), "utf-8")
    (folder / "tiny.yaml").write_text(yaml.safe_dump(TINY), "utf-8")
    table = ROOT / "data/sources/benchmarks/superni-test-sources.yaml"
    (folder / "sources.yaml").write_bytes(table.read_bytes())


def main() -> None:
    """Make the rows, mix them, print."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder, rows)
        size = sum(file.stat().st_size for file in (folder / "dataset").iterdir())
        command = (
            "--run all --dataset dataset --init tiny.yaml --sources sources.yaml --mix rows --dropped dropped.jsonl"
        )
        words = [sys.executable, "-m", "stages.model.mix", *command.split(), "--metrics", "mix.json"]
        began = time.monotonic()
        subprocess.run(words, check=True, cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)})
        took = time.monotonic() - began
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    told = f"{rows:,} rows of {SHARDS} parts ({size / 1e6:,.0f} MB): {took:.0f} s, peak {peak:,.0f} MB"
    sys.stdout.write(told + "\n")


if __name__ == "__main__":
    main()
