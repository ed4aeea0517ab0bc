"""The formats by name, and reading a record of one of them."""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from stages.corpus.formats import (
    alpaca,
    dolly,
    gpt4all,
    lmflow,
    messages,
    preference,
    prompted,
    self_instruct,
    sharegpt,
    superni,
)
from stages.corpus.forms import Found
from stages.shared.errors import InputError


@dataclass(frozen=True)
class Format:
    """A format. keys: sets of keys, of which a record has at least one whole; write: None where there is no way back.

    read raises ValidationError, or ValueError with a phrase, for a record of another shape. write raises ValueError for
    what the format can't hold.
    """

    keys: tuple[frozenset[str], ...]
    read: Callable[[dict[str, Any]], list[Found]]
    write: Callable[[Found], dict[str, Any]] | None


def _format(module: ModuleType) -> Format:
    return Format(module.KEYS, module.read, getattr(module, "write", None))


FORMATS: dict[str, Format] = {
    "alpaca": _format(alpaca),
    "dolly": _format(dolly),
    "gpt4all": _format(gpt4all),
    "lmflow": _format(lmflow),
    "messages": _format(messages),
    "preference": _format(preference),
    "prompted": _format(prompted),
    "self-instruct": _format(self_instruct),
    "sharegpt": _format(sharegpt),
    "superni": _format(superni),
}
"""Every format, by the name that a description gives it."""


def read(format: str, record: dict[str, Any]) -> list[Found]:
    """What a record of a format holds; raise InputError for an unknown format, else as `Format.read` does."""
    return named(format).read(record)


def named(format: str) -> Format:
    """The format of a name; raise InputError where there is none."""
    if format not in FORMATS:
        raise InputError(f"one of {', '.join(FORMATS)}", repr(format), "format", "name one of them, or `detect`")
    return FORMATS[format]
