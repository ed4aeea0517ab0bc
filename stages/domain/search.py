"""Exploring a domain: which task a model is asked about next, and which of the subtasks it names the tree takes in.

Two operations (spec B1): `lookahead` takes a task apart into subtasks, given those it has and its peers;
`backtracking` comes back to a task and widens it. Two searches: `breadth` goes level by level, as the original's code
does, and asks about all tasks of a level at once; `depth` is the paper's, one request at a time. Which tree comes out
follows from the answers alone, never from the order in which they arrive. Nothing here asks anybody (rounds.py).
"""

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, NonNegativeInt, PositiveInt, model_validator

from stages.domain import intake, names, prompts, replies
from stages.domain.intake import Intake, by_depth, by_prompt, demonstrations, is_cut_off, place
from stages.domain.prompts import Wording
from stages.domain.replies import Subtask
from stages.domain.rounds import Rounds
from stages.domain.source import Domain
from stages.domain.tree import Node, free_id
from stages.shared.ledger import Ledger
from stages.shared.llm.seam import Prompt
from stages.shared.params import Section
from stages.shared.records import Answer

REASONS = {
    **names.REASONS,
    "beyond-breadth": "the task has as many subtasks as it shall have",
}
"""Why a subtask is dropped."""


class ExploreParams(Section):
    """`explore` in params.yaml; defaults of the original in spec B2.

    model: a key of llm.models. search: `breadth` or `depth`. max_depth: of the tree; the root's depth is 0. breadth:
    subtasks of a task, by its depth. most_children: no task has more, whatever breadth says. least_asked: a request
    asks for at least so many subtasks. tries: after so many requests in a row that bring nothing new, a task is
    closed. near: ROUGE-L to the name of any other task above which a subtask is refused; null to refuse equal names
    only. max_requests: the search stops there; null for no bound.
    """

    model: str
    search: Literal["breadth", "depth"]
    max_depth: NonNegativeInt
    breadth: tuple[NonNegativeInt, ...]
    most_children: PositiveInt
    least_asked: PositiveInt
    tries: PositiveInt
    near: Annotated[float, Field(ge=0, le=1)] | None
    max_requests: NonNegativeInt | None

    @model_validator(mode="after")
    def _a_breadth_for_each_depth(self) -> Self:
        if len(self.breadth) < self.max_depth:
            raise ValueError("breadth must hold a number for each depth below max_depth")
        return self


