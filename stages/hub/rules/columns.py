"""The columns of a dataset as a task can use them: kind, role, and the words to name them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from stages.hub.rules import lexicon, words
from stages.shared.records import Feature

Kind = Literal["text", "phrase", "label", "number", "list"]

ROLE_OF = {word: role for role, text in lexicon.ROLES.items() for word in text.split()}
NUMBER_TYPES = re.compile(r"u?int\d+|float\d*|double|decimal.*")
STRING_TYPES = {"string", "large_string"}
LIST_TYPES = {"list<string>", "list<large_string>", "list<label>"}
LABELLED_OPTIONS = re.compile(r"struct<(text: list<\w+>, label: list<\w+>|label: list<\w+>, text: list<\w+>)>")
"""The type of options that come as texts beside their letters, which the style `sound` of organize can write."""

WEB_ADDRESS = re.compile(r"(https?://|www\.)\S+$")
CODE = re.compile(
    r"\b(SELECT|select)\b.+\b(FROM|from)\b|^\s*(def|class|import|public|static|#include)\b.*[(:;{]|[;{]\s*\n", re.S
)
HEXADECIMAL = re.compile(r"[0-9a-f]{16,}$")
NUMERIC = re.compile(r"[-+]?\d+([.,]\d+)?$")
BETWEEN = re.compile(r"[-+]?\d+[.,]\d*[1-9]\d*")
SERIAL = re.compile(r"[A-Za-z]+_\d{3,}")
SETTINGS = re.compile(r"\w+=\S*( +\w+=\S*)+")
OPTIONS_INSIDE = re.compile(r"\(A\).+\(B\)|\bA[.)] .+\bB[.)] ", re.S)
OPTION_MARK = re.compile(r"\(?[A-Ha-h0-9]\)?\.?$")
FLAG_VERBS = {"is", "has", "contains", "was", "are"}
JOINED = " | "
SAMPLE_CHARS = 1000
PHRASE_WORDS = 6
"""A text of fewer words than this is a phrase."""


@dataclass(frozen=True)
class Column:
    """A column that a task may use.

    kind: free text, a phrase of a few words, a label, a number, or a list of strings (input only).
    role: what the name says it is (`question`, `label`, ...), or `other`. words: the words of the name.
    labels: the names of its classes. samples: its values in the sample rows as text, empty ones left out.
    """

    name: str
    words: tuple[str, ...]
    kind: Kind
    role: str
    labels: tuple[str, ...]
    samples: tuple[str, ...]

    @property
    def is_output(self) -> bool:
        """Whether a task may ask for it: what is rendered as an answer is one value."""
        return self.kind != "list"

    @property
    def length(self) -> int:
        """Characters of the longest sample."""
        return max((len(sample) for sample in self.samples), default=0)

    @property
    def is_measure(self) -> bool:
        """Whether the samples are numbers between whole ones, as the means of what several people said are."""
        return self.kind == "number" and any(BETWEEN.fullmatch(sample) for sample in self.samples)

    @property
    def is_mark(self) -> bool:
        """Whether the samples are the letters or numbers of options, which mean nothing without the options."""
        return bool(self.samples) and all(OPTION_MARK.match(sample) for sample in self.samples)

    @property
    def holds_options(self) -> bool:
        """Whether the samples are questions that bring their options along: `Which? (A) this (B) that`."""
        return bool(self.samples) and all(OPTIONS_INSIDE.search(sample) for sample in self.samples)


def visible(features: Mapping[str, Feature], rows: Sequence[Mapping[str, object]]) -> tuple[Column, ...]:
    """The columns a task may use, in the order of the dataset (spec A5: identifiers hidden by whole words)."""
    found = []
    for name, feature in features.items():
        parts = words.split(name)
        if not is_hidden(parts) or is_option_place(parts):
            found.append(read(name, parts, feature, [row.get(name) for row in rows]))
    columns = [one for one in found if one is not None]
    columns = [one for one in columns if not is_origin(one, columns)]
    columns = [in_company(one, columns) for one in columns if not is_derived(one, columns)]
    return tuple(one for one in columns if not is_lost_place(one, columns))


def is_hidden(parts: tuple[str, ...]) -> bool:
    """Whether the name says identifier, place or bookkeeping."""
    plain = [part for part in parts if not part.isdigit()]
    if not plain:
        return True
    strong = [part for part in plain if part not in lexicon.WEAK] or plain
    ends = {plain[0], plain[-1], strong[0], strong[-1]}
    # The score of an alignment is bookkeeping; its label tells whether two texts say the same.
    kept = plain[-1] == "label" and bool(ends & lexicon.SAME_MEANING)
    booked = bool(ends & lexicon.BOOKKEEPING) and not kept
    return bool(booked or ends & lexicon.IDENTIFIERS or set(plain) & lexicon.PLACES)


def is_option_place(parts: tuple[str, ...]) -> bool:
    """Whether the name says which of several options is the answer: `answer_index`."""
    return len(parts) > 1 and parts[-1] in lexicon.OPTION_PLACES and ROLE_OF.get(parts[-2]) == "answer"


def is_lost_place(one: Column, columns: Sequence[Column]) -> bool:
    """Whether the column says which option is right, and there are no options."""
    if not is_option_place(one.words):
        return False
    return not (one.is_mark and any(other.role == "choices" or other.holds_options for other in columns))


def read(name: str, parts: tuple[str, ...], feature: Feature, values: Sequence[object]) -> Column | None:
    """Read one column; None where its type or its values make it useless."""
    samples = tuple(text for text in map(written, values) if text)
    if (values and not samples) or any(WEB_ADDRESS.match(text) or HEXADECIMAL.match(text) for text in samples):
        return None
    if samples and all(is_machine_made(text) for text in samples):
        return None
    kind = kind_of(parts, feature, role_of(parts), samples)
    if kind is None or (kind == "list" and all(NUMERIC.match(item) for text in samples for item in text.split(JOINED))):
        return None
    return Column(name, parts, kind, role_in(kind, parts, samples), feature.labels or (), samples)


def is_machine_made(text: str) -> bool:
    """Whether a value is written for programs: `academia_0042`, `item0=1 item1=0`, or how a question was gathered."""
    known = text.lower() in lexicon.GATHERED
    return known or bool(SERIAL.fullmatch(text) or SETTINGS.fullmatch(text))


def kind_of(parts: tuple[str, ...], feature: Feature, role: str, samples: tuple[str, ...]) -> Kind | None:
    """The kind of a column, or None where it is nested, a modality, or a number or flag that nobody named."""
    kind: Kind | None = None
    text = feature.type in STRING_TYPES
    classes = {name.lower() for name in feature.labels or ()}
    if feature.type.startswith("bool") or (classes and classes <= lexicon.FLAG_CLASSES):
        kind = "label" if role in ("answer", "label") or set(parts[:-1]) & FLAG_VERBS else None
    elif feature.type == "label":
        kind = "label" if len(classes) != 1 else None
    elif feature.type in LIST_TYPES or (role == "choices" and LABELLED_OPTIONS.fullmatch(feature.type)):
        kind = "list"
    elif set(parts[:-1]) & FLAG_VERBS and samples and set(samples) <= {"0", "1"}:
        kind = "label"
    elif NUMBER_TYPES.fullmatch(feature.type) or (text and samples and all(map(NUMERIC.match, samples))):
        kind = "number" if role == "answer" or set(parts) & lexicon.SCORE_WORDS else None
    elif text and all(len(sample.split()) < PHRASE_WORDS for sample in samples):
        flag = bool(samples) and {sample.lower() for sample in samples} <= lexicon.YES_OR_NO
        kind = "label" if role == "label" or (flag and role == "other") else "phrase"
    elif text:
        kind = "text"
    of_option = kind == "label" and role == "label" and bool(set(parts) & lexicon.CHOICE_LISTS)
    return None if of_option else kind


def role_in(kind: Kind, parts: tuple[str, ...], samples: tuple[str, ...]) -> str:
    """The role that a name says, as far as the kind of the column allows it."""
    role, said = role_of(parts), set(parts)
    text, phrase = kind == "text", kind == "phrase"
    code = text and role in ("question", "text", "other") and bool(samples) and all(map(CODE.search, samples))
    rules = (
        (kind in ("label", "number"), "answer" if role == "answer" else "label"),
        (phrase and role in ("context", "response", "code"), "other"),
        (phrase and role == "text" and bool(said & lexicon.LABEL_WORDS), "other"),
        (kind == "list" and bool(said & lexicon.CHOICE_LISTS), "choices"),
        (role == "answer" and bool(said & {"question", "query"}), "question"),
        (code, "code"),
        (text and role == "choices" and parts[-1] == "candidate", "candidate"),
        (text and role == "label" and parts[-1] in lexicon.OUTPUT_WORDS, "output"),
        (text and role == "label", "other"),
    )
    return next((word for applies, word in rules if applies), role)


def written(value: object) -> str:
    """A value as text, no longer than a prompt shows; lists of strings joined, of options the texts, else nothing."""
    if isinstance(value, Mapping):
        value = value.get("text")
        return written(value) if isinstance(value, list | tuple) else ""
    if isinstance(value, str):
        return value[:SAMPLE_CHARS].strip()
    if isinstance(value, bool | int | float):
        return str(value)
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return JOINED.join(item.strip() for item in value)[:SAMPLE_CHARS]
    return ""


def role_of(parts: tuple[str, ...]) -> str:
    """What the words of a name say: the last strong word that says anything, else the last weak one."""
    plain = [words.ABBREVIATIONS.get(part, part) for part in parts if not part.isdigit() and len(part) > 1]
    if tuple(plain[-2:]) in lexicon.COMPOUNDS:
        return lexicon.COMPOUNDS[plain[-2], plain[-1]]
    if plain and plain[-1] in ("option", "choice", "candidate", "ending") and {"correct", "right", "gold"} & set(plain):
        return "answer"
    strong = [part for part in plain if part not in lexicon.WEAK]
    for part in [*reversed(strong), *reversed(plain)]:
        if part in lexicon.LABEL_WORDS:
            return "label"
        if part in ROLE_OF:
            return ROLE_OF[part]
    for part in reversed(strong):
        known = [word for word in ROLE_OF if len(word) >= 6 and part.startswith(word) and len(part) > len(word) + 1]
        if known:
            return ROLE_OF[max(known, key=len)]
    return "other"


def is_derived(one: Column, columns: Sequence[Column]) -> bool:
    """Whether the column is a second form of another one."""
    bare = tuple(word for word in one.words if word not in lexicon.COPIES)
    if bare != one.words and any(bare == other.words for other in columns):
        return True
    if not set(one.words) & lexicon.DERIVED:
        return False
    rest = set(one.words) - lexicon.DERIVED
    others = [other for other in columns if not set(other.words) & lexicon.DERIVED]
    return any(other.kind == "text" or (rest and rest <= set(other.words)) for other in others)


def is_origin(one: Column, columns: Sequence[Column]) -> bool:
    """Whether the column names where a row comes from: a source, or a domain that is no declared class.

    A source beside a target is a text instead.
    """
    if one.words in (("domain",), ("domains",)):
        return not one.labels
    paired = any(other.words in (("target",), ("output",)) for other in columns)
    return one.words in (("source",), ("sources",)) and one.kind != "text" and not paired


def in_company(one: Column, columns: Sequence[Column]) -> Column:
    """The column with the role it has beside the others: a query beside a question is code, an abstract a summary."""
    others = [other for other in columns if other is not one]
    roles, last = {other.role for other in others}, one.words[-1]
    asked = last == "query" and one.role == "question"
    rules = (
        (asked and any(other.words[-1] == "question" for other in others), "code"),
        (asked and one.kind == "phrase" and not {"answer", "choices", "context"} & roles, "other"),
        (one.role == "output" and "question" in roles and "answer" not in roles, "answer"),
        (one.role == "text" and last in ("abstract", "description") and is_summary(one, others), "summary"),
        (one.role == "answer" and one.kind == "list" and "choices" not in roles and is_marked(others), "choices"),
        (one.role == "text" and last == "utterance" and "context" in roles, "response"),
        (one.role == "dialogue" and "question" in roles and "context" not in roles, "context"),
    )
    return replace(one, role=next((word for applies, word in rules if applies), one.role))


def is_marked(columns: Sequence[Column]) -> bool:
    """Whether a label among the columns is the letter or number of an option."""
    places = [one for one in columns if one.words == ("label",) or is_option_place(one.words)]
    return any(one.kind == "number" and one.is_mark for one in places)


def is_summary(one: Column, others: Sequence[Column]) -> bool:
    """Whether an abstract or a description sums up another column: an abstract of a description, either of a text."""
    shorter = ("abstract", "description") if one.words[-1] == "description" else ("abstract",)
    return any(other.role == "text" and other.words[-1] not in shorter for other in others)
