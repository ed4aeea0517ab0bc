"""Files that were fetched, kept once for all clones: in $SAUROPOD_FETCHED, by default in the user's data folder.

A file is known by its SHA-256, so nothing is fetched twice, and what a server gives today is never taken for what was
described. Addresses are read through DVC: http, https, and whatever else it has a client for (s3 and others).
"""

import hashlib
import os
from pathlib import Path

import platformdirs

from stages.shared.errors import InputError
from stages.shared.files import remove

VARIABLE = "SAUROPOD_FETCHED"


def folder() -> Path:
    """Where fetched files are kept."""
    named = os.environ.get(VARIABLE, "")
    return Path(named).expanduser() if named else platformdirs.user_data_path("sauropod") / "fetched"


def hash_of(path: Path) -> str:
    """The SHA-256 of a file, in hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fetch(url: str, sha256: str | None) -> tuple[Path, str]:
    """The file of an address and its hash, which must be `sha256` unless that is None; it is kept by its hash.

    Raises InputError where it can't be had, or is another one.
    """
    if sha256 is not None and (kept := folder() / sha256).is_file():
        return kept, sha256
    # An interrupted download leaves nothing that could be taken for a whole file.
    coming = folder() / f"coming-{os.getpid()}"
    coming.parent.mkdir(parents=True, exist_ok=True)
    try:
        _download(url, coming)
        found = hash_of(coming)
        if sha256 is not None and found != sha256:
            remedy = "the file was replaced there: get the old one, or describe the new one (`sha256`)"
            raise InputError(f"SHA-256 {sha256}", found, url, remedy)
        kept = coming.replace(folder() / found)
    finally:
        remove(coming)
    return kept, found


def _download(url: str, path: Path) -> None:
    # Loaded here: it takes a second, and most corpora need none of it.
    from dvc.exceptions import DvcException  # noqa: PLC0415
    from dvc.repo import Repo  # noqa: PLC0415

    try:
        Repo.get_url(url, str(path))
    except (DvcException, OSError, ValueError) as error:
        said = " ".join(str(error).split())[:300] or type(error).__name__
        remedy = "see whether it is still there, and try again"
        raise InputError("a file that can be fetched", said, url, remedy) from error
