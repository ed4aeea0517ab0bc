"""How a stage is run: `python -m stages.<route>.<stage> --<input> path --<output> path`.

Paths come from dvc.yaml alone. A stage that fails says so in one sentence and leaves with the exit code of the
error (stages/shared/errors.py); a second process on the same outputs is refused while the first is alive, which
DVC cannot do for a child whose parent was killed.
"""

import argparse
import errno
import fcntl
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from stages.shared.errors import BusyError, InputError, SauropodError
from stages.shared.records import digest

LOCKS = Path(".sauropod/locks")


def run(
    main: Callable[[argparse.Namespace], None],
    description: str | None,
    inputs: Sequence[str] = (),
    outputs: Sequence[str] = (),
    named: Sequence[str] = (),
    values: Sequence[str] = (),
    argv: Sequence[str] | None = None,
) -> None:
    """Parse the paths of a stage, lock its outputs, run `main`, and leave the process.

    inputs, outputs: options that take one path each. named: options that take a name and a path and may come again
    (`--part hub/2022-05 data/...`); they arrive as a list of (name, Path). values: options that take a plain word.
    """
    stage = Path(sys.argv[0]).stem
    try:
        paths = parse(description, inputs, outputs, named, values, argv)
        with locked([str(getattr(paths, _key(name))) for name in outputs]):
            main(paths)
    except SauropodError as error:
        print(f"{stage}: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print(f"{stage}: interrupted; run it again to go on.", file=sys.stderr)
        sys.exit(130)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS):
            raise
        print(
            f"{stage}: {error.filename or 'an output'}: {error.strerror}; free space or mend the rights, then run it "
            "again.",
            file=sys.stderr,
        )
        sys.exit(InputError.exit_code)


def parse(
    description: str | None,
    inputs: Sequence[str],
    outputs: Sequence[str],
    named: Sequence[str] = (),
    values: Sequence[str] = (),
    argv: Sequence[str] | None = None,
) -> argparse.Namespace:
    """Return the paths of a command line; raise InputError for an input that is not there."""
    parser = argparse.ArgumentParser(description=description, allow_abbrev=False)
    for name in (*inputs, *outputs):
        parser.add_argument(f"--{name}", type=Path, required=True, metavar="PATH")
    for name in values:
        parser.add_argument(f"--{name}", required=True, metavar="WORD")
    for name in named:
        parser.add_argument(f"--{name}", nargs=2, action="append", default=[], metavar=("NAME", "PATH"))
    paths = parser.parse_args(argv)
    for name in named:
        setattr(paths, _key(name), [(label, Path(path)) for label, path in getattr(paths, _key(name))])
    wanted = [getattr(paths, _key(name)) for name in inputs]
    wanted += [path for name in named for _, path in getattr(paths, _key(name))]
    for path in wanted:
        if not path.exists():
            raise InputError("a file or folder", "none", str(path), "run `dvc repro`, which makes what is missing")
    return paths


@contextmanager
def locked(outputs: Sequence[str]) -> Iterator[None]:
    """Hold the lock on a set of outputs; raise BusyError where a living process holds it.

    Of processes that one launcher started for the same work (RANK, as torch and accelerate set it) the first holds it.
    """
    if os.environ.get("RANK", "0") != "0":
        yield
        return
    LOCKS.mkdir(parents=True, exist_ok=True)
    path = LOCKS / f"{digest(sorted(outputs))}.lock"
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise BusyError(
                "to be alone",
                f"process {holder} at the same work",
                outputs[0],
                f"wait for it, or stop it with `kill {holder}`",
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _key(name: str) -> str:
    return name.replace("-", "_")
