"""Let a model judge which of two models answers a benchmark better: pair by pair, positions swapped (spec A12, B8).

The model is asked through stages/shared/llm, so nothing is paid for twice. A reply that orders nothing is complained of
once and then counted as unparsed, never as a tie; where too many are, the judge fails and there is no score.
"""

import argparse
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import Field

from stages.model import comparing
from stages.model.comparing import FIRST, SECOND, Compared, Form, compared
from stages.model.judged import UNANSWERED, Judged, judged, read_labels, summary
from stages.model.predictions import Prediction
from stages.model.verdicts import UNPARSED
from stages.shared import params, stage
from stages.shared.errors import ParamsError
from stages.shared.files import read_jsonl, write_jsonl
from stages.shared.ledger import Ledger, opened
from stages.shared.llm import bill
from stages.shared.llm.questioning import answered, check_usable, open_judge, paid
from stages.shared.llm.seam import ModelParams
from stages.shared.params import Section
from stages.shared.records import Answer


class JudgeParams(Section):
    """Keys of `judge` in params.yaml. model: a key of llm.models. form: what it is asked (comparing.py).

    swap: whether each pair is asked twice, with positions swapped; the original asks once, the compared model second.
    max_unparsed: the share of verdicts that may be missing in replies before the stage fails.
    """

    model: str
    form: Form
    swap: bool
    max_unparsed: float = Field(ge=0, le=1)

    @property
    def places(self) -> tuple[str, ...]:
        """Where A stands in the prompts of an instance."""
        return (FIRST, SECOND) if self.swap else (SECOND,)


class Pair(Section):
    """A pair in params.yaml: two measures on one benchmark; b is the baseline."""

    a: str
    b: str
    benchmark: str


def read_pair(name: str) -> Pair:
    """The pair that params.yaml has under `pairs.NAME`; raise ParamsError where a measure is on another benchmark."""
    pair = params.read(f"pairs.{name}", Pair)
    for side in (pair.a, pair.b):
        found = params.value(f"measures.{side}.benchmark")
        if found != pair.benchmark:
            raise ParamsError(
                f"two measures on {pair.benchmark}",
                f"{side}, which is on {found}",
                f"params.yaml, key pairs.{name}",
                "name measures of one benchmark",
            )
    return pair


def entered(verdicts: Sequence[Judged], book: Ledger) -> None:
    """Enter the verdicts in the ledger, an instance by a criterion each."""
    for one in verdicts:
        book.read("verdicts")
        if one.verdict is None:
            book.drop("verdicts", f"{one.id}:{one.criterion}", UNANSWERED)
        elif one.verdict == UNPARSED:
            book.drop("verdicts", f"{one.id}:{one.criterion}", UNPARSED, f"first {one.first}, second {one.second}")
        else:
            book.keep("verdicts")


def unparsed(verdicts: Sequence[Judged], replies: Mapping[tuple[str, str], str]) -> list[str]:
    """For each verdict that is not in the replies the one that lacks it."""
    return [replies[one.id, FIRST if one.first == UNPARSED else SECOND] for one in verdicts if one.verdict == UNPARSED]


def read_answers(a: Path, b: Path) -> list[Compared]:
    """The instances of a benchmark with the answers in two files of predictions."""
    one, other = (list(read_jsonl(path, Prediction)) for path in (a, b))
    return compared(one, other, (a, b))


def main(paths: argparse.Namespace) -> None:
    """Ask about every instance; write the answers, the verdicts and what they come to."""
    settings = params.read("judge", JudgeParams)
    pair = read_pair(paths.pair)
    model = params.read(f"llm.models.{settings.model}", ModelParams)
    asked = read_answers(paths.a, paths.b)
    labels = read_labels(paths.labels, paths.pair, settings.form, (one.id for one in asked))
    expected = len(settings.places) * sum(not one.same for one in asked)
    account = bill.opened(model, lambda _: 0)
    replies: dict[tuple[str, str], str] = {}
    told: dict[str, Any] = {
        **pair.model_dump(),
        **settings.model_dump(include={"form", "swap"}),
        "judge": model.model,
        "instances": len(asked),
        "same_answers": sum(one.same for one in asked),
    }
    criteria: dict[str, Any] = {}
    costs: dict[str, Any] = {}
    with opened("judge", paths.dropped, paths.metrics, **told, criteria=criteria, asked=costs) as book:
        answers: Iterable[Answer] = ()
        if expected:  # else nobody is asked, and no key is needed
            provider = open_judge("judge", settings.model, model, paths.answers, expected)
            prompts = comparing.prompts(asked, settings.form, settings.places)
            answers = answered(provider.answer(prompts), book, account, replies)
        write_jsonl(paths.answers, answers)
        verdicts = judged(asked, settings.form, settings.places, replies)
        wanted, count = "order the two assistants", sum(not one.same for one in verdicts)
        check_usable(unparsed(verdicts, replies), count, settings.max_unparsed, "judge", wanted)
        entered(verdicts, book)
        write_jsonl(paths.verdicts, verdicts)
        criteria.update(summary(verdicts, replies, labels))
        costs.update(paid(account))


if __name__ == "__main__":
    stage.run(
        main,
        __doc__,
        inputs=("a", "b", "labels"),
        outputs=("answers", "verdicts", "dropped", "metrics"),
        values=("pair",),
    )
