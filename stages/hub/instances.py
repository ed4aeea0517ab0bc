"""The instances of one config: all its tasks over its rows, chunk by chunk, and out task by task.

Pure: from tasks and rows to pieces of instances with counts, so that it can run anywhere. What is held are some chunks
of rows and what the tasks keep of them; where that is much, it waits in a temporary file.
"""

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice

import orjson

from stages.hub import misfits
from stages.hub.answered import odd_questions, without_answer
from stages.hub.columns import Columns
from stages.hub.labels import Tally, Verdict
from stages.hub.rows import Chunk
from stages.hub.styles import STYLES, OrganizeParams
from stages.shared.files import json_bytes
from stages.shared.records import Card, Task

NO_INSTANCES = "no-instances"
AFTER_BAD_OUTPUT = "after-bad-output"
OVER_LIMIT = "over-instances-per-task"
COPY = "copy"
REPEAT = "repeat"
"""Why a task, or a row of one, gives nothing, beside the reasons of answered.py, labels.py, misfits.py, render.py,
sound.py and styles.py.
"""

KEPT_BYTES = 6_000_000
"""Rows that are kept from counting labels to making instances; further ones are read twice."""

WAITING_CHARS = 8_000_000
"""Text of instances of one config that waits in memory until its task's turn to go out."""


@dataclass
class Made:
    """What a chunk of rows gave a task: its instances column by column, the rows that gave none as place and reason,
    and how many inputs were cut.
    """

    ids: list[str] = field(default_factory=list)
    inputs: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    drops: list[tuple[str, str]] = field(default_factory=list)
    cut: int = 0

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def chars(self) -> int:
        """About how much memory it takes."""
        return sum(map(len, self.inputs)) + sum(map(len, self.outputs)) + 100 * len(self.ids) + 300 * len(self.drops)


@dataclass
class Organized:
    """What became of one task: its instruction with its answers named, or the reason to drop it.

    rows: how many were looked at; none where its labels rule the task out. made: what they gave, in order.
    """

    task: Task
    instruction: str
    reason: str
    rows: int = 0
    made: Iterable[Made] = ()


