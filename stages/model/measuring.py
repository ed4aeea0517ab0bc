"""The scores of a benchmark: of every instance, and what they come to, with intervals.

Super-NI and what has short answers go by exact match, ROUGE-1 and ROUGE-L (spec D1); long answers by ROUGE-L and METEOR
(E1); MATH by two rules for what is equal (B8).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from stages.model import mathanswer, meteor
from stages.model.benchmarks import Superni, TokenizerFile
from stages.model.instancescores import InstanceScores
from stages.model.intervals import interval
from stages.model.mathanswer import Question
from stages.model.predictions import Prediction
from stages.model.scores import METRICS, Scored, Split, means, pieces, score, stemmed
from stages.shared.errors import InputError
from stages.shared.fetched import hash_of

LONG = ("rouge1", "rougeL")
"""What long answers are measured by beside METEOR."""


OF_TASKS = ("superni", "math", "belle-en")
"""The kinds of benchmarks that are a few large tasks: instances are drawn anew within them."""


Measured = tuple[dict[str, Any], list[InstanceScores]]
"""A report, and the scores of each instance behind it."""


def short(predictions: Sequence[Prediction], split: Split = stemmed) -> list[InstanceScores]:
    """Exact match, ROUGE-1 and ROUGE-L of each instance."""
    return [
        InstanceScores(
            id=one.id,
            task=one.task,
            scores=score(one.prediction, one.references, split),
            part=one.part,
            bits=one.bits,
            bytes=one.bytes,
        )
        for one in predictions
    ]


def wordless(predictions: Sequence[Prediction], split: Split = stemmed) -> int:
    """How many instances have references without a word that ROUGE counts, which is a run of a-z and 0-9 (spec D1):
    Chinese ones, or brackets alone. Whatever is answered scores 0 by it; and since exact match looks at no punctuation,
    a reference of brackets is matched by any answer of punctuation, and by an empty one.
    """
    return sum(bool(one.references) and not any(map(split, one.references)) for one in predictions)


def split_of(benchmark: Superni) -> Split:
    """What ROUGE compares on the benchmark's track; raise InputError where the tokenizer is not the one described."""
    return stemmed if benchmark.tokenizer is None else pieces(_checked(benchmark.tokenizer))


def long(predictions: Sequence[Prediction], *, within_tasks: bool) -> Measured:
    """ROUGE-1, ROUGE-L and METEOR of answers as long as they please: over all, and by task, with copying beside them
    where there is an input.

    Where no instance of a task has a reference its scores are None; how many have none is told. within_tasks: as of
    `intervals`.
    """
    name, found = meteor.opened()
    scored = []
    for one in predictions:
        both = score(one.prediction, one.references) if one.references else {}
        own = {name: found(one.prediction, one.references)} if one.references else {}
        scored.append(InstanceScores(id=one.id, task=one.task, scores={key: both[key] for key in LONG if both} | own))
    metrics = (*LONG, name)
    report: dict[str, Any] = {"model": _cell(scored, metrics), "by_task": _by_task(scored, ["rougeL"])}
    known = [one for one in predictions if one.references]
    if any(one.input for one in known):
        report["copy_input"] = means([score(one.input, one.references) for one in known], LONG)
    return report | {"intervals": intervals(scored, metrics, within_tasks=within_tasks)}, scored


def math(predictions: Sequence[Prediction]) -> Measured:
    """MATH by both rules, with the answers that they disagree on."""
    judged = [
        mathanswer.judged(Question(one.id, one.category, one.task, one.references[0]), one.prediction)
        for one in predictions
    ]
    scored = [
        InstanceScores(id=one.id, task=one.task, scores={"strict": float(found.strict), "equal": float(found.equal)})
        for one, found in zip(predictions, judged, strict=True)
    ]
    report = mathanswer.report(judged)
    return {
        "model": report.pop("all"),
        **{f"by_{table}": cells for table, cells in report.items()},
        "disagreements": mathanswer.disagreements(judged),
        "intervals": intervals(scored, mathanswer.MEASURES, within_tasks=True),
    }, scored


def intervals(
    scored: Sequence[InstanceScores], metrics: Sequence[str] = METRICS, *, within_tasks: bool = False
) -> dict[str, dict[str, float]]:
    """The 95 % bootstrap interval of each mean in percent; {} where nothing was scored.

    within_tasks: instances are drawn anew within their task; no way to do it where a task may have one instance, which
    would always be drawn.
    """
    known = [one for one in scored if one.scores]
    if not known:
        return {}
    tasks = [one.task for one in known] if within_tasks else None
    found = {metric: interval([100 * one.scores[metric] for one in known], tasks) for metric in metrics}
    return {metric: {"low": round(one.low, 4), "high": round(one.high, 4)} for metric, one in found.items()}


def guesses(predictions: Sequence[Prediction]) -> dict[str, float]:
    """Of held-out answers: perplexity (by id of the model's own, so models with one tokenizer compare) and the share of
    ids, in percent, that the model would have written itself; nothing where the model was not weighed.
    """
    ids, hits = (sum(getattr(one, key) or 0 for one in predictions) for key in ("tokens", "hits"))
    if not ids:
        return {}
    bits = sum(one.bits or 0 for one in predictions)
    return {"perplexity": round(2 ** (bits / ids), 4), "token_accuracy": round(100 * hits / ids, 4)}


def _cell(scored: Sequence[InstanceScores], metrics: Sequence[str]) -> dict[str, Any]:
    known: list[Scored] = [one.scores for one in scored if one.scores]
    without = len(scored) - len(known)
    mean: Mapping[str, float | None] = means(known, metrics) if known else dict.fromkeys(metrics)
    return {"instances": len(scored), **({"without_reference": without} if without else {}), **mean}


def _by_task(scored: Sequence[InstanceScores], metrics: Sequence[str]) -> dict[str, Any]:
    tasks = sorted({one.task for one in scored})
    return {task: _cell([one for one in scored if one.task == task], metrics) for task in tasks}


def _checked(tokenizer: TokenizerFile) -> Path:
    path = Path(tokenizer.path)
    found = hash_of(path) if path.is_file() else "no such file"
    if found != tokenizer.sha256.lower():
        remedy = "correct benchmarks.NAME.tokenizer in params.yaml, or restore the file"
        raise InputError(f"the SHA-256 {tokenizer.sha256}", found, str(path), remedy)
    return path
