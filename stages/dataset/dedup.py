"""Exact dedup: of instances with the same content, the one that comes first is kept, whatever part it is in.

`fingerprints` reads a batch and knows nothing else, so it can run anywhere; `sift` decides in the order of parts and
rows. What a part keeps depends on the parts before it alone, so a part that joins changes no older shard.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from stages.shared.errors import InputError
from stages.shared.records import digest, instance_id

COLUMNS = ["instance_id", "instruction", "input", "output", "messages"]


@dataclass(frozen=True)
class Fingerprint:
    """Eight bytes each. instance: of the whole content. question: of instruction and input, None for a dialogue."""

    instance: int
    question: int | None


@dataclass
class Seen:
    """What earlier rows held, eight bytes a hash: the part of each instance, and all questions.

    Two contents share a hash once in about 10^19 pairs: not to be expected below some hundred million instances.
    """

    instances: dict[int, int] = field(default_factory=dict)
    questions: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class Sifted:
    """A batch without its duplicates.

    duplicates: (row in the batch, index of the part that has it). conflicts: kept rows that give an instruction and
    input met before another output.
    """

    kept: pa.RecordBatch
    duplicates: tuple[tuple[int, int], ...]
    conflicts: int


def fingerprints(batch: pa.RecordBatch) -> list[Fingerprint]:
    """The fingerprints of a batch of instances; raise InputError where an instance_id is not that of its content."""
    found = []
    for row in batch.select(COLUMNS).to_pylist():
        instruction, input, messages = row["instruction"], row["input"], row["messages"]
        id = instance_id(instruction, input, row["output"], messages)
        if id != row["instance_id"]:
            raise InputError(
                f"instance_id {id}, the hash of the content",
                repr(row["instance_id"]),
                f"an instance that begins {instruction[:40]!r}",
                "run the stage that wrote it again",
            )
        question = None if messages is not None else int(digest([instruction, input]), 16)
        found.append(Fingerprint(int(id, 16), question))
    return found


def sift(batch: pa.RecordBatch, prints: Sequence[Fingerprint], seen: Seen, part: int) -> Sifted:
    """Leave out the rows whose content came before, in this part or an earlier one, and add the others to `seen`."""
    kept: list[int] = []
    duplicates: list[tuple[int, int]] = []
    conflicts = 0
    for row, fingerprint in enumerate(prints):
        first = seen.instances.get(fingerprint.instance)
        if first is not None:
            duplicates.append((row, first))
            continue
        seen.instances[fingerprint.instance] = part
        kept.append(row)
        if fingerprint.question is not None:
            conflicts += fingerprint.question in seen.questions
            seen.questions.add(fingerprint.question)
    return Sifted(batch.take(pa.array(kept, pa.int64())), tuple(duplicates), conflicts)
