"""Proposing tasks by rule: what the `template` provider answers the two prompts of the hub route with.

The rules look at a dataset as a careful reader of two rows would: what each column is (rules/columns.py), which columns
make a task (rules/tasks.py and the table in rules/patterns.py), and how one asks for it (rules/wording.py). They know
words of field names and no dataset. A task is only proposed when its output is one value per row, and the answer does
not need what the inputs leave out: no ids, places, dates or other bookkeeping, no letter of an option that isn't shown.

The two settings share the rules and complete each other. The description-aware one also reads task categories and ids,
which it uses to order and to name what is judged, and proposes the three best. The unaware one, which sees names, types
and rows only, begins with the fourth and goes back to the best; where the card has no summary the aware prompt isn't
asked (spec A5), so the unaware one begins with the best. What both propose in the same words is dropped by filter.
"""

import json
from collections.abc import Mapping, Sequence

from stages.hub.replies import Proposal
from stages.hub.rules import words
from stages.hub.rules.columns import visible
from stages.hub.rules.tasks import candidates
from stages.hub.rules.wording import instruction, literal
from stages.shared.llm.seam import Prompt
from stages.shared.records import Card, Setting

TASKS = 3
"""Tasks that one prompt asks for at most (spec A5)."""


def propose(card: Card, rows: Sequence[Mapping[str, object]], setting: Setting) -> list[Proposal]:
    """Up to three tasks for a config of which `rows` are shown, best first; [] where nothing sensible comes up."""
    found = candidates(visible(card.features, rows))[: 2 * TASKS]
    if setting == "unaware" and card.summary:
        found = [*found[TASKS:], *found[:TASKS]]
    known = hints(card, setting)
    said: dict[str, Proposal] = {}
    for one in found:
        text = instruction(one, known)
        if text in said and one.output.role == "label":
            text = literal(one)
        if text:
            said.setdefault(text, Proposal(text, tuple(column.name for column in one.inputs), (one.output.name,)))
    return list(said.values())[:TASKS]


def hints(card: Card, setting: Setting) -> tuple[str, ...]:
    """The words that may tell what a bare `label` judges: of the name, then if aware of task ids and categories."""
    said = [card.taskname]
    if setting == "aware":
        said += [*card.task_ids, *card.task_categories]
    return tuple(word for text in said for word in words.split(text))


def reply(prompt: Prompt) -> str:
    """Answer a prompt of the hub route as a model would: JSON with keys task1, task2 ...; `{}` for no task."""
    card, rows, setting = (prompt.subject[key] for key in ("card", "rows", "setting"))
    tasks = {
        f"task{number}": {
            "instruction": one.instruction,
            "input_fields": list(one.input_fields),
            "output_field": list(one.output_field),
        }
        for number, one in enumerate(propose(card, rows, setting), start=1)
    }
    return json.dumps(tasks, ensure_ascii=False)
