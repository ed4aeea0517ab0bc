"""Whether a row of the dataset is sound: what is asked of a person or a model about it, and what they said (spec A12).

The questions are those of Dynosaur's study of 200 instances, which follow Self-Instruct's: is the task sound, does the
input fit, is the output right; a row is valid where all three are. The faults are ours: the paper's are not known.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any

from stages.dataset.picks import Pick
from stages.shared.llm.seam import Prompt
from stages.shared.records import Frozen

WORDING = Path(__file__).with_suffix("")

QUESTIONS = ("task_sound", "input_fitting", "output_right")
VALID = "all_valid"
"""What is reported beside the three questions: that all of them are answered yes."""

FAULTS = {
    "no-task": "the instruction asks for nothing that can be done, or for nothing worth doing",
    "unclear-task": "what is wanted can't be told, or can be told only from the output",
    "missing-input": "the task needs an input that is not there",
    "unfit-input": "the input is not what the instruction says it is",
    "broken-input": "the input is damaged, cut off or full of marks",
    "wrong-output": "the output is not a right answer",
    "incomplete-output": "the output is right as far as it goes, but cut off or too little",
    "other-form": "the output is not in the form or of the choices that the instruction asks for",
    "given-away": "the input holds the output, so that nothing is left to do",
    "harmful": "the row insults, hurts or gives private matters away",
    "other": "something else",
}
"""The fault that weighs most in a row that is not valid."""

PLACE = "validity"
"""The `setting` of the prompts."""

_ANSWER = re.compile(r"^[\s\-*#>\d.)]*(task|input|output|fault)\b[\s*_]*[:\-][\s*_]*([a-z][a-z-]*)", re.IGNORECASE)
_WORDS = {"task": QUESTIONS[0], "input": QUESTIONS[1], "output": QUESTIONS[2]}
_YES_NO = {"yes": True, "no": False}


class Judgement(Frozen):
    """What somebody found of a row. instance_id, content: which row it was, and a hash of its texts.

    by: the name of the person, or of the model. error_type: a word of FAULTS, "" where all is well or none was named.
    """

    instance_id: str
    content: str
    by: str
    task_sound: bool
    input_fitting: bool
    output_right: bool
    error_type: str = ""
    comment: str = ""

    @property
    def all_valid(self) -> bool:
        """Whether the row is completely right."""
        return self.task_sound and self.input_fitting and self.output_right


def prompt(pick: Pick) -> Prompt:
    """What a model is asked about a row."""
    parts = [("Instruction", pick.instruction), ("Input", pick.input), ("Output", pick.output)]
    if pick.conversation:
        parts = [("Conversation: the last answer is the output, what comes before it the input", pick.conversation)]
    shown = [f"[{title}]\n{text or '(none)'}\n[end of {title.partition(':')[0]}]" for title, text in parts]
    listed = "\n".join(f"{name}: {what}" for name, what in FAULTS.items())
    question = _text("question").replace("{errors}", listed)
    return Prompt(
        item=pick.instance_id,
        setting=PLACE,
        messages=(
            {"role": "system", "content": _text("system")},
            {"role": "user", "content": "\n\n".join([*shown, question])},
        ),
        complaint=complaint,
    )


def read(reply: str) -> dict[str, Any] | None:
    """The answers of a reply by question, and its `error_type`; None where it leaves a question open.

    Of several answers to a question the last counts. A fault that is not listed is `other`.
    """
    found: dict[str, Any] = {"error_type": ""}
    for line in reply.splitlines():
        match = _ANSWER.match(line.replace("`", ""))
        if not match:
            continue
        word, said = match[1].lower(), match[2].lower()
        if word == "fault":
            found["error_type"] = "" if said in ("none", "no") else said if said in FAULTS else "other"
        elif said in _YES_NO:
            found[_WORDS[word]] = _YES_NO[said]
    if any(question not in found for question in QUESTIONS):
        return None
    return {**found, "error_type": ""} if all(found[question] for question in QUESTIONS) else found


def complaint(reply: str) -> str:
    """What is wrong with a reply; "" where it answers the three questions."""
    return "" if read(reply) else "it does not hold the lines `Task:`, `Input:` and `Output:`, each with yes or no."


@cache
def _text(name: str) -> str:
    return (WORDING / f"{name}.txt").read_text("utf-8").strip()
