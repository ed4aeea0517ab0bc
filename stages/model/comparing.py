"""Two models' answers to a benchmark side by side, and what a judge is asked about them (spec A12, B8).

Two forms. `explore-instruct` looks at the original's four aspects and ends in one order of the two assistants.
`criteria` asks Dynosaur's three criteria, each with an order of its own. The wording, in the folder `comparing` beside
this file, is ours. A judge is asked twice where positions are swapped: with A as Assistant 1 and as Assistant 2.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Literal

from stages.model.predictions import Prediction
from stages.model.verdicts import CRITERIA, UNPARSED, criteria_verdicts, verdict
from stages.shared.errors import InputError
from stages.shared.llm.seam import Prompt

WORDING = Path(__file__).with_suffix("")

Form = Literal["explore-instruct", "criteria"]
OVERALL = "overall"
ASKED: dict[Form, tuple[str, ...]] = {"explore-instruct": (OVERALL,), "criteria": CRITERIA}
"""What a reply of each form has a verdict on."""

FIRST, SECOND = "first", "second"
"""Where A stands in a prompt: its `setting`. The original only ever asks with the evaluated model second."""


@dataclass(frozen=True)
class Compared:
    """An instance of a benchmark with the answers of A and B; category and part are "" where it has none."""

    id: str
    category: str
    part: str
    instruction: str
    input: str
    a: str
    b: str

    @property
    def same(self) -> bool:
        """Whether both gave the same answer, so that there is nothing to judge: a tie."""
        return self.a == self.b


def compared(a: Sequence[Prediction], b: Sequence[Prediction], files: tuple[Path, Path]) -> list[Compared]:
    """The instances in the order of A's predictions.

    files: where the predictions are from, for errors. Raises InputError where an id comes twice, one file lacks what
    the other holds, or the two were not asked the same.
    """
    for predictions, file in zip((a, b), files, strict=True):
        _check_ids(predictions, file)
    others = {one.id: one for one in b}
    known = {one.id for one in a}
    for missing, lacking in (([i for i in known if i not in others], files[1]), (others.keys() - known, files[0])):
        if missing:
            raise InputError(
                "predictions for the same instances of one benchmark",
                f"none for {len(missing):,} of them, {min(missing)} the first",
                str(lacking),
                "let both measures of the pair be on one benchmark, then run `dvc repro predict`",
            )
    return [_side_by_side(one, others[one.id], files[1]) for one in a]


def _check_ids(predictions: Sequence[Prediction], file: Path) -> None:
    if not predictions:
        raise InputError("at least one prediction", "none", str(file), "run `dvc repro predict`")
    id, times = Counter(one.id for one in predictions).most_common(1)[0]
    if times > 1:
        raise InputError("each instance once", f"{id} {times} times", str(file), "run `dvc repro predict`")
    if untold := [one.id for one in predictions if not one.instruction]:
        raise InputError(
            "predictions with the instruction they follow",
            f"{untold[0]} without one",
            str(file),
            "run `dvc repro predict`, which writes it",
        )


def _side_by_side(one: Prediction, other: Prediction, file: Path) -> Compared:
    asked = [(each.task, each.instruction, each.input) for each in (one, other)]
    if asked[0] != asked[1]:
        raise InputError(
            f"the instruction and input that both models answered as {one.id}",
            "another one",
            str(file),
            "let both measures of the pair be on one benchmark, then run `dvc repro predict`",
        )
    return Compared(one.id, one.category, one.part, one.instruction, one.input, one.prediction, other.prediction)


def prompts(asked: Sequence[Compared], form: Form, places: Sequence[str]) -> Iterator[Prompt]:
    """What a judge is asked, for each instance whose answers differ and each place of A, in order."""
    for one in asked:
        if not one.same:
            yield from (_prompt(one, form, place) for place in places)


def _prompt(one: Compared, form: Form, place: str) -> Prompt:
    first, second = (one.a, one.b) if place == FIRST else (one.b, one.a)
    parts = [("Task", one.instruction), ("Input", one.input), ("Assistant 1", first), ("Assistant 2", second)]
    shown = [f"[{title}]\n{text}\n[end of {title}]" for title, text in parts if text or title != "Input"]
    return Prompt(
        item=one.id,
        setting=place,
        messages=(
            {"role": "system", "content": _text("system")},
            {"role": "user", "content": "\n\n".join([*shown, _text(form)])},
        ),
        complaint=partial(complaint, form=form),
    )


def complaint(reply: str, form: Form) -> str:
    """What is wrong with a reply: which order of the two assistants it lacks; "" where it has all."""
    lacking = [name for name, said in read(reply, form, FIRST).items() if said == UNPARSED]
    if not lacking:
        return ""
    if form == "criteria":
        lines = " and ".join(f"`{name.capitalize()}: Assistant 1 > Assistant 2`" for name in lacking)
        return f"it lacks a line such as {lines} (or with = or <)."
    return "it does not end in a line such as `Assistant 1 > Assistant 2` (or with = or <)."


def read(reply: str, form: Form, place: str) -> dict[str, str]:
    """The verdicts on A of a reply, by criterion, where A stood in this place."""
    side = 1 if place == FIRST else 2
    return criteria_verdicts(reply, side) if form == "criteria" else {OVERALL: verdict(reply, side)}


@cache
def _text(name: str) -> str:
    return (WORDING / f"{name}.txt").read_text("utf-8").strip()
