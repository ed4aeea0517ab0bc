"""What the waves that are there hold."""

from dataclasses import dataclass
from pathlib import Path

from stages.hub.waves import Collected, read_wave
from stages.shared.hub import tables

WAVES = Path("data/sources/waves")
DOMAINS = Path("data/sources/domains")
CORPORA = Path("data/sources/corpora")


@dataclass(frozen=True)
class Held:
    """Which wave holds a dataset, from which hub (local, huggingface, own, collected), at which revision, and which of
    its configs (None: all).
    """

    wave: str
    hub: str
    revision: str
    configs: tuple[str, ...] | None = None


def held() -> dict[str, Held]:
    """The datasets that waves hold, by id; the first wave by id counts where two hold the same.

    Raises InputError for a wave file that is wrong, listed or not: what it holds could join twice.
    """
    found: dict[str, Held] = {}
    for file in sorted(WAVES.glob("*.yaml")):
        wave = read_wave(file)
        for entry in wave.datasets:
            hub = "own" if entry.path else wave.hub
            configs = tuple(entry.configs) if entry.configs else None
            found.setdefault(entry.id, Held(file.stem, hub, entry.revision, configs))
        for name in _collected(wave.collected):
            found.setdefault(name, Held(file.stem, "collected", ""))
    return found


def holder(name: str, known: dict[str, Held]) -> Held | None:
    """What holds a dataset that was crawled before as `dataset` or `dataset-config`; None where nothing does."""
    if name in known:
        return known[name]
    for at in (at for at, mark in enumerate(name) if mark == "-"):
        one = known.get(name[:at])
        if one and (one.configs is None or name[at + 1 :] in one.configs):
            return one
    return None


def _collected(entry: Collected | None) -> list[str]:
    """The names in a wave's file of datasets that were crawled before; none where the file is not there."""
    if entry is None or not Path(entry.metadata).is_file():
        return []
    names = [str(record.get("task_name")) for record in tables.json_rows(Path(entry.metadata))]
    return [name for name in names if name not in entry.without]
