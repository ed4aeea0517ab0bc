"""How much faster ROUGE-L is than the package whose numbers it gives: `python -m tests.benchmarks.rouge`.

Both score the same real texts, every seed task's instruction against every other, in one run; the median of three.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from itertools import combinations

from rouge_score.rouge_scorer import RougeScorer

from stages.shared.similarity import rouge_l, words
from tests.house import ROOT

TEXTS = ROOT / "data/sources/corpora/self-instruct-seeds.jsonl"


def seconds(work: Callable[[], float]) -> tuple[float, float]:
    """The median time of three runs, and the sum that the work found."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        found = work()
        times.append(time.perf_counter() - start)
    return statistics.median(times), found


def main() -> None:
    """Print the ratio, after making sure that both found the same."""
    texts = [json.loads(line)["instruction"] for line in TEXTS.open("rb")][:80]
    scorer = RougeScorer(["rougeL"], use_stemmer=False)

    def ours() -> float:
        split = [words(text) for text in texts]
        return sum(rouge_l(one, other) for one, other in combinations(split, 2))

    def theirs() -> float:
        return sum(scorer.score(one, other)["rougeL"].fmeasure for one, other in combinations(texts, 2))

    slow, expected = seconds(theirs)
    fast, found = seconds(ours)
    if abs(found - expected) > 1e-9:
        sys.exit(f"the scores differ: {found} and {expected}")
    sys.stdout.write(f"ratio {slow / fast:.1f}\n")


if __name__ == "__main__":
    main()
