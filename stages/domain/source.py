"""What a domain is: its folder data/sources/domains/<domain>/ with domain.yaml and the texts of its prompts.

A new domain is a new folder; nothing of it is code.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr, StringConstraints, ValidationError, model_validator

from stages.domain import original, seeds
from stages.domain.grammar import Written
from stages.domain.seeds import HUMAN, SeedExample, SeedTask, Text
from stages.domain.tree import Example, Node, Tree, free_id
from stages.shared import files
from stages.shared.errors import InputError
from stages.shared.params import Section, SectionType
from stages.shared.parts import check_id

DESCRIPTION = "domain.yaml"

Inside = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*/?$")]
"""The name of a file or folder in the domain's own folder."""


class Domain(Section):
    """A domain as its domain.yaml describes it.

    id: the name of its folder. name: the root's name, in words. description: what the domain is about, for prompts and
    cards. language: of what a model shall write, as a code; prompts name it. license: of the instances; terms: what
    binds them beside it, where that is not just what comes with the model that wrote them.
    answer_format: `numbered`, `plain` or `latex`, how a reply lists its examples (spec B3). examples: of the root.
    subtasks: the seed tree below it. demonstrations: how many examples a prompt shows. settings: what is other than in
    params.yaml for this domain, by section (`explore: {max_depth: 0}`).

    Three more ways to begin, each a file or folder beside domain.yaml. seeds: JSON Lines of a seed corpus, whose rows
    become examples of the root; one without an output can be shown in prompts and is no instance. curated: a folder of
    task files in the form of Super-NaturalInstructions, each a task below the root. imported: a tree in the original's
    folder form, which stands for the whole seed tree; imported_generator: who wrote its examples.
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
    seeds: Inside | None = None
    curated: Inside | None = None
    imported: Inside | None = None
    imported_generator: str = ""
    settings: dict[str, dict[str, Any]] = Field(default_factory=dict)
    _folder: Path = PrivateAttr(default_factory=Path)

    @model_validator(mode="after")
    def _begins_in_one_way(self) -> "Domain":
        """An imported tree has its own root and examples, and somebody wrote them."""
        if self.imported is not None and (self.examples or self.subtasks or self.seeds or self.curated):
            raise ValueError("an imported tree stands alone: leave out examples, subtasks, seeds and curated")
        if (self.imported is None) != (not self.imported_generator):
            raise ValueError("imported and imported_generator go together")
        return self

    @property
    def part(self) -> str:
        """The id of the part that this domain becomes."""
        return f"domain/{self.id}"

    @property
    def revision(self) -> str:
        """The SHA-256 of domain.yaml, or where it names seeds, task files or a tree, of all these files with names."""
        own = [self._folder / name for name in (self.seeds, self.curated, self.imported) if name is not None]
        inside = [path for one in own for path in (one.rglob("*") if one.is_dir() else [one]) if path.is_file()]
        hashes = {path.relative_to(self._folder).as_posix(): _sha256(path) for path in sorted(inside)}
        described = _sha256(self._folder / DESCRIPTION)
        listed = "".join(f"{name}\0{hash}\n" for name, hash in {DESCRIPTION: described, **hashes}.items())
        return hashlib.sha256(listed.encode()).hexdigest() if hashes else described

    def seed(self) -> Tree:
        """The tree to start from: the root and the tasks below it with their examples.

        Raises InputError where a file or folder that the domain names is missing or can't be read.
        """
        if self.imported is not None:
            return original.read(self._folder / self.imported, self.id, self.imported_generator)
        root = SeedTask(name=self.name, reason=self.description, examples=self.examples, subtasks=self.subtasks)
        tree = Tree(self.id)
        waiting: list[tuple[SeedTask, str | None]] = [(root, None)]
        while waiting:
            task, parent = waiting.pop(0)
            written = [Written(one.instruction, one.input, one.output) for one in task.examples]
            if parent is None and self.seeds is not None:
                written += seeds.read_seeds(self._folder / self.seeds)
            node = _node(tree, task.name, task.reason, written, parent)
            waiting += [(below, node.task_name) for below in task.subtasks]
        if self.curated is not None:
            for name, category, written in seeds.read_curated(self._folder / self.curated):
                _node(tree, name, category, written, tree.root.task_name)
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
                f"{self._folder / DESCRIPTION}, key settings.{section}",
                "correct it",
            ) from error


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _node(tree: Tree, name: str, reason: str, written: Sequence[Written], parent: str | None) -> Node:
    """Add a node with examples that people wrote, and return it; raise InputError for a name without a word."""
    task_name = free_id(name, tree)
    if not task_name:
        raise InputError("the name of a task, with a letter or digit", repr(name), f"domain {tree.domain}", "name it")
    node = Node(
        task_name=task_name,
        raw_task_name=name,
        parent=parent,
        depth=0 if parent is None else tree[parent].depth + 1,
        reason=reason,
        examples=tuple(
            Example(instruction=one.instruction, input=one.input, output=one.output, number=number, generator=HUMAN)
            for number, one in enumerate(written)
        ),
    )
    tree.add(node)
    return node


def read_domain(folder: Path) -> Domain:
    """Read a domain's folder; raise InputError naming file and key where its description is missing or incomplete."""
    path = folder / DESCRIPTION
    if not path.is_file():
        raise InputError("the description of a domain", "none", str(path), "write it, or name another domain")
    found = files.read_yaml(path)
    check_id(folder.name, str(folder))
    try:
        domain = Domain.model_validate({**found, "id": folder.name} if isinstance(found, dict) else found)
    except ValidationError as error:
        keys = ", ".join(name for name in Domain.model_fields if name != "id")
        raise InputError(
            f"the description of a domain ({keys})", files.explain(error), str(path), "correct the key"
        ) from error
    domain._folder = folder  # a private attribute: no dump, and so no output, holds a machine's path
    return domain
