"""Turn tasks and rows into instances (spec A7, A8), in one of three styles (styles.py).

Instances come out in the order of the tasks, then of the rows. Configs are worked on in groups, by several processes
where there is much to do; what they make is gathered here in order, so their number changes no byte.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby
from itertools import count as counting
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from tqdm import tqdm

from stages.hub import instances
from stages.hub.instances import Made, Organized
from stages.hub.rows import WaveRows
from stages.hub.styles import OrganizeParams
from stages.shared import files, ledger, params, parts, stage, workers
from stages.shared.errors import InputError
from stages.shared.records import INSTANCES, Card, Task
from stages.shared.terms import terms_of

GROUP_INSTANCES = 5_000
GROUP_CHARS = 6_000_000
"""Instances, or characters of them, after which a row group of instances.parquet is written."""

JOB_PAIRS = 5_000
"""Pairs of task and row after which a group of configs is a job of its own."""

MANY_PAIRS = 50_000
"""Pairs of task and row from which on it pays to start worker processes."""

VARYING = ("instance_id", "input", "output", "row")
"""The columns that differ from instance to instance of a task; the others are stored as one value with its rows."""

SHARED = tuple(name for name in INSTANCES.names if name not in {*VARYING, "messages"})
_WORD = pa.dictionary(pa.int32(), pa.string())
STORED = pa.schema([one if one.name in {"instance_id", "messages"} else one.with_type(_WORD) for one in INSTANCES])
"""INSTANCES as it is handed to the writer; what is stored reads back as INSTANCES."""

STORING: dict[str, Any] = {
    "store_schema": False,
    "use_dictionary": [*SHARED, *VARYING[1:]],
    "dictionary_pagesize_limit": 4 * GROUP_CHARS,
}
"""Each text is stored once in a row group."""


@dataclass(frozen=True)
class Job:
    """Consecutive tasks of some configs: the numbers of the first and of the one after the last, and the pairs of task
    and row there are.
    """

    first: int
    end: int
    pairs: int


@dataclass
class Piece:
    """Instances of consecutive tasks, in order, with what became of the tasks and rows.

    made: the varying columns. runs: for each task the number of the task and of its instances here. named: the number
    of each task that is kept, with its instruction as it is now. cut: inputs that were shortened.
    """

    made: pa.RecordBatch
    runs: list[tuple[int, int]]
    named: dict[int, str]
    book: ledger.Part
    cut: int


class _Words:
    """A column of texts in which many come again: tasks of one config share inputs, classifications outputs."""

    def __init__(self) -> None:
        self._places: defaultdict[str, int] = defaultdict(counting().__next__)
        self._rows: list[int] = []

    def add(self, texts: list[str]) -> None:
        self._rows += map(self._places.__getitem__, texts)

    def array(self) -> pa.DictionaryArray:
        return pa.DictionaryArray.from_arrays(pa.array(self._rows, pa.int32()), pa.array(self._places, pa.string()))


class _Open:
    """A piece in the making."""

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._texts = tuple(_Words() for _ in VARYING[1:])
        self._runs: list[tuple[int, int]] = []
        self._named: dict[int, str] = {}
        self._book = ledger.Part("organize")
        self._cut = self._chars = 0

    @property
    def full(self) -> bool:
        return len(self._ids) >= GROUP_INSTANCES or self._chars >= GROUP_CHARS

    def begin(self, number: int, organized: Organized) -> None:
        """Enter a task; the rows of one that its labels rule out are not looked at."""
        task = organized.task
        self._book.read("tasks")
        self._book.read("instances", organized.rows)
        if organized.reason:
            self._book.drop("tasks", task.task_id, organized.reason, f"{task.taskname}: {task.instruction}"[:300])
        else:
            self._book.keep("tasks")
            self._named[number] = organized.instruction

    def add(self, number: int, task_id: str, made: Made) -> None:
        """Enter what some of its rows gave."""
        self._ids += made.ids
        for words, texts in zip(self._texts, (made.inputs, made.outputs, made.places), strict=True):
            words.add(texts)
        if made.ids:
            self._runs.append((number, len(made)))
            self._book.keep("instances", len(made))
        for place, reason in made.drops:
            self._book.drop("instances", f"{task_id}:{place}", reason)
        self._cut += made.cut
        self._chars += made.chars

    def closed(self) -> Piece:
        columns = [pa.array(self._ids, pa.string()), *(words.array() for words in self._texts)]
        made = pa.record_batch(columns, names=list(VARYING))
        return Piece(made, self._runs, self._named, self._book, self._cut)


@dataclass
class Wave:
    """The cards, tasks and rows of a wave, and how to organize them."""

    cards: Mapping[str, Card]
    tasks: Sequence[Task]
    rows: WaveRows
    settings: OrganizeParams

    def jobs(self) -> list[Job]:
        """All tasks in order, cut where a config ends; raise InputError for a task of an unknown config."""
        found: list[Job] = []
        first = end = pairs = 0
        for taskname, group in groupby(self.tasks, key=lambda task: task.taskname):
            if taskname not in self.cards:
                raise InputError("tasks of selected configs", taskname, "the tasks", "run filter again")
            count = len(list(group))
            end += count
            pairs += count * self.rows.count(taskname)
            if pairs >= JOB_PAIRS:
                found.append(Job(first, end, pairs))
                first, pairs = end, 0
        return found if first == end else [*found, Job(first, end, pairs)]

    def pieces(self, job: Job) -> Iterator[Piece]:
        """Yield what a job gives; pure, so that any number of them can be done at once."""
        piece = _Open()
        numbers = range(job.first, job.end)
        for taskname, group in groupby(numbers, key=lambda number: self.tasks[number].taskname):
            chosen = list(group)
            made = self._organized(taskname, [self.tasks[number] for number in chosen])
            for number, organized in zip(chosen, made, strict=True):
                piece.begin(number, organized)
                for some in organized.made:
                    piece.add(number, organized.task.task_id, some)
                    if piece.full:
                        yield piece.closed()
                        piece = _Open()
        yield piece.closed()
        pa.default_memory_pool().release_unused()

    def _organized(self, taskname: str, tasks: Sequence[Task]) -> Iterator[Organized]:
        return instances.organize(self.cards[taskname], tasks, lambda: self.rows.chunks(taskname), self.settings)


class Gathering:
    """Writes pieces as they come: instances in row groups, the ledger, and the tasks that are kept."""

    def __init__(self, wave: Wave, part: str, writer: pq.ParquetWriter, book: ledger.Ledger) -> None:
        """Start with nothing written."""
        self._wave, self._part, self._writer, self._book = wave, part, writer, book
        self._group: list[pa.Table] = []
        self._named: dict[int, Task] = {}
        self.cut = 0

    def add(self, piece: Piece) -> None:
        """Take the next piece."""
        self._book.add(piece.book)
        self.cut += piece.cut
        for number, instruction in piece.named.items():
            self._named[number] = self._wave.tasks[number].model_copy(update={"instruction": instruction})
        if piece.made.num_rows:
            self._group.append(self._table(piece))
        if sum(table.num_rows for table in self._group) >= GROUP_INSTANCES:
            self._write()

    def end(self) -> list[Task]:
        """Write what is left; the tasks that are kept, in order."""
        if self._group:
            self._write()
        return list(self._named.values())

    def _table(self, piece: Piece) -> pa.Table:
        """The instances of a piece with all their columns."""
        ends = pa.array(accumulate(count for _, count in piece.runs), pa.int32())
        shared = [self._shared(number) for number, _ in piece.runs]
        columns = dict(zip(VARYING, piece.made.columns, strict=True))
        columns["messages"] = pa.nulls(piece.made.num_rows, STORED.field("messages").type)
        for name in SHARED:
            values = [one[name] for one in shared]
            place = {value: number for number, value in enumerate(dict.fromkeys(values))}
            run = pa.array([place[value] for value in values], pa.int32())
            rows = pc.run_end_decode(pa.RunEndEncodedArray.from_arrays(ends, run))
            columns[name] = pa.DictionaryArray.from_arrays(rows, pa.array(place, pa.string()))
        return pa.table(columns, STORED)

    def _shared(self, number: int) -> dict[str, str]:
        """The columns that all instances of a task share."""
        task = self._named[number]
        card = self._wave.cards[task.taskname]
        return {
            "instruction": task.instruction,
            "license": card.license,
            "terms": terms_of(task.generator),
            "website": card.website,
            "taskname": card.taskname,
            "task_id": task.task_id,
            "part": self._part,
            "origin": f"{card.dataset}:{card.config}",
            "revision": card.revision,
            "generator": task.generator,
            "language": card.language,
        }

    def _write(self) -> None:
        self._writer.write_table(pa.concat_tables(self._group).unify_dictionaries().combine_chunks())
        self._group = []
        pa.default_memory_pool().release_unused()


def main(paths: argparse.Namespace) -> None:
    """Organize all tasks of a wave; write the instances, the tasks that have some, and what was dropped."""
    settings = params.read("organize", OrganizeParams)
    part = str(parts.parse(paths.part, "option --part"))
    cards = {card.taskname: card for card in files.read_jsonl(paths.cards, Card)}
    tasks = list(files.read_jsonl(paths.tasks, Task))
    wave = Wave(cards, tasks, WaveRows(paths.rows), settings)
    jobs = wave.jobs()
    count = workers.usable() if sum(job.pairs for job in jobs) >= MANY_PAIRS else 1
    shortened = {"inputs": 0}
    with (
        workers.mapped(wave.pieces, jobs, count) as pieces,
        ledger.opened("organize", paths.dropped, paths.metrics, cut=shortened) as book,
        files.parquet_writer(paths.instances, STORED, **STORING) as writer,
    ):
        gathering = Gathering(wave, part, writer, book)
        with tqdm(total=len(tasks), desc="organize", unit=" tasks", delay=5) as progress:
            for piece in pieces:
                gathering.add(piece)
                progress.update(piece.book.count("tasks"))
        files.write_jsonl(paths.kept_tasks, gathering.end())
        shortened["inputs"] = gathering.cut


if __name__ == "__main__":
    stage.run(
        main,
        __doc__,
        inputs=("tasks", "rows", "cards"),
        outputs=("instances", "kept-tasks", "dropped", "metrics"),
        values=("part",),
    )
