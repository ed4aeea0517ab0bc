"""`sauropod grow`: one more wave of hub datasets, or one less.

Growing writes three things that belong together: the wave file, the entries of params.yaml, and the written lines of
dvc.yaml. Undoing takes out whatever of them is there, with the wave's outputs, metrics and lock entries, so it also
mends a removal that was begun by hand.
"""

import argparse
import io
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from stages.console import pipeline
from stages.shared import params
from stages.shared.errors import HubError, InputError, ParamsError
from stages.shared.files import read_yaml, remove, replacing
from stages.shared.hub.local import LocalHub
from stages.shared.parts import check_id

WAVES = Path("data/sources/waves")
LOCK = Path("dvc.lock")


@dataclass
class Change:
    """What growing or undoing does: files with their new text (None: removed), and outputs to remove."""

    files: dict[Path, str | None] = field(default_factory=dict)
    outputs: list[Path] = field(default_factory=list)


def run(arguments: argparse.Namespace) -> None:
    """Work out the change, show it, and carry it out unless it is a dry run."""
    wave = check_id(arguments.wave, "sauropod grow, WAVE")
    if arguments.undo:
        change = undone(wave)
    elif arguments.dataset is None and arguments.limit is None:
        change = joined(wave)
    else:
        change = grown(wave, chosen(LocalHub(Path(arguments.hub)), arguments.dataset, arguments.limit))
    if not arguments.dry_run:
        carry_out(change)
    say(change, arguments)


def held() -> dict[str, str]:
    """The datasets that waves hold already, and which wave."""
    found = {}
    for file in sorted(WAVES.glob("*.yaml")):
        listed = read_yaml(file)
        for entry in listed.get("datasets", []) if isinstance(listed, dict) else []:
            found[entry["id"]] = file.stem
    return found


def chosen(hub: LocalHub, named: list[str] | None, limit: int | None) -> dict[str, str]:
    """The datasets to add with their revisions: those named, or the first `limit` that no wave holds."""
    taken, known = held(), hub.datasets()
    if limit is not None and limit < 1:
        raise InputError("a number of 1 or more", str(limit), "sauropod grow, --limit", "name how many to add")
    if named is None:
        named = [id for id in known if id not in taken][:limit]
        if not named:
            raise HubError("a dataset that no wave holds", "none", "sauropod grow, --limit", "add datasets to the hub")
    for id in named:
        if id in taken:
            raise InputError(
                "a dataset that no wave holds",
                f"{id}, held by wave {taken[id]}",
                "sauropod grow, --dataset",
                "leave it out",
            )
    return {id: hub.dataset(id).revision for id in sorted(set(named))}


def grown(wave: str, datasets: dict[str, str]) -> Change:
    """The change that adds a wave of datasets at their revisions."""
    file = WAVES / f"{wave}.yaml"
    if file.exists():
        raise InputError("a wave that is not there yet", wave, str(file), "choose another id, or undo this one first")
    entries = "".join(f"  - id: {json.dumps(id)}\n    revision: {json.dumps(sha)}\n" for id, sha in datasets.items())
    change = _listed(wave)
    change.files[file] = f"# Added by `sauropod grow`; revisions pin the rows.\ndatasets:\n{entries}"
    return change


def joined(wave: str) -> Change:
    """The change that lists a wave whose file is there already: written by hand, or by another branch."""
    file = WAVES / f"{wave}.yaml"
    if not file.exists():
        raise InputError(
            "a wave file, or datasets to make one of", "neither", str(file), "name datasets with --dataset or --limit"
        )
    return _listed(wave)


def undone(wave: str) -> Change:
    """The change that takes a wave out, whatever of it is still there."""
    file, part = WAVES / f"{wave}.yaml", f"hub/{wave}"
    document = pipeline.load(params.PARAMS_FILE)
    users = [name for name, run in document["runs"].items() if isinstance(run["parts"], list) and part in run["parts"]]
    if users:
        raise ParamsError(
            "a wave that no run names",
            f"{part} in runs.{users[0]}.parts",
            "params.yaml",
            "take it out of that run first",
        )
    metrics, outputs = _made_by(wave)
    traces = [file.exists(), wave in document["waves"], part in document["parts"], *(path.exists() for path in outputs)]
    if not any(traces):
        raise InputError("a wave that is there", wave, f"{file}, params.yaml", "see data/sources/waves for their names")
    for key, entry in (("waves", wave), ("parts", part)):
        if entry in document[key]:
            _remove(document[key], entry)
    change = _with_lines(Change({file: None, **dict.fromkeys(metrics)}, outputs), document)
    lock = _lock_without(wave)
    if lock is not None:
        change.files[LOCK] = lock
    return change


