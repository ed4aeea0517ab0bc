"""Dedup: of instances that say the same, or nearly, the one that comes first is kept, whatever part it is in.

A row hangs on the rows before it alone, so a part that joins changes no older shard.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stages.dataset import near
from stages.dataset.near import NearParams
from stages.dataset.survey import Survey
from stages.dataset.wording import Places
from stages.shared import workers

KEPT, REFUSED, DUPLICATE, NEAR = range(4)
"""What becomes of a row."""

REASONS = {
    DUPLICATE: "duplicate",
    NEAR: "near-duplicate",
}
"""The reason word of what is dropped here."""


@dataclass(frozen=True)
class Decision:
    """What becomes of every row, and the kept row that it gives way to, -1 for none.

    conflicts: kept rows that give an instruction and input met before another output.
    """

    fate: npt.NDArray[np.uint8]
    first: Places
    conflicts: int

    def counts(self, survey: Survey) -> dict[str, int]:
        """How many of the duplicates are equal to the byte, equal but for case, marks and layout, and near."""
        same = np.flatnonzero(self.fate == DUPLICATE)
        exact = int((survey.instances[same] == survey.instances[self.first[same]]).sum())
        return {"exact": exact, "normalised": len(same) - exact, "near": int((self.fate == NEAR).sum())}


def decide(survey: Survey, params: NearParams | None) -> Decision:
    """Say which rows are kept, by order; rows that were refused keep nothing out."""
    count = len(survey.instances)
    fate = np.full(count, KEPT, np.uint8)
    first = np.full(count, -1, np.int64)
    fate[list(survey.refused)] = REFUSED
    rows = np.flatnonzero(fate == KEPT)
    _, place, group = np.unique(survey.same[rows], return_index=True, return_inverse=True)
    leader = rows[place][group]
    repeated = leader != rows
    fate[rows[repeated]] = DUPLICATE
    first[rows[repeated]] = leader[repeated]
    if params is not None:
        _near(survey, params, fate, first)
    kept = survey.questions[fate == KEPT]
    asked = kept[kept != 0]
    return Decision(fate, first, len(asked) - len(np.unique(asked)))


def _near(survey: Survey, params: NearParams, fate: npt.NDArray[np.uint8], first: Places) -> None:
    """Drop each row that is alike a kept one before it, and with it what says the same."""
    rows = np.flatnonzero(fate == KEPT)
    pairs = near.candidates(survey.bands[rows])
    later = rows[(pairs >> np.uint64(32)).astype(np.int64)]
    earlier = rows[(pairs & np.uint64(0xFFFFFFFF)).astype(np.int64)]
    pairs = later.astype(np.uint64) << np.uint64(32) | earlier.astype(np.uint64)
    work = near.Comparison(pairs, survey.file, survey.places, params)
    jobs = range(0, len(pairs), near.PAIRS_AT_ONCE)
    with workers.mapped(work.verify, jobs, workers.usable()) as found:
        alike = np.concatenate([np.zeros(0, np.bool_), *found])
    for row, other in zip(later[alike].tolist(), earlier[alike].tolist(), strict=True):
        if fate[row] == KEPT and fate[other] == KEPT:
            fate[row], first[row] = NEAR, other
    followers = np.flatnonzero(fate == DUPLICATE)
    moved = followers[fate[first[followers]] == NEAR]
    fate[moved] = NEAR
    first[moved] = first[first[moved]]


def part_of(survey: Survey, row: int) -> int:
    """The number of the part that a row is in."""
    return int(np.searchsorted(survey.starts, row, side="right")) - 1
