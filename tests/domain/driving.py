"""Driving the rounds of a domain without a network: settings, domains, and a provider that answers by script."""

import io
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from stages.domain import rounds
from stages.domain.filling import EnrichParams, Filling
from stages.domain.prompts import Wording, read_wording
from stages.domain.rounds import Work
from stages.domain.search import ExploreParams, Search
from stages.domain.source import Domain, read_domain
from stages.domain.tree import Tree
from stages.shared.ledger import Ledger
from stages.shared.llm.asking import complaint_of
from stages.shared.llm.seam import ModelParams, Prompt, Sampling, Unanswered, request_of
from stages.shared.records import Answer
from tests.domain.scripted import Script, write_domain

MODEL = ModelParams(
    provider="openai", endpoint="lab", model="m", sampling=Sampling(temperature=1, max_tokens=64), structured=False
)
EXPLORE: dict[str, Any] = {
    "model": "lab", "search": "breadth", "max_depth": 2, "breadth": [8, 6], "most_children": 12, "least_asked": 3,
    "tries": 3, "near": 0.7, "max_requests": None,
}  # fmt: skip
ENRICH: dict[str, Any] = {"model": "lab", "examples": [12, 7, 5], "per_request": 10, "tries": 3, "max_requests": None}

Reply = Callable[[Prompt], str | tuple[str, str]]


@dataclass
class Driven:
    """A piece of work that was driven to its end: what was asked, in rounds, and what became of it."""

    work: Work
    tree: Tree
    rounds: list[list[Prompt]]
    answers: list[Answer]
    counts: dict[str, dict[str, Any]]
    dropped: list[dict[str, str]] = field(default_factory=list)

    @property
    def asked(self) -> list[Prompt]:
        return [prompt for one in self.rounds for prompt in one]

    def reasons(self, unit: str) -> dict[str, int]:
        found: dict[str, int] = self.counts.get(unit, {}).get("dropped", {})
        return found


def scripted(script: Script) -> Reply:
    """Replies by script."""

    def reply(prompt: Prompt) -> tuple[str, str]:
        said = script.said(tuple(message["content"] for message in prompt.messages))
        return said.text, said.finish

    return reply


def answer(prompt: Prompt, reply: str, finish: str = "stop", turn: int = 0) -> Answer:
    return Answer(
        key=request_of(MODEL, prompt).key, item=prompt.item, setting=prompt.setting, draw=prompt.draw, turn=turn,
        provider="lab", model="m", reply=reply, finish_reason=finish,
    )  # fmt: skip


def answers_to(prompt: Prompt, reply: Reply) -> list[Answer | Unanswered]:
    """What comes of a prompt; a reply that raises LookupError stays out, one that is complained of is given again."""
    found: list[Answer | Unanswered] = []
    asked: Prompt | None = prompt
    while asked is not None:
        try:
            said = reply(asked)
        except LookupError as error:
            return found or [Unanswered(prompt.item, prompt.setting, prompt.draw, str(error.args[0]), "it failed")]
        text, finish = (said, "stop") if isinstance(said, str) else said
        found.append(answer(asked, text, finish, turn=len(found)))
        again = complaint_of(MODEL, prompt, text) if len(found) == 1 else None
        asked = replace(prompt, messages=again.request.messages) if again else None
    return found


def drive(work: Search | Filling, book: Ledger, dropped: io.StringIO, reply: Reply) -> Driven:
    """Do the work."""
    asked: list[list[Prompt]] = []

    def ask(prompts: Iterable[Prompt]) -> Iterator[Answer | Unanswered]:
        asked.append(list(prompts))
        for prompt in asked[-1]:
            yield from answers_to(prompt, reply)

    @contextmanager
    def opened() -> Iterator[Any]:
        yield ask

    answers = list(rounds.asked(work, opened))
    lines = [json.loads(line) for line in dropped.getvalue().splitlines()]
    return Driven(work, work.tree, asked, answers, book.counts(), lines)


def explore(domain: Domain, wording: Wording, reply: Reply, **changes: Any) -> Driven:
    dropped = io.StringIO()
    book = Ledger("explore", dropped)
    settings = ExploreParams.model_validate({**EXPLORE, **changes})
    return drive(Search(domain, wording, settings, book), book, dropped, reply)


def enrich(domain: Domain, wording: Wording, tree: Tree, reply: Reply, **changes: Any) -> Driven:
    dropped = io.StringIO()
    book = Ledger("enrich", dropped)
    settings = EnrichParams.model_validate({**ENRICH, **changes})
    return drive(Filling(domain, wording, tree, settings, book), book, dropped, reply)


def read(folder: Path, form: str = "numbered", more: str = "") -> tuple[Domain, Wording]:
    """A domain of the script's kind, and its wording."""
    write_domain(folder, form, more)
    return read_domain(folder), read_wording(folder)


def plain(tree: Tree) -> list[tuple[Any, ...]]:
    """What a tree says, without who wrote it and in which answer."""
    return [
        (
            node.task_name, node.raw_task_name, node.parent, node.depth, node.reason,
            [(one.instruction, one.input, one.output, one.number) for one in node.examples],
        )
        for node in tree
    ]  # fmt: skip


def listed(*names: str) -> str:
    """A reply with subtasks of these names and no examples."""
    return "\n\n".join(f"New subtask: {name}\nReason: Because.\nExamples:" for name in names)
