"""The fields of some rows as columns of text: each is written once, however many tasks use it."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from operator import contains
from typing import Any, TypeVar

from stages.hub.render import BAD_INPUT, Texts
from stages.hub.rows import Chunk
from stages.hub.styles import Style
from stages.shared.files import json_bytes
from stages.shared.records import Feature

Column = TypeVar("Column")

LONG = 4
"""A text that has this many times the characters of an input is not written out before all of it is needed."""


@dataclass
class _Rest:
    """What a long value says from some character on, written out only where it must be."""

    value: str
    start: int
    lacks: Callable[[str, str], bool]
    write: Callable[[str], str]
    written: str | None = None

    def holds(self, text: str) -> bool:
        if self.lacks(self.value, text):
            return False
        if self.written is None:
            self.written = self.write(self.value)
        return self.written.find(text, self.start) >= 0


class Columns:
    """Some rows of a config, in one style; nothing is read or written before it is asked for."""

    def __init__(self, chunk: Chunk, features: Mapping[str, Feature], style: Style, max_chars: int) -> None:
        """Take rows, the types of their fields, and how to write them."""
        self._chunk, self.features, self._style, self._max_chars = chunk, features, style, max_chars
        self._made: dict[tuple[str, ...], object] = {}

    def __len__(self) -> int:
        return len(self._chunk)

    @cached_property
    def places(self) -> list[str]:
        """Where each row stands."""
        return self._chunk.places

    @property
    def size(self) -> int:
        """The bytes of the rows' JSON, about."""
        return self._chunk.size

    def raw(self, field: str) -> Iterator[Any]:
        """The values of a field as they came, row by row."""
        return (values.get(field) for values in self._chunk.values)

    def outputs(self, field: str) -> Texts:
        """What each row's field is as an output; of those that are too long at least so much as shows that."""
        return self._once(("output", field), lambda: self._outputs(field))

    def labels(self, field: str, many: int) -> Texts:
        """The outputs as they are told apart; where there are more than `many`, perhaps some fewer than there are."""
        begun = self.outputs(field)
        is_whole = not self._style.leaves_out_long or max(map(len, begun.texts), default=0) <= self._max_chars
        if is_whole or len(set(begun.texts)) > many:
            return begun
        return self._once(("label", field), lambda: self._outputs(field, self._values))

    def inputs(self, fields: Sequence[str]) -> Texts:
        """What each row's fields are as an input within the limit."""
        return self._once(("input", *fields), lambda: self._inputs(fields))

    def escaped_inputs(self, fields: Sequence[str]) -> list[bytes]:
        """The inputs as JSON strings."""
        return self._once(("escaped", *fields), lambda: [json_bytes(text) for text in self.inputs(fields).texts])

    def _once(self, key: tuple[str, ...], make: Callable[[], Column]) -> Column:
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = make()
        return found  # type: ignore[return-value]

    def _outputs(self, field: str, written: Callable[[str], Texts] | None = None) -> Texts:
        feature, write = self.features.get(field), self._style.output
        values = [values.get(field) for values in self._chunk.values]
        if not self._style.output_is_value or any(type(value) in (list, dict) for value in values):
            made = [write(field, value, feature) for value in values]
            return Texts(
                [text.text for text in made], {row: text.reason for row, text in enumerate(made) if text.reason}
            )
        texts = (written or self._begun)(field).texts
        return Texts(
            texts, {row: write(field, values[row], feature).reason for row, text in enumerate(texts) if not text}
        )

    def _inputs(self, fields: Sequence[str]) -> Texts:
        names = tuple(dict.fromkeys(fields)) if self._style.once else tuple(fields)
        if len(names) == 1:
            alone = self._begun(names[0])
            found = Texts(list(alone.texts), dict(alone.reasons))
        else:
            columns = [self._once(("sentence", name), lambda name=name: self._sentences(name)) for name in names]  # type: ignore[misc]
            found = Texts([self._joined(parts) for parts in zip(*columns, strict=True)])
            for name in reversed(names):  # the first field at fault gives the reason
                found.reasons.update(self._short(name).reasons)
        self._fit(found, names)
        return found

    def _joined(self, parts: tuple[str, ...]) -> str:
        """Sentences as one text; of those that are too long and will be left out for it, only as many as show that."""
        if self._style.leaves_out_long and sum(map(len, parts)) > self._max_chars:
            return self._long
        return self._style.joint.join(parts)

    def _fit(self, found: Texts, names: Sequence[str]) -> None:
        several = len(names) > 1
        most = self._most
        for row, text in enumerate(found.texts):
            if (len(text) > self._max_chars or not text) and row not in found.reasons:
                fitted = self._style.fit(text, self._max_chars, several)
                found.texts[row] = fitted.text
                if fitted.reason:
                    found.reasons[row] = fitted.reason
                if fitted.cut:
                    value = None if several else self._chunk.values[row].get(names[0])
                    found.cuts[row] = (
                        _Rest(value, len(text) - len(fitted.cut), self._style.lacks, self._writing(names[0])).holds
                        if type(value) is str and len(value) > most
                        else partial(contains, fitted.cut)
                    )

    def _writing(self, field: str) -> Callable[[str], str]:
        """How a value of a field is written; it must not hold the rows: no collector breaks rings here (workers.py)."""
        write, feature = self._style.value, self.features.get(field)
        return lambda value: write(field, value, feature) or ""

    @cached_property
    def _long(self) -> str:
        """What stands for a text that is left out for its length, whatever it says."""
        return "x" * (self._max_chars + 1)

    @property
    def _most(self) -> int:
        """The characters from which on a text is looked at in part first."""
        return LONG * self._max_chars if self._style.leaves_out_long else sys.maxsize

    def _values(self, field: str) -> Texts:
        """The values alone."""
        return self._once(("value", field), lambda: self._filled(field, lambda _: None))

    def _short(self, field: str) -> Texts:
        """The values alone; of those that are too long and will be left out for it, only as much as shows that."""
        is_long, chars = self._style.is_long, self._max_chars
        return self._once(
            ("short", field), lambda: self._filled(field, lambda value: self._long if is_long(value, chars) else None)
        )

    def _begun(self, field: str) -> Texts:
        """The values alone; of those that will be cut, at least so much as is left of them."""
        beginning, chars = self._style.beginning, self._max_chars
        return self._once(("begun", field), lambda: self._filled(field, lambda value: beginning(value, chars)))

    def _filled(self, field: str, instead: Callable[[Any], str | None]) -> Texts:
        """The values alone, or of long ones what `instead` makes of them, where it does."""
        if ("value", field) in self._made:
            return self._values(field)
        found, long = self._once(("alone", field), lambda: self._alone(field))
        if not long:
            return found
        feature, write = self.features.get(field), self._style.value
        texts, reasons, missing = list(found.texts), dict(found.reasons), self._style.missing
        for row, value in long.items():
            text = instead(value) or write(field, value, feature)
            texts[row] = text or ""
            if not text and (missing or text is None):
                reasons[row] = BAD_INPUT if text is None else missing
        return Texts(texts, reasons)

    def _alone(self, field: str) -> tuple[Texts, dict[int, Any]]:
        """The values alone, and by row those that may be long, of which that is not told yet."""
        feature, write, most = self.features.get(field), self._style.value, self._most
        values = [values.get(field) for values in self._chunk.values]
        long = {}
        if self._style.leaves_out_long:
            long = {
                row: value
                for row, value in enumerate(values)
                if type(value) is list or (type(value) is str and len(value) > most)
            }
        if not long and all(type(value) is str for value in values):
            known = {value: write(field, value, feature) for value in dict.fromkeys(values)}  # labels come again
            made = [known[value] for value in values]
        else:
            made = ["" if row in long else write(field, value, feature) for row, value in enumerate(values)]
        missing = self._style.missing
        if None not in made and (not missing or "" not in made):
            return Texts(made), long  # type: ignore[arg-type]
        told = {row: BAD_INPUT if text is None else missing for row, text in enumerate(made) if not text}
        reasons = {row: reason for row, reason in told.items() if reason and row not in long}
        return Texts([text or "" for text in made], reasons), long

    def _sentences(self, field: str) -> list[str]:
        write = self._style.sentence
        texts = self._short(field).texts
        values = (values.get(field) for values in self._chunk.values)
        return [write(field, text, value) for text, value in zip(texts, values, strict=True)]
