"""Reading params.yaml: each stage has a section of its own name, with no unknown and no missing keys."""

from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from stages.shared.errors import ParamsError
from stages.shared.files import explain, read_yaml

PARAMS_FILE = Path("params.yaml")


class Section(BaseModel):
    """A section of params.yaml; subclasses declare its keys without defaults, so the file says everything."""

    model_config = ConfigDict(frozen=True, extra="forbid")


SectionType = TypeVar("SectionType", bound=Section)


def read(key: str, section: type[SectionType], path: Path = PARAMS_FILE) -> SectionType:
    """Return the part of params.yaml under `key` (dots go deeper); raise ParamsError naming file and key."""
    try:
        return section.model_validate(value(key, path))
    except ValidationError as error:
        allowed = ", ".join(section.model_fields)
        raise ParamsError(
            f"the keys {allowed}", explain(error), f"{path}, section {key}", "add, remove or correct the key"
        ) from error


def value(key: str, path: Path = PARAMS_FILE) -> Any:
    """Return whatever params.yaml holds under `key` (dots go deeper); raise ParamsError where there is nothing."""
    if not path.exists():
        raise ParamsError("a file", "none", str(path), "run from the repository's root")
    found = read_yaml(path)
    for word in key.split("."):
        if not isinstance(found, dict) or word not in found:
            came = ", ".join(map(str, found)) if isinstance(found, dict) else repr(found)
            raise ParamsError(f"the key {word!r} of {key}", came, str(path), "add the key")
        found = found[word]
    return found
