"""The map of the house: which project files a stage reaches, and what dvc.yaml says of them.

`python -m tests.house --write` puts the reached files into the `deps` of dvc.yaml, and the lines that follow from
params.yaml into its commands; tests/test_house.py compares.
"""

import ast
import sys
from functools import cache
from pathlib import Path
from typing import Any

from stages.console import pipeline

ROOT = Path(__file__).resolve().parent.parent
CODE = ("stages/",)
PIPELINE_FILE = "dvc.yaml"


@cache
def nodes(file: Path) -> tuple[ast.AST, ...]:
    """Everything in a module as it is parsed, the module itself first."""
    return tuple(ast.walk(ast.parse(file.read_text("utf-8"))))


@cache
def imports(file: Path) -> frozenset[Path]:
    """The project files that a module imports, wherever in it the import stands."""
    found: set[Path] = set()
    for node in nodes(file):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        found |= {path for name in names if (path := module_file(name))}
    return frozenset(found)


def module_file(name: str) -> Path | None:
    """The file of a dotted module name of this project; packages hold nothing but a docstring and don't count."""
    path = ROOT / f"{name.replace('.', '/')}.py"
    return path if name.startswith("stages.") and path.is_file() else None


def texts(file: Path) -> set[Path]:
    """The text files a module reads: the folder beside it that has its name."""
    folder, kinds = file.with_suffix(""), {".txt", ".json", ".md", ".css", ".js"}
    return {path for path in folder.rglob("*") if path.suffix in kinds} if folder.is_dir() else set()


def reached(file: Path) -> list[str]:
    """Every project file that running a module reads as code or prompt text, itself included, sorted."""
    seen: set[Path] = set()
    waiting = [file]
    while waiting:
        module = waiting.pop()
        if module not in seen:
            seen.add(module)
            waiting += imports(module)
    found = {path.relative_to(ROOT).as_posix() for module in seen for path in {module, *texts(module)}}
    return sorted(found)


def body(stage: Any) -> Any:
    """The part of a dvc.yaml stage that holds cmd and deps, below `foreach` or not."""
    return stage.get("do", stage)


def body_of(file: Path, name: str) -> Any:
    """The part of a stage of a dvc.yaml that holds cmd and deps."""
    return body(pipeline.load(file)["stages"][name])


def module_of(stage: Any) -> str:
    """The dotted module that a stage runs."""
    words = body(stage)["cmd"].split()
    if words[:2] != ["python", "-m"]:
        raise ValueError(f"a stage's cmd begins with {' '.join(words[:3])}, not with python -m")
    return str(words[2])


def write() -> None:
    """Put the reached files into dvc.yaml, after the data that each stage depends on, and what params.yaml asks for."""
    document = pipeline.load(ROOT / "dvc.yaml")
    pipeline.write(document, pipeline.wanted(ROOT / "params.yaml"))
    for stage in document["stages"].values():
        deps = body(stage)["deps"]
        data = [dep for dep in deps if not dep.startswith(CODE)]
        file = module_file(module_of(stage))
        deps[:] = data + reached(file) if file else data
    pipeline.save(document, ROOT / "dvc.yaml")


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit("usage: python -m tests.house --write")
    write()
