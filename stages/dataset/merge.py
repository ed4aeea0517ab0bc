"""Merge the parts into one dataset: a shard for each part, without duplicates and benchmark texts, and a card.

Beside the dataset the preference pairs of corpora are passed on, those that the same rules let in (preferences.py).

Parts are read twice: first to tell which instances are kept (survey, dedup), then to write these. A shard depends on
its part and those that joined before it, so the dataset grows without changing (design 2).
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import PositiveInt

from stages.dataset import (
    asking,
    benchmark,
    card,
    contamination,
    dedup,
    licenses,
    near,
    preferences,
    shards,
    survey,
    usage,
)
from stages.dataset.benchmark import Benchmark
from stages.dataset.card import Facts
from stages.dataset.contamination import ContaminationParams
from stages.dataset.findings import Findings
from stages.dataset.inventory import Inventory
from stages.dataset.near import NearParams
from stages.dataset.partfiles import PartFiles, agreed
from stages.dataset.shards import Books
from stages.dataset.survey import Policy
from stages.dataset.usage import Use
from stages.shared import files, params, parts, stage
from stages.shared.errors import InputError, ParamsError
from stages.shared.ledger import Ledger
from stages.shared.params import Section
from stages.shared.records import Task
from stages.shared.sources import Sources, read_sources

REASONS = {
    "benchmark-source": "its source dataset is one that a benchmark was made from",
    "contaminated": "it holds a text of a benchmark",
    "duplicate": "an instance that says the same, but for case, marks and layout, is in the dataset already",
    "forgotten": "its source dataset is one that `sauropod forget` took out",
    "near-duplicate": "an instance that says nearly the same is in the dataset already",
    "no-instances": "no instance of the task is in its part's shard",
    "repeat": "an earlier part has the same task",
    **usage.REASONS,
}
"""Why merge drops an instance, a pair or a task."""


class MergeParams(Section):
    """`merge` in params.yaml. use: what the dataset is for; rows whose licence or terms forbid it are left out.

    drop: source datasets to leave out, as `sauropod forget` writes them. exclude_sources_of: the benchmark whose source
    datasets are left out, null for none. row_group_size: instances in a row group of a shard, which is what is held in
    memory.
    """

    use: Use
    drop: tuple[str, ...]
    near: NearParams | None
    contamination: ContaminationParams | None
    exclude_sources_of: str | None
    row_group_size: PositiveInt


def policy(merge: MergeParams, benchmarks: Sequence[Benchmark], folder: Path) -> Policy:
    """What may be in the dataset; beside the benchmarks, in `folder`, are tables of what they were made from."""
    texts = None if merge.contamination is None else contamination.index(benchmarks, merge.contamination.words)
    return Policy(merge.use, frozenset(merge.drop), merge.near, texts, _sources(merge.exclude_sources_of, folder))


def _sources(wanted: str | None, folder: Path) -> Sources | None:
    if wanted is None:
        return None
    path = folder / f"{wanted}-sources.yaml"
    if not path.is_file():
        raise ParamsError(
            "a benchmark whose sources are listed",
            repr(wanted),
            "params.yaml, key merge.exclude_sources_of",
            f"add {path}, or write null",
        )
    return read_sources(path)


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


def numbers(inventory: Inventory, findings: Findings, merge: MergeParams) -> dict[str, Any]:
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
        "release": licenses.statement(inventory),
        "generators": dict(sorted(inventory.generators.items())),
        "left_out": findings.by_use(),
        "forgotten": findings.by_part(["forgotten", "benchmark-source"]),
        "duplicates": findings.duplicates,
        "near": None if merge.near is None else {"engine": near.engine(), **merge.near.model_dump()},
        "contamination": findings.contamination(),
    }


def build(sources: Sequence[PartFiles], folder: Path, merge: MergeParams, rules: Policy, books: Books) -> None:
    """Fill the folder of the dataset with its shards and tasks.jsonl."""
    with survey.taken([(source.id, source.instances) for source in sources], rules, folder.parent) as seen:
        decision = dedup.decide(seen, rules.near)
        books.inventory.conflicts = decision.conflicts
        books.findings.duplicates = decision.counts(seen)
        shards.write(folder, sources, seen, decision, books, merge.row_group_size)
    files.write_jsonl(folder / "tasks.jsonl", tasks_with_instances(sources, books.inventory, books.ledger))


def describe(folder: Path, facts: Facts) -> None:
    """Add what people read to the folder of the dataset: licenses.csv, ATTRIBUTION.md and README.md, its card."""
    licenses.write(folder / card.LICENSES_FILE, facts.inventory, facts.said)
    (folder / card.ATTRIBUTION_FILE).write_text(licenses.attribution(facts.inventory, facts.said), "utf-8")
    (folder / "README.md").write_text(card.render(facts), "utf-8")


def main(paths: argparse.Namespace) -> None:
    """Write the folder of the dataset, what was dropped, and the metrics with the ledger among them."""
    merge = params.read("merge", MergeParams)
    ids = tuple(map(str, parts.read()))
    sources = agreed(ids, paths.part, paths.tasks, paths.pairs, paths.asked, paths.described)
    asked = {source.id: [asking.read(path) for path in source.asked] for source in sources if source.asked}
    wanted = () if merge.contamination is None else merge.contamination.benchmarks
    benchmarks = benchmark.read_all(paths.benchmarks, wanted)
    rules = policy(merge, benchmarks, paths.benchmarks)
    with (
        files.replacing(paths.dropped) as dropped,
        dropped.open("w", encoding="utf-8", newline="\n") as file,
        files.replacing(paths.dataset) as folder,
        files.replacing(paths.kept_pairs) as pairs,
    ):
        books = Books(Ledger("merge", file), Inventory(ids), Findings(ids, tuple(benchmarks)))
        for unit in ("instances", "pairs", "tasks"):
            books.ledger.read(unit, 0)  # the same keys in the metrics where there is nothing to count
        folder.mkdir()
        pairs.mkdir()
        build(sources, folder, merge, rules, books)
        preferred = preferences.write(pairs, sources, rules, books)
        counts, cost = books.ledger.counts(), asking.report(asked, books.inventory)
        names, said = [source.shard for source in sources], licenses.described(sources)
        used = merge.model_dump()
        describe(folder, Facts(books.inventory, books.findings, names, used, said, counts, cost))
    if unmet := sorted(set(merge.drop) - books.findings.forgotten):
        sys.stderr.write(f"merge: no row is from {', '.join(unmet)}, which `merge.drop` of params.yaml names\n")
    found = numbers(books.inventory, books.findings, merge)
    files.write_json(paths.metrics, {**found, "pairs": preferred, "asking": cost, "ledger": counts})


if __name__ == "__main__":
    stage.run(
        main,
        __doc__,
        inputs=("benchmarks",),
        outputs=("dataset", "kept-pairs", "dropped", "metrics"),
        named=("part", "tasks", "pairs", "asked", "described"),
    )
