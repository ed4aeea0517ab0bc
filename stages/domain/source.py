"""What a domain is: its folder data/sources/domains/<domain>/ with domain.yaml and the texts of its prompts.

A new domain is a new folder; nothing of it is code.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, ValidationError

from stages.domain.tree import Example, Node, Tree, free_id
from stages.shared import files
from stages.shared.errors import InputError
from stages.shared.params import Section, SectionType
from stages.shared.parts import check_id

DESCRIPTION = "domain.yaml"
HUMAN = "human"
"""The generator of what no model wrote."""

Text = Annotated[str, StringConstraints(min_length=1)]


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


class Domain(Section):
    """A domain as its domain.yaml describes it.

    id: the name of its folder. name: the root's name, in words. description: what the domain is about, for prompts and
    cards. language: of what a model shall write, as a code; prompts name it. license, terms: of the instances.
    answer_format: `numbered`, `plain` or `latex`, how a reply lists its examples (spec B3). examples: of the root.
    subtasks: the seed tree below it. demonstrations: how many examples a prompt shows. settings: what is other than in
    params.yaml for this domain, by section (`explore: {max_depth: 0}`).
    """

    id: str
    name: Text
    description: Text
    language: Text = "en"
    license: str
    terms: str = ""
    answer_format: Literal["numbered", "plain", "latex"]
    examples: tuple[SeedExample, ...] = ()
    subtasks: tuple[SeedTask, ...] = ()
    demonstrations: Annotated[int, Field(ge=0)] = 2
    settings: dict[str, dict[str, Any]] = Field(default_factory=dict)

    @property
    def part(self) -> str:
        """The id of the part that this domain becomes."""
        return f"domain/{self.id}"

    def seed(self) -> Tree:
        """The tree to start from: the root and the seed tasks with their examples."""
        root = SeedTask(name=self.name, reason=self.description, examples=self.examples, subtasks=self.subtasks)
        tree = Tree(self.id)
        waiting: list[tuple[SeedTask, str | None, int]] = [(root, None, 0)]
        while waiting:
            task, parent, depth = waiting.pop(0)
            node = Node(
                task_name=free_id(task.name, tree),
                raw_task_name=task.name,
                parent=parent,
                depth=depth,
                reason=task.reason,
                examples=tuple(
                    Example(**one.model_dump(), number=number, generator=HUMAN)
                    for number, one in enumerate(task.examples)
                ),
            )
            tree.add(node)
            waiting += [(below, node.task_name, depth + 1) for below in task.subtasks]
        return tree

    def settled(self, section: str, params: SectionType) -> SectionType:
        """A section of params.yaml with what this domain sets otherwise; raise InputError for a key it doesn't have."""
        changed = {**params.model_dump(), **self.settings.get(section, {})}
        try:
            return type(params).model_validate(changed)
        except ValidationError as error:
            raise InputError(
                f"keys and values of the section {section} of params.yaml",
                files.explain(error),
                f"data/sources/domains/{self.id}/{DESCRIPTION}, key settings.{section}",
                "correct it",
            ) from error


def read_domain(folder: Path) -> Domain:
    """Read a domain's folder; raise InputError naming file and key where its description is missing or incomplete."""
    path = folder / DESCRIPTION
    if not path.is_file():
        raise InputError("the description of a domain", "none", str(path), "write it, or name another domain")
    found = files.read_yaml(path)
    check_id(folder.name, str(folder))
    try:
        return Domain.model_validate({**found, "id": folder.name} if isinstance(found, dict) else found)
    except ValidationError as error:
        keys = ", ".join(name for name in Domain.model_fields if name != "id")
        raise InputError(
            f"the description of a domain ({keys})", files.explain(error), str(path), "correct the key"
        ) from error
