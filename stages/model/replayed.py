"""Answers that a model once gave, matched to what a benchmark asks by id: all of it, each question once."""

from collections.abc import Sequence
from pathlib import Path

from stages.model.item import Item
from stages.model.measured import Recorded
from stages.model.predictions import Said
from stages.shared.errors import InputError
from stages.shared.fetched import hash_of
from stages.shared.files import read_jsonl
from stages.shared.ledger import Ledger
from stages.shared.records import Frozen

NOT_ASKED = "not-asked"
"""Why a recorded answer is left out: the benchmark, as it is cut, does not ask its question."""


class Line(Frozen):
    """A recorded answer: the id of a question, and what was answered."""

    id: str
    answer: str


def replay(recorded: Recorded, description: Path, asked: Sequence[Item], ledger: Ledger) -> list[Said]:
    """What the file holds for each item, in their order; answers to other questions are counted and left out.

    description: where the model is described, for errors. Raises InputError where the file is missing or another one
    than described, where it holds an id twice, where it is of another benchmark, and where it lacks an answer.
    """
    path = Path(recorded.path)
    if not path.is_file():
        raise InputError("the file of recorded answers", f"no file {path}", str(description), "correct `path`")
    if (found := hash_of(path)) != recorded.sha256.lower():
        remedy = "restore the file, or write its own hash if the change is meant"
        raise InputError(f"the SHA-256 {recorded.sha256}", found, f"{description}, file {path}", remedy)
    answers: dict[str, str] = {}
    for line in read_jsonl(path, Line):
        ledger.read("recorded")
        if line.id in answers:
            raise InputError("each id once", f"{line.id} again", str(path), "take one of the two answers out")
        answers[line.id] = line.answer
    missing = [one.id for one in asked if one.id not in answers]
    if len(missing) == len(asked):
        raise InputError(
            f"answers to this benchmark ({asked[0].id} and others)",
            f"those of another ({next(iter(answers), 'no line at all')} and others)",
            str(path),
            "measure the model on the benchmark that it answered",
        )
    if missing:
        raise InputError(
            f"an answer to each of {len(asked):,} questions",
            f"none to {missing[0]}" + (f" and {len(missing) - 1:,} more" if len(missing) > 1 else ""),
            str(path),
            "add what is missing (an empty answer counts as a wrong one)",
        )
    ledger.keep("recorded", len(asked))
    for id in answers.keys() - {one.id for one in asked}:
        ledger.drop("recorded", id, NOT_ASKED)
    return [Said(answers[one.id]) for one in asked]
