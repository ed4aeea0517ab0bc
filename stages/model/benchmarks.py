"""What a model is asked: the instances of a benchmark, chosen the same way for every model."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from stages.model import questionnaires, superni
from stages.model.conversation import ended
from stages.model.decoding import Decode
from stages.model.holdout import is_held_out, rank
from stages.model.item import Item
from stages.shared import params
from stages.shared.errors import InputError, ParamsError
from stages.shared.files import batches
from stages.shared.ledger import Ledger
from stages.shared.params import Section
from stages.shared.sources import Sources

COLUMNS = ("instance_id", "task_id", "part", "origin", "taskname", "instruction", "input", "output")

CONVERSATION = "conversation"
"""Why a held-out instance is not asked: more is said in it than a question and its answer."""


class TokenizerFile(Section):
    """A tokenizer.json that scores are counted with, by path and SHA-256."""

    path: str
    sha256: str


class Superni(Section):
    """A benchmark of task files. per_task: the first so many instances of each (100 in the official evaluation).

    positive_examples, negative_examples: how many are shown after the definition at most, as far as they fit (0 and 0:
    the definition alone). official: ask exactly the 119 tasks of the official test, of whatever else is in the folder.
    track: `xlingual` counts ROUGE in the tokens of `tokenizer` (GPT-2's; spec D1). decode: instead of `predict.decode`.
    """

    kind: Literal["superni"]
    per_task: int = Field(gt=0)
    positive_examples: int = Field(ge=0)
    negative_examples: int = Field(default=0, ge=0)
    official: bool = False
    track: Literal["default", "xlingual"] = "default"
    tokenizer: TokenizerFile | None = None
    decode: Decode | None = None

    @model_validator(mode="after")
    def _tokens(self) -> Self:
        if (self.track == "xlingual") != (self.tokenizer is not None):
            raise ValueError("the track xlingual needs a tokenizer (path, sha256), and default takes none")
        return self


class Holdout(Section):
    """A benchmark of instances that no run is trained on. share: of all instances; per_part: asked of each part."""

    kind: Literal["holdout"]
    share: float = Field(ge=0, lt=1)
    per_part: int = Field(gt=0)
    decode: Decode | None = None


class UserInstructions(Section):
    """The 252 user-oriented instructions (spec E1)."""

    kind: Literal["user-instructions"]
    decode: Decode | None = None


class Math(Section):
    """Questions of MATH (spec B8). preface: said before each question."""

    kind: Literal["math"]
    preface: str = ""
    decode: Decode | None = None


class BelleEn(Section):
    """The 468 open questions of BELLE in English (spec B8), not shipped. sha256: of the file."""

    kind: Literal["belle-en"]
    sha256: str
    decode: Decode | None = None


Benchmark = Superni | Holdout | UserInstructions | Math | BelleEn

KINDS: dict[str, type[Benchmark]] = {
    "superni": Superni,
    "holdout": Holdout,
    "user-instructions": UserInstructions,
    "math": Math,
    "belle-en": BelleEn,
}

UNREFERENCED = (BelleEn,)
"""The kinds of which questions may lack a reference: their answers are there to be judged."""


def read_benchmark(name: str) -> Benchmark:
    """The benchmark that params.yaml has under `benchmarks.NAME`; raise ParamsError for an unknown kind."""
    kind = params.value(f"benchmarks.{name}.kind")
    if kind not in KINDS:
        raise ParamsError(
            f"one of {', '.join(KINDS)}", repr(kind), f"params.yaml, key benchmarks.{name}.kind", "correct it"
        )
    return params.read(f"benchmarks.{name}", KINDS[kind])


def superni_items(folder: Path, settings: Superni, sources: Sources, ledger: Ledger) -> Iterator[Item]:
    """The first instances of each task, task by task; raise InputError for a task whose sources nobody named."""
    names = sources.official if settings.official else None
    for name, task in superni.read_tasks(folder, names):
        if name not in sources.tasks:
            raise InputError(
                f"the sources of {name} in the table for {sources.benchmark}",
                "no such line",
                str(folder / f"{name}.json"),
                "add the hub datasets its texts are in ([] for none), else a model may be tested on what it learned",
            )
        positive = tuple((one.input, one.output) for one in task.positive)
        negative = tuple((one.input, one.output) for one in task.negative)
        for number, one in enumerate(task.instances):
            ledger.read("instances")
            if number >= settings.per_task:
                ledger.drop("instances", one.id, "per-task-cap", name)
                continue
            ledger.keep("instances")
            yield Item(
                id=one.id,
                task=name,
                instruction=ended(task.definition[0]),
                input=one.input,
                references=tuple(one.output),
                category=superni.category(task),
                examples=positive[: settings.positive_examples],
                negative=negative[: settings.negative_examples],
                demonstration=positive[0][1] if positive else "",
            )


def holdout_items(dataset: Path, settings: Holdout, sources: Sources, ledger: Ledger) -> Iterator[Item]:
    """The held-out instances of each part, lowest hash first, so that a part's sample stays when others join.

    What comes from the sources of the test tasks is left out here as in training: it would measure another thing. So
    are conversations of several turns, whose last answer is none to their first question.
    """
    for path in sorted(dataset.glob("*.parquet")):
        found = []
        for row, several in _turned(path):
            if not is_held_out(row["instance_id"], settings.share):
                continue
            ledger.read("instances")
            if several:
                ledger.drop("instances", row["instance_id"], CONVERSATION, row["origin"])
            elif sources.made(row):
                ledger.drop("instances", row["instance_id"], "benchmark-source", row["origin"])
            elif not row["output"].strip():
                ledger.drop("instances", row["instance_id"], "empty-output", row["origin"])
            else:
                found.append(row)
        found.sort(key=lambda row: (rank(row["instance_id"]), row["instance_id"]))
        for row in found[settings.per_part :]:
            ledger.drop("instances", row["instance_id"], "per-part-cap", row["part"])
        for row in found[: settings.per_part]:
            ledger.keep("instances")
            yield Item(
                id=row["instance_id"],
                task=row["task_id"],
                instruction=row["instruction"],
                input=row["input"],
                references=(row["output"],),
                part=row["part"],
            )


def _turned(path: Path) -> Iterator[tuple[dict[str, Any], bool]]:
    """The rows of a shard, each with whether it is a conversation of several turns; what is said in it stays unread."""
    for batch in batches(path, (*COLUMNS, "messages")):
        several = batch.column("messages").is_valid().to_pylist()
        yield from zip(batch.select(COLUMNS).to_pylist(), several, strict=True)


def items(settings: Benchmark, data: Path, sources: Sources, ledger: Ledger) -> list[Item]:
    """All that a model is asked.

    Raises InputError where that is nothing, where two questions have one id, and where one lacks a reference of a kind
    that is measured by them.
    """
    found = list(_read(settings, data, sources, ledger))
    if not found:
        raise InputError(
            f"at least one instance of {settings.kind}", "none", str(data), "raise its share, or take the measure out"
        )
    seen = set()
    for one in found:
        if one.id in seen:
            raise InputError("each question once", f"the id {one.id} twice", str(data), "take one of them out")
        if not one.references and not isinstance(settings, UNREFERENCED):
            remedy = "add its reference answer, or take the question out"
            raise InputError("a reference for each question", f"none for {one.id}", str(data), remedy)
        seen.add(one.id)
    return found


def _read(settings: Benchmark, data: Path, sources: Sources, ledger: Ledger) -> Iterator[Item]:
    if isinstance(settings, Superni):
        yield from superni_items(data, settings, sources, ledger)
        return
    if isinstance(settings, Holdout):
        yield from holdout_items(data, settings, sources, ledger)
        return
    if isinstance(settings, UserInstructions):
        found = questionnaires.user_items(data)
    elif isinstance(settings, Math):
        found = questionnaires.math_items(data, settings.preface)
    else:
        found = questionnaires.belle_items(data, settings.sha256)
    for one in found:
        ledger.read("instances")
        ledger.keep("instances")
        yield one
