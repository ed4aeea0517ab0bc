"""Where a training stands, kept so that a killed one goes on: weights, optimizer, chance, and the place in the data.

The order of the data follows from the seed, so a number of steps is all that there is to remember of it.
"""

from pathlib import Path

from accelerate import Accelerator

from stages.model.curves import Point
from stages.shared.files import read_json, remove, write_json
from stages.shared.records import Frozen

PLACE_FILE = "place.json"
PARTIAL = ".partial"


class Place(Frozen):
    """A place in a training. step: how many are done. nats, bytes: what its answers since the last point of the curve
    cost, and how long they are.
    """

    step: int = 0
    nats: float = 0.0
    bytes: int = 0
    curve: tuple[Point, ...] = ()


def keep(team: Accelerator, folder: Path, place: Place) -> None:
    """Write a checkpoint in place of the one before; all processes have to."""
    partial = folder / PARTIAL
    if team.is_main_process:
        remove(partial)
        partial.mkdir(parents=True)
    team.wait_for_everyone()
    team.save_state(str(partial), safe_serialization=True)
    team.wait_for_everyone()
    if team.is_main_process:
        write_json(partial / PLACE_FILE, place.model_dump())
        settle(folder, partial, place.step)
    team.wait_for_everyone()


def restore(team: Accelerator, folder: Path) -> Place:
    """Bring everything back to the last checkpoint and return its place; the beginning where there is none."""
    newest = last(folder)
    if newest is None:
        return Place()
    team.load_state(str(newest))
    return Place.model_validate(read_json(newest / PLACE_FILE), strict=False)


def settle(folder: Path, written: Path, step: int) -> None:
    """Let a checkpoint that is written whole take the place of the one before: `last` finds no other than whole ones.

    written: a folder on the same disk, which gets the step's name. step: how many are done.
    """
    older = _kept(folder)
    written.rename(folder / f"step-{step:09}")
    for one in older:
        remove(one)


def last(folder: Path) -> Path | None:
    """The checkpoint to go on from; None where there is none."""
    return next(reversed(_kept(folder)), None)


def _kept(folder: Path) -> list[Path]:
    return sorted(folder.glob("step-*"))
