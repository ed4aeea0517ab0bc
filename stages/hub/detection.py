"""Which languages the rows of a config are written in, told from a bounded sample of their text.

The sample is the first rows of a config, field by field, since a parallel text is not one language: each text once,
the longest first, without what is no prose (addresses, markup, numbers, identifiers). It is cut into pieces, each
piece is judged alone, and a field has a language when its pieces agree. Program code is the language `code`.

What it cannot do: pieces of less than a sentence say little, so configs of labels, numbers and names have no
language; text that changes language within a sentence gets the one that prevails; LANGUAGES are all it knows.
"""

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from typing import Any

from stages.hub.identifiers import is_hidden

SAMPLE_ROWS = 60
"""Rows of a config that are looked at, from its first on."""

VALUE_CHARS = 1_500
"""Characters of one value that are looked at."""

FIELDS = 40
"""Fields of a config that are looked at, nested ones counted each."""

PIECES = 16
"""Pieces of text of one field that are judged."""

PIECE_LETTERS = (120, 300)
"""Letters of a piece: shorter values are joined, longer ones cut."""

FEWEST_LETTERS = 60
"""A field with less prose than this has no language."""

AGREE = 0.65
"""The part of a field's prose whose pieces must be of one language."""

SHARE = 0.2
"""The part of a config's prose that must be in a language for it to count."""

SURE = 0.7
"""Probability of a piece's language below which the piece says nothing."""

CODE = "code"

_MARKS = re.compile(r"https?://\S+|www\.\S+|<[^<>]{0,200}>|&#?\w{1,8};")
_NOISE = re.compile(r"\S+@\S+|[@#]\w+|\\[a-z]+|\S*[\d_/\\]\S*|\w*[a-z][A-Z]\w*")
_SYMBOL = re.compile(r"[{}()\[\];=<>$\\|&*+^~]")
_STATEMENT = re.compile(
    r"""
      \bdef\s+\w+\s*\( | \bclass\s+\w+\s*[:({] | \b(?:import|using|package)\s+[\w.* ]+; | \bself\s?\.\s?\w+
    | ^\s*(?:from\s+[\w.]+\s+)?import\s+[\w.]+\s*$ | \#\s?include\b | \breturn\b[^.?!]{0,80};
    | \b(?:public|private|protected|static|void)\s+[\w<>\[\]. ]+\( | \bfunction\s*\w*\s*\( | \bfunc\s+\w*\s*\(
    | \b(?:var|let|const|int|float|string|bool)\s+\w+\s*:?= | \b(?:for|while|if)\s*\(.{1,120}\)\s*\{
    | \bassert\s+\w+\s*\( | \bSELECT\b.{1,200}\bFROM\b | \bselect\b.{1,200}\bfrom\b.{1,200}\b(?:where|join|order\ by)\b
    | \w\s?\.\s?\w+\s?\([^()]{0,80}\)\s?;
    """,
    re.VERBOSE | re.MULTILINE,
)
_MARKUP = 0.12
"""The part of a text that is symbols above which it is no prose: a parse tree, a formula, a table."""


@dataclass(frozen=True)
class Guess:
    """A language and the part of the prose looked at, from 0 to 1, whose pieces are in it."""

    language: str
    confidence: float


