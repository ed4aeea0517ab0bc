"""What a run learns again of what its starting model has seen: instances of the tasks that its strategy chooses."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from pathlib import Path
from typing import Any

from stages.model.chance import fraction
from stages.model.embed import Embedder, task_vectors
from stages.model.replay import RULES, Choice, ReplayParams, candidates, choose, data_text, drawn
from stages.model.shards import rows
from stages.model.trained import Seen

VECTORS = Path(".sauropod/embeddings")
"""Where vectors of texts are kept, by what makes them and the text's hash; it can be removed at any time."""

SHOWN = 120
"""Characters of an instruction in the metrics."""

OWN, OTHER_TASK, OVER = "own-instance", "other-task", "per-task-cap"
"""Why what a model has seen is not replayed: the run has it anyway, its task is not chosen, or has enough already."""


@dataclass(frozen=True)
class Replay:
    """What is replayed. wanted: the ids of instances. reasons: why each other one that was seen is not. choices: the
    tasks, best first, of so many candidates. texts: what stands for each task.
    """

    choices: tuple[Choice, ...]
    candidates: int
    texts: Mapping[str, Sequence[str]]
    wanted: frozenset[str]
    reasons: Mapping[str, str]

    def report(self, policy: ReplayParams) -> dict[str, Any]:
        """The strategy and the tasks it chose, best first, for the metrics."""
        return {
            "strategy": policy.strategy,
            "scope": policy.scope,
            "candidates": self.candidates,
            "tasks": [
                {"task_id": one.task_id, "score": one.score, "text": self.texts[one.task_id][0][:SHOWN]}
                for one in self.choices
            ],
        }


def replay(
    seen: Sequence[Seen], own: Mapping[str, str], shards: Sequence[Path], policy: ReplayParams, embedder: Embedder
) -> Replay:
    """Choose tasks by the strategy, and instances of each by a hash.

    own: the run's own instances, each with its task. shards: where the texts of tasks are; a task that the dataset does
    not hold any more is no candidate. Raises what `task_vectors` raises.
    """
    earlier = candidates(seen, set(own.values()), policy.scope)
    rule = RULES[policy.strategy] if policy.strategy != "none" else None
    found: dict[str, list[str]] = {}
    choices: list[Choice] = []
    if rule and earlier:
        tasks = set(earlier)
        among = {one.instance_id: one.task_id for one in seen if one.task_id in tasks}
        found = task_texts(shards, {**own, **among}, rule.texts == "data", policy.examples, policy.seed)
        vectors = task_vectors(found, embedder, VECTORS)
        there = [task for task in earlier if task in found]
        choices = choose(there, [task for task in set(own.values()) if task in found], vectors, policy)
    wanted, reasons = _instances(seen, own, {one.task_id for one in choices}, policy)
    return Replay(tuple(choices), len(earlier), found, wanted, reasons)


def task_texts(
    shards: Iterable[Path], among: Mapping[str, str], data: bool, number: int, seed: int
) -> dict[str, list[str]]:
    """What stands for each task: at most `number` of its instructions, or with `data` of its inputs and outputs.

    among: the instances that may be looked at, each with its task. Which texts of a task are taken is decided by a hash
    of seed and text; memory is bounded by the number of tasks.
    """
    held: dict[str, dict[str, float]] = {}
    for path in shards:
        for row in rows(path, ("instance_id", "instruction", "input", "output")):
            task = among.get(row["instance_id"])
            if task is None:
                continue
            text = data_text(row["input"], row["output"]) if data else row["instruction"]
            texts = held.setdefault(task, {})
            texts[text] = fraction(f"text:{seed}", text)
            if len(texts) > 2 * number:
                held[task] = dict(_first(texts, number))
    return {task: [text for text, _ in _first(texts, number)] for task, texts in sorted(held.items())}


def _first(texts: Mapping[str, float], number: int) -> list[tuple[str, float]]:
    return nsmallest(number, texts.items(), key=lambda item: (item[1], item[0]))


def _instances(
    seen: Sequence[Seen], own: Mapping[str, str], tasks: set[str], policy: ReplayParams
) -> tuple[frozenset[str], dict[str, str]]:
    """The instances to replay, and why each other one that was seen is not."""
    reasons: dict[str, str] = {}
    pairs = []
    for one in seen:
        if one.instance_id in own:
            reasons[one.instance_id] = OWN
        elif one.task_id not in tasks:
            reasons[one.instance_id] = OTHER_TASK
        else:
            pairs.append((one.task_id, one.instance_id))
    wanted = frozenset(id for ids in drawn(pairs, policy.per_task, policy.seed).values() for id in ids)
    reasons |= {id: OVER for _, id in pairs if id not in wanted}
    return wanted, reasons
