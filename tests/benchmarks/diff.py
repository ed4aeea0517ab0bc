"""Two versions of a million rows compared, of which one in fifty changed: `python -m tests.benchmarks.diff`.

Made from the seeds of Self-Instruct, every row with a place and an identity of its own; both shards differ, so all rows
of both are read. Beside it the plain way, which holds every row of both versions by its identity: by time for a tenth
of the rows, and by the memory of a process of its own.
"""

import multiprocessing
import resource
import sys
import tempfile
import time
from hashlib import md5
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from stages.console import diff, diff_rows
from stages.console.comparing import IDENTITY, compare
from stages.console.revisions import Version, VersionFile
from stages.shared.records import INSTANCES
from tests.console.history import seeds

ROWS = 1_000_000
CHANGED = 50
"""One row in so many."""


def make(path: Path, rows: int, name: str) -> None:
    """A shard of so many rows; those that change have the name of the version in their identity."""
    real = pa.Table.from_pylist(seeds("corpus/one"), INSTANCES)
    with pq.ParquetWriter(path, INSTANCES, compression="zstd") as writer:
        for start in range(0, rows, len(real)):
            numbers = range(start, start + len(real))
            ids = [md5(f"{at}{name if at % CHANGED == 0 else ''}".encode()).hexdigest()[:16] for at in numbers]
            table = real.set_column(0, INSTANCES.field("instance_id"), [ids])
            place = INSTANCES.get_field_index("row")
            writer.write_table(table.set_column(place, INSTANCES.field("row"), [[f"{at}:0" for at in numbers]]))


def version(path: Path) -> Version:
    file = VersionFile("corpus-one.parquet", path.name, path.stem, lambda: path.open("rb"))
    return Version(path.stem, "", (file,), lambda _: None)


def ours(folder: Path) -> int:
    before, after = (version(folder / name) for name in ("a.parquet", "b.parquet"))
    found = compare(before, after)
    diff.difference(before, after, found)
    diff_rows.examples(found, 3)
    return len(found.changed)


def plainly(folder: Path) -> int:
    held: list[dict[tuple[str, ...], dict[str, Any]]] = []
    for name in ("a.parquet", "b.parquet"):
        rows = pq.read_table(folder / name).to_pylist()
        held.append({tuple(row[key] for key in IDENTITY): row for row in rows})
    return sum(held[0][key] != row for key, row in held[1].items())


def measured(work: str, folder: Path, answers: "multiprocessing.Queue[tuple[int, float, int]]") -> None:
    start = time.perf_counter()
    changed = {"ours": ours, "plainly": plainly}[work](folder)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    answers.put((changed, time.perf_counter() - start, peak))


def main() -> None:
    """Print seconds, peak in MB and the ratio of both to the plain way."""
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    for rows, works in ((ROWS // 10, ("ours", "plainly")), (ROWS, ("ours",))):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            make(folder / "a.parquet", rows, "a")
            make(folder / "b.parquet", rows, "b")
            for work in works:
                process = context.Process(target=measured, args=(work, folder, answers))
                process.start()
                changed, seconds, peak = answers.get()
                process.join()
                sys.stdout.write(f"{rows:>9,} rows, {work}: {changed:,} changed, {seconds:.1f} s, peak {peak:,} MB\n")


if __name__ == "__main__":
    main()
