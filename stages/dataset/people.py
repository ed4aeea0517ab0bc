"""What people found of the sample: the table they fill in, and the judgements that come back from it.

A judgement is kept without the texts, and known by the row's id and a hash of its texts, so that it is never put on a
row that has changed.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from stages.dataset.picks import Pick
from stages.dataset.validity import FAULTS, QUESTIONS, Judgement
from stages.shared.errors import InputError
from stages.shared.sheets import read_sheet, write_sheet

ANSWERS = (*QUESTIONS, "error_type", "comment")
KEY = "key"
"""The column that says which row it is: id and hash of its texts, after a word that keeps a spreadsheet from reading
them as a number, as it would `12e45678` and then round it."""
SAMPLE = ("part", "instruction", "input", "output", "conversation", *ANSWERS, "taskname", "origin", "row", KEY)
"""The columns of the sample as a person sees it; those of ANSWERS are for the person to fill in."""
KEPT = (KEY, *ANSWERS)
"""The columns of the judgements that are kept."""

MARK = "row"
_YES_NO = {"yes": True, "y": True, "1": True, "true": True, "no": False, "n": False, "0": False, "false": False}


def write_sample(path: Path, picks: Iterable[Pick]) -> None:
    """Write the sample with empty columns for the answers."""
    empty = dict.fromkeys(ANSWERS, "")
    write_sheet(path, SAMPLE, ({**vars(pick), **empty, KEY: key(pick)} for pick in picks))


def key(of: Pick | Judgement) -> str:
    """Which row a pick or a judgement is of, as tables have it."""
    return f"{MARK}-{of.instance_id}-{of.content}"


def read_answers(path: Path, by: str) -> Iterator[Judgement]:
    """The judgements in a table that a person filled in, or in one that was kept; rows without any answer are none.

    Raises InputError, with the row, for an answer that is neither yes nor no, a question left open, a fault that is
    not listed, a key that was changed, and a row that comes twice.
    """
    seen = set()
    for number, row in read_sheet(path, KEPT):
        if not any(row[name] for name in ANSWERS):
            continue
        where = f"{path}, row {number}"
        said = {name: _YES_NO.get(row[name].lower()) for name in QUESTIONS}
        for name, answer in said.items():
            if answer is None:
                raise InputError(f"yes or no as {name}", repr(row[name]), where, "answer all three questions or none")
        fault = row["error_type"].lower()
        if fault and fault not in FAULTS:
            raise InputError(f"a fault of {', '.join(FAULTS)}", repr(fault), where, "correct it, or leave it empty")
        mark, _, rest = row[KEY].partition("-")
        id, _, content = rest.partition("-")
        if mark != MARK or not id or not content:
            raise InputError("a key as it was written out", repr(row[KEY]), where, "put it back")
        if id in seen:
            raise InputError("each row once", f"{id} again", where, "remove one of the two")
        seen.add(id)
        known = {"instance_id": id, "content": content, "comment": row["comment"]}
        yield Judgement.model_validate({**known, **said, "by": by, "error_type": fault})


def read_kept(folder: Path) -> list[Judgement]:
    """The judgements of all people, a file each, in order of name."""
    return [one for path in sorted(folder.glob("*.csv")) for one in read_answers(path, path.stem)]


def write_kept(path: Path, judgements: Iterable[Judgement]) -> None:
    """Write a person's judgements, in order of id."""
    ordered = sorted(judgements, key=lambda one: one.instance_id)
    write_sheet(path, KEPT, (cells(one) for one in ordered))


def cells(one: Judgement) -> Mapping[str, str]:
    """A judgement as the cells of a row."""
    words = {name: "yes" if getattr(one, name) else "no" for name in QUESTIONS}
    return {KEY: key(one), "error_type": one.error_type, "comment": one.comment, **words}
