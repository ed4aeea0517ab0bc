"""Which earlier tasks a run trains on again when new ones arrive, by Dynosaur's strategies (spec A13).

Tasks are compared by the cosines of their vectors (embed.py): S_cl has a row for each new task and a column for each
earlier one, S_ll compares the earlier ones with each other. Where the paper is silent, this is our choice: tasks are
ranked once by the formula and not anew after each pick, so near repeats can be picked together; an earlier task that
comes again among the new is not replayed; a task's data is some of its instances, drawn by hash.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from heapq import nsmallest
from typing import Literal, NamedTuple

import numpy as np
from pydantic import Field

from stages.model.chance import fraction
from stages.model.embed import Vector
from stages.model.trained import Seen
from stages.shared.params import Section

Strategy = Literal["none", "instruction-diverse", "instruction-similar", "instruction-support", "data-diverse"]

ROWS = 8192
"""Tasks that are compared in one go; memory is bounded by it."""

DIGITS = 6
"""Decimals of a score: what differs by less differs by the arithmetic of a machine, and is a tie."""


class Rule(NamedTuple):
    """A strategy: what of a task is compared, with which tasks, and whether the most or the least alike come first."""

    texts: Literal["instructions", "data"]
    against: Literal["new", "earlier"]
    first: Literal["most", "least"]


RULES: Mapping[Strategy, Rule] = {
    "instruction-diverse": Rule("instructions", "new", "least"),
    "instruction-similar": Rule("instructions", "new", "most"),
    "instruction-support": Rule("instructions", "earlier", "most"),
    "data-diverse": Rule("data", "new", "least"),
}
"""Diverse: the smallest column sums of S_cl. Similar: the largest. Support: the largest row sums of S_ll, which is how
well a task stands for all the earlier ones (itself among them). Data-diverse: as diverse, by the tasks' data."""


class ReplayParams(Section):
    """How earlier tasks are replayed, in params.yaml.

    strategy: one of the five. scope: the tasks to choose from: those of the `last` stage, as in the paper, or of `all`
    earlier ones. tasks: how many are replayed (the paper's number is not published; 50 is our choice).
    per_task: the most instances of each, null for all. examples: how many instances stand for a task where data is
    compared; domains and corpora have tasks of many instructions, of which as many stand for the task. seed: fixes
    which they are.
    """

    strategy: Strategy
    scope: Literal["last", "all"]
    tasks: int = Field(gt=0)
    per_task: int | None = Field(gt=0)
    examples: int = Field(gt=0)
    seed: int


class Choice(NamedTuple):
    """An earlier task that is replayed; score: its mean cosine with the tasks it was compared with, -1 to 1."""

    task_id: str
    score: float


def candidates(seen: Iterable[Seen], new: Collection[str], scope: Literal["last", "all"]) -> list[str]:
    """The earlier tasks that can be replayed, sorted: those with an instance that a stage in scope was first to see.

    new: the ids of the tasks that arrive, which count as earlier tasks no more.
    """
    instances = list(seen)
    least = max((one.stage for one in instances), default=0) if scope == "last" else 0
    return sorted({one.task_id for one in instances if one.stage >= least} - set(new))


def choose(
    earlier: Iterable[str], new: Iterable[str], vectors: Mapping[str, Vector], params: ReplayParams
) -> list[Choice]:
    """The earlier tasks to replay, best first, at most `params.tasks`; of equal scores the lower id comes first.

    vectors: of length 1 by task id, of the instructions or the data, as the strategy compares (RULES); a KeyError tells
    which task has none. A score is the sum of the formula divided by the number of its summands. None are chosen where
    the strategy is `none`, or there is nothing to choose from or to compare with.
    """
    rule = RULES.get(params.strategy)
    if rule is None:
        return []
    ids = sorted(set(earlier))
    scores = likeness(ids, ids if rule.against == "earlier" else sorted(set(new)), vectors)
    sign = -1 if rule.first == "most" else 1
    ranked = sorted(map(Choice, ids, scores), key=lambda choice: (sign * choice.score, choice.task_id))
    return ranked[: params.tasks]


def likeness(ids: Sequence[str], others: Sequence[str], vectors: Mapping[str, Vector]) -> list[float]:
    """For each task the mean cosine with the other tasks; nothing where there are no other tasks.

    The sum over a column of cosines is the product with the sum of the others' vectors, so no matrix of all pairs is
    made, and equal vectors get equal scores to the last bit.
    """
    if not others:
        return []
    total = np.zeros(len(vectors[others[0]]))
    for start in range(0, len(others), ROWS):
        total += np.stack([vectors[id] for id in others[start : start + ROWS]]).sum(axis=0, dtype=np.float64)
    found: list[float] = []
    for start in range(0, len(ids), ROWS):
        some = np.stack([vectors[id] for id in ids[start : start + ROWS]])
        # Not a product of BLAS, which may add up equal rows in different orders.
        means = (some * (total / len(others))).sum(axis=1)
        # Adding 0 takes the sign off -0, which would be printed.
        found += (np.round(means, DIGITS) + 0.0).tolist()
    return found


def drawn(instances: Iterable[tuple[str, str]], number: int | None, seed: int) -> dict[str, list[str]]:
    """At most `number` instances of each task (None: all), by task id: those that a hash of seed and id puts first.

    instances: pairs of task id and instance id, in any order. Used for what is replayed and for what stands for a
    task's data. A larger number keeps the smaller, and an instance that joins moves out one at most.
    """
    found = defaultdict(set)
    for task_id, instance_id in instances:
        found[task_id].add((fraction(f"replay:{seed}", instance_id), instance_id))
    return {
        task_id: [instance_id for _, instance_id in nsmallest(number or len(own), own)]
        for task_id, own in sorted(found.items())
    }


def data_text(input: str, output: str) -> str:
    """An instance as its task's data shows it: input and output, without the instruction."""
    return f"{input}\n{output}" if input else output
