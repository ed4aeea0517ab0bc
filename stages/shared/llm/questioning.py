"""Putting questions to a model that judges: what the stages judge and audit have in common."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from stages.shared.errors import ModelError, ParamsError
from stages.shared.ledger import Ledger
from stages.shared.llm.bill import Bill
from stages.shared.llm.seam import FREE, ModelParams, Provider, Unanswered, open_provider
from stages.shared.records import Answer

PAID = {"answers", "asked_again", "tokens", "without_usage", "cost_usd", "prices_as_of"}
"""What the metrics of a judging stage say of its bill, in the words of stages/shared/costs.py."""

SHOWN = 80
"""Characters of a reply that an error quotes."""


def open_judge(stage: str, name: str, model: ModelParams, out: Path, expected: int) -> Provider:
    """The provider of a model that judges; the arguments are those of `open_provider`, stage: whose section names it.

    Raises ParamsError where the model answers by rule or replays answers about hub datasets, and what `open_provider`
    raises.
    """
    if model.provider in FREE:
        raise ParamsError(
            "a model that can be asked anything",
            f"{name!r}, whose provider {model.provider} knows hub datasets only",
            f"params.yaml, key {stage}.model",
            "set it to a model of llm.models with the provider openai, batch, anthropic or transformers",
        )
    return open_provider(name, model, lambda _: "", out, expected)


def answered(
    outcomes: Iterable[Answer | Unanswered], book: Ledger, account: Bill, replies: dict[tuple[str, str], str]
) -> Iterator[Answer]:
    """Yield the answers, entered in the bill, and keep the last reply to each (item, setting) in `replies`.

    The ledger counts prompts; one without an answer is dropped with the reason, and has no reply.
    """
    for outcome in outcomes:
        own = (outcome.item, outcome.setting)
        if isinstance(outcome, Unanswered):
            book.read("prompts")
            book.drop("prompts", ":".join(own), outcome.reason, outcome.detail)
            continue
        if outcome.turn == 0:
            book.read("prompts")
            book.keep("prompts")
        account.add(outcome)
        replies[own] = outcome.reply
        yield outcome


def check_usable(bad: Sequence[str], asked: int, most: float, stage: str, wanted: str) -> None:
    """Raise ModelError where more than the share `most` of what was asked for is not in the replies.

    bad: the reply behind each that is missing. stage: whose section names the model. wanted: what a reply must hold.
    """
    if len(bad) > most * asked:
        said = " ".join(bad[0].split())
        raise ModelError(
            f"replies that {wanted}, save {most:.0%} of them",
            f"{len(bad):,} of {asked:,} that don't (the first: {said[:SHOWN]!r})",
            f"params.yaml, key {stage}.model",
            f"name a model that can follow the form, or raise {stage}.max_unparsed",
        )


def paid(account: Bill) -> dict[str, Any]:
    """What the answers took: their number, tokens, and dollars at the price of the day."""
    return account.total().model_dump(include=PAID)
