"""A clone of this repository in a temporary folder, with commands run in it as a user would."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from stages.console import pipeline
from tests.house import ROOT


@dataclass(frozen=True)
class Clone:
    """A working copy and the environment its commands run in."""

    root: Path
    env: dict[str, str] = field(default_factory=dict)

    def finish(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, whatever it is."""
        return subprocess.run(
            words, cwd=self.root, env={**self.env, **env}, capture_output=True, text=True, check=False
        )

    def run(self, *words: str, code: int | None = 0, **env: str) -> str:
        """Run a command, check its exit code (None: any), and return what it printed, stdout before stderr."""
        done = self.finish(*words, **env)
        said = done.stdout + done.stderr
        assert code is None or done.returncode == code, f"{' '.join(words)} ended with {done.returncode}:\n{said}"
        return said

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start a command and leave it running."""
        return subprocess.Popen(
            words, cwd=self.root, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def copy(self, to: Path) -> "Clone":
        """The same working copy, DVC cache included, somewhere else."""
        shutil.copytree(self.root, to, symlinks=True)
        return Clone(to, self.env)

    def params(self, **changes: Any) -> None:
        """Set values of params.yaml; `train__steps=2` goes into `train.steps`."""
        document = pipeline.load(self.root / "params.yaml")
        for key, value in changes.items():
            *path, last = key.split("__")
            section = document
            for word in path:
                section = section[word]
            section[last] = value
        pipeline.save(document, self.root / "params.yaml")

    def repro(self, *words: str, code: int = 0, **env: str) -> list[str]:
        """Run `dvc repro` and return the stages that ran, in order."""
        return ran(self.run("dvc", "repro", *words, code=code, **env))

    def commit(self, message: str, tag: str | None = None) -> None:
        """Commit everything, and tag it."""
        self.run("git", "add", "--all")
        self.run("git", "commit", "--quiet", "--message", message)
        if tag:
            self.run("git", "tag", tag)


def ran(said: str) -> list[str]:
    """The stages that a `dvc repro` ran, from what it printed."""
    return [line.split("'")[1] for line in said.splitlines() if line.startswith("Running stage ")]


def hashes(folder: Path) -> dict[str, str]:
    """Every file below a folder with the SHA-256 of its bytes."""
    return {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def new_clone(folder: Path) -> Clone:
    """A clone of the files of this checkout as they stand, committed in a git repository of its own."""
    root = folder / "clone"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split("\0")  # fmt: skip
    for name in sorted(filter(None, listed)):
        if (ROOT / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, root / name)
    clone = Clone(root, environment(folder))
    clone.run("git", "init", "--quiet", "--initial-branch", "main")
    clone.commit("A clone")
    return clone


def environment(folder: Path) -> dict[str, str]:
    """The variables of this process, with git, DVC and home pointed into a folder of the test."""
    return {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT / "tests/guard"),
        "HOME": str(folder),
        "DVC_NO_ANALYTICS": "1",
        "DVC_SITE_CACHE_DIR": str(folder / "dvc-site-cache"),
        "GIT_AUTHOR_NAME": "A test",
        "GIT_AUTHOR_EMAIL": "test@localhost",
        "GIT_COMMITTER_NAME": "A test",
        "GIT_COMMITTER_EMAIL": "test@localhost",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
    }
