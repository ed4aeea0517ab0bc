"""The prompts of a domain: taking a task apart (`lookahead`), coming back to widen it (`backtracking`), and giving it
more examples (`enrich`); spec B3.

The wording that all domains share lies in the folder `prompts` beside this file, the requirements of each domain in
its own folder. A prompt begins with what all prompts of the domain share, then comes what those of its kind share, so
that endpoints can cache it; the task at hand comes last. Replies are asked for in the form of the domain's answer
format, or as JSON where the endpoint keeps to a schema; both can be read (replies.py).

Where this departs from the original: tasks are listed by their names and not by their ids, and more examples are asked
for of the task itself, its parent named beside it, where the original names the parent only.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from stages.domain import replies
from stages.domain.grammar import Subtask, Written, grammar, write_examples, write_subtasks
from stages.domain.source import Domain
from stages.domain.tree import Example, Node, Tree
from stages.shared.errors import InputError
from stages.shared.llm.seam import Prompt
from stages.shared.text import whole

TEXTS = Path(__file__).with_suffix("")

EXAMPLES_OF_A_SUBTASK = 2
"""How many examples a new subtask comes with (spec B2)."""

LOOKAHEAD, BACKTRACKING, ENRICH = "lookahead", "backtracking", "enrich"
"""The settings of the prompts."""

_FIELD = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True)
class Wording:
    """What a domain asks for in its own words: the requirements of new subtasks and those of further examples."""

    lookahead: str
    enrich: str


def read_wording(folder: Path) -> Wording:
    """Read the requirements in a domain's folder; raise InputError where a file is missing, empty or no UTF-8."""
    return Wording(_requirements(folder / "lookahead.txt"), _requirements(folder / "enrich.txt"))


def decompose(  # noqa: PLR0913, PLR0917 - what a prompt is made of
    setting: str,
    domain: Domain,
    wording: Wording,
    tree: Tree,
    task_name: str,
    demonstrations: Sequence[Example],
    ask: int,
    total: int,
    draw: int,
) -> Prompt:
    """Ask for `ask` subtasks of a task, which is to have `total` in the end.

    setting: LOOKAHEAD for the first, BACKTRACKING for what they leave out. demonstrations: the examples to show.
    draw: a number that tells apart requests for the same.
    """
    numbers = {"total": total, "ask": ask, "count": len(tree.children(task_name)), "each": EXAMPLES_OF_A_SUBTASK}
    parts = [
        _filled("lookahead", requirements=wording.lookahead, form=_form_of_subtasks(domain.answer_format)),
        _task(tree, tree[task_name]),
        _shown(demonstrations, domain.answer_format),
        _filled(f"{setting}_end", **{name: str(number) for name, number in numbers.items()}),
    ]
    return _prompt(setting, domain, task_name, "\n\n".join(filter(None, parts)), draw)


def enrich(
    domain: Domain,
    wording: Wording,
    tree: Tree,
    task_name: str,
    demonstrations: Sequence[Example],
    ask: int,
    draw: int,
) -> Prompt:
    """Ask for `ask` further examples of a task."""
    node = tree[task_name]
    how = grammar(domain.answer_format)
    start = [f"{how.label('subtask')} {_line(node.raw_task_name)}"]
    if node.reason.strip() and node.parent is not None:  # the root's is the domain's description, which is told above
        start.append(f"{how.label('reason')} {_line(node.reason)}")
    parts = [
        _filled("enrich", requirements=wording.enrich, form=_form_of_examples(domain.answer_format)),
        _task(tree, node),
        _shown(demonstrations, domain.answer_format),
        _filled("enrich_end", ask=str(ask), heading="\n".join([*start, how.label("examples")])),
    ]
    return _prompt(ENRICH, domain, task_name, "\n\n".join(filter(None, parts)), draw)


@cache
def schema(name: str) -> dict[str, Any]:
    """The JSON schema of a reply, `subtasks` or `examples`: the same for all, so that endpoints can cache it."""
    found: dict[str, Any] = json.loads((TEXTS / f"{name}.json").read_text("utf-8"))
    return found


