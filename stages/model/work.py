"""Work in progress: what a killed stage left, found again by the hash of all that its result depends on (design 2).

DVC deletes outputs before a stage runs, so this lies elsewhere, in a folder for each output. It is removed on success,
with what the same output left under other inputs or older code, and may be at any time.
"""

import hashlib
from pathlib import Path

from stages.shared.files import remove
from stages.shared.records import digest

WORK = Path(".sauropod/work")


def work_folder(stage: str, output: Path, inputs: object) -> Path:
    """Where a stage keeps its work on an output from these inputs (whatever JSON can hold) by the code as it is."""
    code = [fingerprint(file) for file in sorted(Path(__file__).parent.glob("*.py"))]
    return WORK / stage / digest(output.as_posix()) / digest([inputs, code])


def finish(work: Path) -> None:
    """Remove all work on the output that is whole now: a checkpoint under other inputs would lie there for ever."""
    remove(work.parent)


def fingerprint(path: Path) -> list[list[str]]:
    """Name and SHA-256 of a file, or of every file below a folder, by name."""
    files = sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]
    found = []
    for file in files:
        with file.open("rb") as content:
            found.append([file.relative_to(path).as_posix(), hashlib.file_digest(content, "sha256").hexdigest()])
    return found
