"""Where `sauropod export` writes: the place that was named, and what may be lost there."""

import argparse
from pathlib import Path

from stages.shared.errors import InputError


def place(arguments: argparse.Namespace) -> Path:
    """OUT, or the --out of earlier versions; raise InputError where none or both are named."""
    named = [one for one in (arguments.to, arguments.out) if one is not None]
    if len(named) != 1:
        came = "none" if not named else f"{named[0]} and --out {named[1]}"
        raise InputError("one place to write to", came, "sauropod export", "name OUT")
    return Path(named[0])


def check_place(out: Path, mark: str, *, force: bool) -> None:
    """Raise InputError where something is at the place already; with `force` a file, or a folder that an export made.

    mark: a file that every folder made by an export holds. A folder that holds other things is never replaced.
    """
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    if not force:
        raise InputError("a place that is free", "something there already", str(out), "choose another, or add --force")
    if out.is_dir() and not (out / mark).is_file():
        remedy = "choose another place; --force replaces no folder that holds other things"
        raise InputError("a folder that an export made", f"one without {mark}", str(out), remedy)
