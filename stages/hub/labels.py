"""Whether a task is a classification, whether it is worth training on, and what its answers are (spec A7).

`by_counts` is the released code's rule. It takes any column of few values for a classification, so a dataset of eight
rows of free text is one; it counts out of 100 rows whatever their number, so small datasets pass as balanced; and it
drops without a word. `by_shares` is this project's.
"""

import re
from collections import Counter
from collections.abc import Sequence

from stages.hub.render import Texts
from stages.hub.rules import lexicon, words
from stages.hub.rules.columns import OPTION_MARK, role_of
from stages.shared.params import Section
from stages.shared.records import Feature

NON_SCALAR_OUTPUT = "non-scalar-output"
SINGLE_LABEL = "single-label"
IMBALANCED_LABELS = "imbalanced-labels"
UNNAMED_LABELS = "unnamed-labels"
OPAQUE_LABELS = "opaque-labels"

TEXT_WORDS = {"name", "passage", "paragraph", "query", "question", "sentence", "summary", "text", "title"}
"""Words of columns that repeat because their rows come from few documents, and are no labels for that."""

RATING_CHARS = 2
"""Numbers that are longer than this are years, amounts or scores, and no labels."""

SAYS_ITSELF = lexicon.YES_OR_NO | {"maybe"}
"""Answers that nobody need name: any question that asks whether brings them along."""

SHORT_WORDS = lexicon.YES_OR_NO | {"pos", "neg", "neu", "ham", "man", "new", "old", "low", "bad", "hot", "sad", "joy"}
"""Labels of three letters that are words, or known to everybody."""

OPAQUE_CHARS = 3
"""Labels of no more letters than this are abbreviations, unless they are among SHORT_WORDS."""

DISTINCT = 1000
"""A column of declared labels that holds more other outputs than this is not what its type says."""

_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)


Verdict = tuple[str, tuple[str, ...]]
"""The reason to drop the task ("": keep it), and the answers to name in its instruction, in order (none: name none)."""


class CountLimits(Section):
    """The released thresholds (A7). rows: first rows that are looked at. labels: more distinct outputs are free text.

    two_labels, more_labels: the most rows the commonest of two, or of more, labels may have. label_chars: the answers
    are named only where none is longer.
    """

    rows: int
    labels: int
    two_labels: int
    more_labels: int
    label_chars: int


class ShareLimits(Section):
    """Thresholds of this project's own rule.

    rows: fewer rows say nothing about balance, and make no column a classification. labels: more answers are not named.
    repeats: rows that each label of an undeclared classification has on average. share: the largest part of the rows
    that the commonest label may have. label_chars: as above. constant_rows: so many rows with one and the same output
    make the task worthless.
    """

    rows: int
    labels: int
    repeats: int
    share: float
    label_chars: int
    constant_rows: int


class Tally:
    """How often each output of a column comes, counted as its rows go by; memory does not grow with the rows.

    counts: in the order in which the outputs first come; empty once there are so many (`many`) that no rule of labels
    could look at them. most: how many there may be. bad: rows that have no output. rows: how many rows were counted,
    good and bad.
    """

    def __init__(self, name: str, feature: Feature | None, labels: int) -> None:
        """Count a column of this name and type, as long as there may be no more than `labels` found labels."""
        self.name, self.feature = name, feature
        declared = declared_labels(feature)
        self.most = len(declared) + max(labels, DISTINCT) if declared else max(labels, 1)
        self.counts: Counter[str] = Counter()
        self.bad = self.rows = 0
        self.many = False

    def add(self, outputs: Texts, rows: int | None = None) -> None:
        """Count the outputs of further rows, or of the first `rows` of them."""
        texts = outputs.texts[:rows]
        bad = [row for row in outputs.reasons if row < len(texts)]
        self.rows += len(texts)
        self.bad += len(bad)
        if self.many:
            return
        if bad:
            texts = [text for row, text in enumerate(texts) if row not in outputs.reasons]
        self.counts.update(texts)
        if len(self.counts) > self.most:
            self.many = True
            self.counts.clear()


def by_counts(tally: Tally, limits: CountLimits) -> Verdict:
    """The released rule, for a tally of the first `limits.rows` rows: few distinct outputs are labels, named in the
    order in which they first come.

    The released code names them in the order of a set, which changes from run to run.
    """
    counts = tally.counts
    if tally.bad:
        return NON_SCALAR_OUTPUT, ()
    if tally.many or len(counts) > limits.labels:
        return "", ()
    if len(counts) < 2:
        return SINGLE_LABEL, ()
    if max(counts.values()) > (limits.two_labels if len(counts) == 2 else limits.more_labels):
        return IMBALANCED_LABELS, ()
    return "", tuple(counts) if max(map(len, counts)) <= limits.label_chars else ()


