"""The metrics of Super-NaturalInstructions (spec D1): exact match, ROUGE-1 and ROUGE-L with stemmer.

Each instance gets its best score over the references, metric by metric; a group gets the mean over its instances,
times 100, rounded to four digits.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from stages.shared.errors import InputError
from stages.shared.similarity import normalized, rouge_1, rouge_l, words

METRICS = ("exact_match", "rouge1", "rougeL")
DEFAULT_METRIC = "rougeL"

CATEGORY_METRICS = {
    "textual_entailment": "exact_match",
    "cause_effect_classification": "exact_match",
    "coreference_resolution": "exact_match",
    "dialogue_act_recognition": "exact_match",
    "answerability_classification": "exact_match",
    "word_analogy": "exact_match",
    "overlap_extraction": "rougeL",
    "keyword_tagging": "rougeL",
    "question_rewriting": "rougeL",
    "title_generation": "rougeL",
    "data_to_text": "rougeL",
    "grammar_error_correction": "rougeL",
}
"""What a category is reported by (spec D1); any other by ROUGE-L."""

SPACE = "\u0120"
"""What stands for a blank in a token of GPT-2's kind."""

Scored = Mapping[str, float]
Split = Callable[[str], list[str]]


def stemmed(text: str) -> list[str]:
    """The words of a text as ROUGE takes them on the default track (spec D1)."""
    return words(text, stem=True)


def pieces(tokenizer: Path) -> Split:
    """What splits a text for ROUGE on the xlingual track (spec D1): a tokenizer.json of GPT-2's kind.

    The marks of blanks at the front of a token are stripped; a token of nothing else stays, empty. Nothing is
    lower-cased or stemmed. Raise InputError where the file is no tokenizer.
    """
    # Loaded here: the default track needs no tokenizer.
    from tokenizers import Tokenizer  # noqa: PLC0415

    try:
        loaded = Tokenizer.from_file(str(tokenizer))
    except Exception as error:  # the library raises nothing narrower
        remedy = "name the tokenizer.json of a model such as GPT-2"
        raise InputError("a tokenizer of the library `tokenizers`", str(error)[:200], str(tokenizer), remedy) from error
    return lambda text: [token.lstrip(SPACE) for token in loaded.encode(text, add_special_tokens=False).tokens]


def score(prediction: str, references: Sequence[str], split: Split = stemmed) -> dict[str, float]:
    """The scores of one prediction, each from 0 to 1 and the best over its references (at least one).

    split: the tokens that ROUGE compares, those of `pieces` on the xlingual track; exact match is the same on both.
    """
    said, flat = split(prediction), normalized(prediction)
    expected = [split(reference) for reference in references]
    return {
        "exact_match": max(float(flat == normalized(reference)) for reference in references),
        "rouge1": max(rouge_1(said, one) for one in expected),
        "rougeL": max(rouge_l(said, one) for one in expected),
    }


def means(scored: Sequence[Scored], metrics: Iterable[str] = METRICS) -> dict[str, float]:
    """The mean of each metric in percent; raise ValueError where nothing was scored."""
    if not scored:
        raise ValueError("no scores to take the mean of")
    return {metric: round(100 * sum(one[metric] for one in scored) / len(scored), 4) for metric in metrics}


def grouped(scored: Sequence[Scored], groups: Sequence[str], categories: Sequence[str]) -> dict[str, float]:
    """`<metric>_for_<group>` by group, in order of name, with the metric of the group's category."""
    members: dict[str, list[Scored]] = {}
    metric_of = {}
    for one, group, category in zip(scored, groups, categories, strict=True):
        members.setdefault(group, []).append(one)
        metric_of[group] = CATEGORY_METRICS.get(category, DEFAULT_METRIC)
    return {
        f"{metric_of[group]}_for_{group}": means(members[group], [metric_of[group]])[metric_of[group]]
        for group in sorted(members)
    }