class Search:
    """One exploration: the tree as it grows, and what was asked about each of its tasks."""

    def __init__(self, domain: Domain, wording: Wording, settings: ExploreParams, book: Ledger) -> None:
        self.tree = domain.seed()
        self._domain, self._wording, self._settings, self._book = domain, wording, settings, book
        self._names = names.Names(self.tree, settings.near, domain.language)
        self._intake = Intake(domain, self.tree, book)
        self._requests: Counter[str] = Counter()
        self._barren: Counter[str] = Counter()
        self._to_come = 0

    def rounds(self) -> Rounds:
        """Yield the prompts of each round until no task is open, or max_requests is reached (Rounds)."""
        return self._by_level() if self._settings.search == "breadth" else self._downwards(self.tree.root.task_name)

    def to_come(self) -> int:
        """How many prompts would follow those of the present round, if every reply gave all it was asked for."""
        return self._to_come

    def take(self, task_name: str, answers: Sequence[Answer]) -> int:
        """Take the subtasks of the answers to one request into the tree; return how many were new."""
        before = len(self.tree.children(task_name))
        for answer in answers:
            found, unread = replies.subtasks(answer.reply, self._domain.answer_format, is_cut_off(answer))
            self._intake.fragments(answer, unread)
            for number, subtask in enumerate(found, start=1):
                self._book.read("subtasks")
                reason, other = self._refusal(task_name, subtask)
                if reason:
                    detail = f"{subtask.name} ~ {other}" if other else subtask.name
                    self._book.drop("subtasks", f"{place(answer)}:{number}", reason, detail[: intake.DETAIL_CHARS])
                    self._intake.refused(subtask.examples, answer, f"{number}.")
                else:
                    self._book.keep("subtasks")
                    self._add(task_name, subtask, answer, number)
        new = len(self.tree.children(task_name)) - before
        self._barren[task_name] = 0 if new else self._barren[task_name] + 1
        return new

    def is_open(self, node: Node) -> bool:
        """Whether more subtasks of a task are wanted and can be hoped for."""
        return self._gap(node) > 0 and self._barren[node.task_name] < self._settings.tries

    def counts(self) -> dict[str, object]:
        """Nodes by depth; those that still were open at the end, and those that ran dry; most requests of a node."""
        lacking = [node for node in self.tree if self._gap(node) > 0]
        return {
            "nodes": by_depth(self.tree),
            "open": by_depth(node for node in lacking if self.is_open(node)),
            "dry": by_depth(node for node in lacking if not self.is_open(node)),
            "most_requests_of_a_node": max(self._requests.values(), default=0),
        }

    def _by_level(self) -> Rounds:
        for depth in range(self._settings.max_depth):
            while frontier := [node.task_name for node in self.tree if node.depth == depth and self.is_open(node)]:
                if not self._left(1):
                    return
                yield from self._round(frontier)

    def _downwards(self, task_name: str) -> Rounds:
        """Ask about a task, go down to its first subtask, come back and widen it, and so on (spec B1, the paper's)."""
        visited: set[str] = set()
        while True:
            node = self.tree[task_name]
            if self.is_open(node) and self._left(1):
                yield from self._round([task_name])
            below = [child.task_name for child in self.tree.children(task_name) if child.task_name not in visited]
            if below and node.depth + 1 < self._settings.max_depth:
                visited.add(below[0])
                yield from self._downwards(below[0])
            elif not self._left(1) or not self.is_open(node):
                return

    def _round(self, task_names: Sequence[str]) -> Rounds:
        asked = task_names[: self._left(len(task_names))]
        self._to_come = max(0, self._left(self._expected()) - len(asked))
        written = [self._prompt(one) for one in asked]
        self._requests.update(asked)
        outcomes = yield written
        for prompt, outcome in by_prompt(written, outcomes):
            self.take(prompt.item, self._intake.answers(prompt, outcome))

    def _left(self, wanted: int) -> int:
        """How many of the wanted requests may still be made."""
        most = self._settings.max_requests
        return wanted if most is None else max(0, min(wanted, most - self._requests.total()))

    def _prompt(self, task_name: str) -> Prompt:
        """Take a task apart, or widen it where it was asked about before."""
        draw = self._requests[task_name]
        gap, settings = self._gap(self.tree[task_name]), self._settings
        # The depth-first search asks for a few at a time, since it comes back anyway.
        wanted = settings.least_asked if settings.search == "depth" else max(gap, settings.least_asked)
        return prompts.decompose(
            prompts.BACKTRACKING if draw else prompts.LOOKAHEAD,
            self._domain,
            self._wording,
            self.tree,
            task_name,
            demonstrations(self._domain, self.tree, task_name, draw),
            min(wanted, settings.most_children - len(self.tree.children(task_name))),
            settings.most_children,
            draw,
        )

    def _gap(self, node: Node) -> int:
        """How many subtasks a task lacks."""
        return max(0, self._target(node.depth) - len(self.tree.children(node.task_name)))

    def _target(self, depth: int) -> int:
        settings = self._settings
        return min(settings.breadth[depth], settings.most_children) if depth < settings.max_depth else 0

    def _refusal(self, task_name: str, subtask: Subtask) -> tuple[str, str]:
        reason, other = names.judge(subtask.name, self._names)
        if not reason and self._gap(self.tree[task_name]) == 0:
            return "beyond-breadth", ""
        return reason, other

    def _add(self, parent: str, subtask: Subtask, answer: Answer, number: int) -> None:
        node = Node(
            task_name=free_id(subtask.name, self.tree),
            raw_task_name=subtask.name,
            parent=parent,
            depth=self.tree[parent].depth + 1,
            reason=subtask.reason,
        )
        self.tree.add(node)
        self._names.add(subtask.name)
        self._intake.examples(node.task_name, subtask.examples, answer, f"{number}.")

    def _expected(self) -> int:
        """How many requests the rest takes, if every reply gives all it is asked for."""
        found = coming = 0
        for depth in range(self._settings.max_depth):
            gaps = [self._gap(node) for node in self.tree if node.depth == depth and self.is_open(node)]
            gaps += [self._target(depth)] * coming
            each = self._settings.least_asked if self._settings.search == "depth" else self._settings.most_children
            found += sum(-(-gap // each) for gap in gaps)
            coming = sum(gaps)
        return found
