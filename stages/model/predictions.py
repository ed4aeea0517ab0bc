"""A prediction as predict writes it and evaluate reads it: the answer beside all that it is measured by."""

from stages.shared.records import Frozen


class Prediction(Frozen):
    """What a model answered to one instance of a benchmark.

    instruction: what it was told to do, "" in a file older than this field. group fields: task, category ("" outside
    Super-NI), part ("" outside the holdout). references: answers that count as right. demonstration: the output of the
    task's first positive example, "" where it has none. bits, bytes: what the reference costs the model to write and
    how long it is as far as the model reads it; None where not measured.
    """

    id: str
    task: str
    category: str
    part: str
    input: str
    references: tuple[str, ...]
    demonstration: str
    prediction: str
    bits: float | None
    bytes: int | None
    instruction: str = ""
