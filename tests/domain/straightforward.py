"""What a scripted exploration must come to, worked out from the script in the plainest way.

It reads no reply and knows no store, no rounds and no network: a subtask is taken where the script offers it under its
own name, an example where it is none of the script's bad ones. What a prompt shows is the prompts' business.
"""

import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from stages.domain import prompts
from stages.domain.prompts import Wording
from stages.domain.source import Domain
from stages.domain.tree import Example, Node, Tree
from stages.shared.llm.asking import AGAIN
from stages.shared.llm.seam import Prompt
from tests.domain.scripted import Said, Script, Shown, names

BAD_NAMES = {"punctuation": "no-word", "repeat": "repeated-name", "near": "near-name"}
UNREAD = {"empty": "empty-reply", "prose": "other-format", "cut": "cut-off"}


@dataclass
class Expected:
    """A tree, how many requests led to it, answers to complaints among them, and what was dropped, by unit and reason.

    dropped: (unit, reason) to how many.
    """

    tree: Tree
    requests: int = 0
    answers: int = 0
    dropped: Counter[tuple[str, str]] = field(default_factory=Counter)


def explored(domain: Domain, wording: Wording, script: Script, breadth: list[int], tries: int) -> Expected:
    """The tree of a search level by level in which a request asks for at least three."""
    found = Expected(domain.seed())
    tree = found.tree
    seen = {(one.instruction, one.input) for node in tree for one in node.examples}
    for depth, most in enumerate(breadth):
        times: Counter[str] = Counter()
        barren: Counter[str] = Counter()

        def is_open(node: Node, most: int = most, barren: Counter[str] = barren) -> bool:
            return len(tree.children(node.task_name)) < most and barren[node.task_name] < tries

        while nodes := [node for node in tree if node.depth == depth and is_open(node)]:
            written = []
            for node in nodes:
                has = len(tree.children(node.task_name))
                setting = "backtracking" if times[node.task_name] else "lookahead"
                shown = demonstrations(domain, tree, node, times[node.task_name])
                ask = min(max(most - has, 3), 12 - has)
                draw = times[node.task_name]
                written.append(prompts.decompose(setting, domain, wording, tree, node.task_name, shown, ask, 12, draw))
                times[node.task_name] += 1
            for node, prompt in zip(nodes, written, strict=True):
                said = listened(script, prompt, found)
                before = len(tree)
                for name, own in said.subtasks:
                    reason = "" if name in names(node.raw_task_name) else BAD_NAMES[said.bad]
                    if not reason and len(tree.children(node.task_name)) >= most:
                        reason = "beyond-breadth"
                    if reason:
                        found.dropped["subtasks", reason] += 1
                        found.dropped["examples", "of-dropped-subtask"] += len(own)
                        continue
                    id = name.replace(" ", "_")
                    why = f"People ask for {name}."
                    child = Node(task_name=id, raw_task_name=name, parent=node.task_name, depth=depth + 1, reason=why)
                    tree.add(child)
                    add(tree, id, own, seen, script, found, None)
                barren[node.task_name] = 0 if len(tree) > before else barren[node.task_name] + 1
    return found


def enriched(domain: Domain, wording: Wording, script: Script, tree: Tree, examples: list[int], tries: int) -> Expected:
    """The tree filled level by level in requests of ten."""
    found = Expected(tree.copy())
    tree = found.tree
    seen = {(one.instruction, one.input) for node in tree for one in node.examples}
    for depth, target in enumerate(examples):
        times: Counter[str] = Counter()
        barren: Counter[str] = Counter()
        while True:
            asks: dict[str, list[Prompt]] = defaultdict(list)
            for node in tree:
                gap = target - len(node.examples)
                while node.depth == depth and gap > 0 and barren[node.task_name] < tries:
                    shown = demonstrations(domain, tree, node, times[node.task_name])
                    ask = min(10, max(3, gap))
                    prompt = prompts.enrich(domain, wording, tree, node.task_name, shown, ask, times[node.task_name])
                    asks[node.task_name].append(prompt)
                    times[node.task_name] += 1
                    gap -= 10
            if not asks:
                break
            for task_name, written in asks.items():
                before = len(tree[task_name].examples)
                for prompt in written:
                    add(tree, task_name, listened(script, prompt, found).examples, seen, script, found, target)
                new = len(tree[task_name].examples) - before
                barren[task_name] = 0 if new else barren[task_name] + 1
    return found


def demonstrations(domain: Domain, tree: Tree, node: Node, draw: int) -> list[Example]:
    """Two of the parent's examples, of the node's own for the root, as the seed draws them."""
    known = (tree[node.parent] if node.parent else node).examples
    return random.Random(f"{domain.id}/{node.task_name}/{draw}").sample(known, min(2, len(known)))


def listened(script: Script, prompt: Prompt, found: Expected) -> Said:
    """What the script says in the end: to the complaint, where nothing could be read at first."""
    texts = tuple(message["content"] for message in prompt.messages)
    said = script.said(texts)
    found.requests += 1
    found.answers += 1
    if said.bad in UNREAD:
        found.dropped["fragments", UNREAD[said.bad]] += 1
    if said.bad not in ("empty", "prose"):
        return said
    complaint = AGAIN.format(complaint=prompt.complaint(said.text))
    again = script.said((*texts, said.text or "(nothing)", complaint))
    found.answers += 1
    if again.bad in UNREAD:
        found.dropped["fragments", UNREAD[again.bad]] += 1
    return again


def add(
    tree: Tree,
    task_name: str,
    own: tuple[Shown, ...],
    seen: set[tuple[str, str]],
    script: Script,
    found: Expected,
    target: int | None,
) -> None:
    """Give a task the examples that are not bad."""
    kept = [(one.instruction, one.input, one.output) for one in tree[task_name].examples]
    for one in own:
        output = f"Explanation: So it is.\nAnswer: $\\boxed{{{one.output}}}$" if script.form == "latex" else one.output
        if one.instruction.startswith("Draw"):
            found.dropped["examples", "blocked-word"] += 1
        elif (one.instruction, one.input) in seen:
            found.dropped["examples", "repeated-example"] += 1
        elif target is not None and len(kept) >= target:
            found.dropped["examples", "beyond-target"] += 1
        else:
            seen.add((one.instruction, one.input))
            kept.append((one.instruction, one.input, output))
    tree.with_examples(
        task_name,
        [
            Example(instruction=instruction, input=given, output=output, number=number, generator="lab:m")
            for number, (instruction, given, output) in enumerate(kept)
        ],
    )
