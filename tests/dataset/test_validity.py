"""What a model is asked about a row, and what its replies say."""

import pytest

from stages.dataset.picks import Pick
from stages.dataset.validity import FAULTS, complaint, prompt, read

YES = {"task_sound": True, "input_fitting": True, "output_right": True, "error_type": ""}
WRONG = {**YES, "output_right": False, "error_type": "wrong-output"}
PICK = Pick("i1", "c1", "hub/one", "glue-cola", "glue:cola", "train:0", "Is it grammatical?", "He go.", "yes", "")

REPLIES = [
    ("Task: yes\nInput: yes\nOutput: yes\nFault: none", YES),
    ("Task: yes\nInput: yes\nOutput: no\nFault: wrong-output", WRONG),
    ("Task: yes\nInput: yes\nOutput: yes", YES),
    ("TASK: YES\nINPUT: YES\nOUTPUT: NO\nFAULT: WRONG-OUTPUT", WRONG),
    ("**Task:** yes\n**Input:** yes\n**Output:** no\n**Fault:** wrong-output", WRONG),
    ("- Task: yes\n- Input: yes\n- Output: no\n- Fault: `wrong-output`", WRONG),
    ("1. Task: Yes.\n2. Input: Yes.\n3. Output: No, 'go' is wrong.\n4. Fault: wrong-output", WRONG),
    ("Here is what I found.\n\nTask: yes\nInput: yes\nOutput: no\nFault: wrong-output\n\nDone.", WRONG),
    ("Task - yes\nInput - yes\nOutput - no\nFault - wrong-output", WRONG),
    ("Task: no\nInput: yes\nOutput: yes\nTask: yes\nOutput: yes\nFault: none", YES),
    ("Task: yes\nInput: yes\nOutput: yes\nFault: wrong-output", YES),
    ("Task: yes\nInput: yes\nOutput: no\nFault: bad grammar", {**WRONG, "error_type": "other"}),
    ("Task: yes\nInput: yes\nOutput: no", {**WRONG, "error_type": ""}),
    ("Task: yes\nInput: yes", None),
    ("Task: yes\nInput: maybe\nOutput: no", None),
    ("The task, input and output are all fine: yes", None),
    ("", None),
]


@pytest.mark.parametrize(("reply", "found"), REPLIES)
def test_a_reply_says_what_it_says(reply: str, found: dict[str, object] | None) -> None:
    assert read(reply) == found
    assert (complaint(reply) == "") == (found is not None)


def test_a_row_is_shown_with_all_it_has_and_every_fault_is_named() -> None:
    asked = prompt(PICK).messages[1]["content"]
    assert asked.startswith(
        "[Instruction]\nIs it grammatical?\n[end of Instruction]\n\n[Input]\nHe go.\n[end of Input]"
    )
    assert all(f"\n{name}: {what}\n" in asked for name, what in FAULTS.items())
