"""The scores of one instance, as evaluate writes them and summarize and `sauropod show difference` read them."""

from stages.shared.records import Frozen


class InstanceScores(Frozen):
    """The scores of one instance, each from 0 to 1, by metric; none where it has no reference.

    part, bits, bytes: those of its prediction, so that slices of the holdout can be told from here; "" and None where
    the benchmark has none.
    """

    id: str
    task: str
    scores: dict[str, float]
    part: str = ""
    bits: float | None = None
    bytes: int | None = None
