r"""How replies list subtasks and examples, as data (grammar/forms.json): three formats, one way to write each (B3).

`numbered` gives each example its number, `plain` does not; in `latex`, which is plain too, an output is a worked
solution, `Explanation:` and then `Answer:` with the result in a \boxed{}.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FORMS = Path(__file__).with_suffix("") / "forms.json"


@dataclass(frozen=True)
class Written:
    """An example as a reply has it; `input` is "" where it has none."""

    instruction: str
    input: str
    output: str


@dataclass(frozen=True)
class Subtask:
    """A subtask as a reply has it; `reason` is "" where none was given."""

    name: str
    reason: str
    examples: tuple[Written, ...]


@dataclass(frozen=True)
class Grammar:
    """A format. numbered: examples carry numbers. worked: outputs are an explanation and an answer.

    labels: what a line may begin with, by the part that follows it; the first is what is written. separator: the line
    before each example. no_input: what stands for an empty input.
    """

    numbered: bool
    worked: bool
    labels: dict[str, tuple[str, ...]]
    separator: str
    no_input: str

    def label(self, part: str) -> str:
        """How the label of a part is written: `Instruction:`."""
        return f"{self.labels[part][0].capitalize()}:"


@cache
def read() -> dict[str, Any]:
    """The content of forms.json."""
    found: dict[str, Any] = json.loads(FORMS.read_text("utf-8"))
    return found


@cache
def grammar(answer_format: str) -> Grammar:
    """The grammar of a format; raise KeyError where there is none of this name."""
    found = read()
    labels = {part: tuple(names) for part, names in found["labels"].items()}
    return Grammar(**found["formats"][answer_format], labels=labels, **{k: found[k] for k in ("separator", "no_input")})


def write_examples(examples: Sequence[Written], answer_format: str) -> str:
    """Examples as a reply should list them; one without an output is its instruction alone."""
    how = grammar(answer_format)
    lines = []
    for number, example in enumerate(examples, start=1):
        lines.append(how.separator)
        before = f"{number}. " if how.numbered else ""
        lines.append(f"{before}{how.label('instruction')} {example.instruction}")
        if example.output:
            lines.append(f"{how.label('input')} {example.input or how.no_input}")
            lines.append(f"{how.label('output')} {example.output}")
    return "\n".join([*lines, how.separator])


def write_subtasks(subtasks: Sequence[Subtask], answer_format: str) -> str:
    """Subtasks as a reply should list them."""
    how = grammar(answer_format)
    return "\n\n".join(
        f"{how.label('subtask')} {one.name}\n{how.label('reason')} {one.reason}\n{how.label('examples')}\n"
        + write_examples(one.examples, answer_format)
        for one in subtasks
    )