def carry_out(change: Change) -> None:
    """Write and remove what the change says; files first, so that an interruption leaves what `--undo` can mend."""
    for path, text in change.files.items():
        if text is None:
            remove(path)
        else:
            with replacing(path) as temporary:
                temporary.write_text(text, "utf-8")
    for path in change.outputs:
        remove(path)


def say(change: Change, arguments: argparse.Namespace) -> None:
    """Tell the user what was done or would be, and what to do next."""
    written = [str(path) for path, text in change.files.items() if text is not None]
    removed = [str(path) for path, text in change.files.items() if text is None]
    removed += [str(path) for path in change.outputs]
    if arguments.json:
        print(json.dumps({"wrote": written, "removed": removed, "dry_run": arguments.dry_run}, indent=2))
        return
    verb = "would write" if arguments.dry_run else "wrote"
    for path in written:
        print(f"{verb} {path}")
    for path in removed:
        print(f"{'would remove' if arguments.dry_run else 'removed'} {path}")
    if arguments.dry_run and not arguments.undo:
        print(f"\n{change.files.get(WAVES / f'{arguments.wave}.yaml', '')}", end="")
    if not arguments.dry_run:
        print("next: dvc repro")


def _listed(wave: str) -> Change:
    """The change that adds a wave to params.yaml and dvc.yaml."""
    pipeline.check()
    if wave in (params.value("waves") or []):
        raise InputError(
            "a wave that is not there yet", wave, "params.yaml, key waves", "choose another id, or undo it"
        )
    document = pipeline.load(params.PARAMS_FILE)
    _append(document, "waves", DoubleQuotedScalarString(wave))
    _append(document, "parts", f"hub/{wave}")
    return _with_lines(Change(), document)


def _append(document: Any, key: str, entry: str) -> None:
    """Add to a list of params.yaml, leaving the blank line and comments behind its last entry behind the new one."""
    entries = document[key]
    last = len(entries) - 1
    comment = entries.ca.items.pop(last, None) if last >= 0 else None
    entries.append(entry)
    if comment is not None:
        trailing = comment[0].value
        if trailing.startswith("#"):
            # A comment on the entry's own line stays with it; what follows the line moves on.
            entries.ca.items[last] = comment
        else:
            entries.ca.items[last + 1] = comment


def _remove(entries: Any, entry: str) -> None:
    """Take an entry out of a list of params.yaml; what follows the list stays behind its new last entry."""
    at = entries.index(entry)
    comment = entries.ca.items.get(at)
    last = at == len(entries) - 1
    del entries[at]
    if last and at > 0 and comment is not None and not comment[0].value.startswith("#"):
        entries.ca.items.setdefault(at - 1, comment)


def _with_lines(change: Change, document: Any) -> Change:
    """Add the new params.yaml to a change, and the dvc.yaml whose written lines follow from it."""
    text = pipeline.text(document)
    change.files[params.PARAMS_FILE] = text
    with replacing(Path(".sauropod/params.yaml")) as temporary:
        temporary.write_text(text, "utf-8")
        expected = pipeline.wanted(temporary)
    remove(Path(".sauropod/params.yaml"))
    stages = pipeline.load(pipeline.PIPELINE)
    pipeline.write(stages, expected)
    change.files[pipeline.PIPELINE] = pipeline.text(stages)
    return change


def _lock_without(wave: str) -> str | None:
    """dvc.lock without the stages of a wave, as DVC writes it; None where it has none of them."""
    if not LOCK.exists():
        return None
    yaml = YAML()
    yaml.default_flow_style = False
    lock = yaml.load(LOCK.read_text("utf-8"))
    stale = [name for name in lock.get("stages", {}) if name.endswith(f"@{wave}")]
    for name in stale:
        del lock["stages"][name]
    stream = io.StringIO()
    yaml.dump(lock, stream)
    return stream.getvalue() if stale else None


def _made_by(wave: str) -> tuple[list[Path], list[Path]]:
    """The metrics and the outputs of a wave's stages, from dvc.yaml: those of every stage made for each wave."""
    metrics: list[Path] = []
    outputs: list[Path] = []
    for stage in pipeline.load(pipeline.PIPELINE)["stages"].values():
        if stage.get("foreach") != "${waves}":
            continue
        for out in [*stage["do"].get("outs", []), *stage["do"].get("plots", [])]:
            path = Path((out if isinstance(out, str) else next(iter(out))).replace("${item}", wave))
            (metrics if path.parts[0] == "metrics" else outputs).append(path)
    return [path for path in metrics if path.exists()], sorted(
        {path.parent for path in outputs if path.parent.exists()}
    )
