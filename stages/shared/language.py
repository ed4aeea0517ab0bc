"""Which language texts are written in, told from their prose, without any network.

Each text counts once, the longest first, without what is no prose (addresses, markup, numbers, identifiers). They are
cut into pieces, each piece is judged alone, and texts have a language when their pieces agree. Program code is the
language `code`. Judging a piece is what takes the time, so it ends as soon as the rest could change nothing.

What it cannot do: pieces of less than a sentence say little, so labels, numbers and names have no language; text that
changes language within a sentence gets the one that prevails; the languages of py3langid are all it knows.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any

PIECES = 16
"""Pieces of text that are judged."""

PIECE_LETTERS = (120, 300)
"""Letters of a piece: shorter values are joined, longer ones cut."""

FEWEST_LETTERS = 60
"""Texts with less prose than this have no language."""

AGREE = 0.65
"""The part of the prose whose pieces must be of one language."""

SURE = 0.7
"""Probability of a piece's language below which the piece says nothing."""

CODE = "code"

_MARKS = re.compile(r"https?://\S+|www\.\S+|<[^<>]{0,200}>|&#?\w{1,8};")
_NOISE = re.compile(r"\S+@\S+|[@#]\w+|\\[a-z]+|\S*[\d_/\\]\S*|\w*[a-z][A-Z]\w*")
_NOISY = re.compile(r"[@#\\\d_/]|[a-z][A-Z]")
"""What every word has that _NOISE finds something in; it is told some ten times as fast."""

_SYMBOLS = "{}()[];=<>$\\|&*+^~"
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
    """A language and the part of the prose looked at, from 0 to 1, whose pieces were heard in it: AGREE or more."""

    language: str
    confidence: float


def language(texts: Iterable[str]) -> Guess | None:
    """The language of texts of one kind, or None where there is too little prose or its pieces do not agree."""
    longest = sorted(set(texts), key=lambda text: (-len(text), text))
    code = [text for text in longest if is_code(text)]
    if sum(map(len, code)) > AGREE * sum(map(len, longest)) and sum(map(len, code)) >= FEWEST_LETTERS:
        return Guess(CODE, 1.0)
    plain = (text for text in longest if text not in code and _symbols(text) < _MARKUP)
    return _agreed(list(islice(_pieces(plain), PIECES)))


def _agreed(pieces: Sequence[str]) -> Guess | None:
    """The language that AGREE of the pieces are in, by their letters; None where there is none."""
    sizes = [amount(piece) for piece in pieces]
    total = rest = sum(sizes)
    if total < FEWEST_LETTERS:
        return None
    weights: Counter[str] = Counter()
    for piece, size in zip(pieces, sizes, strict=True):
        name, probability = classify(piece)
        if probability >= SURE:
            weights[name] += size
            if weights[name] >= AGREE * total:
                return Guess(name, weights[name] / total)
        rest -= size
        if max(weights.values(), default=0) + rest < AGREE * total:
            return None
    return None


def amount(text: str) -> int:
    """How much a text says: its letters in bytes of UTF-8, as a Chinese letter says more than a Latin one."""
    return len("".join(filter(str.isalpha, text)).encode("utf-8", "replace"))


def is_code(text: str) -> bool:
    """Whether a text is program code or a query, by statements that stand in it and by its symbols."""
    return _symbols(text) > 0.04 and _STATEMENT.search(text) is not None


def _symbols(text: str) -> float:
    """The part of a text, blanks apart, that is brackets, operators and the like."""
    return sum(map(text.count, _SYMBOLS)) / max(1, len(text) - text.count(" "))


def prose(text: str) -> str:
    """A text without addresses, markup, numbers and identifiers, in single spaces."""
    words = _MARKS.sub(" ", text).split()
    return " ".join(" ".join(_NOISE.sub(" ", word) if _NOISY.search(word) else word for word in words).split())


def classify(text: str) -> tuple[str, float]:
    """The language that one text is most likely in, and how likely, without any network."""
    name, probability = _identifier().classify(text)
    return str(name), float(probability)


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 - loads a model; few runs need it

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    # Its table is stored in half precision, which no processor multiplies by: made whole here and not for each text.
    identifier.nb_ptc = identifier.nb_ptc.astype("float32")
    return identifier


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
