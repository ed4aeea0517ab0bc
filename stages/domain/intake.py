"""What becomes of the answers to a prompt: who they belong to, and which of their examples a tree takes in.

Exploring and enriching share it, so an example passes the same rules (rules.py) wherever it comes from, and none stands
twice in a tree.
"""

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from stages.domain import rules
from stages.domain.replies import Unread, Written
from stages.domain.source import Domain
from stages.domain.tree import Example, Node, Tree
from stages.shared.ledger import Ledger
from stages.shared.llm.seam import Prompt, Unanswered
from stages.shared.records import Answer

DETAIL_CHARS = 500

REASONS = {
    "repeated-example": "the tree has an example of this instruction and input",
    "beyond-target": "the task has as many examples as it shall have",
    "of-dropped-subtask": "the example of a subtask that was dropped",
}
"""Why an example is dropped that the rules would keep."""


def by_prompt(
    prompts: Sequence[Prompt], outcomes: Iterable[Answer | Unanswered]
) -> Iterator[tuple[Prompt, list[Answer] | Unanswered]]:
    """Yield each prompt with its one or two answers, or without any; raise ValueError where outcomes are missing."""
    groups: list[list[Answer] | Unanswered] = []
    for outcome in outcomes:
        if isinstance(outcome, Unanswered):
            groups.append(outcome)
        elif outcome.turn and groups and isinstance(last := groups[-1], list):
            last.append(outcome)
        else:
            groups.append([outcome])
    yield from zip(prompts, groups, strict=True)


def place(answer: Answer | Prompt | Unanswered) -> str:
    """What dropped rows call an answer: its task, setting and draw, and whether it answers a complaint."""
    again = ":again" if isinstance(answer, Answer) and answer.turn else ""
    return f"{answer.item}:{answer.setting}:{answer.draw}{again}"


def is_cut_off(answer: Answer) -> bool:
    """Whether the answer ended at the bound of a reply, in the middle of whatever it was saying."""
    return answer.finish_reason == "length"


def demonstrations(domain: Domain, tree: Tree, task_name: str, draw: int) -> list[Example]:
    """The examples that a prompt shows: drawn from the parent's, from its own for the root (spec B2).

    Where there are fewer than domain.demonstrations, all of them. The original fails where there is exactly one.
    """
    parent = tree[task_name].parent
    known = tree[task_name if parent is None else parent].examples
    dice = random.Random(f"{domain.id}/{task_name}/{draw}")  # noqa: S311 - draws examples, guards nothing
    return dice.sample(known, min(domain.demonstrations, len(known)))


def by_depth(nodes: Iterable[Node]) -> dict[str, int]:
    """How many nodes there are at each depth, the depth as text, as JSON has it."""
    return {str(depth): count for depth, count in sorted(Counter(node.depth for node in nodes).items())}


class Intake:
    """Takes examples into the tasks of a tree, and enters in the ledger what becomes of each."""

    def __init__(self, domain: Domain, tree: Tree, book: Ledger) -> None:
        self._domain, self._tree, self._book = domain, tree, book
        self._seen = {(one.instruction, one.input) for node in tree for one in node.examples}

    def answers(self, prompt: Prompt, outcome: list[Answer] | Unanswered) -> list[Answer]:
        """Enter a request in the ledger; return its answers, in the order they came."""
        self._book.read("requests")
        if isinstance(outcome, Unanswered):
            self._book.drop("requests", place(prompt), outcome.reason, outcome.detail)
            return []
        self._book.keep("requests")
        return outcome

    def fragments(self, answer: Answer, unread: Iterable[Unread]) -> None:
        """Enter what of an answer could not be read."""
        for number, one in enumerate(unread, start=1):
            self._book.read("fragments")
            self._book.drop("fragments", f"{place(answer)}:{number}", one.reason, one.detail[:DETAIL_CHARS])

    def examples(
        self, task_name: str, written: Iterable[Written], answer: Answer, within: str = "", room: int | None = None
    ) -> int:
        """Give a task the examples that pass; return how many do.

        within: what comes before an example's number where it is told of. room: how many it takes in at most; None for
        no bound.
        """
        kept = list(self._tree[task_name].examples)
        before = len(kept)
        for number, one in enumerate(written, start=1):
            self._book.read("examples")
            reason = rules.judge(one, self._domain.answer_format, self._domain.language)
            if not reason and (one.instruction, one.input) in self._seen:
                reason = "repeated-example"
            if not reason and room is not None and len(kept) - before >= room:
                reason = "beyond-target"
            if reason:
                self._drop(f"{place(answer)}:{within}{number}", one, reason)
                continue
            self._book.keep("examples")
            self._seen.add((one.instruction, one.input))
            kept.append(
                Example(
                    instruction=one.instruction,
                    input=one.input,
                    output=one.output,
                    number=len(kept),
                    generator=f"{answer.provider}:{answer.model}",
                    answer=answer.key,
                )
            )
        self._tree.with_examples(task_name, kept)
        return len(kept) - before

    def refused(self, written: Iterable[Written], answer: Answer, within: str) -> None:
        """Enter the examples of a subtask that was dropped."""
        for number, one in enumerate(written, start=1):
            self._book.read("examples")
            self._drop(f"{place(answer)}:{within}{number}", one, "of-dropped-subtask")

    def _drop(self, id: str, example: Written, reason: str) -> None:
        self._book.drop("examples", id, reason, example.instruction[:DETAIL_CHARS])
