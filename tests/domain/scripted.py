"""A model that explores by script: it answers the prompts of a domain in the real forms, by their content alone.

Every task has the same twelve subtasks whenever it is asked about, in names that share no word; examples follow from
the whole prompt. A share of its replies is bad, in one of the ways that models have (BAD). It is served as a plan of
the fault server, which counts what it is asked by content; `said` tells what a reply holds, without reading its text.
"""

import hashlib
import json
import random
import re
from dataclasses import dataclass
from pathlib import Path

from stages.shared.llm.fault_plan import Plan

BAD = ("empty", "prose", "cut", "punctuation", "repeat", "near", "blocked")
"""An empty reply; another format; one cut off in its last example; a name of punctuation; a name that is there; one
that nearly is; an instruction that speaks of pictures."""
PROSE = "Sure! I would be glad to help you with that. What kind of texts do you have in mind?"
SYLLABLES = [first + second for first in "bdfgklmnprstvz" for second in "aeiou"]
SUBTASKS = 12

DOMAIN = """
name: Working with texts
description: Changing, making and judging texts of all kinds.
license: cc-by-4.0
answer_format: FORMAT
examples:
  - {instruction: Make this sentence shorter., input: It is raining cats and dogs today., output: It pours.}
  - {instruction: Say this in a friendlier way., input: Go away., output: Could you come back later?}
  - {instruction: Name three titles for a story about a lost key., output: The Key; Locked Out; A Door Too Many}
  - {instruction: Turn this into a question., input: She left., output: Did she leave?}
  - {instruction: Correct the spelling of this word., input: recieve, output: receive}
"""


@dataclass(frozen=True)
class Shown:
    """An example as the script has it."""

    instruction: str
    input: str
    output: str


@dataclass(frozen=True)
class Said:
    """What a reply holds: subtasks with their examples, or examples, and in which way it is bad ("" if it is not).

    A part that a sound reader must leave out, the last example of a reply that was cut off, is not among them.
    """

    text: str
    finish: str = "stop"
    bad: str = ""
    subtasks: tuple[tuple[str, tuple[Shown, ...]], ...] = ()
    examples: tuple[Shown, ...] = ()


@dataclass(frozen=True)
class Script:
    """The model. form: the answer format of the domain. bad_share: of replies that are bad. poor: tasks that it knows
    no more than four examples of. barren: tasks that it knows no subtasks of. salt: another one is another model.
    """

    form: str = "numbered"
    bad_share: float = 0.0
    poor: frozenset[str] = frozenset()
    barren: frozenset[str] = frozenset()
    kinds: tuple[str, ...] = BAD
    salt: str = ""

    def said(self, texts: tuple[str, ...]) -> Said:
        """What is said to the messages with these contents."""
        request = texts[1]
        target = _found(r"^Target task: (.*)$", request)
        dice = random.Random(hashlib.sha256("\n\n".join((*texts, self.salt)).encode()).hexdigest())
        bad = dice.choice(self.kinds) if dice.random() < self.bad_share else ""
        if bad in ("empty", "prose"):
            return Said("" if bad == "empty" else PROSE, bad=bad)
        if "Existing subtasks of the target task: " in request and "apart into subtasks" in request:
            existing = json.loads(_found(r"^Existing subtasks of the target task: (.*)$", request))
            return self._of_subtasks(target, existing, int(_found(r"Think of (\d+) new ones", request)), bad)
        return self._of_examples(target, int(_found(r"Write (\d+) examples", request)), bad, dice)

    def _of_subtasks(self, target: str, existing: list[str], ask: int, bad: str) -> Said:
        wanted = [name for name in names(target) if name not in existing][:ask]
        if target in self.barren:
            wanted = [target]
        examples = [[example(f"{name} {number}") for number in range(2)] for name in wanted]
        if wanted and bad in ("punctuation", "repeat", "near"):
            other = existing[0] if existing else target
            wanted[0] = {"punctuation": "?!...", "repeat": other.upper() + ".", "near": other + " x"}[bad]
        if wanted and bad == "blocked":
            examples[0][0] = Shown("Draw a picture of this text.", "A house.", "It can't be done.")
        parts = [
            f"New subtask: {name}\nReason: People ask for {name}.\nExamples:\n{self.listed(own)}"
            for name, own in zip(wanted, examples, strict=True)
        ]
        text, finish = "\n\n".join(parts), "stop"
        if wanted and bad == "cut":
            text, finish = text[: text.rindex("Output:") + 10], "length"
            examples[-1].pop()
        subtasks = tuple((name, tuple(own)) for name, own in zip(wanted, examples, strict=True))
        return Said(text, finish, bad, subtasks=subtasks)

    def _of_examples(self, target: str, ask: int, bad: str, dice: random.Random) -> Said:
        words = [f"{target} {number}" for number in range(4)] if target in self.poor else []
        seeds = words or [f"{target} {dice.random()}" for _ in range(ask)]
        examples = [example(seed) for seed in seeds]
        if bad == "repeat" and len(examples) > 1:
            examples[1] = examples[0]
        if bad == "blocked":
            examples[0] = Shown("Draw a picture of this text.", "A house.", "It can't be done.")
        text, finish = self.listed(examples), "stop"
        if bad == "cut":
            text, finish = text[: text.rindex("Output:") + 10], "length"
            examples.pop()
        return Said(text, finish, bad, examples=tuple(examples))

    def listed(self, examples: list[Shown]) -> str:
        """Examples in the form of a reply."""
        lines = ["###"]
        for number, one in enumerate(examples, start=1):
            before = f"{number}. " if self.form == "numbered" else ""
            worked = f"Explanation: So it is.\nAnswer: $\\boxed{{{one.output}}}$"
            lines += [f"{before}Instruction: {one.instruction}", f"Input: {one.input or '<noinput>'}"]
            lines += [f"Output: {worked if self.form == 'latex' else one.output}", "###"]
        return "\n".join(lines)


class Scripted(Plan):
    """The plan of a server that answers by script."""

    script: Script = Script()

    def completion(self, texts: tuple[str, ...], _: str) -> tuple[str, str]:
        """What the script says."""
        said = self.script.said(texts)
        return said.text, said.finish


def names(target: str) -> list[str]:
    """The twelve subtasks of a task, as they are named one after another."""
    return [" ".join(word(f"{target}/{number}/{part}") for part in range(2)) for number in range(SUBTASKS)]


def example(seed: str) -> Shown:
    """An example that follows from a text; every third has no input."""
    some = [word(f"{seed}/{number}") for number in range(6)]
    given = "" if int(hashlib.sha256(seed.encode()).hexdigest(), 16) % 3 == 0 else f"{some[3]} {some[4]}"
    return Shown(f"Please turn {some[0]} into {some[1]} {some[2]}.", given, some[5])


def word(seed: str) -> str:
    """A word of four syllables that follows from a text; two texts hardly ever share one."""
    dice = random.Random(seed)
    return "".join(dice.choice(SYLLABLES) for _ in range(4))


def write_domain(folder: Path, form: str = "numbered", more: str = "") -> Path:
    """A domain's folder with a root that has five examples of its own."""
    folder.mkdir(parents=True)
    (folder / "domain.yaml").write_text(DOMAIN.replace("FORMAT", form) + more, "utf-8")
    (folder / "lookahead.txt").write_text("1. A subtask is a part of the target task.\n", "utf-8")
    (folder / "enrich.txt").write_text("1. An example is true to life.\n", "utf-8")
    return folder


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text, re.MULTILINE)
    assert found, (pattern, text)
    return found[1]
