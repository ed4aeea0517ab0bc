"""Whether predictions are those of a benchmark: one to each question, to the very questions, measured by their own
references. What is measured on anything less would be a number of another benchmark.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from stages.model.item import Item
from stages.model.predictions import Prediction
from stages.shared.errors import InputError

AGAIN = "run `dvc repro predict`, which asks what the benchmark holds now"


def matched(predictions: Iterable[Prediction], asked: Sequence[Item], path: Path) -> list[Prediction]:
    """The predictions in the order of what was asked; path: where they come from, for errors.

    Raises InputError where there are none, one is doubled, they are of another benchmark or another version of it, or
    one is missing.
    """
    found: dict[str, Prediction] = {}
    for one in predictions:
        if one.id in found:
            raise InputError("one prediction to each question", f"two with the id {one.id}", str(path), AGAIN)
        found[one.id] = one
    if not found:
        raise InputError("at least one prediction", "none", str(path), "run `dvc repro predict`")
    known = {one.id: one for one in asked}
    others = [id for id in found if id not in known]
    if len(others) == len(found):
        came = f"those of another one ({others[0]} and others)"
        raise InputError(f"predictions of this benchmark ({asked[0].id} and others)", came, str(path), AGAIN)
    if others:
        raise InputError("predictions of this benchmark alone", f"{_named(others)} beside them", str(path), AGAIN)
    if missing := [id for id in known if id not in found]:
        raise InputError(
            f"a prediction to each of {len(known):,} questions", f"none to {_named(missing)}", str(path), AGAIN
        )
    for item in asked:
        one = found[item.id]
        if (one.input, one.references) != (item.input, item.references):
            came = f"other ones for {item.id}"
            raise InputError("predictions with the inputs and references of the benchmark", came, str(path), AGAIN)
    return [found[item.id] for item in asked]


def _named(ids: Sequence[str]) -> str:
    return ids[0] + (f" and {len(ids) - 1:,} more" if len(ids) > 1 else "")
