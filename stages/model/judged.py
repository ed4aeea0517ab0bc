"""What a judge's verdicts on a pair of models come to: counts, beat rate, how sure that is, and the judge's own faults.

Seen from A, the model that is compared with B. A verdict on an instance is that of both positions together
(`reconciled`), or of the one that was asked. Where the answers are the same there was nothing to ask: a tie.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from stages.model.comparing import ASKED, OVERALL, SECOND, Compared, Form, read
from stages.model.intervals import difference
from stages.model.verdicts import (
    LOSE,
    TIE,
    UNPARSED,
    WIN,
    position_bias,
    reconciled,
    released_verdict,
    tally,
)
from stages.shared.errors import InputError
from stages.shared.raters import agreement, rounded
from stages.shared.records import Frozen
from stages.shared.shares import wilson
from stages.shared.sheets import read_sheet

Replies = Mapping[tuple[str, str], str]
"""The last reply of the judge by instance and by the place of A."""

Word = Literal["win", "tie", "lose", "unparsed"]
UNANSWERED = "unanswered"

REASONS = {
    UNPARSED: "a reply, asked for twice, does not order the two assistants",
    UNANSWERED: "a prompt has no reply",
}
"""Why an instance has no verdict by a criterion."""


class Judged(Frozen):
    """The verdict on an instance by a criterion, `overall` where there is one only.

    first, second: what the judge said of A in that place; None where it was not asked or gave no reply. verdict: of
    both together, None without a reply. same: whether the answers were the same, so that nothing was asked.
    """

    id: str
    category: str
    part: str
    criterion: str
    first: Word | None
    second: Word | None
    verdict: Word | None
    same: bool


def judged(asked: Iterable[Compared], form: Form, places: Sequence[str], replies: Replies) -> list[Judged]:
    """The verdicts, instance by instance and criterion by criterion."""
    found = []
    for one in asked:
        said = {place: read(replies[one.id, place], form, place) for place in places if (one.id, place) in replies}
        for criterion in ASKED[form]:
            own = {place: said[place][criterion] for place in said}
            entry = {"id": one.id, "category": one.category, "part": one.part, "criterion": criterion}
            verdict = TIE if one.same else _together([own.get(place) for place in places])
            first, second = (own.get(place) for place in ("first", "second"))
            found.append(
                Judged.model_validate({**entry, "first": first, "second": second, "verdict": verdict, "same": one.same})
            )
    return found


def _together(said: Sequence[str | None]) -> str | None:
    known = [one for one in said if one is not None]
    if len(known) < len(said):
        return None
    return known[0] if len(known) == 1 else reconciled(*known)


def summary(verdicts: Sequence[Judged], replies: Replies, labels: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    """For each criterion what its verdicts come to.

    labels: human verdicts by instance and criterion. What is in it: win, tie, lose, unparsed; shares of A, tie and B
    in percent; beat_rate with low and high at 95 %, and p_value of a difference that would be chance; position_bias,
    None where positions were not swapped; by_category and by_part where the benchmark has them; released, by the
    original's rules on the replies with A second, as it asks; agreement with labels where there are any.
    """
    found = {}
    for criterion in dict.fromkeys(one.criterion for one in verdicts):
        own = [one for one in verdicts if one.criterion == criterion]
        entry = {
            **counts(own),
            **sureness(own),
            "position_bias": bias(own),
            **{f"by_{key}": one for key in ("category", "part") if (one := groups(own, key))},
        }
        if criterion == OVERALL:
            entry["released"] = released(own, replies)
        entry["agreement"] = with_people(own, labels)
        found[criterion] = entry
    return found


def counts(verdicts: Iterable[Judged]) -> dict[str, Any]:
    """How many A won, tied and lost, the shares of the three in percent, and the beat rate (spec A12, B8)."""
    found = tally(one.verdict for one in verdicts if one.verdict is not None)
    return {**asdict(found), "shares": found.shares(), "beat_rate": found.beat_rate()}


def sureness(verdicts: Iterable[Judged]) -> dict[str, Any]:
    """The interval of the beat rate in percent, and whether it may be chance; all None where none is decided.

    Of the decided instances, as the rate itself. The p-value is that of a randomisation test: were the models alike,
    each win could as well be a loss.
    """
    won = [float(one.verdict == WIN) for one in verdicts if one.verdict in (WIN, LOSE)]
    if not won:
        return {"low": None, "high": None, "p_value": None}
    low, high = (round(100 * end, 2) for end in wilson(sum(won) / len(won), len(won)))
    return {"low": low, "high": high, "p_value": round(difference(won, [1 - one for one in won]).p_value, 4)}


def bias(verdicts: Iterable[Judged]) -> dict[str, Any] | None:
    """In how many pairs of parsed replies the place decided, and their share of all in percent; None without pairs."""
    pairs = [(one.first, one.second) for one in verdicts if one.first is not None and one.second is not None]
    if not pairs:
        return None
    found = position_bias(pairs)
    share = round(100 * (found.first + found.second) / found.pairs, 1) if found.pairs else None
    return {**asdict(found), "share": share}


def groups(verdicts: Sequence[Judged], key: Literal["category", "part"]) -> dict[str, Any]:
    """The counts of each category or part, in order of name; empty where the benchmark has none."""
    names = sorted({getattr(one, key) for one in verdicts} - {""})
    return {name: counts([one for one in verdicts if getattr(one, key) == name]) for name in names}


def released(verdicts: Iterable[Judged], replies: Replies) -> dict[str, Any]:
    """The counts by the released code: A is Assistant 2, positions are never swapped, and unparsed is a tie (B8)."""
    said = [released_verdict(replies[one.id, SECOND], side=2) for one in verdicts if (one.id, SECOND) in replies]
    same = [TIE for one in verdicts if one.same]
    found = tally([*said, *same])
    return {"win": found.win, "tie": found.tie, "lose": found.lose, "beat_rate": found.beat_rate()}


def with_people(verdicts: Iterable[Judged], labels: Mapping[tuple[str, str], str]) -> dict[str, Any] | None:
    """How far the judge agrees with people where both have a verdict, as share and kappa; None where there is none."""
    both = [(one.verdict, labels[one.id, one.criterion]) for one in verdicts if (one.id, one.criterion) in labels]
    known = [(said, label) for said, label in both if said is not None]
    if not known:
        return None
    return rounded(agreement([said for said, _ in known], [label for _, label in known]))


def read_labels(folder: Path, pair: str, form: Form, ids: Iterable[str]) -> dict[tuple[str, str], str]:
    """What people said of the pair's instances, from PAIR.csv in the folder; nothing where there is no such file.

    Its columns: id, criterion and verdict, the last win, tie or lose as seen from A. Raises InputError for another
    word, an instance that was not compared, and a label that comes twice.
    """
    path = folder / f"{pair}.csv"
    if not path.is_file():
        return {}
    known, found = set(ids), dict[tuple[str, str], str]()
    for number, row in read_sheet(path, ("id", "criterion", "verdict")):
        key, said, where = (row["id"], row["criterion"].lower()), row["verdict"].lower(), f"{path}, row {number}"
        if said not in (WIN, TIE, LOSE):
            raise InputError("win, tie or lose, as seen from A", repr(said), where, "correct it")
        if key[1] not in ASKED[form]:
            raise InputError(f"a criterion of {', '.join(ASKED[form])}", repr(key[1]), where, "correct it")
        if key[0] not in known:
            raise InputError("the id of an instance that both models answered", repr(key[0]), where, "remove the row")
        if key in found:
            raise InputError("one label for each instance and criterion", f"{key[0]} again", where, "remove the row")
        found[key] = said
    return found
