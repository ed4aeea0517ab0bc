"""Tasks in the form of Super-NaturalInstructions, and how an instance of one is put to a model (spec D2, D3).

What Tk-Instruct's encoder writes before and after the parts ("Definition:", "Now complete the following example -")
is left out: those words would take a third of the 192 bytes the tiny model sees, and it meets none in training. The
definition stands where the instruction of training stands, the instance's input where the input does.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from stages.model.conversation import ended, worked
from stages.shared.errors import InputError
from stages.shared.files import explain, read_json

RENAMED = {"task121_atomic_question_rewriting": "task121_zest_question_rewriting"}
"""Tasks that are reported under another name than their file's (spec D1)."""


class Part(BaseModel):
    """A record of a task file; keys that are not needed here are left unread."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class Demonstration(Part):
    """A worked example: an input and a right (or wrong) output."""

    input: str
    output: str


class Instance(Part):
    """What a model is asked, and the answers that count as right; numbers among them become text."""

    id: str
    input: str
    output: list[str] = Field(min_length=1)

    @field_validator("output", mode="before")
    @classmethod
    def _texts(cls, output: object) -> object:
        return (
            [str(one) if isinstance(one, int | float) else one for one in output]
            if isinstance(output, list)
            else output
        )


class Task(Part):
    """A task file. The definition is a list in the final release and a plain text in early ones."""

    definition: list[str] = Field(alias="Definition", min_length=1)
    categories: list[str] = Field(alias="Categories", min_length=1)
    positive: list[Demonstration] = Field(alias="Positive Examples", default=[])
    negative: list[Demonstration] = Field(alias="Negative Examples", default=[])
    instances: list[Instance] = Field(alias="Instances")

    @field_validator("definition", mode="before")
    @classmethod
    def _list(cls, definition: object) -> object:
        return [definition] if isinstance(definition, str) else definition


def read_tasks(folder: Path, names: Collection[str] | None = None) -> Iterator[tuple[str, Task]]:
    """Yield name and content of each task file, by name; raise InputError for one that has another form.

    names: the tasks to read, by the names they are reported under, each of which must be there; None reads all.
    """
    files = {RENAMED.get(file.stem, file.stem): file for file in sorted(folder.glob("task*.json"))}
    if not files:
        raise InputError("task files named task*.json", "none", str(folder), "restore the folder from git")
    if missing := [name for name in names or () if name not in files]:
        raise InputError(
            f"the {len(names or ())} official test tasks",
            f"no file for {len(missing)} of them, such as {missing[0]}.json",
            str(folder),
            "point `reads` at the folder `tasks` of natural-instructions",
        )
    for name, file in files.items():
        if names is not None and name not in names:
            continue
        try:
            task = Task.model_validate(read_json(file))
        except ValidationError as error:
            raise InputError(
                "a task in the form of Super-NaturalInstructions", explain(error), str(file), "mend or restore the file"
            ) from error
        yield name, task


def category(task: Task) -> str:
    """The category a task is reported under: its first, in lower case, words joined by `_` (spec D1)."""
    return "_".join(task.categories[0].lower().split())


def instruction(
    definition: str,
    positive: Sequence[tuple[str, str]],
    negative: Sequence[tuple[str, str]],
    fits: Callable[[str], bool],
) -> str:
    """The definition, and after it the positive and then the negative examples (input, output) as long as all fits."""
    written = ended(definition)
    for number, block in enumerate(worked(positive, negative)):
        longer = f"{written}\n{block}\n" if number else f"{written}\n\n{block}\n"
        if not fits(longer):
            break
        written = longer
    return written
