"""The versions of the dataset, and files as they were in each: read through git, so a clone without data will do."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from stages.shared.errors import InputError


@dataclass(frozen=True)
class Version:
    """A tag and the commit it names; date: of the commit, year-month-day."""

    name: str
    commit: str
    date: str


def tags() -> list[Version]:
    """The tags that name a commit, each after those it came from; tags of one commit by name."""
    by_commit: dict[str, list[str]] = {}
    wanted = "%(refname:strip=2)%00%(objecttype)%00%(objectname)%00%(*objecttype)%00%(*objectname)"
    for line in git("for-each-ref", "--sort=refname", f"--format={wanted}", "refs/tags").splitlines():
        name, kind, id, inner_kind, inner = line.split("\0")
        if "commit" in (kind, inner_kind):
            by_commit.setdefault(inner or id, []).append(name)
    if not by_commit:
        return []
    # The whole history is asked for: shortened to what has a tag, git leaves out commits that change no file.
    history = git("-c", "log.showSignature=false", "log", "--topo-order", "--reverse", "--format=%H %cs", "--tags")
    found = []
    for line in history.splitlines():
        commit, date = line.split()
        found += [Version(name, commit, date) for name in by_commit.get(commit, [])]
    return found


def all_metrics(wanted: Sequence[tuple[str, str]]) -> list[dict[str, Any] | None]:
    """JSON files, each named by revision and path; None for one that is not there or holds no JSON object."""
    found = []
    for text in contents([f"{rev}:{path}" for rev, path in wanted]):
        try:
            value = json.loads(text) if text is not None else None
        except ValueError:  # not JSON, or not in UTF-8: as good as no metrics, in a version nobody can mend
            value = None
        found.append(value if isinstance(value, dict) else None)
    return found


def contents(names: Sequence[str]) -> list[bytes | None]:
    """What git has under each name (`v1:metrics/dataset.json`), None where it has no such file."""
    # Names are lines for git; a line break in one would shift all that follow.
    lines = "".join(f"{name.replace(chr(10), ' ')}\n" for name in names)
    reply = _run(("cat-file", "--batch"), lines.encode("utf-8", "surrogateescape"))
    found: list[bytes | None] = []
    at = 0
    for _ in names:
        head, _, _ = reply[at:].partition(b"\n")
        at += len(head) + 1
        words = head.rsplit(b" ", 2)
        if len(words) == 3 and words[2].isdigit():
            size = int(words[2])
            found.append(reply[at : at + size] if words[1] == b"blob" else None)
            at += size + 1
        else:
            found.append(None)
    return found


def git(*words: str) -> str:
    """What a git command prints; raise InputError in git's own words where it fails."""
    return _run(words).decode("utf-8", "surrogateescape")


def _run(words: Sequence[str], said: bytes = b"") -> bytes:
    try:
        # No shell reads these words, and names of versions only ever reach git's stdin.
        done = subprocess.run(["git", *words], input=said, capture_output=True, check=False)  # noqa: S603, S607
    except FileNotFoundError as error:
        raise InputError("git", "none", "the versions of the dataset", "install git") from error
    if done.returncode:
        fault = done.stderr.decode("utf-8", "replace").strip().removeprefix("fatal: ")
        raise InputError(
            "a git repository that can be read", fault, f"git {words[0]}", "run from the repository's root"
        )
    return done.stdout
