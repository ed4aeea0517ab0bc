"""Named settings of the papers: the runs behind a row of a table, described in data/sources/settings.

A setting says what it is, which figure it stands beside, and what of it is our choice. The model that its first runs
start from is named in words, since it is the user's to have: `sauropod run add --setting NAME --init FILE`.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from stages.model.runs import Run, named
from stages.shared.errors import InputError, ParamsError
from stages.shared.files import explain, read_yaml
from stages.shared.records import Frozen

SETTINGS = Path("data/sources/settings")


class Setting(Frozen):
    """A file of data/sources/settings.

    name: the file's. what: what is trained on. figure: the table it stands beside, with its numbers. ours: what is our
    choice, since it is not published. base: the model in words. recipe: one of `recipes`. first: what to do by hand
    before its parts can join. runs: the entries of `runs`, in order; one without `init` starts from the base.
    """

    name: str
    what: str = Field(min_length=1)
    figure: str = Field(min_length=1)
    ours: str = Field(min_length=1)
    base: str = Field(min_length=1)
    recipe: str = Field(min_length=1)
    first: list[str]
    runs: dict[str, dict[str, Any]] = Field(min_length=1)


def read_setting(name: str) -> Setting:
    """The setting of a name; raise InputError where there is none, or its file is of another form."""
    path = SETTINGS / f"{name}.yaml"
    if not path.is_file():
        there = ", ".join(sorted(file.stem for file in SETTINGS.glob("*.yaml"))) or "none"
        raise InputError(f"a setting ({there})", name, "sauropod run add, --setting", "name one of them")
    try:
        found = Setting.model_validate(read_yaml(path))
        for run in found.runs.values():
            Run.model_validate({"init": "", "recipe": found.recipe, **run})
    except ValidationError as error:
        keys = ", ".join(Setting.model_fields)
        raise InputError(f"a setting with {keys}", explain(error), str(path), "mend the file") from error
    if found.name != name:
        raise InputError(f"the name {name}", found.name, f"{path}, key name", "name it as the file")
    return found


def runs_of(setting: Setting, init: str | None, recipe: str | None, joined: Sequence[str]) -> dict[str, Any]:
    """The entries of `runs` that a setting makes.

    init: the description of the model that its first runs start from. recipe: of all of them, None for none (where
    params.yaml has no recipes). joined: the parts of the dataset. Raises InputError where no model is named, and
    ParamsError with the commands to run first where parts are missing.
    """
    where = f"sauropod run add, --setting {setting.name}"
    missing = [part for part in parts_of(setting) if part not in joined]
    if missing:
        commands = " && ".join(f"sauropod grow {grown(part)}" for part in missing)
        first = f"first {'; '.join(setting.first)}; then run" if setting.first else "first run"
        raise ParamsError(
            f"{', '.join(missing)} among the parts of the dataset",
            ", ".join(joined) or "none",
            where,
            f"{first} `{commands}`",
        )
    if init is None:
        remedy = "describe the model in a file of data/sources/models and name it with --init"
        raise InputError(f"the model that it starts from ({setting.base})", "none", where, remedy)
    found = {}
    for name, run in setting.runs.items():
        keys = {"init": run.get("init", init), "parts": run["parts"]}
        found[name] = {**keys, **({"recipe": recipe} if recipe else {}), **run}
    return found


def parts_of(setting: Setting) -> list[str]:
    """The parts that a setting's runs name, each once, in their order."""
    return list(dict.fromkeys(part for run in setting.runs.values() for part in named(run["parts"])))


def grown(part: str) -> str:
    """How `sauropod grow` is told to let a part join."""
    kind, _, id = part.partition("/")
    return {"hub": id}.get(kind, f"--{kind} {id}")


def told(setting: Setting) -> Mapping[str, str]:
    """What to tell of a setting that was added, by word."""
    return {"what": setting.what, "beside": setting.figure, "our choice": setting.ours, "base": setting.base}
