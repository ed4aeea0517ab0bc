"""Versions of the dataset: the files of one at a git revision, or of the working tree, read where DVC keeps them.

Nothing is checked out. Which files a version has, and their hashes, is in what DVC wrote down; a file is opened only
when it is asked for, from DVC's cache or, where it is not there, from the default remote.
"""

import difflib
import hashlib
import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from stages.shared.errors import InputError

DATASET = Path("data/dataset")
METRICS = Path("metrics")
WORKING_TREE = "working tree"
"""The name of the version that lies in the folder, committed or not."""

SUFFIX = ".parquet"
"""What tells the shards of the dataset, one for each part, from the other files in its folder."""


@dataclass(frozen=True)
class VersionFile:
    """A file of the dataset in some version: its path inside the dataset, the MD5 by which DVC knows it, its place."""

    name: str
    md5: str
    version: str
    opener: Callable[[], BinaryIO]

    @contextmanager
    def reading(self) -> Iterator[BinaryIO]:
        """Open it; raise InputError where neither the cache nor a remote has it."""
        with _within_reach(self.version, self.name):
            file = self.opener()
        with file:
            yield file

    @contextmanager
    def parquet(self) -> Iterator[pq.ParquetFile]:
        """Open it as a table; raise InputError where it is not at hand, or damaged."""
        with self.reading() as file:
            with self.whole():
                opened = pq.ParquetFile(file)
            yield opened

    def batches(self, columns: Sequence[str], rows: int) -> Iterator[pa.RecordBatch]:
        """Its rows in batches, with those of the columns that it has; raise InputError as `parquet` does."""
        with self.parquet() as file:
            names = [name for name in columns if name in file.schema_arrow.names]
            found = file.iter_batches(rows, columns=names)
            while True:
                with self.whole():
                    batch = next(found, None)
                if batch is None:
                    return
                yield batch

    @contextmanager
    def whole(self) -> Iterator[None]:
        """Turn what reading a damaged table raises into InputError."""
        try:
            yield
        except (pa.ArrowException, OSError) as error:
            where = f"{self.name} of {self.version}"
            raise InputError("a whole Parquet file", str(error), where, "restore it: `dvc checkout`") from error


@dataclass(frozen=True)
class Version:
    """A version of the dataset. commit: its whole id, "" for the working tree. files: sorted by name."""

    name: str
    commit: str
    files: tuple[VersionFile, ...]
    text: Callable[[Path], str | None]

    @property
    def shards(self) -> tuple[VersionFile, ...]:
        """The files that hold instances."""
        return tuple(file for file in self.files if file.name.endswith(SUFFIX))

    def metrics(self, name: str) -> dict[str, Any]:
        """The metrics NAME.json as they were committed with it; {} for a version that has none."""
        path = METRICS / f"{name}.json"
        found = self.text(path)
        if found is None:
            return {}
        try:
            read = json.loads(found)
        except json.JSONDecodeError as error:
            raise InputError("JSON", str(error), f"{path} of {self.name}", "mend or restore the file") from error
        return read if isinstance(read, dict) else {}


def read_version(revision: str | None) -> Version:
    """The version at a tag, branch or commit; None: the working tree. Raises InputError for one that is not there."""
    return _working_tree() if revision is None else _committed(revision, commit_of(revision))


def commit_of(revision: str) -> str:
    """The id of the commit that a revision names; raise InputError with the names that are near where there is none."""
    found = git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if found is not None:
        return found.strip()
    if git("rev-parse", "--git-dir") is None:
        raise InputError("a git repository", "none", str(Path.cwd()), "run from the repository's root")
    known = (git("for-each-ref", "--format=%(refname:short)", "refs/tags", "refs/heads") or "").split()
    near = difflib.get_close_matches(revision, known, n=3, cutoff=0.5)
    lists = "`git tag` lists the versions"
    remedy = f"did you mean {' or '.join(near)}? {lists}" if near else lists
    raise InputError("a tag, branch or commit", repr(revision), "git", remedy)


def git(*words: str) -> str | None:
    """What a git command prints; None where it fails."""
    done = subprocess.run(["git", *words], capture_output=True, check=False)  # noqa: S603, S607 - the user's git
    return done.stdout.decode("utf-8", "surrogateescape") if done.returncode == 0 else None


def _working_tree() -> Version:
    if not DATASET.is_dir():
        raise InputError("a dataset", "none", str(DATASET), "run `dvc repro`, `dvc checkout` or `dvc pull` first")

    def file(path: Path) -> VersionFile:
        with path.open("rb") as opened:
            md5 = hashlib.file_digest(opened, "md5").hexdigest()
        return VersionFile(path.relative_to(DATASET).as_posix(), md5, WORKING_TREE, lambda: path.open("rb"))

    files = tuple(file(path) for path in sorted(DATASET.rglob("*")) if path.is_file())
    return Version(WORKING_TREE, "", files, lambda path: path.read_text("utf-8") if path.is_file() else None)


def _committed(name: str, commit: str) -> Version:
    # DVC takes half a second to load, and the working tree needs none of it.
    from dvc.api import DVCFileSystem  # noqa: PLC0415

    system = DVCFileSystem(".", rev=commit)
    with _within_reach(name, str(DATASET)):
        found = system.find(DATASET.as_posix(), detail=True)
    if not found:
        raise InputError(
            "a version that has a dataset",
            f"none at {name}",
            f"{DATASET} at {commit[:9]}",
            "choose a later version: `git log -- dvc.lock` lists them",
        )

    def file(path: str, info: dict[str, Any]) -> VersionFile:
        inside = Path(path).relative_to(DATASET).as_posix()
        return VersionFile(inside, info["md5"], name, lambda: system.open(path, "rb"))

    files = tuple(file(path, info) for path, info in sorted(found.items()))
    return Version(name, commit, files, lambda path: git("show", f"{commit}:{path.as_posix()}"))


@contextmanager
def _within_reach(version: str, what: str) -> Iterator[None]:
    """Turn what DVC raises for data that neither the cache nor a remote has into InputError."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - only a remote needs it
    from dvc.exceptions import DvcException  # noqa: PLC0415
    from dvc_data.index import DataIndexDirError  # noqa: PLC0415

    try:
        yield
    except DvcException as error:  # a dvc.yaml that was broken at that commit, a remote that is none
        said = " ".join(str(error).split())
        raise InputError("a version that DVC can read", said, f"{what} of {version}", "choose another") from error
    except (DataIndexDirError, BotoCoreError, ClientError, OSError) as error:
        came = "none in DVC's cache of this clone, and none from a remote"
        remedy = (
            "run `dvc checkout` or `dvc pull`"
            if version == WORKING_TREE
            else f"fetch it with `dvc fetch --all-tags {DATASET}`, or rebuild it: `git checkout {version}`, then `make`"
        )
        raise InputError(f"the data of {version}", came, f"{what} ({type(error).__name__})", remedy) from error
