"""Merge the parts into one dataset: a shard for each part, without exact duplicates, and a card of what is in it.

A shard depends on its part and those that joined before it, so the dataset grows without changing (design 2).
"""

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from pydantic import PositiveInt
from tqdm import tqdm

from stages.dataset import asking, card, dedup, licenses, usage
from stages.dataset.inventory import Inventory, kind
from stages.dataset.usage import Use
from stages.shared import files, params, parts, stage
from stages.shared.errors import InputError, ParamsError
from stages.shared.ledger import Ledger
from stages.shared.params import Section
from stages.shared.records import INSTANCES, Task

REASONS = {
    "duplicate": "an instance with the same content is in the dataset already",
    "no-instances": "no instance of the task is in its part's shard",
    "repeat": "an earlier part has the same task",
    **usage.REASONS,
}
"""Why merge drops an instance or a task."""

TASK_FILES = {"hub": 1}
ASKING_STAGES = {"hub": 1, "domain": 2}
"""How many files of tasks a part has, and how many stages that asked a model for it, by its kind."""

BATCH_ROWS = 1000
"""Instances read at once."""

STATISTICS = ["license", "terms", "taskname", "generator", "language"]
"""Columns whose minima and maxima each row group keeps, so that a reader can pass over what it does not want."""


class MergeParams(Section):
    """`merge` in params.yaml. use: what the dataset is for; rows whose licence or terms forbid it are left out.

    row_group_size: instances in a row group of a shard, which is what is held in memory.
    """

    use: Use
    row_group_size: PositiveInt


@dataclass(frozen=True)
class PartFiles:
    """What a part brings: its instances, and where it has them its tasks and what was asked for it, by stage."""

    id: str
    instances: Path
    tasks: Path | None = None
    asked: tuple[Path, ...] = ()

    @property
    def shard(self) -> str:
        """The name of the part's file in the dataset."""
        return shard_name(self.id)


def shard_name(part: str) -> str:
    """The name of a part's file in the dataset."""
    return f"{part.replace('/', '-')}.parquet"


def agreed(
    ids: Sequence[str],
    given: Sequence[tuple[str, Path]],
    tasks: Sequence[tuple[str, Path]],
    asked: Sequence[tuple[str, Path]],
) -> list[PartFiles]:
    """The parts in the order of params.yaml; raise ParamsError where the command names others or another order."""
    names = [name for name, _ in given]
    if names != list(ids):
        missing = [part for part in ids if part not in names]
        extra = [part for part in names if part not in ids]
        fault = f"without {', '.join(missing)}" if missing else f"with {', '.join(extra)}" if extra else "another order"
        raise ParamsError(
            f"--part for {', '.join(ids) or 'no part'}",
            f"{', '.join(names) or 'none'} ({fault})",
            "dvc.yaml, stage merge, against params.yaml, key parts",
            "let both name the same parts in the same order, that in which they joined",
        )
    tasks_of = _by_part("--tasks", tasks, ids, TASK_FILES)
    asked_of = _by_part("--asked", asked, ids, ASKING_STAGES)
    return [PartFiles(name, path, next(iter(tasks_of[name]), None), asked_of[name]) for name, path in given]


def _by_part(
    option: str, given: Sequence[tuple[str, Path]], ids: Sequence[str], wanted: Mapping[str, int]
) -> dict[str, tuple[Path, ...]]:
    """The files of each part; raise ParamsError where a part has fewer or more than one of its kind."""
    counts = {part: wanted.get(kind(part), 0) for part in ids}
    expected = {part: count for part, count in counts.items() if count}
    if Counter(name for name, _ in given) != Counter(expected):
        raise ParamsError(
            f"{option} for {', '.join(f'{part} ({count})' for part, count in expected.items()) or 'no part'}",
            ", ".join(name for name, _ in given) or "none",
            "dvc.yaml, stage merge",
            "let `sauropod grow` write these lines, or undo the edit",
        )
    return {part: tuple(path for name, path in given if name == part) for part in ids}


def read_batches(part: PartFiles) -> Iterator[pa.RecordBatch]:
    """Yield the instances of a part in batches; raise InputError where the file is damaged or is another part's."""
    file = files.open_parquet(part.instances, INSTANCES.names)
    remedy = f"run the stage that writes it again, or correct --part {part.id} in dvc.yaml"
    if not file.schema_arrow.equals(INSTANCES):
        raise InputError("the schema of instances", str(file.schema_arrow), str(part.instances), remedy)
    try:
        for batch in file.iter_batches(BATCH_ROWS, columns=INSTANCES.names):
            others = sorted(set(batch.column("part").to_pylist()) - {part.id})
            if others:
                raise InputError(f"instances of {part.id}", others[0], str(part.instances), remedy)
            yield batch
    except (pa.ArrowException, OSError) as error:
        raise InputError("whole Parquet data", str(error), str(part.instances), remedy) from error


def usable(batch: pa.RecordBatch, use: Use, source: PartFiles, inventory: Inventory, book: Ledger) -> pa.RecordBatch:
    """The instances of a batch that fit the use, entering the others in ledger and inventory."""
    columns = [batch.column(name).to_pylist() for name in ("license", "terms", "instance_id")]
    fits = []
    for license, terms, id in zip(*columns, strict=True):
        reason = usage.unfit(license, terms, use)
        fits.append(not reason)
        if reason:
            book.read("instances")
            book.drop("instances", id, reason, f"{source.id}: licence {license or 'none'}, terms {terms or 'none'}")
            inventory.left_out[source.id, reason] += 1
    return batch.filter(pa.array(fits, pa.bool_()))


