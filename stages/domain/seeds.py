"""What people wrote for a domain: seed examples and tasks, and the files that hold them in the domain's folder.

A file of seeds is JSON Lines, a row with its instruction, perhaps an input and an output, or with `instances` as
Self-Instruct writes them. A curated folder holds task files in the form of Super-NaturalInstructions (spec D3).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from stages.domain.grammar import Written
from stages.shared import files
from stages.shared.errors import InputError
from stages.shared.params import Section
from stages.shared.text import whole

HUMAN = "human"
"""The generator of what no model wrote."""

Text = Annotated[str, StringConstraints(min_length=1)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class SeedExample(Section):
    """An example written by hand; `input` may be left out."""

    instruction: Text
    input: str = ""
    output: Text


class SeedTask(Section):
    """A task of the seed tree: its name, why it is one, examples, and the tasks it is made of."""

    name: Text
    reason: str = ""
    examples: tuple[SeedExample, ...] = ()
    subtasks: tuple["SeedTask", ...] = ()


class _Row(BaseModel):
    """A record of a file that others made; keys that are not needed are left unread."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", populate_by_name=True)


class _Instance(_Row):
    """An input with its output."""

    input: str = ""
    output: str = ""


class _Seed(_Instance):
    """A seed: an instruction alone, with its input and output, or with several of them."""

    instruction: Words
    instances: Annotated[tuple[_Instance, ...], Field(min_length=1)] | None = None


class _Solved(_Row):
    """What a task is asked about, and the outputs that are right; numbers among them become text."""

    input: str
    output: Annotated[list[str], Field(min_length=1)]

    @field_validator("output", mode="before")
    @classmethod
    def _texts(cls, output: object) -> object:
        if not isinstance(output, list):
            return output
        return [str(one) if isinstance(one, int | float) and not isinstance(one, bool) else one for one in output]


class _Curated(_Row):
    """A task file. The definition is a list in the final release and a plain text in early ones."""

    definition: Annotated[list[Words], Field(alias="Definition", min_length=1)]
    categories: list[str] = Field(alias="Categories", default=[])
    instances: Annotated[list[_Solved], Field(alias="Instances", min_length=1)]

    @field_validator("definition", mode="before")
    @classmethod
    def _list(cls, definition: object) -> object:
        return [definition] if isinstance(definition, str) else definition


def read_seeds(path: Path) -> list[Written]:
    """The examples of a file of seeds, in its order; the output of one that is an instruction alone is "".

    Raises InputError naming file and line where a row is no seed, and for a file without any.
    """
    if not path.is_file():
        raise InputError("the file of seeds that the domain names", "none", str(path), "add it, or correct the key")
    found: list[Written] = []
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                found += _seeds(line, f"{path}, line {number}")
    if not found:
        raise InputError("at least one seed", "an empty file", str(path), "add seeds, or leave the key out")
    return found


def read_curated(folder: Path) -> Iterator[tuple[str, str, list[Written]]]:
    """Yield name, category and examples of each task file of a folder (*.json), by name.

    The instruction is the definition's first text, the output the first of those that count as right. Raises
    InputError naming the file that is no task, and for a folder without any.
    """
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise InputError("task files named *.json", "none", str(folder), "add them, or correct the key `curated`")
    for path in paths:
        try:
            task = _Curated.model_validate(whole(files.read_json(path)))
        except ValidationError as error:
            raise InputError(
                "a task in the form of Super-NaturalInstructions", files.explain(error), str(path), "mend the file"
            ) from error
        instruction = task.definition[0]
        examples = [Written(instruction, one.input.strip(), one.output[0].strip()) for one in task.instances]
        yield path.stem, next(iter(task.categories), ""), examples


def _seeds(line: bytes, where: str) -> list[Written]:
    """The examples of a row."""
    try:
        seed = _Seed.model_validate_json(line)
    except ValidationError as error:
        raise InputError(
            "a JSON object with `instruction`, and `input` and `output` or `instances` where there are any",
            files.explain(error),
            where,
            "mend the row",
        ) from error
    instances = (seed,) if seed.instances is None else seed.instances
    return [Written(seed.instruction, one.input.strip(), one.output.strip()) for one in instances]
