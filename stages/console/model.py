"""`sauropod model`: one more model to measure that no run trains, or one less, with all lines that belong to it.

Such a model is a file of data/sources/models: of the hub or a folder, at an endpoint, or known by recorded answers.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from stages.console import blocks, pipeline
from stages.console.change import Change, carry_out, with_text
from stages.console.references import TRAINED
from stages.console.run import checked, measures_of, say, without
from stages.shared import params
from stages.shared.errors import InputError, ParamsError
from stages.shared.parts import check_id

DESCRIBED = "data/sources/models/{name}.yaml"
"""Where a model is described."""


def run(arguments: argparse.Namespace) -> None:
    """Work out the change, carry it out unless it is a dry run, and tell of it."""
    document = pipeline.document()
    change = removed(arguments.names, document) if arguments.action == "remove" else added(arguments, document)
    if not arguments.dry_run:
        carry_out(change)
    say(change, arguments)


def added(arguments: argparse.Namespace, document: Mapping[str, Any]) -> Change:
    """The change that adds a model and its measures, and its description where `--llm` says who answers.

    Raises InputError or ParamsError for what can't be: a name that is taken, a file that is not there.
    """
    name = check_id(arguments.name, "sauropod model add, NAME")
    if name in (document.get("models") or {}):
        where, remedy = f"params.yaml, key models.{name}", "choose another name, or remove that model first"
        raise InputError("a model that is not there yet", name, where, remedy)
    path, change = DESCRIBED.format(name=name), Change()
    if arguments.llm is not None:
        change.files[Path(path)] = described(arguments.llm, path, document)
    else:
        path = arguments.path or path
        if not Path(path).is_file() or path.startswith(f"{TRAINED}/"):
            remedy = (
                "describe the model there (kind: hub, folder, endpoint or recorded), or name it with --from or --llm"
            )
            raise InputError("the description of a model", f"no file {path}", "sauropod model add", remedy)
    new = {
        "models": {name: {"from": path}},
        "measures": measures_of(name, path, document, arguments.benchmarks),
    }
    pipeline.check()
    text, expected = params.PARAMS_FILE.read_text("utf-8"), dict(document)
    for section, found in new.items():
        for key, value in found.items():
            lines = [blocks.flow({key: value})[1:-1]] if section == "measures" else blocks.entry(key, value)
            text = blocks.added(text, section, lines)
        expected[section] = {**(document.get(section) or {}), **found}
    return checked(with_text(change, text), expected)


def described(llm: str, path: str, document: Mapping[str, Any]) -> str:
    """The description of a model that answers as `llm.models.LLM` does, whole: what DVC follows is this file.

    Raises ParamsError where params.yaml has no such entry, InputError where the file is there already.
    """
    known = (document.get("llm") or {}).get("models") or {}
    if llm not in known:
        names = ", ".join(known) or "none"
        raise ParamsError(f"one of llm.models ({names})", llm, "sauropod model add, --llm", "name one of them")
    if Path(path).exists():
        raise InputError("no description yet", f"the file {path}", "sauropod model add", "leave out --llm to use it")
    lines = [f"# Asked at an endpoint: what llm.models.{llm} said when this was written.", "kind: endpoint"]
    return "\n".join([*lines, *blocks.entry("llm", known[llm])]) + "\n"


def removed(names: Sequence[str], document: Mapping[str, Any]) -> Change:
    """The change that takes models out with their measures and what they made; their descriptions stay."""
    known = document.get("models") or {}
    own = [name for name, one in known.items() if not one["from"].startswith(f"{TRAINED}/")]
    for name in names:
        if name not in own:
            where, remedy = "sauropod model remove, NAME", "name one of them (`sauropod run remove` takes out a run)"
            raise InputError(
                f"a model of params.yaml that no run trains ({', '.join(own) or 'none'})", name, where, remedy
            )
    paths = {name: known[name]["from"] for name in names}
    measured = [
        key
        for key, one in (document.get("measures") or {}).items()
        if any(one["from"] == path and key == f"{name}-{one['benchmark']}" for name, path in paths.items())
    ]
    return without(document, {"models": names, "measures": measured})
