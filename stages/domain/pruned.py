"""What pruning found: pruned.json, which says of each pruned node why; sampling leaves these nodes out."""

from pathlib import Path

from pydantic import ValidationError

from stages.domain.tree import Tree
from stages.shared import files
from stages.shared.errors import InputError
from stages.shared.records import Frozen


class Verdict(Frozen):
    """Why a node is pruned: its name is too like that of the kept node `like`, or it is below the pruned node `below`.

    score: the ROUGE-L of the two names.
    """

    score: float | None = None
    like: str | None = None
    below: str | None = None


class Pruned(Frozen):
    """The pruned nodes of a domain's tree by their ids, in level order."""

    domain: str
    pruned: dict[str, Verdict]


def write_pruned(path: Path, found: Pruned) -> None:
    """Write pruned.json."""
    files.write_json(path, found.model_dump(mode="json", exclude_none=True))


def read_pruned(path: Path, tree: Tree) -> Pruned:
    """Read the pruned.json of a tree; raise InputError naming the key where it is none, or the node it doesn't have."""
    remedy = "run the stage that writes it again"
    try:
        found = Pruned.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise InputError("the pruned nodes of a domain", files.explain(error), str(path), remedy) from error
    strange = [task_name for task_name in found.pruned if task_name not in tree]
    if strange:
        raise InputError(f"nodes of the tree of {tree.domain}", repr(strange[0]), str(path), remedy)
    return found
