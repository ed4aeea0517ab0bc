"""Explore a domain: ask a model for subtasks of its tasks, until the tree has its breadth and depth (spec B1, B2).

Reads a domain's folder; writes the tree, the answers in the order they were asked for, and what was dropped. Which
question comes next is decided in search.py. A seed tree that needs nothing, or max_depth 0 (Domain-Aware
Self-Instruct), asks nobody and needs no model. A run that broke off goes on at the same frontier: every answer is in
the store, and the tree follows from the answers.
"""

import argparse
import sys
from typing import Any

from stages.domain import intake, replies, rounds, rules, search
from stages.domain.prompts import read_wording
from stages.domain.search import ExploreParams, Search
from stages.domain.source import read_domain
from stages.domain.tree import write_tree
from stages.shared import files, ledger, params, stage
from stages.shared.llm import bill
from stages.shared.llm.seam import REASONS as UNANSWERED
from stages.shared.llm.seam import ModelParams, open_rounds

REASONS = {**UNANSWERED, **search.REASONS, **replies.REASONS, **rules.REASONS, **intake.REASONS}
"""Why a request has no answer, a fragment of a reply can't be read, or a subtask or an example is dropped."""


def main(paths: argparse.Namespace) -> None:
    """Explore the domain and write its tree."""
    domain = read_domain(paths.domain)
    settings = rounds.settings_of(domain, "explore", ExploreParams)
    model = params.read(f"llm.models.{settings.model}", ModelParams)

    def opened() -> rounds.Asking:
        rounds.check_can_explore("explore", settings.model, model)
        return open_rounds(settings.model, model, paths.answers)

    told: dict[str, Any] = {}
    asked: dict[str, Any] = {}
    with ledger.opened("explore", paths.dropped, paths.metrics, tree=told, asked=asked) as book:
        work = Search(domain, read_wording(paths.domain), settings, book)
        account = bill.opened(model, rounds.counting(replies.subtasks, domain.answer_format))
        files.write_jsonl(paths.answers, account.adding(rounds.asked(work, opened)))
        write_tree(paths.tree, work.tree)
        told.update(work.counts())
        asked.update(account.total().model_dump())
    if told["open"]:
        open_nodes = ", ".join(f"{count} at depth {depth}" for depth, count in told["open"].items())
        sys.stderr.write(
            f"explore: stopped at max_requests {settings.max_requests}; tasks that could have more subtasks: "
            f"{open_nodes}.\n"
        )


if __name__ == "__main__":
    stage.run(main, __doc__, inputs=("domain",), outputs=("tree", "answers", "dropped", "metrics"))