class Pairing:
    """The pairs of input and output of all tasks that have the same fields; chunks of rows come one after another.

    kept: how many there are. shared: rows left out because their title is that of an earlier text.
    """

    def __init__(self, inputs: Sequence[str], output: str, settings: OrganizeParams) -> None:
        """Start before the first row."""
        self._inputs, self._output, self._settings = tuple(inputs), output, settings
        self._style = STYLES[settings.style]
        self._left = max(settings.instances_per_task, 1)
        self._ended = ""
        self._earlier: set[bytes] = set()
        self._titled: dict[str, bytes] | None = {} if self._style.careful and misfits.is_title(output) else None
        self.kept = self.shared = 0

    def of(self, columns: Columns, more: bool) -> tuple[Made, list[bytes]]:
        """What a chunk gives, without ids, and of each instance what its id is made of beside the instruction."""
        made = Made()
        if self._ended and (self._ended == AFTER_BAD_OUTPUT or not self._style.ends_at_bad_output):
            made.drops = [(place, self._ended) for place in columns.places]
            return made, []
        inputs, outputs = columns.inputs(self._inputs), columns.outputs(self._output)
        kept, drops = self._sift(columns)
        places = columns.places
        limit = self._settings.max_chars
        made.inputs = [inputs.texts[row] for row in kept]
        made.outputs = [outputs.texts[row][:limit] for row in kept]
        made.places = [places[row] for row in kept]
        made.drops = [(places[row], why) for row, why in drops]
        made.cut = sum(row in inputs.cuts for row in kept) if inputs.cuts else 0
        escaped = columns.escaped_inputs(self._inputs)
        bodies = [
            b"%b,%b,null]" % (escaped[row], json_bytes(output)) for row, output in zip(kept, made.outputs, strict=True)
        ]
        if more and not self._style.copies:
            self._earlier.update(map(_digest, bodies))
        return made, bodies

    def _sift(self, columns: Columns) -> tuple[list[int], list[tuple[int, str]]]:
        """The rows that give an instance, and those that don't with the reason."""
        inputs, outputs = columns.inputs(self._inputs), columns.outputs(self._output)
        flaws = self._style.flaws(inputs, outputs, self._settings.max_chars) | inputs.reasons | outputs.reasons
        if self._style.careful:
            used = (*self._inputs, self._output)
            flaws = without_answer(columns, inputs, used, self._output) | flaws
            flaws |= odd_questions(columns, inputs, outputs, used, flaws)
            flaws = misfits.different_texts(columns, used) | flaws
        ends = outputs.reasons if self._style.ends_at_bad_output else {}
        copies = self._style.copies
        seen: set[tuple[str, str]] = set()
        kept, drops = [], []
        for row, pair in enumerate(zip(inputs.texts, outputs.texts, strict=True)):
            why = self._ended or flaws.get(row)
            if row in ends:
                self._ended = AFTER_BAD_OUTPUT
            if not why and not copies:
                why = COPY if pair[0] == pair[1] else REPEAT if pair in seen or self._came(columns, row) else ""
            if not why and self._titled is not None and self._is_taken(self._titled, columns, row):
                why = misfits.SHARED_TITLE
                self.shared += 1
            if why:
                drops.append((row, why))
                continue
            seen.add(pair)
            kept.append(row)
            self._left -= 1
            if not self._left:
                self._ended = OVER_LIMIT
        self.kept += len(kept)
        return kept, drops

    def _is_taken(self, titled: dict[str, bytes], columns: Columns, row: int) -> bool:
        """Whether an earlier text has the title of this one; of texts only hashes are kept."""
        text = _digest(columns.escaped_inputs(self._inputs)[row])
        return titled.setdefault(columns.outputs(self._output).texts[row], text) != text

    def _came(self, columns: Columns, row: int) -> bool:
        """Whether an earlier chunk has this very pair; of those only hashes are kept."""
        if not self._earlier:
            return False
        output = json_bytes(columns.outputs(self._output).texts[row])
        return _digest(b"%b,%b,null]" % (columns.escaped_inputs(self._inputs)[row], output)) in self._earlier


def _digest(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=16).digest()


def organize(
    card: Card, tasks: Sequence[Task], chunks: Callable[[], Iterator[Chunk]], settings: OrganizeParams
) -> Iterator[Organized]:
    """Yield what became of each task of one config, in order; each `made` must be used before the next is taken.

    `chunks` begins anew with the first rows of the config at each call.
    """
    style = STYLES[settings.style]

    def columns() -> Iterator[Columns]:
        return (Columns(chunk, card.features, style, settings.max_chars) for chunk in chunks())

    verdicts, rows = _judged(card, tasks, columns, settings)
    jobs = [
        Organized(task, style.name_labels(task.instruction, labels), reason)
        for task in tasks
        for reason, labels in [verdicts[task.output_field[0]]]
    ]
    if style.careful:
        for job in jobs:
            if misfits.is_perturbed(card, job.task.output_field[0]):
                job.reason = misfits.PERTURBED_OUTPUT
    wanted = [job for job in jobs if not job.reason]
    with _Waiting(len(wanted)) as waiting:
        looked_at, pairings = _fill(waiting, wanted, rows, settings) if wanted else (0, [])
        for number, (job, pairing) in enumerate(zip(wanted, pairings, strict=True)):
            if pairing.shared > pairing.kept:
                job.reason = misfits.SHARED_TITLES
                continue
            job.rows = looked_at
            job.reason = "" if waiting.instances[number] else NO_INSTANCES
            job.made = waiting.of(number)
        yield from jobs