@dataclass
class Sample:
    """The first rows of a config; `add` takes them as they come and keeps what is needed of them."""

    rows: int = 0
    texts: dict[str, dict[str, None]] = field(default_factory=dict)

    def add(self, row: str) -> None:
        """Look at one row, as JSON; rows after the first SAMPLE_ROWS are passed over."""
        if self.rows >= SAMPLE_ROWS:
            return
        self.rows += 1
        parts: dict[str, str] = {}
        for path, text in _strings(json.loads(row), ""):
            known = parts.get(path, "")
            if len(known) < VALUE_CHARS:
                parts[path] = f"{known} {text[:VALUE_CHARS]}" if known else text[:VALUE_CHARS]
        for path, text in parts.items():
            if path in self.texts or len(self.texts) < FIELDS:
                self.texts.setdefault(path, {})[text] = None

    def fields(self, labels: Collection[str] = ()) -> dict[str, tuple[Guess, int]]:
        """The language of each field that has one, and the letters of its prose; `labels` are columns of classes."""
        found = {}
        for path, texts in self.texts.items():
            column = path.partition("/")[0]
            if column not in labels and not is_hidden(path.rpartition("/")[2]) and (guess := language(texts)):
                found[path] = (guess, sum(_amount(text) for text in texts))
        return found

    def languages(self, labels: Collection[str] = ()) -> tuple[str, ...]:
        """The languages that at least SHARE of the prose is in, most text first; () where nothing can be said."""
        letters: Counter[str] = Counter()
        for guess, count in self.fields(labels).values():
            letters[guess.language] += count
        order = sorted(letters.items(), key=lambda item: (-item[1], item[0]))
        return tuple(name for name, count in order if count >= SHARE * letters.total())


def language(texts: Iterable[str]) -> Guess | None:
    """The language of texts of one kind, or None where there is too little prose or its pieces do not agree."""
    longest = sorted(set(texts), key=lambda text: (-len(text), text))
    code = [text for text in longest if is_code(text)]
    if sum(map(len, code)) > AGREE * sum(map(len, longest)) and sum(map(len, code)) >= FEWEST_LETTERS:
        return Guess(CODE, 1.0)
    weights: Counter[str] = Counter()
    total = 0
    for piece in islice(_pieces(text for text in longest if text not in code and _symbols(text) < _MARKUP), PIECES):
        size = _amount(piece)
        name, probability = classify(piece)
        total += size
        weights[name if probability >= SURE else ""] += size
    if total < FEWEST_LETTERS:
        return None
    (name, size), *_ = weights.most_common(1)
    return Guess(name, size / total) if name and size >= AGREE * total else None


def _amount(text: str) -> int:
    """How much a text says: its letters in bytes of UTF-8, as a Chinese letter says more than a Latin one."""
    return sum(len(letter.encode("utf-8", "replace")) for letter in text if letter.isalpha())


def is_code(text: str) -> bool:
    """Whether a text is program code or a query, by statements that stand in it and by its symbols."""
    return _symbols(text) > 0.04 and _STATEMENT.search(text) is not None


def _symbols(text: str) -> float:
    """The part of a text, blanks apart, that is brackets, operators and the like."""
    return len(_SYMBOL.findall(text)) / max(1, len(text) - text.count(" "))


def prose(text: str) -> str:
    """A text without addresses, markup, numbers and identifiers, in single spaces."""
    return " ".join(_NOISE.sub(" ", _MARKS.sub(" ", text)).split())


def classify(text: str) -> tuple[str, float]:
    """The language that one text is most likely in, and how likely, without any network."""
    name, probability = _identifier().classify(text)
    return str(name), float(probability)


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 - loads a model; few runs need it

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def _pieces(texts: Iterable[str]) -> Iterator[str]:
    """Cut texts into pieces of PIECE_LETTERS characters: the fewest and the most."""
    fewest, most = PIECE_LETTERS
    waiting = ""
    for text in texts:
        clean = prose(text)
        while len(clean) > most:
            cut = clean.rfind(" ", fewest, most)
            yield clean[: cut if cut > 0 else most]
            clean = clean[cut if cut > 0 else most :].strip()
        waiting = f"{waiting} {clean}".strip()
        if len(waiting) >= fewest:
            yield waiting
            waiting = ""
    if waiting:
        yield waiting


def _strings(value: object, path: str) -> Iterator[tuple[str, str]]:
    """Every text in a value with the names that lead to it."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, entry in value.items():
            yield from _strings(entry, f"{path}/{key}" if path else str(key))
    elif isinstance(value, list):
        for entry in value:
            yield from _strings(entry, path)
