"""Parts, the units of growth: a hub wave, a domain or a corpus, in the order they joined (design 2).

params.yaml lists them twice on purpose: `parts` is the order of the dataset, and `waves`, `domains` and `corpora` are
what DVC makes stages of. The two must name the same things, else rows of a part that is gone would live on.
"""

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stages.shared import params
from stages.shared.errors import ParamsError
from stages.shared.records import PART_ID

KINDS = {"hub": "waves", "domain": "domains", "corpus": "corpora"}
"""The kind of a part, and the list in params.yaml that makes its stages."""


@dataclass(frozen=True)
class Part:
    """A part of the dataset; `str(part)` is how params.yaml, commands and instances name it."""

    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.id}"

    @property
    def shard(self) -> str:
        """The name of its file in the dataset."""
        return f"{self.kind}-{self.id}.parquet"


def parse(text: object, where: str) -> Part:
    """Read `hub/2022-05`; raise ParamsError for another kind, or an id that DVC can't carry."""
    kind, _, id = text.partition("/") if isinstance(text, str) else ("", "", "")
    if kind not in KINDS:
        raise ParamsError(
            f"<kind>/<id> with a kind of {', '.join(KINDS)}", repr(text), where, "correct the entry, in quotes"
        )
    return Part(kind, check_id(id, where))


def check_id(id: object, where: str) -> str:
    """Return an id that DVC, YAML and the shell can carry; raise ParamsError for any other."""
    remedy = "choose lower-case letters, digits, - and _, and write it in quotes"
    if isinstance(id, datetime.date | int | float | bool | None):
        raise ParamsError("an id that YAML reads as text", f"{id!r} ({type(id).__name__})", where, remedy)
    if not isinstance(id, str) or not re.fullmatch(PART_ID, id):
        raise ParamsError(f"an id of the form {PART_ID}", repr(id), where, remedy)
    return id


def read(path: Path = params.PARAMS_FILE) -> list[Part]:
    """Return the parts of params.yaml in the order they joined; raises as `agreed` does."""
    return agreed({key: params.value(key, path) for key in ("parts", *KINDS.values())}, path)


def agreed(document: Mapping[str, Any], path: Path = params.PARAMS_FILE) -> list[Part]:
    """The parts that a params.yaml lists, in the order they joined; `path` is where faults are said to be.

    Raises ParamsError where `parts` and the lists of kinds disagree.
    """
    listed = document.get("parts")
    if not isinstance(listed, list):
        raise ParamsError("a list", repr(listed), f"{path}, key parts", "write one part a line")
    found = [parse(entry, f"{path}, key parts") for entry in listed]
    repeated = sorted({str(part) for part in found if found.count(part) > 1})
    if repeated:
        raise ParamsError("each part once", f"{', '.join(repeated)} again", f"{path}, key parts", "remove the repeats")
    for kind, key in KINDS.items():
        ids = [check_id(id, f"{path}, key {key}") for id in document.get(key) or []]
        _same(ids, [part.id for part in found if part.kind == kind], key, kind, path)
    return found


def _same(listed: list[str], joined: list[str], key: str, kind: str, path: Path) -> None:
    for id in sorted(set(listed) ^ set(joined)):
        both = ("parts", f"{kind}/{id}", [f"{kind}/{one}" for one in joined]), (key, id, listed)
        (has, entry, _), (lacks, wanted, found) = both if id in joined else both[::-1]
        named = id if kind == "hub" else f"--{kind} {id}"
        raise ParamsError(
            f"{wanted!r} in {lacks}, since {has} holds {entry}",
            f"only {', '.join(found) or 'nothing'}",
            f"{path}, key {lacks}",
            f"take it out with `sauropod grow --undo {named}`, which knows every place, or add the line",
        )
