"""Entries of a section of a YAML file, put in and taken out as lines of text: all other lines stay as they are.

A section is a key at the left edge; its entries stand below it, two blanks in. A blank line or a comment after the last
entry belongs to what follows.
"""

import re
from collections.abc import Sequence
from typing import Any

from ruamel.yaml import YAML

from stages.shared.errors import ParamsError

WHERE = "params.yaml"


def added(text: str, section: str, lines: Sequence[str]) -> str:
    """The text with one more entry at the end of a section; raise ParamsError where the section is not of that form.

    lines: of the entry, without its indentation.
    """
    found = text.split("\n")
    head, last = _bounds(found, section)
    title = re.fullmatch(rf"{section}:(?: \{{\}})?((?: +#.*)?) *", found[head])
    if title is None:
        raise _unlike(section, found[head])
    found[head] = f"{section}:{title[1]}"
    found[last + 1 : last + 1] = [f"  {line}" for line in lines]
    return "\n".join(found)


def removed(text: str, section: str, entry: str) -> str:
    """The text without an entry of a section, which is written `{}` when it has none left; nothing changes where there
    is no such entry.
    """
    found = text.split("\n")
    head, last = _bounds(found, section)
    starts = [at for at in range(head + 1, last + 1) if re.match(r" {2}[^ #]", found[at])]
    at = next((at for at in starts if re.match(rf" {{2}}[\"']?{re.escape(entry)}[\"']?:", found[at])), None)
    if at is None:
        return text
    end = at + 1
    while end <= last and re.match(r" {3}", found[end]):
        end += 1
    del found[at:end]
    if len(starts) == 1:
        found[head] = found[head].replace(f"{section}:", f"{section}: {{}}", 1)
    return "\n".join(found)


def entry(name: str, described: dict[str, Any]) -> list[str]:
    """The lines of an entry: a line for each of its keys, and a list of mappings with a line for each of them."""
    lines = [f"{flow(name)}:"]
    for key, value in described.items():
        if isinstance(value, list) and any(isinstance(one, dict) for one in value):
            lines += [f"  {key}:", *(f"    - {flow(one)}" for one in value)]
        else:
            lines.append(f"  {key}: {flow(value)}")
    return lines


def flow(value: Any) -> str:
    """A value on one line, as YAML reads it back; texts stand without quotes where they can."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{flow(key)}: {flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    if not isinstance(value, str):
        return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    plain = re.fullmatch(r"[A-Za-z0-9][\w./-]*", value) and YAML(typ="safe", pure=True).load(value) == value
    return value if plain else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _bounds(lines: Sequence[str], section: str) -> tuple[int, int]:
    """The numbers of a section's first line and of the last line of its last entry."""
    head = next((at for at, line in enumerate(lines) if line.startswith(f"{section}:")), None)
    if head is None:
        raise ParamsError(f"the section {section}", "none", WHERE, f"add the line `{section}: {{}}`")
    last = head
    for at in range(head + 1, len(lines)):
        if re.match(r"[^ #\r]", lines[at]):
            break
        if re.match(r" +[^ #]", lines[at]):
            last = at
    return head, last


def _unlike(section: str, line: str) -> ParamsError:
    return ParamsError(
        f"the entries of {section} on lines of their own below it",
        repr(line),
        f"{WHERE}, key {section}",
        "write it in that form",
    )
