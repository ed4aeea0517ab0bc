"""Reading a page as a browser would, and the metrics that the pages of these tests are made from."""

import json
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from stages.console import pipeline
from stages.dataset.figures import Figures
from tests.house import ROOT, body_of

VOID = {"meta", "br"}
TITLE = "What this dataset is made of"


@dataclass
class Read:
    """What a parser found: tags with their attributes' names in order, texts, attributes, and what was never closed."""

    tags: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    attributes: list[tuple[str, str, str]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All texts one after the other."""
        return "".join(self.texts)


class Reader(HTMLParser):
    """Python's own parser, which knows where scripts and styles end; keeps a stack of what is open."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found = Read()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tag(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.found.faults.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        self.found.texts.append(data)

    def handle_comment(self, data: str) -> None:
        self.found.faults.append(f"a comment: {data}")

    def _tag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.tags.append((tag, tuple(name for name, _ in attrs)))
        self.found.attributes += [(tag, name, value or "") for name, value in attrs]


def parsed(text: str) -> Read:
    """What stands in a page."""
    reader = Reader()
    reader.feed(text)
    reader.close()
    reader.found.faults += [f"<{tag}> is never closed" for tag in reader.open]
    return reader.found


def real() -> tuple[list[str], dict[str, Any], list[tuple[str, Any]]]:
    """The parts, metrics and ledgers that the repository's own report is made of."""
    lines = _written()
    found = {name: loaded(path) for option, name, path in lines if option == "--figures"}
    ledgers = [(name, loaded(path)) for option, name, path in lines if option == "--ledger"]
    return list(found["dataset"]["parts"]), found, ledgers


@cache
def _written() -> list[pipeline.Input]:
    return pipeline.written(body_of(ROOT / "dvc.yaml", "report"))


def loaded(path: str) -> Any:
    """A file of the repository's metrics."""
    return json.loads((ROOT / path).read_text("utf-8"))


def figures(found: dict[str, Any]) -> dict[str, Figures]:
    """Metrics as report reads them."""
    return {name: Figures(f"metrics/{name}.json", value) for name, value in found.items()}


def sources(ledgers: list[tuple[str, Any]]) -> list[tuple[str, Figures]]:
    """Ledgers as report reads them."""
    return [(name, Figures(f"metrics/{name}.json", value)) for name, value in ledgers]


def luminance(colour: str) -> float:
    """Of a colour #rrggbb, as WCAG 2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Of two colours, from 1 to 21 (WCAG 2)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def style() -> str:
    """The style of every page."""
    return Path(ROOT / "stages/dataset/page/style.css").read_text("utf-8")
