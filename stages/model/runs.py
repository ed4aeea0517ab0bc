"""What a run in params.yaml says: what it starts from, and which of the dataset it learns from.

A part may be cut. `tasks: 1/3` takes one slice of its tasks, so that runs that build on each other can divide a corpus
as the papers divide Super-NI (spec A13); `share`, `per_task` and `most` take fewer instances of it. Everything is
decided by hashes, so a part that joins changes nothing of this.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import Field, ValidationError, field_validator

from stages.model.chance import chosen, fraction
from stages.shared.errors import ParamsError
from stages.shared.files import explain
from stages.shared.params import Section

ALL = "all"
"""What a run names instead of a list of parts."""


@dataclass(frozen=True)
class Slice:
    """One of `of` slices of a part's tasks, counted from 1; slices are disjoint, and together they are all tasks."""

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def holds(self, task_id: str) -> bool:
        """Whether a task is in the slice: a hash of its id says so, in every part and version the same."""
        return int(fraction("tasks", task_id) * self.of) == self.number - 1


class Piece(Section):
    """What a run takes of a part.

    tasks: `k/n`, the k-th of n slices of its tasks; null for all. share: of the instances of those tasks, by a hash, so
    that a larger share keeps the smaller. per_task: the most instances of a task, instead of the run's own `per_task`;
    null for that one. most: the most instances, the first ones in the order of the mix; null for all.
    """

    part: str
    tasks: Slice | None = None
    share: float = Field(default=1, gt=0, le=1)
    per_task: int | None = Field(default=None, gt=0)
    most: int | None = Field(default=None, gt=0)

    @field_validator("tasks", mode="before")
    @classmethod
    def _slice(cls, value: object) -> object:
        if value is None or isinstance(value, Slice):
            return value
        found = re.fullmatch(r"([1-9]\d{0,5})/([1-9]\d{0,5})", value) if isinstance(value, str) else None
        if not found or int(found[1]) > int(found[2]):
            raise ValueError("a slice is k/n, with k from 1 to n")
        return Slice(int(found[1]), int(found[2]))

    def group(self) -> str:
        """The name of the held-out instances that are its own: those of its part, or of its slice of that."""
        return grouped(self.part, self.tasks)

    def reason(self, instance_id: str, task_id: str) -> str | None:
        """Why the piece leaves an instance of its part out, or None; caps are for later."""
        if self.tasks and not self.tasks.holds(task_id):
            return "other-slice"
        if self.share < 1 and not chosen("share", instance_id, self.share):
            return "not-in-share"
        return None


def grouped(part: str, tasks: Slice | None) -> str:
    """The name of a part, or of a slice of it (`corpus/superni 1/3`), as scores are kept by."""
    return f"{part} {tasks}" if tasks else part


class Run(Section):
    """A run in params.yaml (`runs.NAME`).

    init: the path it starts from, a model's description or another run's model. parts: `all`, or a list of parts, each
    an id or the keys of a Piece. exclude_sources_of, per_task, seed: instead of those of `mix`, where they are given.
    replay: the keys of `mix.replay` that are others for this run. recipe: how it is trained, which the mix leaves to
    train.
    """

    init: str
    recipe: str
    parts: Any
    exclude_sources_of: str | None = None
    per_task: int | None = Field(default=None, gt=0)
    seed: int = 0
    replay: dict[str, Any] = Field(default_factory=dict)

    def own(self) -> dict[str, Any]:
        """The keys of `mix` that this run has its own value for, null among them."""
        return {
            key: getattr(self, key)
            for key in ("exclude_sources_of", "per_task", "seed")
            if key in self.model_fields_set
        }


def pieces(name: str, listed: object, joined: Sequence[str]) -> list[Piece]:
    """What a run takes of each of its parts, in the order they joined.

    listed: what stands under `runs.NAME.parts`. joined: the parts of the dataset. Raises ParamsError naming the key
    for another form, a part that is not in the dataset, and one that is named twice.
    """
    where = f"params.yaml, key runs.{name}.parts"
    if listed == ALL:
        return [Piece(part=part) for part in joined]
    if not isinstance(listed, list | tuple):
        raise ParamsError("`all` or a list of parts", repr(listed), where, "write one part a line")
    found: dict[str, Piece] = {}
    for at, entry in enumerate(listed):
        piece = _piece(entry, f"{where}[{at}]")
        if piece.part not in joined:
            raise ParamsError(
                f"parts of the dataset ({', '.join(joined) or 'there are none'})",
                repr(piece.part),
                f"{where}[{at}]",
                "correct it, grow the dataset by it, or take the run out",
            )
        if piece.part in found:
            raise ParamsError("each part once", f"{piece.part} again", f"{where}[{at}]", "keep one of them")
        found[piece.part] = piece
    return [found[part] for part in joined if part in found]


def slices(runs: Mapping[str, Any]) -> list[tuple[str, Slice]]:
    """The slices that runs take of parts, each once, sorted by part.

    runs: the section `runs` of params.yaml. Raises ParamsError naming the key where a part is described wrongly.
    """
    found = set()
    for name, run in runs.items():
        listed = run.get("parts")
        for at, entry in enumerate(listed if isinstance(listed, list) else ()):
            piece = _piece(entry, f"params.yaml, key runs.{name}.parts[{at}]")
            if piece.tasks:
                found.add((piece.part, piece.tasks))
    return sorted(found, key=lambda one: (one[0], one[1].of, one[1].number))


def named(listed: object) -> list[str]:
    """The parts that a run names, whatever else is wrong with it; none where it names `all`."""
    entries: Iterable[object] = listed if isinstance(listed, list | tuple) else ()
    return [str(entry.get("part")) if isinstance(entry, Mapping) else str(entry) for entry in entries]


def _piece(entry: object, where: str) -> Piece:
    described = {"part": entry} if isinstance(entry, str) else entry
    try:
        return Piece.model_validate(described)
    except ValidationError as error:
        raise ParamsError(
            f"a part's id, or a mapping of {', '.join(Piece.model_fields)}",
            explain(error),
            where,
            "correct or remove the key",
        ) from error
