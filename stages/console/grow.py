"""`sauropod grow`: one more wave of datasets, or one less.

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
from stages.console.holding import WAVES
from stages.console.joining import Joining, is_named, left_by_reason, work_out
from stages.console.show import print_table
from stages.shared import params
from stages.shared.errors import HubError, InputError, ParamsError
from stages.shared.files import remove, replacing
from stages.shared.parts import check_id

LOCK = Path("dvc.lock")


@dataclass
class Change:
    """What growing or undoing does: files with their new text (None: removed), and outputs to remove."""

    files: dict[Path, str | None] = field(default_factory=dict)
    outputs: list[Path] = field(default_factory=list)


def run(arguments: argparse.Namespace) -> None:
    """Work out the change, show it, and carry it out unless it is a dry run."""
    wave = check_id(arguments.wave, "sauropod grow, WAVE")
    joining = None
    if arguments.undo:
        if is_named(arguments):
            raise InputError("--undo alone", "what to add beside it", "sauropod grow, --undo", "leave one of them out")
        change = undone(wave)
    elif not is_named(arguments):
        change = joined(wave)
    else:
        _check_new(wave)
        change = _listed(wave)
        joining = work_out(arguments)
        if not (joining.datasets or joining.collected):
            say(Change(), joining, arguments)
            remedy = "ask for less, or look at more (--look)"
            raise HubError("a dataset that fits", "none", "sauropod grow", remedy)
        change.files[WAVES / f"{wave}.yaml"] = joining.text()
    if not arguments.dry_run:
        carry_out(change)
    say(change, joining, arguments)


def _check_new(wave: str) -> None:
    file = WAVES / f"{wave}.yaml"
    if file.exists():
        raise InputError("a wave that is not there yet", wave, str(file), "choose another id, or undo this one first")


def joined(wave: str) -> Change:
    """The change that lists a wave whose file is there already: written by hand, or by another branch."""
    file = WAVES / f"{wave}.yaml"
    if not file.exists():
        raise InputError(
            "a wave file, or datasets to make one of",
            "neither",
            str(file),
            "name datasets with --dataset, --limit or --path",
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


def say(change: Change, joining: Joining | None, arguments: argparse.Namespace) -> None:
    """Tell the user what was done or would be, and what to do next."""
    written = [str(path) for path, text in change.files.items() if text is not None]
    removed = [str(path) for path, text in change.files.items() if text is None]
    removed += [str(path) for path in change.outputs]
    if arguments.json:
        told: dict[str, Any] = {"wrote": written, "removed": removed, "dry_run": arguments.dry_run}
        if joining:
            told |= {"joined": joining.rows, "left_out": joining.left, "looked_at": joining.looked}
            told |= {"ended": joining.ended, "notes": joining.notes}
        print(json.dumps(told, indent=2, ensure_ascii=False))
        return
    if joining:
        say_joining(joining)
    if not written and not removed:
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


def say_joining(joining: Joining) -> None:
    """The tables of what joins and of what was left out, and why."""
    if joining.rows:
        columns = ("id", "license", "languages", "downloads", "created")
        rows = [[_shown(row[key]) for key in columns] for row in joining.rows]
        print_table("joins", ["dataset", "licence", "languages", "downloads", "created"], rows)
    if joining.left:
        rows = [list(row) for row in left_by_reason(joining.left)]
        print_table("left out", ["reason", "datasets", "such as"], rows)
    if joining.looked:
        found = f"looked at {joining.looked:,} datasets: {joining.looked - len(joining.left):,} join"
        print(f"{found}, {len(joining.left):,} left out" + (f"; {joining.ended}" if joining.ended else ""))
    for note in joining.notes:
        print(f"note: {note}")


def _shown(value: Any) -> Any:
    """A value for a table: lists up to three entries, nothing for what is not known."""
    if isinstance(value, list):
        return ", ".join(value[:3]) + (f" and {len(value) - 3} more" if len(value) > 3 else "")
    return "" if value is None else value


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
