"""Turn tasks and rows into instances (spec A7, A8), in one of three styles (styles.py).

One config at a time: its tasks, its rows, its instances. Instances come out in the order of the tasks, then of the
rows.
"""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import pyarrow as pa
from tqdm import tqdm

from stages.hub.labels import Column
from stages.hub.render import Source, Text
from stages.hub.rows import Row, WaveRows
from stages.hub.styles import STYLES, OrganizeParams, Pair, Style
from stages.shared import files, ledger, params, parts, stage
from stages.shared.errors import InputError
from stages.shared.records import INSTANCES, Card, Task, instance_id

NO_INSTANCES = "no-instances"
AFTER_BAD_OUTPUT = "after-bad-output"
OVER_LIMIT = "over-instances-per-task"
"""Why a task, or a row of one, gives nothing, beside the reasons of labels.py, render.py, sound.py and styles.py."""

GROUP_INSTANCES = 5_000
"""Instances after which a row group of instances.parquet is written: at most 20 MB of text in memory."""

OPENAI_MODELS = ("gpt-", "text-davinci-", "chatgpt-")
OPENAI_TERMS = "openai-terms"
"""Text written by these models comes under their maker's terms of use, beside its licence."""


@dataclass
class Organized:
    """What became of one task: the task with its answers named (None: dropped for `reason`), and its instances.

    drops: the rows that gave no instance, as place and reason. cut: how many inputs were shortened.
    """

    task: Task | None = None
    reason: str = ""
    instances: list[dict[str, Any]] = field(default_factory=list)
    drops: list[tuple[str, str]] = field(default_factory=list)
    cut: int = 0


def organize(card: Card, task: Task, rows: Sequence[Row], part: str, settings: OrganizeParams) -> Organized:
    """The instances of one task of one config; pure, so that any number of them can be made at once."""
    style = STYLES[settings.style]
    sources = [Source(row.values, card.features) for row in rows]
    outputs = [style.output(source, task.output_field) for source in sources]
    name = task.output_field[0]
    reason, labels = style.judge(Column(name, outputs, card.features.get(name)), settings)
    if reason:
        return Organized(reason=reason)
    found = Organized()
    named = task.model_copy(update={"instruction": style.name_labels(task.instruction, labels)})
    shared = _shared_columns(card, named, part)
    pairs = _pairs(sources, outputs, task.input_fields, settings, style)
    for row, (pair, why) in zip(rows, pairs, strict=True):
        if pair is None:
            found.drops.append((row.place, why))
            continue
        found.cut += bool(pair.input.cut)
        text, output = pair.input.text, pair.output.text[: settings.max_chars]
        found.instances.append(
            {
                "instance_id": instance_id(named.instruction, text, output),
                "input": text,
                "output": output,
                "row": row.place,
                **shared,
            }
        )
    if found.instances:
        found.task = named
    else:
        found.reason = NO_INSTANCES
    return found


def _pairs(
    sources: Iterable[Source], outputs: Iterable[Text], fields: Sequence[str], settings: OrganizeParams, style: Style
) -> Iterator[tuple[Pair | None, str]]:
    """Yield the input and output of each row, or None and the reason why it has none."""
    seen: set[tuple[str, str]] = set()
    made = 0
    ended = ""
    for source, output in zip(sources, outputs, strict=True):
        why = ended or output.reason
        if output.reason and style.ends_at_bad_output:
            ended = AFTER_BAD_OUTPUT
        if not why:
            pair = Pair(style.input(source, fields, settings.max_chars), output, settings.max_chars, seen)
            why = pair.input.reason or next(filter(None, (rule(pair) for rule in style.pair_rules)), "")
        if why:
            yield None, why
            continue
        seen.add((pair.input.text, pair.output.text))
        yield pair, ""
        made += 1
        if made >= settings.instances_per_task:
            ended = OVER_LIMIT


def _shared_columns(card: Card, task: Task, part: str) -> dict[str, Any]:
    """The columns that all instances of a task share."""
    return {
        "instruction": task.instruction,
        "messages": None,
        "license": card.license,
        "terms": terms_of(task.generator),
        "website": card.website,
        "taskname": card.taskname,
        "task_id": task.task_id,
        "part": part,
        "origin": f"{card.dataset}:{card.config}",
        "revision": card.revision,
        "generator": task.generator,
        "language": card.languages[0] if card.languages else "",
    }


def terms_of(generator: str) -> str:
    """The terms of use that bind what `provider:model` wrote; "" for none beside the licence."""
    return OPENAI_TERMS if generator.partition(":")[2].startswith(OPENAI_MODELS) else ""


def organized(
    cards: dict[str, Card], tasks: Iterable[Task], rows: WaveRows, part: str, settings: OrganizeParams
) -> Iterator[tuple[Task, int, Organized]]:
    """Yield every task, the number of rows of its config, and what became of it; the rows of one config in memory."""
    for taskname, group in groupby(tasks, key=lambda task: task.taskname):
        if taskname not in cards:
            raise InputError("tasks of selected configs", taskname, "the tasks", "run filter again")
        found = rows.of(taskname)
        for task in group:
            yield task, len(found), organize(cards[taskname], task, found, part, settings)


def count(task: Task, rows: int, made: Organized, book: ledger.Ledger) -> None:
    """Enter one task and its rows into the ledger; the rows of a task that its labels rule out are not looked at."""
    book.read("tasks")
    if made.task is None:
        book.drop("tasks", task.task_id, made.reason, f"{task.taskname}: {task.instruction}"[:300])
        if made.reason != NO_INSTANCES:
            return
    else:
        book.keep("tasks")
    book.read("instances", rows)
    book.keep("instances", len(made.instances))
    for place, reason in made.drops:
        book.drop("instances", f"{task.task_id}:{place}", reason)


def main(paths: argparse.Namespace) -> None:
    """Organize all tasks of a wave; write the instances, the tasks that have some, and what was dropped."""
    settings = params.read("organize", OrganizeParams)
    part = str(parts.parse(paths.part, "option --part"))
    cards = {card.taskname: card for card in files.read_jsonl(paths.cards, Card)}
    tasks = list(files.read_jsonl(paths.tasks, Task))
    kept: list[Task] = []
    shortened = {"inputs": 0}
    batch: list[dict[str, Any]] = []
    with (
        ledger.opened("organize", paths.dropped, paths.metrics, cut=shortened) as book,
        files.parquet_writer(paths.instances, INSTANCES) as writer,
    ):
        progress = tqdm(tasks, desc="organize", unit=" tasks", delay=5)
        for task, rows, made in organized(cards, progress, WaveRows(paths.rows), part, settings):
            count(task, rows, made, book)
            shortened["inputs"] += made.cut
            kept += [made.task] if made.task else []
            batch += made.instances
            if len(batch) >= GROUP_INSTANCES:
                writer.write_table(table(batch))
                batch = []
        if batch:
            writer.write_table(table(batch))
        files.write_jsonl(paths.kept_tasks, kept)


def table(instances: Sequence[dict[str, Any]]) -> pa.Table:
    """Instances as an Arrow table, column by column."""
    return pa.table([[instance[name] for instance in instances] for name in INSTANCES.names], schema=INSTANCES)


if __name__ == "__main__":
    stage.run(
        main,
        __doc__,
        inputs=("tasks", "rows", "cards"),
        outputs=("instances", "kept-tasks", "dropped", "metrics"),
        values=("part",),
    )
