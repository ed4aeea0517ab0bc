"""A catalogue of 2,911 datasets from crawl to organize: `python -m tests.benchmarks.catalogue`.

Made from real datasets (tests/hub/enlarged.py): the card of one, and 200 rows of one of its configs, half of them for
training, half for validation. The stages run one after another as dvc.yaml has them. The peak is that of all processes
of a stage together: the proportional set size, looked at 20 times a second.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from stages.shared.hub.layout import reading_order
from stages.shared.hub.local import LocalHub
from stages.shared.hub.seam import UnreadableError
from tests.hub import enlarged

DATASETS, ROWS = 2911, 200
STAGES = ("crawl", "select", "generate", "filter", "organize")


def real_configs(hub: Path) -> list[tuple[str, str, pa.Schema, list[dict[str, Any]]]]:
    """The text of each dataset's card, its first config with rows, its schema and these rows."""
    known = LocalHub(hub)
    found = []
    for id in known.datasets():
        try:
            dataset = known.dataset(id)
            config = next(iter(dataset.configs))
            path = hub / id / dataset.configs[config][reading_order(dataset.configs[config])[0]][0]
            table = pq.read_table(path)
        except (UnreadableError, StopIteration, OSError, pa.ArrowException):
            continue  # some datasets of the real hub can't be read, and are there for that
        if table.num_rows:
            found.append((dataset.readme, config, table.schema, table.slice(0, 100).to_pylist()))
    return found


def make(folder: Path) -> None:
    """Write the catalogue and the wave that names all of it."""
    real = real_configs(enlarged.real_hub())
    names = []
    for number in range(DATASETS):
        readme, config, schema, rows = real[number % len(real)]
        names.append(f"made-{number:04}")
        place = folder / "data/sources/hub" / names[-1] / config
        place.mkdir(parents=True)
        (place.parent / "README.md").write_text(without_configs(readme), "utf-8")
        new = pa.Table.from_pylist(list(enlarged.varied(rows, ROWS, names[-1])), schema)
        pq.write_table(new.slice(0, ROWS // 2), place / "train.parquet")
        pq.write_table(new.slice(ROWS // 2), place / "validation.parquet")
    enlarged.write_wave(folder, names)


def without_configs(readme: str) -> str:
    """A card without the key that lists its files, as those of the made datasets are others."""
    lines = readme.split("\n")
    if "configs:" not in lines:
        return readme
    start = lines.index("configs:")
    end = start + 1
    while lines[end].startswith((" ", "-")) and lines[end] != "---":
        end += 1
    return "\n".join(lines[:start] + lines[end:])


def balance(metrics: Path) -> bool:
    """Whether all that a stage read is kept or dropped."""
    counts = json.loads(metrics.read_bytes()).values()
    units = [unit for unit in counts if isinstance(unit, dict) and {"read", "kept", "dropped"} <= unit.keys()]
    return bool(units) and all(unit["read"] == unit["kept"] + sum(unit["dropped"].values()) for unit in units)


def main() -> None:
    """Print seconds and balance of each stage, their sum, and the largest peak."""
    runs = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder)
        for stage in STAGES:
            runs[stage] = run = enlarged.run(stage, folder, watch=True)
            balanced = "balances" if balance(folder / f"metrics/{stage}/{enlarged.WAVE}.json") else "DOES NOT BALANCE"
            sys.stdout.write(f"{stage}: {run.seconds:.1f} s ({run.cpu:.1f} s of processors), {run.peak_mb:.0f} MB, ")
            sys.stdout.write(f"the ledger {balanced}\n")
            sys.stdout.flush()
    sys.stdout.write(f"total {sum(run.seconds for run in runs.values()):.0f} s\n")
    sys.stdout.write(f"peak {max(run.peak_mb for run in runs.values()):.0f} MB\n")


if __name__ == "__main__":
    main()
