"""What judgements on a sample come to: shares with intervals, in all and by part, and how far the judges agree.

A sample holds more of a small part than its share, so a row of a part counts for as many as it stands for. Intervals
are Wilson's, which hold for few rows and for shares near 0 and 100 too.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stages.dataset.picks import Pick
from stages.dataset.validity import QUESTIONS, VALID, Judgement
from stages.shared.raters import agreement, rounded
from stages.shared.shares import wilson

MEASURED = (VALID, *QUESTIONS)


def shown(share: float, count: float, rows: int) -> dict[str, Any]:
    """A share with its interval in percent, one decimal, and of how many rows it is."""
    low, high = wilson(share, count)
    percents = {"share": share, "low": low, "high": high}
    return {**{name: round(100 * value, 1) for name, value in percents.items()}, "of": rows}


PUBLISHED = {"dynosaur": shown(0.84, 200, 200), "self-instruct": shown(0.54, 200, 200)}
"""The valid rows that the papers report (spec A12), with the interval that 200 rows give; not measured here."""


def summary(judgements: Mapping[str, Judgement], picks: Sequence[Pick], sizes: Mapping[str, int]) -> dict[str, Any]:
    """The shares of one kind of judges over the rows they judged.

    judgements: one for each row, by id. sizes: rows of the dataset by part. In all there is a share for each question
    and for all three together, weighted by how many rows of its part a row stands for; by part the share that is valid.
    `faults` counts the faults of rows that are not valid.
    """
    judged = [(pick.part, judgements[pick.instance_id]) for pick in picks if pick.instance_id in judgements]
    counts = Counter(part for part, _ in judged)
    weights = [sizes[part] / counts[part] for part, _ in judged]
    found: dict[str, Any] = {name: _weighted([getattr(one, name) for _, one in judged], weights) for name in MEASURED}
    found["faults"] = dict(
        sorted(Counter(one.error_type or "not named" for _, one in judged if not one.all_valid).items())
    )
    found["by_part"] = {
        part: shown(sum(one.all_valid for other, one in judged if other == part) / count, count, count)
        for part, count in sorted(counts.items())
    }
    return found


def _weighted(said: Sequence[bool], weights: Sequence[float]) -> dict[str, Any]:
    """A weighted share; its interval is that of the number of rows which equal weights would need to be as sure."""
    share = sum(weight for yes, weight in zip(said, weights, strict=True) if yes) / sum(weights)
    effective = sum(weights) ** 2 / sum(weight * weight for weight in weights)
    return shown(min(1.0, share), effective, len(said))


def together(judgements: Iterable[Judgement]) -> dict[str, Judgement]:
    """One judgement for each row that people judged: a question's answer is yes where more than half say so.

    The fault is that of the first who names one, if the row is not valid.
    """
    by_row: dict[str, list[Judgement]] = {}
    for one in judgements:
        by_row.setdefault(one.instance_id, []).append(one)
    return {id: own[0] if len(own) == 1 else _majority(own) for id, own in by_row.items()}


def _majority(own: Sequence[Judgement]) -> Judgement:
    said = {name: sum(getattr(one, name) for one in own) * 2 > len(own) for name in QUESTIONS}
    fault = "" if all(said.values()) else next((one.error_type for one in own if one.error_type), "")
    return own[0].model_copy(update={**said, "by": "people", "error_type": fault})


def agreed(people: Mapping[str, Judgement], model: Mapping[str, Judgement]) -> dict[str, Any]:
    """How far the model agrees with people on each question and on all three; nothing where no row has both."""
    both = sorted(people.keys() & model.keys())
    if not both:
        return {}
    return {
        name: rounded(
            agreement([str(getattr(model[id], name)) for id in both], [str(getattr(people[id], name)) for id in both])
        )
        for name in MEASURED
    }
