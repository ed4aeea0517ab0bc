"""Benchmarks that come as one file with a question a line: the 252 user instructions, MATH, BELLE (spec B8, E1)."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from stages.model.item import Item
from stages.shared.errors import InputError
from stages.shared.fetched import hash_of
from stages.shared.files import read_jsonl

REMEDY = "restore the file from git, or fetch it again"
"""What to do about a line that is none: nobody here wrote these files."""


class Line(BaseModel):
    """A line of such a file; keys that are not needed here are left unread."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Pair(Line):
    """The input of a user-oriented instruction ("" for none), and the answer that its author wrote."""

    input: str
    output: str


class UserTask(Line):
    """A user-oriented instruction of Self-Instruct (spec E1). motivation_app: the application that it was made for."""

    id: str
    motivation_app: str
    instruction: str
    instances: list[Pair] = Field(min_length=1, max_length=1)


class Asking(Line):
    """A question of Explore-Instruct's two sets (spec B8). level, type: of MATH alone. std_answer: "" for none."""

    question: str
    std_answer: str
    kind: str = Field(alias="class")
    question_id: str
    level: str = ""
    type: str = ""


def user_items(path: Path) -> Iterator[Item]:
    """The user-oriented instructions, each reported under the application that it was made for."""
    for one in read_jsonl(path, UserTask, REMEDY):
        pair = one.instances[0]
        yield Item(one.id, one.motivation_app, one.instruction, pair.input, _references(pair.output))


def math_items(path: Path, preface: str) -> Iterator[Item]:
    """The questions of MATH: the subject is the task, the level the category; the reference is the whole solution."""
    for one in read_jsonl(path, Asking, REMEDY):
        yield Item(one.question_id, one.type, preface + one.question, "", _references(one.std_answer), one.level)


def belle_items(path: Path, sha256: str) -> Iterator[Item]:
    """The open questions of BELLE, each reported under its class; many have no reference.

    Raises InputError where the file is another one than described: it is not shipped.
    """
    if (found := hash_of(path)) != sha256.lower():
        raise InputError(f"SHA-256 {sha256}", found, str(path), "get the file that was described, or describe this one")
    for one in read_jsonl(path, Asking, REMEDY):
        yield Item(one.question_id, one.kind, one.question, "", _references(one.std_answer))


def _references(answer: str) -> tuple[str, ...]:
    return (answer,) if answer.strip() else ()
