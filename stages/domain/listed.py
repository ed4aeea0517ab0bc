"""Reading replies that are written as lines with labels, from `New subtask:` to `Output:`.

A label counts at the beginning of a line, in any case, behind list marks and numbers, in bold or not, and only where
its part may begin: a line `Reason:` within an output belongs to the output. Every line is looked at once.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from stages.domain.grammar import Grammar, read
from stages.domain.pieces import Heading, Parts, Piece, unread

_PARTS = {" ".join(name.replace("-", " ").split()): part for part, names in read()["labels"].items() for name in names}
_NAMES = "|".join(name.replace(" ", "[ _-]?") for name in sorted(_PARTS, key=len, reverse=True))
_LABEL = re.compile(
    rf"""
    (?P<before> [\s>\#*_`•-]*+ (?: \(?\d{{1,4}}[.):]\s*+ )? [*_`]*+ )
    (?P<name>{_NAMES}) (?P<number>[ _]?\#?\d{{1,4}})?+ (?P<closed>[*_`]*+) \s*+ [:\uff1a]
    """,
    re.IGNORECASE | re.VERBOSE,
)
_SEPARATOR = re.compile(r"\s*+#{3,}\s*+\Z")
_RULE = re.compile(r"\s*+[-=*_]{3,}\s*+\Z")
_TITLE = re.compile(r"[\s*_#]*+examples?(?: ?#?\d{1,4})?[\s*_:]*+\Z", re.IGNORECASE)
_NUMBER = re.compile(r"[\s*_#]*+\(?(\d{1,4})[.):][\s*_]*+\Z")
_BETWEEN = (_SEPARATOR, _RULE, _TITLE, _NUMBER)
_FENCE = re.compile(r"\s*+```\w*+\s*+\Z")

BEGINS = {"subtask", "instruction"}
"""The parts that may follow an output."""

FOLLOWING: dict[str, set[str]] = {
    "": {"subtask", "instruction", "input", "output", "examples"},
    "subtask": {"subtask", "reason", "examples", "instruction"},
    "reason": {"subtask", "examples", "instruction"},
    "examples": {"subtask", "instruction", "input", "output"},
    "instruction": {"subtask", "instruction", "input", "output"},
    "input": {"subtask", "instruction", "output"},
    "output": BEGINS,
}
"""The parts that may begin after (or within) another; the other labels are text there."""


@dataclass
class _Line:
    """A line and the label it begins with; `part` is "" where it has none, `rest` what follows the label."""

    text: str
    part: str = ""
    rest: str = ""
    is_new: bool = False
    begins_next: bool = False


@dataclass
class _Reader:
    """Where the reading stands: the parts gathered of the piece at hand, and which part a line belongs to.

    any_subtask: a label `Subtask:` will do for `New subtask:`. is_apart: a separator was the last thing read.
    examples, own_examples: how many were read so far, in all and in the subtask at hand.
    """

    how: Grammar
    any_subtask: bool
    pieces: list[Piece] = field(default_factory=list)
    here: dict[str, list[str]] = field(default_factory=dict)
    part: str = ""
    is_apart: bool = False
    examples: int = 0
    own_examples: int = 0

    def line(self, line: _Line) -> None:
        """Take one line in."""
        text, ends = line.text, False
        if _SEPARATOR.match(text) or (line.begins_next and self.is_between(text)):
            self.separate()
            return
        if text.rstrip().endswith(self.how.separator):
            ends = True
            line.rest, line.text = (_without(one, self.how.separator) for one in (line.rest, text))
        part = self.begun(line)
        if part == "examples" and self.part in ("", "examples"):
            self.separate()
            self.here = {"": [line.rest]}
        elif part:
            self.begin(part, line.rest)
        elif self.is_apart and line.text.strip():
            self.close()
            self.here = {"": [line.text]}
        elif not self.is_apart:
            self.here.setdefault(self.part, []).append(line.text)
        if ends:
            self.separate()

    def is_between(self, text: str) -> bool:
        """Whether a line before a label only parts examples: a rule, `Example 2:`, or the number of the next one."""
        number = _NUMBER.match(text)
        if number is None:
            return bool(_RULE.match(text) or _TITLE.match(text))
        here = int("output" in self.here) + 1
        return int(number[1]) in (self.examples + here, self.own_examples + here)

    def begun(self, line: _Line) -> str:
        """The part that a line begins, "" where it goes on with the one at hand."""
        if line.part in ("explanation", "answer"):
            begins = self.how.worked and self.part in ("instruction", "input") and self.here.keys() & {"instruction"}
            line.rest = line.text if begins else line.rest
            return "output" if begins else ""
        allowed = FOLLOWING[self.part]
        if self.is_apart:
            allowed = allowed | FOLLOWING[""]
        if line.part not in allowed:
            return ""
        inside = self.part in ("instruction", "input", "output") and not self.is_apart
        if line.part == "subtask" and inside and not line.is_new and not self.any_subtask:
            return ""
        return line.part

    def begin(self, part: str, rest: str) -> None:
        """Begin a part; where it is the first of a piece, or the piece at hand has it already, begin a new piece."""
        if not self.goes_on(part):
            self.close()
        self.here[part] = [rest]
        self.part, self.is_apart = part, False

    def goes_on(self, part: str) -> bool:
        """Whether a part belongs to the piece at hand."""
        if part in ("reason", "examples"):
            return "subtask" in self.here
        is_open = bool(self.here.keys() & {"instruction", "input"}) and not self.here.keys() & {part, "output"}
        return part in ("input", "output") and is_open

    def separate(self) -> None:
        """What follows has to say what it is."""
        if "subtask" in self.here or "" in self.here:
            self.close()
        self.is_apart = True

    def close(self) -> None:
        """Enter the piece at hand, if it is one."""
        here = {part: "\n".join(lines).strip() for part, lines in self.here.items()}
        self.here, self.part, self.is_apart = {}, "", False
        if "subtask" in here:
            self.pieces.append(heading(here))
            self.own_examples = 0
            if here.get("examples"):
                self.pieces.append(unread("stray-text", here["examples"]))
        elif here.keys() & {"instruction", "input", "output"}:
            self.pieces.append(self.example(here))
            self.examples += 1
            self.own_examples += 1
        elif text := here.get("", "") or here.get("examples", ""):
            self.pieces.append(unread("stray-text", text))

    def example(self, here: dict[str, str]) -> Parts:
        """The parts of an example; where all stand on one line, they are told apart there."""
        text = "\n".join(filter(None, here.values()))
        found = {part: here.get(part, "") for part in ("instruction", "input", "output")}
        if not found["output"]:
            holder = "input" if "input" in here else "instruction"
            found[holder], _, found["output"] = _split(found[holder], f" {self.how.label('output')}")
        if "input" not in here:
            found["instruction"], _, found["input"] = _split(found["instruction"], f" {self.how.label('input')}")
        return Parts(**found, text=text)


def pieces(reply: str, how: Grammar) -> list[Piece]:
    """The pieces of a reply in this form, in its order; [] where no line has a label of it."""
    lines = _lines(reply)
    if not any(line.part in ("subtask", "instruction", "input", "output") for line in lines):
        return []
    first = next((line for line in lines if line.part in BEGINS), _Line(""))
    reader = _Reader(how, any_subtask=first.part == "subtask" and not first.is_new)
    for line in lines:
        reader.line(line)
    reader.close()
    return reader.pieces


def heading(here: dict[str, str]) -> Heading:
    """The beginning of a subtask; what follows its name without a label is its reason."""
    name, _, more = here["subtask"].partition("\n")
    return Heading(_bare(name), "\n".join(filter(None, (more.strip(), here.get("reason", "")))))


def _bare(name: str) -> str:
    """A name without the marks, quotes and number around it."""
    name = re.sub(r"\A\(?\d{1,4}[.):]\s+", "", name.strip())
    for mark in ("**", "__", "`", '"', "'", "*", "_"):
        if len(name) > 2 * len(mark) and name.startswith(mark) and name.endswith(mark):
            name = name[len(mark) : -len(mark)].strip()
    return " ".join(name.split())


def _lines(reply: str) -> list[_Line]:
    """The lines of a reply with their labels; a fence around the whole is left out."""
    texts = reply.replace("\r\n", "\n").replace("\r", "\n").strip().split("\n")
    if len(texts) > 2 and _FENCE.match(texts[0]) and _FENCE.match(texts[-1]):
        texts = texts[1:-1]
    lines = [_labelled(text) for text in texts]
    begins = True
    for line in reversed(lines):
        line.begins_next = begins
        if line.text.strip():
            begins = line.part in BEGINS or (begins and any(form.match(line.text) for form in _BETWEEN))
    return lines


def _labelled(text: str) -> _Line:
    found = _LABEL.match(text)
    if found is None:
        return _Line(text)
    rest = text[found.end() :].strip()
    marks = next((mark for mark in ("**", "__", "`") if mark in found["before"]), "")
    if marks and not found["closed"]:
        rest = rest.removeprefix(marks) if rest.startswith(marks) else rest.removesuffix(marks)
    name = " ".join(re.split(r"[ _-]+", found["name"].lower()))
    part = _PARTS.get(name) or _PARTS[_spelt(name)]
    return _Line(text, part, rest.strip(), is_new=name.startswith("new"))


def _spelt(name: str) -> str:
    """The entry of the table that a name without its blanks stands for."""
    return next(known for known in _PARTS if known.replace(" ", "") == name.replace(" ", ""))


def _split(text: str, label: str) -> Sequence[str]:
    before, found, after = text.partition(label)
    return (before.strip(), found, after.strip()) if found else (text, "", "")


def _without(text: str, separator: str) -> str:
    return text.rstrip().removesuffix(separator).rstrip()