@cache
def language_name(code: str) -> str:
    """The English name of a language, with its region's code where it has one; for a code not in the table, itself."""
    known: dict[str, str] = json.loads((TEXTS / "languages.json").read_text("utf-8"))
    base, _, region = code.replace("_", "-").partition("-")
    name = known.get(base.lower())
    return code if name is None else f"{name} ({code})" if region else name


def _prompt(setting: str, domain: Domain, task_name: str, text: str, draw: int) -> Prompt:
    system = _filled(
        "system",
        name=_line(domain.name),
        description=_line(domain.description),
        language=language_name(domain.language),
    )
    of_subtasks = setting != ENRICH
    return Prompt(
        item=task_name,
        setting=setting,
        messages=({"role": "system", "content": system}, {"role": "user", "content": text}),
        draw=draw,
        schema=schema("subtasks" if of_subtasks else "examples"),
        complaint=partial(replies.complaint, answer_format=domain.answer_format, of_subtasks=of_subtasks),
    )


def _task(tree: Tree, node: Node) -> str:
    """The task at hand and what stands around it in the tree."""
    lines = [f"Target task: {_line(node.raw_task_name)}"]
    if node.parent is not None:
        if node.reason.strip():
            lines.append(f"Why it is one: {_line(node.reason)}")
        lines.append(f"It is a part of: {_line(tree[node.parent].raw_task_name)}")
    lines.append(f"Existing subtasks of the target task: {_names(tree.children(node.task_name))}")
    lines.append(f"Peer tasks of the target task: {_names(tree.peers(node.task_name))}")
    return "\n".join(lines)


def _names(nodes: Sequence[Node]) -> str:
    return json.dumps([_line(node.raw_task_name) for node in nodes], ensure_ascii=False)


def _shown(demonstrations: Sequence[Example], answer_format: str) -> str:
    """The examples to show, the white space of their instructions collapsed and a final colon left out; "" for none."""
    if not demonstrations:
        return ""
    shown = [
        Written(_line(one.instruction).rstrip(": "), one.input.strip(), one.output.strip()) for one in demonstrations
    ]
    return "Examples:\n" + write_examples(shown, answer_format)


def _form_of_subtasks(answer_format: str) -> str:
    examples = _blanks(answer_format)
    blank = Subtask("<the name of the subtask, a few words>", "<why it is a subtask of its own>", examples)
    return write_subtasks([blank], answer_format)


def _form_of_examples(answer_format: str) -> str:
    return write_examples(_blanks(answer_format), answer_format) + "\n..."


def _blanks(answer_format: str) -> tuple[Written, ...]:
    """Examples with descriptions for their parts."""
    how = grammar(answer_format)
    output = "<the output>"
    if how.worked:
        explanation, answer = _text("worked").splitlines()
        output = f"{how.label('explanation')} {explanation}\n{how.label('answer')} {answer}"
    one = Written("<the instruction>", f"<the input, or {how.no_input} where the instruction needs none>", output)
    return (one,) * EXAMPLES_OF_A_SUBTASK


@cache
def _text(name: str) -> str:
    return (TEXTS / f"{name}.txt").read_text("utf-8").strip()


def _filled(text: str, /, **values: str) -> str:
    """A text of the folder with its fields filled in; raise KeyError naming one that has no value."""
    return _FIELD.sub(lambda field: values[field[1]], _text(text))


def _line(text: str) -> str:
    """A text on one line."""
    return " ".join(str(whole(text)).split())


def _requirements(path: Path) -> str:
    try:
        text = path.read_text("utf-8").strip()
    except FileNotFoundError:
        text = ""
    except UnicodeDecodeError as error:
        raise InputError("a text in UTF-8", str(error), str(path), "mend the file") from error
    if not text:
        raise InputError(
            "the requirements that prompts of the domain state, one a line",
            "none",
            str(path),
            "write them; data/sources/domains/rewriting shows how",
        )
    return text
