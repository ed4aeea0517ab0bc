"""What each strategy replays, and how long the choice takes: `python -m tests.benchmarks.replay`.

The times are for the 5,740 released tasks: embedding their instructions, and choosing 50 of those that aren't GLUE's as
GLUE's arrive. What is chosen is shown on the recorded tasks, whose data is at hand (366 tasks of 75 datasets), with
the lexical embedder and with a real sentence model. The peak is that of the process.
"""

import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from stages.model.embed import Embedder, Vector, task_vectors
from stages.model.replay import RULES, ReplayParams, Strategy, choose, data_text
from tests.house import ROOT
from tests.model.sentence_model import MINILM

DATA = Path(os.environ.get("SAUROPOD_TEST_DATA", ROOT.parent / "shared" / "data"))
EMBEDDERS = {"lexical": "lexical", "all-MiniLM-L6-v2": str(MINILM)}
EXAMPLES, SHOWN = 5, 6
Texts = Mapping[str, list[str]]


def parameters(strategy: Strategy, tasks: int) -> ReplayParams:
    """One of the strategies, for so many tasks."""
    return ReplayParams(strategy=strategy, scope="last", tasks=tasks, per_task=None, examples=EXAMPLES, seed=1)


def is_new(id: str) -> bool:
    """Whether a task is one of GLUE's."""
    return id.startswith("glue")


def pick(vectors: Mapping[str, Vector], strategy: Strategy, tasks: int) -> list[Any]:
    """What is chosen as GLUE's tasks arrive."""
    earlier = [id for id in vectors if not is_new(id)]
    return choose(earlier, filter(is_new, vectors), vectors, parameters(strategy, tasks))


def released() -> Texts:
    """The instructions of the 5,740 released tasks."""
    tasks = json.loads((DATA / "dynosaur/instructions-full.json").read_text("utf-8"))
    return {f"{task['task_name']}/{number}": [task["instruction"]] for number, task in enumerate(tasks)}


def recorded() -> Iterator[tuple[str, str, list[str]]]:
    """Id, instruction and examples of the data of each recorded task that has some."""
    for line in (DATA / "recorded/gpt35_tasks.jsonl").read_text("utf-8").splitlines():
        entry = json.loads(line)
        files = sorted((DATA / "hub" / entry["dataset"]).glob(f"{entry['config'] or '*'}/*.parquet"))
        rows = pq.read_table(files[0]).slice(0, EXAMPLES).to_pylist() if files else []
        for number, task in enumerate(entry["tasks"]):
            (output, *_), inputs = task["output_field"], task["input_fields"]
            data = [data_text(" ".join(str(row.get(name)) for name in inputs), str(row.get(output))) for row in rows]
            if data:
                yield f"{entry['task_name']}/{number}", task["instruction"], data


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """How long a work takes, and what comes of it."""
    start = time.perf_counter()
    found = work()
    return time.perf_counter() - start, found


def show(embedder: Embedder, folder: Path) -> None:
    """Print what each strategy chooses first and last among the recorded tasks."""
    tasks = list(recorded())
    said = {id: instruction for id, instruction, _ in tasks}
    texts: dict[str, Texts] = {
        "instructions": {id: [instruction] for id, instruction, _ in tasks},
        "data": {id: data for id, _, data in tasks},
    }
    vectors = {kind: task_vectors(some, embedder, folder) for kind, some in texts.items()}
    for strategy, rule in RULES.items():
        found = pick(vectors[rule.texts], strategy, len(tasks))
        sys.stdout.write(f"  {strategy}: mean cosine with the {rule.against} tasks, {rule.first} alike first\n")
        for choice in found[:SHOWN]:
            sys.stdout.write(f"    {choice.score:+.3f}  {choice.task_id}: {said[choice.task_id][:100]}\n")
        last = found[-1]
        sys.stdout.write(f"    last: {last.score:+.3f}  {last.task_id}: {said[last.task_id][:90]}\n")


def main() -> None:
    """Print times and choices for each embedder."""
    texts = released()
    with tempfile.TemporaryDirectory() as name:
        for label, model in EMBEDDERS.items():
            embedder, folder = Embedder(model=model, revision=None), Path(name)
            first, vectors = timed(lambda e=embedder, f=folder: task_vectors(texts, e, f))
            again, _ = timed(lambda e=embedder, f=folder: task_vectors(texts, e, f))
            choosing = max(timed(lambda v=vectors, s=strategy: pick(v, s, 50))[0] for strategy in RULES)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            sys.stdout.write(
                f"{label}: {len(texts):,} instructions embedded in {first:.1f} s, read again in {again:.1f} s; "
                f"50 chosen in {choosing:.2f} s at most; peak {peak} MB\n"
            )
            show(embedder, folder)


if __name__ == "__main__":
    main()
