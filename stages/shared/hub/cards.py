"""Reading dataset cards: the YAML header, and the sections of the Markdown text under their headings.

A card is written by strangers. Nothing in it is executed; every scalar of the header but null stays the text that was
written, so that the language `no` is no boolean and the config `1.10` no number; and a text of any kind gives a header
or an UnreadableError.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import yaml
from markdown_it import MarkdownIt

from stages.shared.hub.seam import UnreadableError
from stages.shared.text import whole

MAX_HEADER = 1_000_000
"""Longest header that is read, in characters; the longest of real cards are a tenth of it."""

MAX_NODES = 200_000
"""Most values that a header may hold once its aliases are expanded."""

_FENCE = re.compile(r"---[ \t]*")
_PLACEHOLDER = re.compile(
    r"\[?\s*(?:more information needed|needs more information)\s*\]?(?:\([^)\n]*\))?[.:]?", re.IGNORECASE
)
_NULL = "tag:yaml.org,2002:null"
_HEADING_LINE = re.compile(r"^\s{0,3}#{1,6}\s.*$", re.MULTILINE)


class _HeaderLoader(yaml.BaseLoader):
    """Makes texts, lists, mappings and nulls only; every tag beside null stays unread."""


_HeaderLoader.add_implicit_resolver(_NULL, re.compile(r"~|null|Null|NULL|$"), ["~", "n", "N", ""])
_HeaderLoader.add_constructor(_NULL, lambda *_: None)


@dataclass(frozen=True)
class Section:
    """A heading of a card, its level, and the Markdown under it down to the next heading of that level or above."""

    title: str
    level: int
    text: str


@dataclass(frozen=True)
class CardText:
    """A card taken apart: its header and its sections."""

    header: Mapping[str, Any]
    sections: tuple[Section, ...]


def read(readme: str, where: str) -> CardText:
    """Take a card apart; raises as `header` does."""
    return CardText(header(readme, where), tuple(sections(readme)))


def header(readme: str, where: str) -> dict[str, Any]:
    """The YAML header of a card: a mapping of texts, lists and mappings.

    Raises UnreadableError (card-without-header, card-broken-header) naming `where`.
    """
    found, _ = _split(readme, where)
    if len(found) > MAX_HEADER:
        raise UnreadableError("card-broken-header", f"{len(found)} characters, at most {MAX_HEADER} are read", where)
    try:
        value = _load(found, where)
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        raise UnreadableError("card-broken-header", " ".join(str(error).split())[:300], where) from error
    if not isinstance(value, dict):
        reason = "card-broken-header" if value else "card-without-header"
        raise UnreadableError(reason, f"the header is {type(value).__name__}, not a mapping", where)
    return value


def sections(readme: str) -> list[Section]:
    """All sections of a card in reading order; those inside code, lists and quotes don't count."""
    lines = readme.splitlines()
    body = lines[_body_start(lines) :]
    headings = list(_headings("\n".join(body)))
    found = []
    for number, (title, level, _, start) in enumerate(headings):
        end = next((first for _, other, first, _ in headings[number + 1 :] if other <= level), len(body))
        found.append(Section(title, level, "\n".join(body[start:end]).strip()))
    return found


def section(found: Iterable[Section], *titles: str) -> str:
    """The text of the first section under one of `titles` (case apart) that says something; "" where none does."""
    wanted = {title.casefold() for title in titles}
    for entry in found:
        if entry.title.casefold() in wanted and not is_empty(entry.text):
            return entry.text
    return ""


def is_empty(text: str) -> bool:
    """Whether a section says nothing beside headings and "More Information Needed"."""
    return not _PLACEHOLDER.sub("", _HEADING_LINE.sub("", text)).strip(" \t\r\n-*_.")


def values(header: Mapping[str, Any], key: str, config: str) -> tuple[str, ...]:
    """The texts under a key: one text, a list, or a mapping from config to either (then those of `config`).

    A mapping that does not name the config gives the texts of all its configs, each once.
    """
    found = header.get(key)
    if isinstance(found, dict):
        found = found[config] if config in found else list(found.values())
    return tuple(dict.fromkeys(_texts(found)))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if value.strip():
            yield value.strip()
    elif isinstance(value, list | dict):
        for entry in value.values() if isinstance(value, dict) else value:
            yield from _texts(entry)


def _split(readme: str, where: str) -> tuple[str, int]:
    """The text of the header and the number of the line after it."""
    lines = readme.splitlines()
    start = next((number for number, line in enumerate(lines) if line.strip("\ufeff \t")), len(lines))
    if start == len(lines) or not _FENCE.fullmatch(lines[start].lstrip("\ufeff")):
        raise UnreadableError("card-without-header", "the card does not open with a line of ---", where)
    for number in range(start + 1, len(lines)):
        if _FENCE.fullmatch(lines[number]):
            return "\n".join(lines[start + 1 : number]), number + 1
    raise UnreadableError("card-broken-header", "the header is not closed by a line of ---", where)


def _body_start(lines: list[str]) -> int:
    try:
        return _split("\n".join(lines), "")[1]
    except UnreadableError:
        return 0


def _load(text: str, where: str) -> Any:
    loader = _HeaderLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        if _size(node, {}, ()) > MAX_NODES:
            raise UnreadableError("card-broken-header", f"aliases expand to more than {MAX_NODES} values", where)
        return whole(loader.construct_document(node))
    finally:
        loader.dispose()


def _size(node: yaml.Node, known: dict[int, int], above: tuple[int, ...]) -> int:
    """How many values a node holds when every alias is expanded."""
    if id(node) in above:
        raise ValueError("an alias that holds itself")
    if id(node) not in known:
        parts: list[yaml.Node] = []
        if isinstance(node, yaml.MappingNode):
            parts = [part for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            parts = node.value
        known[id(node)] = 1 + sum(_size(part, known, (*above, id(node))) for part in parts)
    return known[id(node)]


def _headings(text: str) -> Iterator[tuple[str, int, int, int]]:
    """Title, level, first line and line after each heading of a Markdown text."""
    markdown = MarkdownIt("commonmark")
    markdown.core.ruler.enableOnly(["normalize", "block"])
    for token, inline in pairwise(markdown.parse(text)):
        if token.type == "heading_open" and token.level == 0 and token.map:
            yield _title(inline.content), int(token.tag[1:]), token.map[0], token.map[1]


def _title(source: str) -> str:
    """The words of a heading without its markup."""
    (inline,) = MarkdownIt("commonmark").parseInline(source)
    texts = [token.content for token in inline.children or [] if token.type in ("text", "code_inline")]
    return " ".join("".join(texts).split()).rstrip(":").strip()