def sifted(
    number: int, sources: Sequence[PartFiles], use: Use, seen: dedup.Seen, inventory: Inventory, book: Ledger
) -> Iterator[pa.RecordBatch]:
    """Yield what part `number` adds to the dataset, entering every instance in ledger and inventory."""
    for whole in tqdm(read_batches(sources[number]), desc=f"merge {sources[number].id}", unit="batch", delay=5):
        batch = whole if use == "all" else usable(whole, use, sources[number], inventory, book)
        result = dedup.sift(batch, dedup.fingerprints(batch), seen, number)
        book.read("instances", batch.num_rows)
        book.keep("instances", result.kept.num_rows)
        for row, first in result.duplicates:
            origin, place = batch.column("origin")[row].as_py(), batch.column("row")[row].as_py()
            detail = f"{sources[first].shard} has it; this one: {sources[number].id} {origin} {place}"
            book.drop("instances", batch.column("instance_id")[row].as_py(), "duplicate", detail)
        inventory.add(result.kept)
        inventory.conflicts += result.conflicts
        yield result.kept


def regrouped(batches: Iterable[pa.RecordBatch], size: int) -> Iterator[pa.Table]:
    """Cut batches anew into tables of `size` rows, the last one smaller, so that only the rows decide on the bytes."""
    held = INSTANCES.empty_table()
    for batch in batches:
        held = pa.concat_tables([held, pa.Table.from_batches([batch])])
        while held.num_rows >= size:
            yield held.slice(0, size).combine_chunks()
            held = held.slice(size)
    if held.num_rows:
        yield held.combine_chunks()


def tasks_with_instances(sources: Sequence[PartFiles], inventory: Inventory, book: Ledger) -> Iterator[Task]:
    """Yield each task that has an instance in the dataset, once, with the part that brought it."""
    written: set[str] = set()
    for source in sources:
        if source.tasks is None:
            continue
        wanted = inventory.tasks(source.id)
        found = set()
        for task in files.read_jsonl(source.tasks, Task):
            book.read("tasks")
            found.add(task.task_id)
            if task.task_id not in wanted:
                book.drop("tasks", task.task_id, "no-instances", task.taskname)
            elif task.task_id in written:
                book.drop("tasks", task.task_id, "repeat", f"{source.id} {task.taskname}")
            else:
                written.add(task.task_id)
                book.keep("tasks")
                yield task
        if wanted - found:
            raise InputError(
                f"the task {min(wanted - found)} of an instance of {source.id}",
                "none",
                str(source.tasks),
                "run the stage that writes both files again",
            )


def numbers(inventory: Inventory) -> dict[str, Any]:
    """How much there is, in all and by part, licence, terms and generator ("none" stands for the empty word)."""
    licenses_found: Counter[str] = Counter()
    terms_found: Counter[str] = Counter()
    for (license, terms), size in inventory.by_license().items():
        licenses_found[license or "none"] += size.instances
        terms_found[terms or "none"] += size.instances
    return {
        **inventory.size()._asdict(),
        "conflicts": inventory.conflicts,
        "parts": {part: size._asdict() for part, size in inventory.by_part().items()},
        "licenses": dict(sorted(licenses_found.items())),
        "terms": dict(sorted(terms_found.items())),
        "generators": dict(sorted(inventory.generators.items())),
        "left_out": inventory.left_out_by_part(),
    }


def build(sources: Sequence[PartFiles], folder: Path, merge: MergeParams, book: Ledger) -> Inventory:
    """Fill the folder of the dataset: shards, tasks.jsonl, licenses.csv and README.md; return what is in it."""
    inventory = Inventory(tuple(source.id for source in sources))
    seen = dedup.Seen()
    for number, source in enumerate(sources):
        with files.parquet_writer(folder / source.shard, INSTANCES, STATISTICS) as writer:
            batches = sifted(number, sources, merge.use, seen, inventory, book)
            for table in regrouped(batches, merge.row_group_size):
                writer.write_table(table, row_group_size=merge.row_group_size)
    files.write_jsonl(folder / "tasks.jsonl", tasks_with_instances(sources, inventory, book))
    licenses.write(folder / card.LICENSES_FILE, inventory)
    (folder / "README.md").write_text(card.render(inventory, [source.shard for source in sources], merge.use), "utf-8")
    return inventory


def main(paths: argparse.Namespace) -> None:
    """Write the folder of the dataset, what was dropped, and the metrics with the ledger among them."""
    merge = params.read("merge", MergeParams)
    sources = agreed([str(part) for part in parts.read()], paths.part, paths.tasks, paths.asked)
    asked = {source.id: [asking.read(path) for path in source.asked] for source in sources if source.asked}
    with (
        files.replacing(paths.dropped) as dropped,
        dropped.open("w", encoding="utf-8", newline="\n") as file,
        files.replacing(paths.dataset) as folder,
    ):
        book = Ledger("merge", file)
        book.read("instances", 0)  # the same keys in the metrics where there is nothing to count
        book.read("tasks", 0)
        folder.mkdir()
        inventory = build(sources, folder, merge, book)
        counts = book.counts()
    files.write_json(paths.metrics, {**numbers(inventory), "asking": asking.report(asked, inventory), "ledger": counts})


if __name__ == "__main__":
    stage.run(main, __doc__, outputs=("dataset", "dropped", "metrics"), named=("part", "tasks", "asked"))
