"""Filling the tasks of a tree with examples: how many requests each needs, and which of the examples it takes in.

Level by level, so that what a prompt shows comes from a parent that is complete; within a level in rounds, each of
which asks all tasks below their target for what they lack. Nothing here asks anybody (rounds.py).
"""

from collections import Counter

from pydantic import NonNegativeInt, PositiveInt

from stages.domain import prompts, replies
from stages.domain.intake import Intake, by_depth, by_prompt, demonstrations, is_cut_off
from stages.domain.prompts import Wording
from stages.domain.rounds import Rounds
from stages.domain.source import Domain
from stages.domain.tree import Node, Tree
from stages.shared.errors import ParamsError
from stages.shared.ledger import Ledger
from stages.shared.llm.seam import Prompt
from stages.shared.params import Section
from stages.shared.records import Answer

LEAST_ASKED = 3
"""A request asks for at least so many examples: the bound that the original really uses (spec B2)."""


class EnrichParams(Section):
    """`enrich` in params.yaml.

    model: a key of llm.models. examples: how many examples a task shall have, by its depth. per_request: how many one
    request asks for at most. tries: after so many rounds in a row that add nothing, a task is left as it is.
    max_requests: the asking stops there; null for no bound.
    """

    model: str
    examples: tuple[NonNegativeInt, ...]
    per_request: PositiveInt
    tries: PositiveInt
    max_requests: NonNegativeInt | None


class Filling:
    """The work on one tree: the tree as it fills, and what was asked about each of its tasks."""

    def __init__(self, domain: Domain, wording: Wording, tree: Tree, settings: EnrichParams, book: Ledger) -> None:
        """Begin with a copy of the tree; raise ParamsError where enrich.examples is too short for its depth."""
        deepest = max(node.depth for node in tree)
        if deepest >= len(settings.examples):
            raise ParamsError(
                f"a number of examples for each depth of the tree of {domain.id}, 0 to {deepest}",
                f"{len(settings.examples)} numbers",
                "params.yaml, key enrich.examples",
                "add those that lack, here or in the domain's own settings",
            )
        self.tree = tree.copy()
        self._domain, self._wording, self._settings = domain, wording, settings
        self._intake = Intake(domain, self.tree, book)
        self._requests: Counter[str] = Counter()
        self._barren: Counter[str] = Counter()
        self._to_come = 0

    def rounds(self) -> Rounds:
        """Yield the prompts of each round until all tasks are full or dry, or max_requests is reached (Rounds)."""
        for depth in range(len(self._settings.examples)):
            while short := [node for node in self.tree if node.depth == depth and self.is_open(node)]:
                if not self._left(1):
                    return
                yield from self._round(short)

    def to_come(self) -> int:
        """How many prompts would follow those of the present round, if every example it asks for could be kept."""
        return self._to_come

    def take(self, task_name: str, answers: list[Answer]) -> int:
        """Take the examples of the answers to one request into a task; return how many were new."""
        new = 0
        for answer in answers:
            found, unread = replies.examples(answer.reply, self._domain.answer_format, is_cut_off(answer))
            self._intake.fragments(answer, unread)
            new += self._intake.examples(task_name, found, answer, room=self._gap(self.tree[task_name]))
        return new

    def is_open(self, node: Node) -> bool:
        """Whether more examples of a task are wanted and can be hoped for."""
        return self._gap(node) > 0 and self._barren[node.task_name] < self._settings.tries

    def counts(self) -> dict[str, object]:
        """Nodes and examples by depth; nodes below their target, open or dry at the end; most requests of a node."""
        lacking = [node for node in self.tree if self._gap(node) > 0]
        examples: Counter[int] = Counter()
        for node in self.tree:
            examples[node.depth] += len(node.examples)
        return {
            "nodes": by_depth(self.tree),
            "examples": {str(depth): count for depth, count in sorted(examples.items())},
            "open": by_depth(node for node in lacking if self.is_open(node)),
            "dry": by_depth(node for node in lacking if not self.is_open(node)),
            "most_requests_of_a_node": max(self._requests.values(), default=0),
        }

    def _round(self, short: list[Node]) -> Rounds:
        wanted = self._expected()
        written = [prompt for node in short for prompt in self._prompts(node)]
        written = written[: self._left(len(written))]
        self._to_come = max(0, self._left(wanted) - len(written))
        self._requests.update(prompt.item for prompt in written)
        outcomes = yield written
        added = Counter({prompt.item: 0 for prompt in written})
        for prompt, outcome in by_prompt(written, outcomes):
            added[prompt.item] += self.take(prompt.item, self._intake.answers(prompt, outcome))
        for task_name, new in added.items():
            self._barren[task_name] = 0 if new else self._barren[task_name] + 1

    def _prompts(self, node: Node) -> list[Prompt]:
        """The requests that a task needs: full ones, and the last for what is left."""
        gap, most = self._gap(node), self._settings.per_request
        asks = [most] * (gap // most)
        if gap % most:
            asks.append(min(most, max(gap % most, LEAST_ASKED)))
        first = self._requests[node.task_name]
        return [
            prompts.enrich(
                self._domain,
                self._wording,
                self.tree,
                node.task_name,
                demonstrations(self._domain, self.tree, node.task_name, draw),
                ask,
                draw,
            )
            for draw, ask in enumerate(asks, start=first)
        ]

    def _gap(self, node: Node) -> int:
        """How many examples a task lacks; seeds without an output are shown in prompts and don't count."""
        return max(0, self._settings.examples[node.depth] - sum(bool(one.output) for one in node.examples))

    def _left(self, wanted: int) -> int:
        """How many of the wanted requests may still be made."""
        most = self._settings.max_requests
        return wanted if most is None else max(0, min(wanted, most - self._requests.total()))

    def _expected(self) -> int:
        """How many requests the rest takes, if every example that is asked for can be kept."""
        return sum(-(-self._gap(node) // self._settings.per_request) for node in self.tree if self.is_open(node))
