"""Ask a model for tasks: two prompts for each config, with its description and without (spec A5).

Reads the selected cards and the first rows of each, writes the answers in the order of the cards. A config of which
too little could be shown is not asked about; a prompt without an answer is counted. The metrics say what the answers
cost, at the prices of the day (stages/shared/llm/bill.py).
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from stages.hub import prompts, replies, template
from stages.hub.rows import WaveRows
from stages.shared import files, ledger, params, stage
from stages.shared.llm import bill
from stages.shared.llm.seam import REASONS as UNANSWERED
from stages.shared.llm.seam import ModelParams, Prompt, Unanswered, open_provider, unasked
from stages.shared.records import Answer, Card, Setting

REASONS = {
    "no-rows": "nothing was read of the config, so nothing can be shown",
    "too-few-visible-fields": "a task needs an input and an output; ids, nested values and nulls are not shown",
    "no-summary": "the description-aware prompt is left out where the card has no summary",
    **UNANSWERED,
}
"""Why a config is not asked about, or a prompt has no answer."""


class GenerateParams(params.Section):
    """model: a key of llm.models. settings: the prompts of each config, in order. rows_shown: rows in a prompt.

    max_value_chars: the budget of one value, and of the summary, in characters.
    """

    model: str
    settings: tuple[Setting, ...]
    rows_shown: int
    max_value_chars: int


def build(
    cards: Iterable[Card], rows: WaveRows, settings: GenerateParams, book: ledger.Ledger, hidden: Counter[str]
) -> Iterator[Prompt]:
    """Yield the prompts of all cards in order; count what is left out, and the configs that hide a field."""
    for card in cards:
        book.read("configs")
        shown = [row.values for row in rows.of(card.taskname, settings.rows_shown)]
        reason, detail = unfit(shown, settings.max_value_chars)
        if reason:
            book.drop("configs", card.taskname, reason, detail)
            continue
        book.keep("configs")
        hidden.update(prompts.hidden_fields(card))
        for setting in settings.settings:
            book.read("prompts")
            if setting == "aware" and not card.summary:
                book.drop("prompts", f"{card.taskname}:{setting}", "no-summary")
            else:
                yield prompts.build(card, shown, setting, settings.max_value_chars)


def unfit(rows: list[dict[str, Any]], max_value_chars: int) -> tuple[str, str]:
    """Why nothing can be asked about a config of which `rows` would be shown, and the detail; ("", "") if it can."""
    if not rows:
        return "no-rows", ""
    visible = prompts.visible_fields([prompts.shown_row(row, max_value_chars) for row in rows])
    return ("too-few-visible-fields", ", ".join(visible)) if len(visible) < 2 else ("", "")


def answered(outcomes: Iterable[Answer | Unanswered], book: ledger.Ledger, account: bill.Bill) -> Iterator[Answer]:
    """Yield the answers and enter them in the bill; drop the prompts that have none with the reason."""
    for outcome in outcomes:
        if isinstance(outcome, Unanswered):
            book.drop("prompts", f"{outcome.item}:{outcome.setting}", outcome.reason, outcome.detail)
            continue
        if outcome.turn == 0:
            book.keep("prompts")
        account.add(outcome)
        yield outcome


def main(paths: argparse.Namespace) -> None:
    """Ask about every selected config and write the answers."""
    chosen = params.read("generate", GenerateParams)
    model = params.read(f"llm.models.{chosen.model}", ModelParams)
    cards = list(files.read_jsonl(paths.cards, Card))
    expected = len(cards) * len(chosen.settings)
    provider = open_provider(chosen.model, model, template.reply, paths.answers, expected)
    account = bill.opened(model, lambda answer: len(replies.parse(answer.reply)))
    hidden: Counter[str] = Counter()
    asked: dict[str, Any] = {}
    hidden_fields: dict[str, int] = {}
    left: dict[str, Any] = {}
    extra = {"asked": asked, "hidden_fields": hidden_fields, "recorded_lines_unasked": left}
    with ledger.opened("generate", paths.dropped, paths.metrics, **extra) as book:
        built = build(cards, WaveRows(paths.rows), chosen, book, hidden)
        files.write_jsonl(paths.answers, answered(provider.answer(built), book, account))
        asked.update(account.total().model_dump())
        hidden_fields.update(sorted(hidden.items()))
        lines = unasked(provider)
        left.update(count=len(lines), lines=lines)
    if lines:
        some = ", ".join(lines[:5]) + (" ..." if len(lines) > 5 else "")
        sys.stderr.write(f"generate: {len(lines)} recorded lines match nothing that was asked: {some}\n")


if __name__ == "__main__":
    stage.run(main, __doc__, inputs=("cards", "rows"), outputs=("answers", "dropped", "metrics"))
