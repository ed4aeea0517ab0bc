"""What is gathered of a part while its shard streams by, and the numbers that are told of it.

Memory is that of two samples of texts, and of the counts of tasks and of lengths; it does not grow with the instances.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import fmean, median
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from stages.dataset import qualities
from stages.dataset.inventory import dataset_of
from stages.dataset.picked import Picked
from stages.dataset.tasksets import LABELS_MARK
from stages.shared import pairs, similarity

COLUMNS = ["instance_id", "instruction", "input", "output", "messages", "origin", "taskname", "task_id", "language"]
TEXTS = ("instruction", "input", "output")

NEAR = 0.7
"""ROUGE-L above which the originals take two instructions for near repeats (spec B5, C1)."""

POINT_CHARS = 400
"""Characters of an instance that decide where it stands on the map."""

_IDS = 1 << 64


@dataclass
class Sketch:
    """What was met of some instances.

    instructions, points: samples of different instructions, and of instances as one text each. share: of the instances
    whose qualities are looked at, 0 to 1, chosen by their ids. words: how many texts have so many words. tasks: the
    instances of each task, by source dataset and task_id. tasknames: instances by that name. named: instances whose
    instruction names the answers. looked: instances whose qualities were looked at.
    """

    instructions: Picked
    points: Picked
    share: float = 1.0
    instances: int = 0
    named: int = 0
    looked: int = 0
    words: dict[str, Counter[int]] = field(default_factory=lambda: {name: Counter() for name in TEXTS})
    languages: Counter[str] = field(default_factory=Counter)
    tasks: Counter[tuple[str, str]] = field(default_factory=Counter)
    tasknames: Counter[str] = field(default_factory=Counter)
    qualities: Counter[str] = field(default_factory=Counter)

    def add(self, part: str, batch: pa.RecordBatch) -> None:
        """Enter a batch of a part, with COLUMNS."""
        self.instances += batch.num_rows
        for name, counts in self.words.items():
            # Runs of what is no blank: quick, but a language that writes none between its words counts low.
            lengths = pc.value_counts(pc.count_substring_regex(batch.column(name), r"\S+"))
            counts.update({entry["values"]: entry["counts"] for entry in lengths.to_pylist()})
        columns = {name: batch.column(name).to_pylist() for name in ("instruction", "origin", "task_id", "taskname")}
        self.instructions.add(columns["instruction"])
        self.named += pc.sum(pc.match_substring(batch.column("instruction"), LABELS_MARK)).as_py() or 0
        self.languages.update(batch.column("language").to_pylist())
        self.tasknames.update(columns["taskname"])
        sources = (dataset_of(part, origin) for origin in columns["origin"])
        self.tasks.update(zip(sources, columns["task_id"], strict=True))
        self._look(batch)

    def _look(self, batch: pa.RecordBatch) -> None:
        ids = batch.column("instance_id").to_pylist()
        chosen = [row for row, id in enumerate(ids) if int(id, 16) < self.share * _IDS]
        rows = batch.take(pa.array(chosen, pa.int64())).to_pylist()
        self.looked += len(rows)
        for row in rows:
            self.qualities.update(qualities.found(qualities.exchange(row)))
        self.points.add(" ".join(row[name][:POINT_CHARS] for name in TEXTS)[:POINT_CHARS] for row in rows)

    def merge(self, other: "Sketch") -> None:
        """Enter what another part's has met, but not its points: the map takes those of each part by themselves."""
        self.instructions.merge(other.instructions)
        self.instances += other.instances
        self.named += other.named
        self.looked += other.looked
        for name, counts in self.words.items():
            counts.update(other.words[name])
        for mine, others in (
            (self.languages, other.languages),
            (self.tasknames, other.tasknames),
            (self.qualities, other.qualities),
        ):
            mine.update(others)
        self.tasks.update(other.tasks)

    def numbers(self, compared: int) -> dict[str, Any]:
        """All that is told of these instances; of `compared` instructions the nearest one is looked for.

        Shares are of the instances, 0 to 1.
        """
        texts = self.instructions.texts()
        return {
            "instances": self.instances,
            "instructions": self.instructions.different,
            "with_input": _share(self.instances - self.words["input"][0], self.instances),
            "with_labels": _share(self.named, self.instances),
            "words": {name: quantiles(counts) for name, counts in self.words.items()},
            **self._tasks(),
            "languages": {language or "unknown": count for language, count in ranked(self.languages)},
            "verbs": {"looked_at": len(texts), **pairs.spread(pairs.counted(texts))},
            "nearest": nearness(texts[:compared]),
            "qualities": {
                "looked_at": self.looked,
                **{one.word: _share(self.qualities[one.word], self.looked) for one in qualities.QUALITIES},
            },
        }

    def _tasks(self) -> dict[str, Any]:
        of_source = Counter(source for source, _ in self.tasks)
        return {
            "sources": len(of_source),
            "tasks": len(self.tasks),
            "tasks_per_source": middle(of_source.values()),
            "instances_per_task": middle(self.tasks.values()),
        }


def quantiles(counts: Counter[int]) -> dict[str, float | int | None]:
    """The mean, the median, the length that nine of ten don't exceed, and the longest; of no texts, None each.

    counts: how many texts have each length. An empty text counts for nothing.
    """
    lengths = sorted(length for length in counts if length)
    total = sum(counts[length] for length in lengths)
    if not total:
        return dict.fromkeys(("mean", "median", "p90", "most"))
    mean = sum(length * counts[length] for length in lengths) / total
    return {"mean": round(mean, 2), "median": _at(0.5, counts), "p90": _at(0.9, counts), "most": lengths[-1]}


def _at(share: float, counts: Counter[int]) -> int:
    """The smallest length that so large a share of the texts with any does not exceed."""
    left = share * sum(count for length, count in counts.items() if length)
    for length in sorted(length for length in counts if length):
        left -= counts[length]
        if left <= 1e-9:
            return length
    raise AssertionError  # the counts sum up to what was taken from


def middle(numbers: Iterable[int]) -> dict[str, float | int | None]:
    """The mean, the median and the largest of some numbers; None each where there are none."""
    found = list(numbers)
    if not found:
        return dict.fromkeys(("mean", "median", "most"))
    return {"mean": round(fmean(found), 2), "median": median(found), "most": max(found)}


def nearness(texts: list[str]) -> dict[str, Any]:
    """How like an instruction is to the one of these that is nearest to it: mean ROUGE-L, and the share above NEAR.

    ROUGE's words are runs of a-z and 0-9: texts in other scripts would all be unlike, or be compared by the odd name
    in them, so they are not compared but counted as `unread`.
    """
    read = [text for text in texts if is_read(text)]
    found = similarity.nearest(read) if len(read) > 1 else []
    return {
        "looked_at": len(texts),
        "unread": len(texts) - len(read),
        "rougeL": round(fmean(found), 4) if found else None,
        "near_repeats": _share(sum(score > NEAR for score in found), len(found)),
    }


def is_read(text: str) -> bool:
    """Whether at least half of a text's letters and digits stand in words that ROUGE knows."""
    known = sum(map(len, similarity.words(text)))
    return known > 0 and 2 * known >= sum(map(str.isalnum, text))


def ranked(counts: Counter[str]) -> list[tuple[str, int]]:
    """Names with their counts, most first, equal ones in the order of the alphabet."""
    return sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
