"""The table a person fills in, and what is taken back from it."""

from pathlib import Path

import pytest

from stages.dataset.people import KEPT, SAMPLE, read_answers, read_kept, write_kept, write_sample
from stages.dataset.picks import Pick
from stages.dataset.validity import Judgement
from stages.shared.errors import InputError
from stages.shared.sheets import read_sheet, write_sheet

PICKS = [
    Pick(id, f"c-{id}", "hub/one", "t", "t:default", "train:0", "=HYPERLINK()", 'a, "b"\nc', "-1", "")
    for id in ("i2", "i1")
]
FILLED = {
    "task_sound": "Yes",
    "input_fitting": "y",
    "output_right": "no",
    "error_type": "Wrong-Output",
    "comment": "=no",
}


def filled(path: Path, **changes: str) -> Path:
    """The sample with answers to its first row, as a spreadsheet may save it: semicolons, all columns."""
    write_sample(path, PICKS)
    rows = [row for _, row in read_sheet(path, SAMPLE)]
    rows[0] |= {**FILLED, **changes}
    write_sheet(path, SAMPLE, rows)
    return path


def test_the_sample_goes_out_with_nothing_that_runs_and_answers_come_back_without_texts(tmp_path: Path) -> None:
    path = filled(tmp_path / "anna.csv")
    text = path.read_text("utf-8-sig")
    assert "'=HYPERLINK()" in text
    assert ",'-1," in text
    (found,) = read_answers(path, "anna")
    assert found == Judgement(
        instance_id="i2", content="c-i2", by="anna", task_sound=True, input_fitting=True, output_right=False,
        error_type="wrong-output", comment="=no",
    )  # fmt: skip
    kept = tmp_path / "kept"
    write_kept(kept / "anna.csv", [found])
    assert read_kept(kept) == [found]
    assert (kept / "anna.csv").read_text("utf-8-sig").splitlines() == [
        ",".join(KEPT), "row-i2-c-i2,yes,yes,no,wrong-output,'=no",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"output_right": ""}, "row 2: expected yes or no as output_right, got ''; answer all three questions or none"),
        ({"task_sound": "perhaps"}, "row 2: expected yes or no as task_sound, got 'perhaps'"),
        ({"error_type": "silly"}, "row 2: expected a fault of no-task, "),
        ({"key": "1.2E+15"}, "row 2: expected a key as it was written out, got '1.2E+15'; put it back"),
    ],
)
def test_an_answer_that_is_none_is_refused_with_its_row(tmp_path: Path, changes: dict[str, str], sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        list(read_answers(filled(tmp_path / "anna.csv", **changes), "anna"))
    assert sentence in str(caught.value)


def test_a_row_that_comes_twice_is_refused(tmp_path: Path) -> None:
    row = {"key": "row-i1-c", **FILLED}
    write_sheet(tmp_path / "x.csv", KEPT, [row, row])
    with pytest.raises(InputError, match="row 3: expected each row once, got i1 again"):
        list(read_answers(tmp_path / "x.csv", "x"))
