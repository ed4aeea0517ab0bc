"""The fields of some rows as columns of text: each is written once, however many tasks use it."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TypeVar

from stages.hub.render import BAD_INPUT, Texts
from stages.hub.rows import Chunk
from stages.hub.styles import Style
from stages.shared.files import json_bytes
from stages.shared.records import Feature

Column = TypeVar("Column")

LONG = 4
"""A text that has this many times the characters of an input is not written out before all of it is needed."""


class Columns:
    """Some rows of a config, in one style; nothing is read or written before it is asked for."""

    def __init__(self, chunk: Chunk, features: Mapping[str, Feature], style: Style, max_chars: int) -> None:
        """Take rows, the types of their fields, and how to write them."""
        self._chunk, self._features, self._style, self._max_chars = chunk, features, style, max_chars
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

    def outputs(self, field: str) -> Texts:
        """What each row's field is as an output."""
        return self._once(("output", field), lambda: self._outputs(field))

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

    def _outputs(self, field: str) -> Texts:
        feature, write = self._features.get(field), self._style.output
        values = [values.get(field) for values in self._chunk.values]
        if not self._style.output_is_value or any(type(value) in (list, dict) for value in values):
            made = [write(field, value, feature) for value in values]
            return Texts(
                [text.text for text in made], {row: text.reason for row, text in enumerate(made) if text.reason}
            )
        texts = self._values(field).texts
        return Texts(
            texts, {row: write(field, values[row], feature).reason for row, text in enumerate(texts) if not text}
        )

    def _inputs(self, fields: Sequence[str]) -> Texts:
        names = tuple(dict.fromkeys(fields)) if self._style.once else tuple(fields)
        if len(names) == 1:
            alone = self._values(names[0])
            found = Texts(list(alone.texts), dict(alone.reasons))
        else:
            columns = [self._once(("sentence", name), lambda name=name: self._sentences(name)) for name in names]  # type: ignore[misc]
            found = Texts([self._joined(parts) for parts in zip(*columns, strict=True)])
            for name in reversed(names):  # the first field at fault gives the reason
                found.reasons.update(self._short(name).reasons)
        self._fit(found, len(names) > 1)
        return found

    def _joined(self, parts: tuple[str, ...]) -> str:
        """Sentences as one text; of those that are too long and will be left out for it, only as many as show that."""
        if self._style.leaves_out_long and sum(map(len, parts)) > self._max_chars:
            return self._long
        return self._style.joint.join(parts)

    def _fit(self, found: Texts, several: bool) -> None:
        for row, text in enumerate(found.texts):
            if (len(text) > self._max_chars or not text) and row not in found.reasons:
                fitted = self._style.fit(text, self._max_chars, several)
                found.texts[row] = fitted.text
                if fitted.reason:
                    found.reasons[row] = fitted.reason
                if fitted.cut:
                    found.cuts[row] = fitted.cut

    @cached_property
    def _long(self) -> str:
        """What stands for a text that is left out for its length, whatever it says."""
        return "x" * (self._max_chars + 1)

    def _values(self, field: str) -> Texts:
        """The values alone."""
        return self._once(("value", field), lambda: self._whole(field))

    def _short(self, field: str) -> Texts:
        """The values alone; of those that are too long and will be left out for it, only as much as shows that."""
        if not self._style.leaves_out_long or ("value", field) in self._made:
            return self._values(field)
        return self._once(("short", field), lambda: self._alone(field, LONG * self._max_chars))

    def _whole(self, field: str) -> Texts:
        if ("short", field) not in self._made:
            return self._alone(field)
        short, feature, write = self._short(field), self._features.get(field), self._style.value
        texts = list(short.texts)
        for row, text in enumerate(texts):
            if text is self._long:
                texts[row] = write(field, self._chunk.values[row].get(field), feature) or ""
        return Texts(texts, short.reasons)

    def _alone(self, field: str, most: int | None = None) -> Texts:
        """The values alone; with `most`, of lists and of texts with more characters only that they are long."""
        feature, write = self._features.get(field), self._style.value
        values = [values.get(field) for values in self._chunk.values]
        if most is None:
            made = [write(field, value, feature) for value in values]
        else:
            is_long, limit = self._style.is_long, self._max_chars
            made = [
                self._long
                if (type(value) is list or (type(value) is str and len(value) > most)) and is_long(value, limit)
                else write(field, value, feature)
                for value in values
            ]
        missing = self._style.missing
        if None not in made and (not missing or "" not in made):
            return Texts(made)  # type: ignore[arg-type]
        reasons = {row: BAD_INPUT if text is None else missing for row, text in enumerate(made) if not text}
        return Texts([text or "" for text in made], {row: reason for row, reason in reasons.items() if reason})

    def _sentences(self, field: str) -> list[str]:
        write = self._style.sentence
        texts = self._short(field).texts
        values = (values.get(field) for values in self._chunk.values)
        return [write(field, text, value) for text, value in zip(texts, values, strict=True)]
