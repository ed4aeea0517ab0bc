"""Asking a model at an endpoint what a benchmark asks: one message an item, answers kept and paid for once."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stages.model.conversation import Asked, question
from stages.model.decoding import Decode
from stages.model.item import Item
from stages.model.predictions import Said
from stages.model.prompts import tk_instruct
from stages.shared.errors import ParamsError
from stages.shared.ledger import Ledger
from stages.shared.llm import bill
from stages.shared.llm.seam import ModelParams, Prompt, Unanswered, open_provider
from stages.shared.records import Answer

BILLED = ("answers", "tokens", "without_usage", "cost_usd", "prices_as_of")
"""What is told of the costs; the rest of a bill is about tasks that answers propose."""


@dataclass(frozen=True)
class Outcome:
    """What came of asking: what was said to each item in their order, the answers as they came, and their costs."""

    said: list[Said]
    answers: list[Answer]
    bill: dict[str, Any]


def ask(
    name: str, model: ModelParams, decode: Decode | None, asked: Sequence[Item], out: Path, ledger: Ledger
) -> Outcome:
    """Ask for all items; a question that stays without an answer is dropped from the ledger's `answers`.

    name: of the model, for errors. out: the stage's own answers, whose last committed version is read back before
    anything is paid for. Raises ParamsError where the benchmark draws answers as no endpoint can, and whatever the seam
    raises, ModelError among it where more stay without an answer than llm.client.max_failed_share allows.
    """
    model = drawn(model, decode, name)
    provider = open_provider(name, model, lambda _: "", out, len(asked))
    account = bill.opened(model, lambda _: 0)
    found = Outcome([], [], {})
    for outcome in provider.answer([prompt(one) for one in asked]):
        ledger.read("answers")
        if isinstance(outcome, Unanswered):
            ledger.drop("answers", outcome.item, outcome.reason, outcome.detail)
            found.said.append(Said("", unanswered=outcome.reason))
            continue
        ledger.keep("answers")
        account.add(outcome)
        found.said.append(Said(outcome.reply, cut_off=outcome.finish_reason == "length"))
        found.answers.append(outcome)
    total = account.total().model_dump(mode="json")
    found.bill.update({key: total[key] for key in BILLED})
    return found


def prompt(one: Item) -> Prompt:
    """An item as one message of a user: the instruction and below a blank line its input; in Tk-Instruct's words where
    worked examples are shown, which say what is an example and what is asked (spec D2).
    """
    text = f"{one.instruction}\n\n{one.input}" if one.input else one.instruction
    if one.examples or one.negative:
        shown = Asked(one.instruction, one.input, "", positive=one.examples, negative=one.negative)
        text = "".join(segment.text for segment in question(tk_instruct(shown))).rstrip()
    return Prompt(one.id, "", ({"role": "user", "content": text},))


def drawn(model: ModelParams, decode: Decode | None, name: str) -> ModelParams:
    """The model with the sampling that a benchmark asks for, its own in whatever the benchmark says nothing of.

    Raises ParamsError for beams, which endpoints don't have.
    """
    if decode is None:
        return model
    if decode.beams > 1:
        where = f"params.yaml, benchmarks, decode.beams (for the model {name})"
        raise ParamsError("1 beam for a model at an endpoint", str(decode.beams), where, "set it to 1, or sample")
    changed: dict[str, Any] = decode.model_dump(include={"temperature", "top_p"}, exclude_unset=True)
    if decode.new_ids is not None:
        bound = "max_completion_tokens" if model.sampling.max_completion_tokens else "max_tokens"
        changed[bound] = decode.new_ids
    return model.model_copy(update={"sampling": model.sampling.model_copy(update=changed)})
