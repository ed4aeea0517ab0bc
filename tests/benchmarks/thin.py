"""How much faster thinning is than the greedy loop over rouge_score, and how it does on 52,000 instructions.

`python -m tests.benchmarks.thin`. The first figures come from the demo domain, where the loop stops at the first kept
text that is too like; the kept sets must be the same. Times are the processor's, one core each, so that other work on
the machine is left out; half of our runs come before the loops, half after, and the median counts. The 52,000 (Alpaca's
size) are real instructions of three corpora, cut and joined by chance, in one scope, thinned in a process of its own
whose peak memory is printed.
"""

import io
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random
from typing import Any

from rouge_score import rouge_scorer
from rouge_score.tokenize import tokenize

from stages.domain import original
from stages.domain.thin import ThinParams, thin
from stages.domain.tree import Example, Node, Tree
from stages.shared.ledger import Ledger
from tests.house import ROOT

DATA = Path(os.environ.get("SAUROPOD_TEST_DATA", ROOT.parent / "shared" / "data"))
THRESHOLD, MANY = 0.7, 52_000
Kept = dict[str, list[int]]


def ours(tree: Tree, scope: Any = "node") -> Kept:
    """The numbers of the examples that the stage keeps, by node."""
    thinned = thin(tree, ThinParams(threshold=THRESHOLD, scope=scope), Ledger("thin", io.StringIO()))
    return {node.task_name: [example.number for example in node.examples] for node in thinned}


def loop(tree: Tree, prepare: Callable[[str], Any], score: Callable[[Any, Any], float]) -> Kept:
    """The same, one comparison after another."""
    found: Kept = {}
    for node in tree:
        kept: list[Any] = []
        numbers = found.setdefault(node.task_name, [])
        for example in node.examples:
            text = prepare(example.instruction)
            if all(score(other, text) <= THRESHOLD for other in kept):
                kept.append(text)
                numbers.append(example.number)
    return found


def instructions(data: Path) -> list[str]:
    """Real instructions: of the demo domain, of Dynosaur's tasks, of users (InstructionWild)."""
    found = [
        one.instruction for node in original.read(data / "explore/demo_domain", "demo", "") for one in node.examples
    ]
    found += [task["instruction"] for task in json.loads((data / "dynosaur/instructions-full.json").read_text("utf-8"))]
    for path in sorted((data / "corpora").glob("instructionwild_user_*.jsonl")):
        found += list(_readable(path.read_text("utf-8").splitlines()))
    return found


def _readable(lines: Iterable[str]) -> Iterable[str]:
    for line in lines:
        try:
            yield json.loads(line)["instruction"]
        except json.JSONDecodeError:
            continue  # some lines of the published files are no JSON


def many(data: Path) -> Tree:
    """A root with so many instructions, each the beginning of a real one and the end of another."""
    real = instructions(data)
    chance = Random("thin")
    made = []
    for number in range(MANY):
        first, second = chance.choice(real).split(), chance.choice(real).split()
        cut = chance.random()
        joined = " ".join(first[: round(len(first) * cut)] + second[round(len(second) * cut) :])
        made.append(Example(instruction=joined, input="", output="", number=number, generator="made"))
    return Tree("many", [Node(task_name="many", raw_task_name="Many", parent=None, depth=0, examples=tuple(made))])


def thin_many() -> None:
    """Thin the 52,000 in this process and print the time and the peak."""
    tree = many(DATA)
    start = time.perf_counter()
    kept = ours(tree, "tree")
    taken = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    sys.stdout.write(f"{MANY} instructions: {taken:.1f} s, {len(kept['many'])} kept, peak {peak} MB\n")


def seconds(work: Callable[[], Kept]) -> tuple[float, Kept]:
    """The processor's time that a work takes, and what it finds."""
    start = time.process_time()
    found = work()
    return time.process_time() - start, found


def main() -> None:
    """Print the ratios, after making sure that all keep the same."""
    tree = original.read(DATA / "explore/demo_domain", "demo", "")
    runs = [seconds(lambda: ours(tree)) for _ in range(7)]
    scorer = rouge_scorer.RougeScorer(["rougeL"], use_stemmer=False)
    slow, expected = seconds(lambda: loop(tree, str, lambda one, other: scorer.score(one, other)["rougeL"].fmeasure))
    pretokenised, again = seconds(
        lambda: loop(
            tree, lambda text: tokenize(text, None), lambda one, other: rouge_scorer._score_lcs(one, other).fmeasure
        )
    )
    runs += [seconds(lambda: ours(tree)) for _ in range(7)]
    fast = statistics.median(taken for taken, _ in runs)
    if any(found != expected for _, found in [*runs, (0, again)]):
        sys.exit("the kept sets differ")
    kept = sum(map(len, expected.values()))
    sys.stdout.write(f"thin {fast:.3f} s, rouge_score {slow:.1f} s, pretokenised {pretokenised:.1f} s; {kept} kept\n")
    sys.stdout.write(f"ratio {slow / fast:.0f}\nratio pretokenised {pretokenised / fast:.0f}\n")
    sys.stdout.flush()
    subprocess.run([sys.executable, "-c", "from tests.benchmarks import thin; thin.thin_many()"], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
