"""What the stages of a domain would ask: as far as the answers so far tell, and about how much may follow."""

import io
from dataclasses import replace
from math import prod
from pathlib import Path

from stages.console import pipeline
from stages.console.questions import Known, Wanted, Wanting, many
from stages.domain import prompts
from stages.domain.filling import EnrichParams, Filling
from stages.domain.prompts import read_wording
from stages.domain.rounds import Work, answered_by, known_so_far, settings_of
from stages.domain.search import ExploreParams, Search
from stages.domain.source import Domain, read_domain
from stages.domain.tree import read_tree
from stages.shared.ledger import Ledger
from stages.shared.llm.seam import ModelParams, Prompt
from stages.shared.records import Answer


def explored() -> Wanting:
    """What explore would ask about a domain."""
    stage = pipeline.load(pipeline.PIPELINE)["stages"]["explore"]

    def wanted(item: str, _ready: bool, model: ModelParams, known: Known) -> Wanted:
        paths = pipeline.paths(stage, item)
        domain = read_domain(paths["domain"])
        settings = settings_of(domain, "explore", ExploreParams)
        work = Search(domain, read_wording(paths["domain"]), settings, Ledger("explore", io.StringIO()))
        return _wanted(work, paths["answers"], (prompts.LOOKAHEAD, prompts.BACKTRACKING), model, known)

    return wanted


def enriched() -> Wanting:
    """What enrich would ask about a domain: of the tree that was explored last, else of one as large as it may be."""
    stage = pipeline.load(pipeline.PIPELINE)["stages"]["enrich"]

    def wanted(item: str, ready: bool, model: ModelParams, known: Known) -> Wanted:
        paths = pipeline.paths(stage, item)
        domain = read_domain(paths["domain"])
        settings = settings_of(domain, "enrich", EnrichParams)
        if not paths["explored"].is_file():
            nodes, requests = expected(domain, settings)
            basis = f"the tree is not explored yet; {many(nodes, 'task')} if it comes to its full size"
            return Wanted((), requests, exact=False, basis=basis, out=paths["answers"], settings=(prompts.ENRICH,))
        work = Filling(
            domain,
            read_wording(paths["domain"]),
            read_tree(paths["explored"]),
            settings,
            Ledger("enrich", io.StringIO()),
        )
        found = _wanted(work, paths["answers"], (prompts.ENRICH,), model, known)
        if ready:
            return found
        return replace(found, exact=False, basis="the tree as it was explored last")

    return wanted


def expected(domain: Domain, settings: EnrichParams) -> tuple[int, int]:
    """The tasks of a tree that is as broad and deep as explore may make it, and the requests that fill it."""
    search = settings_of(domain, "explore", ExploreParams)
    nodes = [prod(search.breadth[:depth]) for depth in range(search.max_depth + 1)]
    wanted = zip(nodes, settings.examples, strict=False)
    requests = sum(count * -(-examples // settings.per_request) for count, examples in wanted)
    return sum(nodes), requests if settings.max_requests is None else min(requests, settings.max_requests)


def _wanted(work: Work, out: Path, settings: tuple[str, ...], model: ModelParams, known: Known) -> Wanted:
    known.begin(out)
    find = answered_by(model, known.answer)
    unknown: list[Prompt] = []

    def answered(prompt: Prompt) -> list[Answer] | None:
        found = find(prompt)
        unknown.extend([prompt] * (found is None))
        return found

    found, to_come = known_so_far(work, answered)
    exact = not unknown and to_come == 0
    basis = "every request has its answer" if exact else f"about {many(to_come, 'request')} may follow from the answers"
    return Wanted(found, to_come, exact, basis, out, settings)
