"""`sauropod run`: one more run to train and measure, or one less, with all lines that belong to it.

A run is an entry of `runs` in params.yaml, its model one of `models`, and the model on each benchmark one of
`measures`; summarize has a written line for each measure in dvc.yaml.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from stages.console import blocks, pipeline
from stages.console.change import Change, carry_out, lock_without, made_by, with_text
from stages.console.references import TRAINED
from stages.console.settings import read_setting, runs_of, told
from stages.model.runs import ALL, pieces
from stages.shared import params, parts
from stages.shared.errors import InputError, ParamsError
from stages.shared.parts import check_id

READS = {
    "superni": "data/sources/benchmarks/superni",
    "holdout": "data/dataset",
    "user-instructions": "data/sources/benchmarks/user-instructions/user_oriented_instructions.jsonl",
    "math": "data/sources/benchmarks/math/MATH_eval_set_sample.jsonl",
    "belle-en": "data/benchmarks/en_eval_set.jsonl",
}
"""Where the data of a kind of benchmark is; what is not shipped is to be put there."""

INIT, RECIPE = "data/sources/models/tiny.yaml", "tiny"
"""What a run starts from and is trained with where the command doesn't say."""


def run(arguments: argparse.Namespace) -> None:
    """Work out the change, carry it out unless it is a dry run, and tell of it."""
    if arguments.action == "remove":
        change = removed(arguments.name)
    else:
        document = pipeline.document()
        change = added(wanted(arguments, document), document, arguments.benchmarks)
        if arguments.setting:
            change.notes += [f"{word}: {text}" for word, text in told(read_setting(arguments.setting)).items()]
    if not arguments.dry_run:
        carry_out(change)
    say(change, arguments)


def wanted(arguments: argparse.Namespace, document: Mapping[str, Any]) -> dict[str, Any]:
    """The entries of `runs` that `run add` asks for: one, or those of a setting."""
    beside = [arguments.name, arguments.parts, arguments.replay]
    if arguments.setting:
        if any(one is not None for one in beside):
            remedy = "leave NAME, --parts and --replay to the setting"
            raise InputError("--setting alone", "what it says itself beside it", "sauropod run add, --setting", remedy)
        setting = read_setting(arguments.setting)
        recipe = (arguments.recipe or setting.recipe) if "recipes" in document else None
        return runs_of(setting, arguments.init, recipe, [str(part) for part in parts.read()])
    if arguments.name is None or arguments.parts is None:
        remedy = "name the run and what it takes (sauropod run add NAME --parts ...), or a setting"
        raise InputError("a name and --parts", "less", "sauropod run add", remedy)
    return {arguments.name: described_by(arguments, document)}


def described_by(arguments: argparse.Namespace, document: Mapping[str, Any]) -> dict[str, Any]:
    """The entry of `runs` that the options of `run add` ask for."""
    runs = document.get("runs") or {}
    init = arguments.init or INIT
    earlier = runs.get(init.removeprefix(f"{TRAINED}/"))
    found: dict[str, Any] = {
        "init": f"{TRAINED}/{init}" if init in runs else init,
        "parts": listed(arguments.parts),
    }
    recipe = arguments.recipe or (earlier or {}).get("recipe") or (RECIPE if "recipes" in document else None)
    if recipe:
        found["recipe"] = recipe
    if arguments.replay:
        found["replay"] = {"strategy": arguments.replay}
    return found


def listed(words: Sequence[str]) -> str | list[Any]:
    """What `--parts` says: `all`, or parts, each with what is taken of it behind it (`,tasks=1/3,most=9`)."""
    if list(words) == [ALL]:
        return ALL
    found: list[Any] = []
    for word in words:
        part, *pairs = word.split(",")
        keys = dict(pair.partition("=")[::2] for pair in pairs)
        found.append({"part": part, **{key: _number(value) for key, value in keys.items()}} if keys else part)
    return found


def added(runs: Mapping[str, Any], document: Mapping[str, Any], benchmarks: Sequence[str] | None = None) -> Change:
    """The change that adds runs, in their order, with their models and measures.

    document: params.yaml as it is. benchmarks: what the models are measured on; where none are named, what other runs
    are measured on. Raises ParamsError for what can't be: a name that is taken, a part that is not there, an unknown
    recipe.
    """
    pipeline.check()
    known = {**(document.get("runs") or {})}
    joined = [str(part) for part in parts.read()]
    text = params.PARAMS_FILE.read_text("utf-8")
    expected = {key: dict(document.get(key) or {}) for key in ("runs", "models", "measures")}
    for name, described in runs.items():
        check(name, described, known, joined, document)
        known[name] = described
        own = entries(name, described, document, benchmarks)
        for section, found in own.items():
            for key, value in found.items():
                lines = blocks.entry(key, value) if section != "measures" else [blocks.flow({key: value})[1:-1]]
                text = blocks.added(text, section, lines)
            expected[section].update(found)
    return checked(with_text(Change(), text), {**document, **expected})


