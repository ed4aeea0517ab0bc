"""Keep the tasks that can work: parse each reply and apply the rules of spec A6, in order.

Fields are checked against the keys of the config's first stored row, as the released code does: that is what organize
will look into. Rows of a later split may lack a field; organize leaves those out. A task that comes again keeps its
first copy (the released code keeps the last; the tasks are the same either way). Tasks come out in the order of the
cards.
"""

import argparse
from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass

from stages.hub import replies
from stages.hub.replies import Proposal
from stages.hub.rows import WaveRows
from stages.shared import files, ledger, params, stage
from stages.shared.errors import InputError
from stages.shared.records import Answer, Card, Task, task_id

INSTRUCTION_LICENSE = "apache-2.0"
"""The licence of generated instructions: this project's rules and Dynosaur's released tasks are both under it (A4)."""


class FilterParams(params.Section):
    """one_output: whether a task may have one output field only (the paper says so, the released code does not)."""

    one_output: bool


@dataclass(frozen=True)
class Candidate:
    """A proposed task with what rules look at: its id, the config's fields, the params, and what came before it.

    earlier: the instructions of the same reply so far, dropped ones too. kept: the ids of the config's kept tasks.
    """

    task: Proposal
    id: str
    fields: frozenset[str]
    settings: FilterParams
    earlier: Set[str]
    kept: Set[str]


def instruction_empty(candidate: Candidate) -> str:
    """There is nothing to tell a reader."""
    return "" if candidate.task.instruction else "instruction-empty"


def output_empty(candidate: Candidate) -> str:
    """No field is to be produced (A6: `empty_field`)."""
    return "" if candidate.task.output_field else "empty-output"


def input_empty(candidate: Candidate) -> str:
    """No field is given; the released code makes no instance of such a task either."""
    return "" if candidate.task.input_fields else "empty-input"


def field_unknown(candidate: Candidate) -> str:
    """The dataset has no such field (A6: `invalid_field`)."""
    used = candidate.task.input_fields + candidate.task.output_field
    return "" if candidate.fields.issuperset(used) else "unknown-field"


def outputs_several(candidate: Candidate) -> str:
    """More than one output field (the paper; a parameter)."""
    several = len(candidate.task.output_field) > 1
    return "several-outputs" if several and candidate.settings.one_output else ""


def fields_overlap(candidate: Candidate) -> str:
    """The answer stands among the inputs (A6: `overlap_field`)."""
    return "field-overlap" if set(candidate.task.input_fields) & set(candidate.task.output_field) else ""


def instruction_repeated(candidate: Candidate) -> str:
    """The same reply gave this instruction before (A6: `duplicate_inst`)."""
    return "repeated-instruction" if candidate.task.instruction in candidate.earlier else ""


def task_repeated(candidate: Candidate) -> str:
    """Another setting's reply gave this very task: instruction, inputs and outputs (A6, cross-setting dedup)."""
    return "repeated-task" if candidate.id in candidate.kept else ""


PARSE_FAILURE = "parse-failure"
NO_TASK = "no-task"
"""Why a whole reply is dropped: no task could be read out of it, or it says that there is none."""

RULES: list[Callable[[Candidate], str]] = [
    instruction_empty,
    output_empty,
    input_empty,
    field_unknown,
    outputs_several,
    fields_overlap,
    instruction_repeated,
    task_repeated,
]
"""What a task must pass, in this order; each rule returns "" or the reason word."""


def judged(
    card: Card, fields: Iterable[str], answers: Iterable[Answer], settings: FilterParams, book: ledger.Ledger
) -> Iterator[Task]:
    """Yield the tasks of one config that pass all rules; `answers` are its replies in the order of the settings."""
    known = frozenset(fields)
    kept: set[str] = set()
    for answer in answers:
        book.read("answers")
        found = replies.parse(answer.reply)
        if not found:
            reason = NO_TASK if replies.says_none(answer.reply) else PARSE_FAILURE
            book.drop("answers", f"{answer.item}:{answer.setting}", reason, answer.reply[:300])
            continue
        book.keep("answers")
        earlier: set[str] = set()
        for number, task in enumerate(found, start=1):
            book.read("tasks")
            id = task_id(card.dataset, card.config, task.instruction, task.input_fields, task.output_field)
            candidate = Candidate(task, id, known, settings, earlier, kept)
            reason = next(filter(None, (rule(candidate) for rule in RULES)), "")
            earlier.add(task.instruction)
            if reason:
                book.drop("tasks", f"{answer.item}:{answer.setting}:{number}", reason, _shown(task))
                continue
            book.keep("tasks")
            kept.add(id)
            yield _task(id, task, answer)


def _task(id: str, proposal: Proposal, answer: Answer) -> Task:
    if answer.setting not in ("aware", "unaware"):
        raise InputError("the setting aware or unaware", repr(answer.setting), answer.item, "run generate again")
    return Task(
        task_id=id,
        taskname=answer.item,
        setting="aware" if answer.setting == "aware" else "unaware",
        instruction=proposal.instruction,
        input_fields=proposal.input_fields,
        output_field=proposal.output_field,
        license=INSTRUCTION_LICENSE,
        answer_key=answer.key,
        generator=f"{answer.provider}:{answer.model}",
    )


def _shown(task: Proposal) -> str:
    return f"{', '.join(task.input_fields)} -> {', '.join(task.output_field)}: {task.instruction}"[:500]


def main(paths: argparse.Namespace) -> None:
    """Judge all answers and write the tasks that pass."""
    settings = params.read("filter", FilterParams)
    cards = list(files.read_jsonl(paths.cards, Card))
    answers: dict[str, list[Answer]] = {card.taskname: [] for card in cards}
    for answer in files.read_jsonl(paths.answers, Answer):
        if answer.item not in answers:
            raise InputError("an answer about a selected config", answer.item, str(paths.answers), "run generate again")
        answers[answer.item].append(answer)
    rows = WaveRows(paths.rows)
    with ledger.opened("filter", paths.dropped, paths.metrics) as book:
        tasks = (
            task
            for card in cards
            if answers[card.taskname]
            for task in judged(card, _fields(rows, card), answers[card.taskname], settings, book)
        )
        files.write_jsonl(paths.tasks, tasks)


def _fields(rows: WaveRows, card: Card) -> list[str]:
    return [name for row in rows.of(card.taskname, 1) for name in row.values]


if __name__ == "__main__":
    stage.run(main, __doc__, inputs=("answers", "cards", "rows"), outputs=("tasks", "dropped", "metrics"))
