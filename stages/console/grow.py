"""`sauropod grow`: one more part of the dataset, or one less: a wave of datasets, a domain to explore, or a corpus.

Growing writes what belongs together: the wave file, the entries of params.yaml, and the written lines of dvc.yaml.
Undoing takes out whatever of them is there, with the part's outputs, metrics and lock entries, so it also mends a
removal that was begun by hand. A domain's folder and the description of a corpus are their authors', and stay.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from stages.console import pipeline
from stages.console.change import Change, carry_out, listed, lock_without, made_by, take_out, with_lines
from stages.console.holding import DOMAINS, WAVES
from stages.console.joining import Joining, is_named, left_by_reason, work_out
from stages.console.show import print_table
from stages.hub.waves import read_wave
from stages.model import runs
from stages.shared import params
from stages.shared.errors import HubError, InputError, ParamsError
from stages.shared.parts import KINDS, Part, check_id

OF_BOTH = ("path", "language")
OF_WAVES = ("dataset", "limit", "hub", "since", "license_ok", "min_downloads", "newest", "id", "collected")
OF_CORPORA = ("format", "rows", "license", "terms", "generator")
"""Options that are given of a wave and of a corpus, of a wave alone, of a corpus alone."""


def run(arguments: argparse.Namespace) -> None:
    """Work out the change, show it, and carry it out unless it is a dry run."""
    part = named(arguments)
    check_options(part, arguments)
    joining = None
    if arguments.undo:
        change = undone(part)
    elif part.kind == "domain":
        change = explored(part)
    elif part.kind == "corpus":
        # Loaded here: growing from the hub needs none of it.
        from stages.console import corpora  # noqa: PLC0415

        change = corpora.joined(part, arguments)
    elif not is_named(arguments):
        change = joined(part)
    else:
        _check_new(part)
        listed(part)  # what can't be written is told before a hub is asked
        joining = work_out(arguments)
        # Asking a hub takes minutes: params.yaml is read again, or what was edited meanwhile would be lost.
        change = listed(part)
        if not (joining.datasets or joining.collected):
            say(Change(), joining, part, arguments)
            remedy = "ask for less, or look at more (--look)"
            raise HubError("a dataset that fits", "none", "sauropod grow", remedy)
        # First, so that a wave is listed only where its file is: `sauropod grow WAVE` goes on from there.
        change.files = {wave_file(part): joining.text(), **change.files}
    if not arguments.dry_run:
        carry_out(change)
    say(change, joining, part, arguments)


def named(arguments: argparse.Namespace) -> Part:
    """The part that a command is about; raise InputError where it names none, or two."""
    given = [
        (kind, id, option)
        for kind, id, option in (
            ("hub", arguments.wave, "WAVE"),
            ("domain", arguments.domain, "--domain"),
            ("corpus", arguments.corpus, "--corpus"),
        )
        if id is not None
    ]
    if len(given) != 1:
        came = " and ".join(option for _, _, option in given) or "none of them"
        remedy = "name one: WAVE, --domain DOMAIN or --corpus CORPUS"
        raise InputError("a wave, a domain or a corpus", came, "sauropod grow", remedy)
    kind, id, option = given[0]
    return Part(kind, check_id(id, f"sauropod grow, {option}"))


def check_options(part: Part, arguments: argparse.Namespace) -> None:
    """Raise InputError for an option that says nothing of what is done: one that is passed over is believed to count.

    A licence is the case in point: of a wave's datasets their cards say it, and no option does.
    """
    alone = (*OF_BOTH, *OF_WAVES, *OF_CORPORA)
    expected, misplaced = {
        "hub": ("options of a wave", OF_CORPORA),
        "corpus": ("options of a corpus", OF_WAVES),
        "domain": ("--domain alone", alone),
    }[part.kind]
    if arguments.undo:
        expected, misplaced = "--undo alone", alone
    given = next((name for name in misplaced if getattr(arguments, name)), None)
    if given:
        of_card = given == "license" and part.kind == "hub" and not arguments.undo
        remedy = "write it into the card of the dataset" if of_card else "leave it out"
        raise InputError(expected, f"--{given.replace('_', '-')} too", "sauropod grow", remedy)


def wave_file(part: Part) -> Path:
    """The file that says what is in a wave."""
    return WAVES / f"{part.id}.yaml"


def _check_new(part: Part) -> None:
    file = wave_file(part)
    if file.exists():
        remedy = f"join it as it is (sauropod grow {part.id}), choose another id, or undo this one first"
        raise InputError("a wave that is not there yet", part.id, str(file), remedy)


def joined(part: Part) -> Change:
    """The change that lists a wave whose file is there already: written by hand, or by another branch."""
    if not wave_file(part).exists():
        raise InputError(
            "a wave file, or datasets to make one of",
            "neither",
            str(wave_file(part)),
            "name datasets with --dataset, --limit or --path",
        )
    read_wave(wave_file(part))
    return listed(part)


def explored(part: Part) -> Change:
    """The change that lists a domain whose folder is there; raise InputError where the folder is incomplete."""
    # Loaded here: growing from the hub needs none of it.
    from stages.domain.prompts import read_wording  # noqa: PLC0415
    from stages.domain.source import read_domain  # noqa: PLC0415

    folder = DOMAINS / part.id
    read_domain(folder).seed()
    read_wording(folder)
    return listed(part)


def undone(part: Part) -> Change:
    """The change that takes a part out, whatever of it is still there."""
    file = wave_file(part) if part.kind == "hub" else None
    word, key = ("wave", "waves") if part.kind == "hub" else (part.kind, KINDS[part.kind])
    document = pipeline.load(params.PARAMS_FILE)
    users = [name for name, run in document["runs"].items() if str(part) in runs.named(run["parts"])]
    if users:
        raise ParamsError(
            f"a {word} that no run names",
            f"{part} in runs.{users[0]}.parts",
            "params.yaml",
            "take it out of that run first",
        )
    metrics, outputs, made = made_by(key, part.id)
    traces = [part.id in document[key], str(part) in document["parts"], *(path.exists() for path in outputs)]
    if not any([file is not None and file.exists(), *traces]):
        where = f"{file}, params.yaml" if file else "params.yaml"
        see = "see data/sources/waves for their names" if file else f"see `{key}` there for their names"
        raise InputError(f"a {word} that is there", part.id, where, see)
    for key_of, entry in ((key, part.id), ("parts", str(part))):
        if entry in document[key_of]:
            take_out(document, key_of, entry)
    removed: dict[Path, str | None] = {} if file is None else {file: None}
    change = with_lines(Change({**removed, **dict.fromkeys(metrics)}, outputs), document)
    change.files.update(lock_without(made))
    return change


def say(change: Change, joining: Joining | None, part: Part, arguments: argparse.Namespace) -> None:
    """Tell the user what was done or would be, and what to do next."""
    written = [str(path) for path, text in change.files.items() if text is not None]
    removed = [str(path) for path, text in change.files.items() if text is None]
    removed += [str(path) for path in change.outputs]
    if arguments.json:
        told: dict[str, Any] = {"wrote": written, "removed": removed, "dry_run": arguments.dry_run}
        told |= {"notes": change.notes} if change.notes else {}
        if joining:
            told |= {"joined": joining.rows, "left_out": joining.left, "looked_at": joining.looked}
            told |= {"ended": joining.ended, "notes": joining.notes}
        print(json.dumps(told, indent=2, ensure_ascii=False))
        return
    if joining:
        say_joining(joining)
    if not written and not removed:
        return
    for note in change.notes:
        print(note)
    verb = "would write" if arguments.dry_run else "wrote"
    for path in written:
        print(f"{verb} {path}")
    for path in removed:
        print(f"{'would remove' if arguments.dry_run else 'removed'} {path}")
    if arguments.dry_run and wave_file(part) in change.files and not arguments.undo:
        print(f"\n{change.files[wave_file(part)]}", end="")
    if not arguments.dry_run:
        print(
            "next: sauropod plan, which says what it would cost; then dvc repro"
            if part.kind == "domain"
            else "next: dvc repro"
        )


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