def _judged(
    card: Card, tasks: Sequence[Task], columns: Callable[[], Iterator[Columns]], settings: OrganizeParams
) -> tuple[dict[str, Verdict], Iterator[Columns]]:
    """The verdict on each output field, and all rows once more; the first ones are the same columns again."""
    style = STYLES[settings.style]
    looks_at = style.looks_at(settings)
    labels = max(settings.counts.labels, settings.shares.labels)
    fields = dict.fromkeys(task.output_field[0] for task in tasks)
    tallies = [Tally(field, card.features.get(field), labels) for field in fields]
    coming = columns()
    kept: list[Columns] = []
    size = looked = 0
    for some in coming:
        if size <= KEPT_BYTES:
            kept.append(some)
        size += some.size
        for tally in tallies:
            if looks_at is not None or not tally.many:
                tally.add(some.labels(tally.name, tally.most), None if looks_at is None else looks_at - looked)
        looked += len(some)
        if looked >= looks_at if looks_at is not None else all(tally.many for tally in tallies):
            break
    verdicts = {tally.name: style.judge(tally, settings) for tally in tallies}
    whole = size <= KEPT_BYTES or sum(map(len, kept)) == looked
    return verdicts, chain(_emptying(kept), coming if whole else islice(columns(), len(kept), None))


def _emptying(kept: list[Columns]) -> Iterator[Columns]:
    """Yield from the front and let go of what was yielded."""
    kept.reverse()
    while kept:
        yield kept.pop()


def _fill(
    waiting: "_Waiting", jobs: Sequence[Organized], rows: Iterator[Columns], settings: OrganizeParams
) -> tuple[int, list[Pairing]]:
    """Make the instances of all jobs, chunk by chunk; the number of rows, and the pairing of each job."""
    fields = [(tuple(job.task.input_fields), job.task.output_field[0]) for job in jobs]
    pairings = {key: Pairing(*key, settings) for key in fields}
    starts = [b"[%b," % json_bytes(job.instruction) for job in jobs]
    count = 0
    some = next(rows, None)
    while some is not None:
        following = next(rows, None)
        found = {key: pairing.of(some, following is not None) for key, pairing in pairings.items()}
        for number, (key, start) in enumerate(zip(fields, starts, strict=True)):
            made, bodies = found[key]
            # The same as records.instance_id, with what tasks share prepared.
            ids = [hashlib.sha256(start + body).hexdigest()[:16] for body in bodies]
            waiting.add(number, Made(ids, made.inputs, made.outputs, made.places, made.drops, made.cut))
        count += len(some)
        some = following
    return count, [pairings[key] for key in fields]


class _Waiting:
    """What chunks of rows gave each task until it can go out, in memory or, where it is much, in a temporary file."""

    def __init__(self, tasks: int) -> None:
        self._file = tempfile.SpooledTemporaryFile(1)  # noqa: SIM115 - no file before it is written to; closed at the end
        self._stored: list[list[tuple[int, int]]] = [[] for _ in range(tasks)]
        self._held: list[list[Made]] = [[] for _ in range(tasks)]
        self._chars = 0
        self.instances = [0] * tasks

    def __enter__(self) -> "_Waiting":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, task: int, made: Made) -> None:
        self._held[task].append(made)
        self._chars += made.chars
        self.instances[task] += len(made)
        if self._chars > WAITING_CHARS:
            self._store()

    def of(self, task: int) -> Iterator[Made]:
        for place, size in self._stored[task]:
            self._file.seek(place)
            *columns, drops, cut = orjson.loads(self._file.read(size))
            ids, inputs, outputs, places = columns
            yield Made(ids, inputs, outputs, places, [(where, why) for where, why in drops], cut)
        yield from self._held[task]

    def _store(self) -> None:
        self._file.seek(0, 2)
        for task, held in enumerate(self._held):
            for made in held:
                line = json_bytes([made.ids, made.inputs, made.outputs, made.places, made.drops, made.cut])
                self._stored[task].append((self._file.tell(), len(line)))
                self._file.write(line)
            held.clear()
        self._chars = 0
