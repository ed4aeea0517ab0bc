"""Enrich a domain's tree: ask a model for examples of each task until it has its number of them (spec B1, B2).

Reads a domain's folder and its explored tree; writes the tree with its examples, the answers in the order they were
asked for, and what was dropped. How much is asked of which task is decided in filling.py. A tree that has all its
examples asks nobody and needs no model. A run that broke off goes on where it was: every answer is in the store.
"""

import argparse
import sys
from typing import Any

from stages.domain import intake, replies, rounds, rules
from stages.domain.filling import EnrichParams, Filling
from stages.domain.prompts import read_wording
from stages.domain.source import read_domain
from stages.domain.tree import read_tree, write_tree
from stages.shared import files, ledger, params, stage
from stages.shared.llm import bill
from stages.shared.llm.seam import REASONS as UNANSWERED
from stages.shared.llm.seam import ModelParams, open_rounds

REASONS = {**UNANSWERED, **replies.REASONS, **rules.REASONS, **intake.REASONS}
"""Why a request has no answer, a fragment of a reply can't be read, or an example is dropped."""


def main(paths: argparse.Namespace) -> None:
    """Fill the tree with examples and write it."""
    domain = read_domain(paths.domain)
    settings = rounds.settings_of(domain, "enrich", EnrichParams)
    model = params.read(f"llm.models.{settings.model}", ModelParams)

    def opened() -> rounds.Asking:
        rounds.check_can_explore("enrich", settings.model, model)
        return open_rounds(settings.model, model, paths.answers)

    told: dict[str, Any] = {}
    asked: dict[str, Any] = {}
    with ledger.opened("enrich", paths.dropped, paths.metrics, tree=told, asked=asked) as book:
        work = Filling(domain, read_wording(paths.domain), read_tree(paths.explored), settings, book)
        account = bill.opened(model, rounds.counting(replies.examples, domain.answer_format))
        files.write_jsonl(paths.answers, account.adding(rounds.asked(work, opened)))
        write_tree(paths.tree, work.tree)
        told.update(work.counts())
        asked.update(account.total().model_dump())
    for state, why in (("dry", "the model had no more"), ("open", f"max_requests {settings.max_requests}")):
        if told[state]:
            lacking = ", ".join(f"{count} at depth {depth}" for depth, count in told[state].items())
            sys.stderr.write(f"enrich: tasks with fewer examples than wanted ({why}): {lacking}.\n")


if __name__ == "__main__":
    stage.run(main, __doc__, inputs=("domain", "explored"), outputs=("tree", "answers", "dropped", "metrics"))
