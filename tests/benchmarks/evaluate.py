"""How much faster predictions are scored than by rouge_score: `python -m tests.benchmarks.evaluate`.

The 11,900 made predictions of a full Super-NaturalInstructions run (tests/model/madeup.py) are scored by both, and
the largest difference is printed; then both score 400 answers of 50 to 200 words in one run, the median of three, and
the ratio is printed. Every reference's score is needed, since each metric takes its own best one.
"""

import statistics
import sys
import time
from collections.abc import Callable, Sequence

from rouge_score.rouge_scorer import RougeScorer

from stages.model.scores import score
from tests.model.madeup import Made, long_answers, predictions

METRICS = ("rouge1", "rougeL")
ALLOWED = 1e-9


def theirs(made: Sequence[Made], scorer: RougeScorer) -> list[dict[str, float]]:
    """What rouge_score says: of each metric the best over the references."""
    found = []
    for prediction, references in made:
        scored = [scorer.score(reference, prediction) for reference in references]
        found.append({metric: max(one[metric].fmeasure for one in scored) for metric in METRICS})
    return found


def ours(made: Sequence[Made]) -> list[dict[str, float]]:
    """What this project says."""
    return [score(prediction, references) for prediction, references in made]


def largest(ones: Sequence[dict[str, float]], others: Sequence[dict[str, float]]) -> float:
    """The largest difference of two lists of scores."""
    pairs = zip(ones, others, strict=True)
    return max(abs(one[metric] - other[metric]) for one, other in pairs for metric in METRICS)


def seconds(work: Callable[[], object]) -> float:
    """The median time of three runs."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main() -> None:
    """Print the largest difference and the ratio; end with 1 where the scores differ."""
    scorer = RougeScorer(list(METRICS), use_stemmer=True)
    every = list(predictions(11_900))
    difference = largest(ours(every), theirs(every, scorer))
    sys.stdout.write(f"largest difference over {len(every)} predictions {difference:.1e}\n")
    if difference > ALLOWED:
        sys.exit("the scores differ")
    some = list(long_answers(400))
    slow, fast = seconds(lambda: theirs(some, scorer)), seconds(lambda: ours(some))
    sys.stdout.write(f"ratio {slow / fast:.1f}\n")


if __name__ == "__main__":
    main()
