"""A model as far as it is measured: loaded here, asked at an endpoint, or known by the answers it once gave."""

from pathlib import Path
from typing import Literal

from pydantic import ValidationError, field_validator

from stages.shared.errors import InputError
from stages.shared.files import explain, read_yaml
from stages.shared.llm.seam import FREE, ModelParams
from stages.shared.records import Frozen


class Endpoint(Frozen):
    """A model that is asked through the seam (stages/shared/llm). llm: what an entry of `llm.models` says.

    It stands here whole, so that whatever changes its answers changes the file that its measures depend on.
    """

    kind: Literal["endpoint"]
    llm: ModelParams

    @field_validator("llm")
    @classmethod
    def _asked(cls, llm: ModelParams) -> ModelParams:
        if llm.provider in FREE:
            raise ValueError(f"a provider that asks a model, so none of {', '.join(FREE)}")
        return llm


class Recorded(Frozen):
    """A model known by its answers: a JSON Lines file of `id` and `answer`, a line for each question of a benchmark.

    path: from the root of the repository, or absolute. sha256: of the file, which DVC follows through this one.
    """

    kind: Literal["recorded"]
    path: str
    sha256: str


KINDS: dict[str, type[Endpoint] | type[Recorded]] = {"endpoint": Endpoint, "recorded": Recorded}


def read_measured(path: Path) -> Endpoint | Recorded | None:
    """What a model's description says, None where the model is one to be loaded (spec.py, opening.py)."""
    if path.is_dir():
        return None
    found = read_yaml(path)
    kind = KINDS.get(found.get("kind", "")) if isinstance(found, dict) else None
    if kind is None:
        return None
    try:
        return kind.model_validate(found)
    except ValidationError as error:
        raise InputError("a description of a model", explain(error), str(path), "mend the file") from error