def check(
    name: str,
    described: Mapping[str, Any],
    known: Mapping[str, Any],
    joined: Sequence[str],
    document: Mapping[str, Any],
) -> None:
    """Raise for a run that can't be added beside the known ones: InputError for its name, ParamsError for its keys."""
    where = f"params.yaml, key runs.{name}"
    check_id(name, "sauropod run add, NAME")
    if name in known or name in (document.get("models") or {}):
        raise InputError("a run that is not there yet", name, where, "choose another name, or remove that run first")
    init = described["init"]
    if init not in [f"{TRAINED}/{run}" for run in known] and not Path(init).is_file():
        runs = ", ".join(known) or "none"
        raise ParamsError(f"a run ({runs}) or a model's description", repr(init), f"{where}.init", "name one")
    pieces(name, described["parts"], joined)
    recipe, recipes = described.get("recipe"), document.get("recipes") or {}
    if recipe is not None and recipe not in recipes:
        names = ", ".join(recipes) or "none"
        raise ParamsError(f"one of `recipes` ({names})", repr(recipe), f"{where}.recipe", "name one of them")


def entries(
    name: str, described: Mapping[str, Any], document: Mapping[str, Any], benchmarks: Sequence[str] | None
) -> dict[str, dict[str, Any]]:
    """What a run adds to `runs`, `models` and `measures`."""
    model = f"{TRAINED}/{name}"
    measured = [one for one in (document.get("measures") or {}).values() if one["from"].startswith(f"{TRAINED}/")]
    usual = list(dict.fromkeys(one["benchmark"] for one in measured)) or list(document.get("benchmarks") or {})
    measures = measures_of(name, model, document, usual if benchmarks is None else benchmarks)
    return {"runs": {name: dict(described)}, "models": {name: {"from": model}}, "measures": measures}


def measures_of(name: str, model: str, document: Mapping[str, Any], benchmarks: Sequence[str]) -> dict[str, Any]:
    """A model, by its name and path, on each benchmark; raise InputError for one that params.yaml does not have."""
    known = document.get("benchmarks") or {}
    measures = {}
    for benchmark in benchmarks:
        if benchmark not in known:
            names = ", ".join(known) or "none"
            remedy = "name some of them"
            raise InputError(f"benchmarks of params.yaml ({names})", benchmark, "--benchmarks", remedy)
        same = [one for one in (document.get("measures") or {}).values() if one["benchmark"] == benchmark]
        reads = same[0]["reads"] if same else READS[known[benchmark]["kind"]]
        measures[f"{name}-{benchmark}"] = {"from": model, "benchmark": benchmark, "reads": reads}
    return measures


def removed(name: str) -> Change:
    """The change that takes a run out: its lines, models and measures, what they made, and their lock entries."""
    document = pipeline.document()
    runs = document.get("runs") or {}
    if name not in runs:
        names = ", ".join(runs) or "none"
        raise InputError(f"a run of params.yaml ({names})", name, "sauropod run remove, NAME", "name one of them")
    model = f"{TRAINED}/{name}"
    users = [other for other, one in runs.items() if one["init"] == model]
    if users:
        where, remedy = f"params.yaml, key runs.{users[0]}.init", "remove that run first"
        raise ParamsError(f"no run that starts from {name}", f"{users[0]}, which does", where, remedy)
    gone = {
        "runs": [name],
        "models": [key for key, one in (document.get("models") or {}).items() if one["from"] == model],
        "measures": [key for key, one in (document.get("measures") or {}).items() if one["from"] == model],
    }
    return without(document, gone)


def without(document: Mapping[str, Any], gone: Mapping[str, Sequence[str]]) -> Change:
    """The change that takes entries out of sections of params.yaml, by section, with all that they made."""
    text = params.PARAMS_FILE.read_text("utf-8")
    change, expected = Change(), dict(document)
    locked: set[str] = set()
    for section, keys in gone.items():
        expected[section] = {key: one for key, one in (document.get(section) or {}).items() if key not in keys}
        for item in keys:
            text = blocks.removed(text, section, item)
            metrics, outputs, made = made_by(section, item)
            change.files.update(dict.fromkeys(metrics))
            change.outputs += outputs
            locked |= made
    change = checked(with_text(change, text), expected)
    change.files.update(lock_without(locked))
    return change


def checked(change: Change, expected: Mapping[str, Any]) -> Change:
    """The change, whose params.yaml must say what is expected; raise ParamsError where its form stood in the way."""
    text = change.files[params.PARAMS_FILE]
    if text is None or pipeline.plain(text) != expected:
        raise ParamsError(
            "entries of runs, models and measures on lines of their own, two blanks in",
            "another form",
            "params.yaml",
            "write them in that form, or make the change by hand",
        )
    return change


def say(change: Change, arguments: argparse.Namespace) -> None:
    """Tell the user what was done or would be, and what to do next."""
    written = [str(path) for path, text in change.files.items() if text is not None]
    gone = [str(path) for path, text in change.files.items() if text is None] + [str(path) for path in change.outputs]
    if arguments.json:
        told_json: dict[str, Any] = {"wrote": written, "removed": gone, "dry_run": arguments.dry_run}
        print(json.dumps({**told_json, **({"notes": change.notes} if change.notes else {})}, indent=2))
        return
    for note in change.notes:
        print(note)
    for path in written:
        print(f"{'would write' if arguments.dry_run else 'wrote'} {path}")
    for path in gone:
        print(f"{'would remove' if arguments.dry_run else 'removed'} {path}")
    if not arguments.dry_run:
        print("next: sauropod plan, which says what would run; then dvc repro")


def _number(text: str) -> Any:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
