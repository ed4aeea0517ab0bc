"""What each part brings to merge, as its command names it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from stages.dataset.inventory import kind
from stages.shared.errors import ParamsError

TASK_FILES = {"hub": 1}
PAIR_FILES = {"corpus": 1}
ASKING_STAGES = {"hub": 1, "domain": 2}
DESCRIPTIONS = {"hub": 1, "corpus": 1}
"""How many files of tasks a part has, how many of preference pairs, how many stages that asked a model for it, and how
many files that describe its sources, by its kind.
"""


@dataclass(frozen=True)
class PartFiles:
    """What a part brings: its instances, and where it has them its tasks, its preference pairs, what was asked for it,
    by stage, and what describes its sources: the cards of a wave, or the description of a corpus.
    """

    id: str
    instances: Path
    tasks: Path | None = None
    pairs: Path | None = None
    asked: tuple[Path, ...] = ()
    described: Path | None = None

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
    pairs: Sequence[tuple[str, Path]],
    asked: Sequence[tuple[str, Path]],
    described: Sequence[tuple[str, Path]],
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
    pairs_of = _by_part("--pairs", pairs, ids, PAIR_FILES)
    asked_of = _by_part("--asked", asked, ids, ASKING_STAGES)
    described_by = _by_part("--described", described, ids, DESCRIPTIONS)
    return [
        PartFiles(name, path, _one(tasks_of[name]), _one(pairs_of[name]), asked_of[name], _one(described_by[name]))
        for name, path in given
    ]


def _one(paths: tuple[Path, ...]) -> Path | None:
    return next(iter(paths), None)


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
