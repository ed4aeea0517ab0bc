"""Audit the dataset: a sample by part, and what a model and people found of it (spec A12).

Writes the sample as a table for people, and metrics in which the published figures stand beside ours. Whoever judges:
a model where params.yaml names one, and people through `sauropod audit`; without either nothing is asked and no share
is given.
"""

import argparse
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import Field

from stages.dataset import picks, soundness, validity
from stages.dataset.people import read_kept, write_sample
from stages.dataset.picks import Pick
from stages.dataset.validity import Judgement
from stages.shared import params, stage
from stages.shared.files import write_jsonl
from stages.shared.ledger import Ledger, opened
from stages.shared.llm import bill
from stages.shared.llm.questioning import answered, check_usable, open_judge, paid
from stages.shared.llm.seam import ModelParams
from stages.shared.params import Section
from stages.shared.records import Answer

REASONS = {
    "gone": "the row that was judged is no longer in the dataset",
    "changed": "the row has other texts than when it was judged",
    "unparsed": "a reply, asked for twice, leaves a question open",
}
"""Why a judgement is not counted."""

TOLD = ("sample", "judged", "people", "model", "agreement", "published", "asked")
"""What metrics hold beside the ledger, each empty where there is nothing of it. sample: rows of each part, and how many
were drawn. judged: how many rows by whom. people, model: what they found (soundness.py). asked: what the model took."""


class AuditParams(Section):
    """Keys of `audit` in params.yaml. model: a key of llm.models, or null, with which nothing is asked.

    sample: rows to look at. least: rows of each part. seed: another one draws another sample. max_unparsed: the share
    of replies that may leave a question open before the stage fails.
    """

    model: str | None
    sample: int = Field(gt=0)
    least: int = Field(ge=0)
    seed: int
    max_unparsed: float = Field(ge=0, le=1)


def applied(kept: Iterable[Judgement], sample: Sequence[Pick], book: Ledger) -> list[Judgement]:
    """The judgements of people that hold for the rows as they are now."""
    contents = {pick.instance_id: pick.content for pick in sample}
    found = []
    for one in kept:
        book.read("judgements")
        if one.instance_id not in contents:
            book.drop("judgements", one.instance_id, "gone", one.by)
        elif one.content != contents[one.instance_id]:
            book.drop("judgements", one.instance_id, "changed", one.by)
        else:
            book.keep("judgements")
            found.append(one)
    return found


def by_model(
    sample: Sequence[Pick], replies: Mapping[tuple[str, str], str], model: str, most: float, book: Ledger
) -> dict[str, Judgement]:
    """The judgements of a model by row; raise ModelError where more than the share `most` of its replies hold none."""
    found, bad = {}, []
    for pick in sample:
        reply = replies.get((pick.instance_id, validity.PLACE))
        if reply is None:
            continue
        book.read("replies")
        said = validity.read(reply)
        if said is None:
            bad.append(reply)
            book.drop("replies", pick.instance_id, "unparsed")
            continue
        book.keep("replies")
        known = {"instance_id": pick.instance_id, "content": pick.content, "by": model}
        found[pick.instance_id] = Judgement.model_validate({**known, **said})
    check_usable(bad, len(replies), most, "audit", "answer the three questions")
    return found


def asked(
    sample: Sequence[Pick], settings: AuditParams, out: Path, book: Ledger
) -> tuple[dict[str, Judgement], dict[str, Any]]:
    """Ask the model about every row and write its answers; its judgements, and what they took; nothing without one."""
    answers: Iterable[Answer] = ()
    if settings.model is None:
        write_jsonl(out, answers)
        return {}, {}
    model = params.read(f"llm.models.{settings.model}", ModelParams)
    account = bill.opened(model, lambda _: 0)
    replies: dict[tuple[str, str], str] = {}
    provider = open_judge("audit", settings.model, model, out, len(sample))
    write_jsonl(out, answered(provider.answer(map(validity.prompt, sample)), book, account, replies))
    return by_model(sample, replies, model.model, settings.max_unparsed, book), paid(account)


def main(paths: argparse.Namespace) -> None:
    """Draw the sample, gather what was found of it, and write both."""
    settings = params.read("audit", AuditParams)
    kept = read_kept(paths.judgements)
    parts = picks.shards(paths.dataset)
    sizes = {one.part: one.rows for one in parts}
    sample = picks.drawn(parts, settings.sample, settings.least, settings.seed, {one.instance_id for one in kept})
    write_sample(paths.sample, sample)
    told: dict[str, dict[str, Any]] = {name: {} for name in TOLD}
    with opened("audit", paths.dropped, paths.metrics, **told) as book:
        used = applied(kept, sample, book)
        people = soundness.together(used)
        model, costs = asked(sample, settings, paths.answers, book)
        drawn = Counter(pick.part for pick in sample)
        told["sample"].update({part: {"rows": size, "drawn": drawn[part]} for part, size in sizes.items()})
        told["judged"].update(
            rows=len(sample),
            by_people=len(people),
            by_model=len(model),
            by_both=len(people.keys() & model.keys()),
            by=dict(sorted(Counter(one.by for one in [*used, *model.values()]).items())),
        )
        for name, judgements in (("people", people), ("model", model)):
            if judgements:
                told[name].update(soundness.summary(judgements, sample, sizes))
        told["agreement"].update(soundness.agreed(people, model))
        told["published"].update(soundness.PUBLISHED)
        told["asked"].update(costs)


if __name__ == "__main__":
    stage.run(main, __doc__, inputs=("dataset", "judgements"), outputs=("sample", "answers", "dropped", "metrics"))
