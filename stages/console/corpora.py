"""`sauropod grow --corpus`: a described corpus joins, pinned to the very files; or one of the user's own does."""

import argparse
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from stages.console import pipeline
from stages.console.change import Change, listed
from stages.console.holding import CORPORA
from stages.corpus import places
from stages.corpus.source import DETECT, Corpus, read_corpus
from stages.shared import fetched
from stages.shared.errors import InputError
from stages.shared.files import explain
from stages.shared.hub.own import check_inside
from stages.shared.parts import Part

OWN = ("format", "rows", "license", "terms", "generator", "language")
"""Options that describe a corpus of the user's own."""

MULTILINGUAL, UNKNOWN = "multilingual", "unknown"


def joined(part: Part, arguments: argparse.Namespace) -> Change:
    """The change that lists a corpus, with its description where that is new or its files are pinned by now."""
    path = CORPORA / f"{part.id}.yaml"
    change = listed(part)
    if arguments.path:
        described = own(part.id, path, arguments)
        change.files[path] = pipeline.text(described)
        change.notes += notes(Corpus.model_validate(described))
        return change
    given = [f"--{name}" for name in OWN if getattr(arguments, name) is not None]
    if given:
        raise InputError("--path, the files of a corpus", f"{given[0]} alone", "sauropod grow, --corpus", "name them")
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in CORPORA.glob("*.yaml")))
        remedy = "choose one of these, or describe your own with --path"
        raise InputError("a corpus that is described", f"{part.id!r} ({known} are)", str(path), remedy)
    corpus = read_corpus(path)
    change.notes += notes(corpus)
    if corpus.unpinned:
        change.files[path] = pinned(corpus, path, change)
    return change


def pinned(corpus: Corpus, path: Path, change: Change) -> str:
    """The description with the commit or the hashes of its files, which are fetched for it where a program may."""
    revision, hashes = places.pins(corpus, path)
    document = pipeline.load(path)
    if revision:
        document["revision"] = revision
        change.notes.append(f"pinned at commit {revision}")
    else:
        document["sha256"] = dict(hashes)
        change.notes += [f"pinned {name} at SHA-256 {sha256}" for name, sha256 in hashes.items()]
    return pipeline.text(document)


def own(id: str, path: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """The description of a corpus of the user's own; raise InputError where its files can't be described."""
    where = "sauropod grow, --path"
    if path.exists():
        raise InputError("a corpus that is not there yet", id, str(path), "choose another id, or leave --path out")
    given = [Path(one) for one in arguments.path]
    folders = {one.parent for one in given}
    if len(folders) > 1:
        raise InputError("files of one folder", ", ".join(map(str, sorted(folders))), where, "put them into one")
    missing = next((one for one in given if not one.is_file()), None)
    if missing is not None:
        raise InputError("a file", "none", f"{where}, {missing}", "correct the path")
    for one in given:
        check_inside(one, [one])
    languages = arguments.language or []
    described: dict[str, Any] = {
        "name": id,
        "format": arguments.format or DETECT,
        **({"rows": arguments.rows} if arguments.rows else {}),
        "where": "own",
        "at": given[0].parent.as_posix(),
        "files": [one.name for one in given],
        "sha256": {one.name: fetched.hash_of(one) for one in given},
        "license": arguments.license or "",
        "terms": arguments.terms or "",
        "language": languages[0] if len(languages) == 1 else MULTILINGUAL,
        "generator": arguments.generator or UNKNOWN,
    }
    try:
        Corpus.model_validate(described)
    except ValidationError as error:
        raise InputError("the description of a corpus", explain(error), where, "correct the option") from error
    return described


def notes(corpus: Corpus) -> list[str]:
    """What whoever lets a corpus in should know: its licence, and the terms that come with it."""
    per_record = " (each record says its own)" if "license" in corpus.per_record else ""
    found = [f"licence: {corpus.license or 'none declared'}{per_record}"]
    return found + ([f"terms: {corpus.terms}"] if corpus.terms else [])
