"""Which languages the rows of a config are written in, told from a bounded sample of their text.

The sample is the first rows of a config, field by field, since a parallel text is not one language; how a field's
language is told is in stages/shared/language.py.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from stages.hub.identifiers import is_hidden
from stages.shared.language import Guess, amount, language

SAMPLE_ROWS = 60
"""Rows of a config that are looked at, from its first on."""

VALUE_CHARS = 1_500
"""Characters of one value that are looked at."""

FIELDS = 40
"""Fields of a config that are looked at, nested ones counted each."""

SHARE = 0.2
"""The part of a config's prose that must be in a language for it to count."""


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
                found[path] = (guess, sum(amount(text) for text in texts))
        return found

    def languages(self, labels: Collection[str] = ()) -> tuple[str, ...]:
        """The languages that at least SHARE of the prose is in, most text first; () where nothing can be said."""
        letters: Counter[str] = Counter()
        for guess, count in self.fields(labels).values():
            letters[guess.language] += count
        order = sorted(letters.items(), key=lambda item: (-item[1], item[0]))
        return tuple(name for name, count in order if count >= SHARE * letters.total())


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