def by_shares(tally: Tally, limits: ShareLimits) -> Verdict:
    """The rule of this project, for a tally of all rows; it depends on their order in nothing.

    A column is a classification where its type declares the classes (class labels, truth values), or where enough rows
    repeat few short outputs and its name is not that of a text. The declared classes are the answers even when a sample
    lacks some of them. A task is dropped where nobody could know its answers: they are not named and rows are too few
    to show them (unnamed-labels), or what is named are abbreviations (opaque-labels).
    """
    counts = tally.counts
    if tally.many:
        return "", ()
    if len(counts) == 1 and counts.total() >= limits.constant_rows:
        return SINGLE_LABEL, ()
    labels = declared_labels(tally.feature) or found_labels(tally.name, counts, limits)
    if labels and counts.total() >= limits.rows and max(counts.values()) > limits.share * counts.total():
        return IMBALANCED_LABELS, ()
    if is_opaque(labels):
        return OPAQUE_LABELS, ()
    named = 2 <= len(labels) <= limits.labels and max(map(len, labels)) <= limits.label_chars
    if named and labels.issuperset(counts):
        return "", in_order(labels)
    return UNNAMED_LABELS if is_guesswork(tally.name, counts, limits) else "", ()


def is_opaque(labels: set[str]) -> bool:
    """Whether all labels are abbreviations that only the dataset's authors can read: `Adv`, `Ele`, `Int`."""
    return len(labels) > 1 and all(
        label.isalpha() and 1 < len(label) <= OPAQUE_CHARS and label.lower() not in SHORT_WORDS for label in labels
    )


def is_guesswork(name: str, counts: Counter[str], limits: ShareLimits) -> bool:
    """Whether the column is one of labels or ratings by its name, and its rows are too few to tell which there are.

    With enough rows a model learns the labels from them, though no instruction names them. The letters or numbers of
    options are told by the options.
    """
    if not 0 < counts.total() < limits.rows or {text.lower() for text in counts} <= SAYS_ITSELF:
        return False
    parts = words.split(name)
    marks = all(map(OPTION_MARK.match, counts)) and not set(parts) & lexicon.RATING_WORDS
    return role_of(parts) == "label" and not marks


def declared_labels(feature: Feature | None) -> set[str]:
    """The outputs that a column's type allows, as organize writes them; none for a type that allows anything."""
    if feature is not None and feature.type == "bool":
        return {"False", "True"}
    return {label.strip() for label in (feature.labels if feature is not None else None) or () if label.strip()}


def found_labels(name: str, counts: Counter[str], limits: ShareLimits) -> set[str]:
    """The distinct outputs, where rows, repetition, length and the column's name show them to be labels; else none."""
    if set(words.split(name)) & TEXT_WORDS:
        return set()
    enough = counts.total() >= max(limits.rows, limits.repeats * len(counts))
    if not enough or len(counts) > limits.labels or max(map(len, counts)) > limits.label_chars:
        return set()
    measured = all(_NUMBER.fullmatch(label) for label in counts) and max(map(len, counts)) > RATING_CHARS
    return set() if measured else set(counts)


def in_order(labels: set[str]) -> tuple[str, ...]:
    """Labels sorted: by value where all are numbers, else as text."""
    if all(_NUMBER.fullmatch(label) for label in labels):
        return tuple(sorted(labels, key=lambda label: (float(label), label)))
    return tuple(sorted(labels))


def with_labels(instruction: str, labels: Sequence[str]) -> str:
    """The instruction with ` Answers must be one of a, b, c.` after it; unchanged where there are no labels."""
    return f"{instruction} Answers must be one of {', '.join(labels)}." if labels else instruction


def with_readable_labels(instruction: str, labels: Sequence[str]) -> str:
    """The same after a sentence that has ended, with semicolons where a label has a comma of its own."""
    if not labels:
        return instruction
    parted = "; " if any("," in label for label in labels) else ", "
    ended = instruction if instruction.endswith((".", "!", "?")) else f"{instruction}."
    return f"{ended} Answers must be one of {parted.join(labels)}."
