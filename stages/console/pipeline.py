"""The lines of dvc.yaml that DVC can't make from a list: the inputs of merge, analyze, summarize and report.

DVC expands no list into `deps`, so these lines are written out, one per part and per measure. This module says what
they must be for a params.yaml, compares them with what is written, and writes them, keeping comments and layout.
"""

import io
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import FoldedScalarString

from stages.console import references
from stages.console.layout import round_trip
from stages.model.runs import slices
from stages.shared import params
from stages.shared.errors import ParamsError
from stages.shared.files import read_yaml, replacing
from stages.shared.parts import Part, agreed

PIPELINE = Path("dvc.yaml")

Files = dict[str, tuple[str, ...]]
"""What each kind of part has for an option of a stage."""

INSTANCES: Files = {
    "hub": ("data/organize/{id}/instances.parquet",),
    "domain": ("data/sample/{id}/instances.parquet",),
    "corpus": ("data/clean/{id}/instances.parquet",),
}
TASKS: Files = {"hub": ("data/organize/{id}/tasks.jsonl",)}
PAIRS: Files = {"corpus": ("data/clean/{id}/pairs.parquet",)}
ASKED: Files = {
    "hub": ("metrics/generate/{id}.json",),
    "domain": ("metrics/explore/{id}.json", "metrics/enrich/{id}.json"),
}
CARDS: Files = {"hub": ("data/select/{id}/cards.jsonl",)}
DESCRIBED: Files = {"hub": ("data/select/{id}/cards.jsonl",), "corpus": ("data/sources/corpora/{id}.yaml",)}
MEASURE, SCORES = "metrics/evaluate/{id}.json", "data/evaluate/{id}/scores.jsonl"
MERGED = {"--part": INSTANCES, "--tasks": TASKS, "--pairs": PAIRS, "--asked": ASKED, "--described": DESCRIBED}
"""What merge reads of each part, by its option."""

LEDGERS: dict[str, tuple[str, ...]] = {
    "hub": ("crawl", "select", "generate", "filter", "organize"),
    "domain": ("explore", "enrich", "prune", "thin", "sample"),
    "corpus": ("collect", "clean"),
}
"""The stages that count what became of a kind of part, in the order they run."""

LEDGER, FIGURE = "metrics/{stage}/{id}.json", "metrics/{name}.json"
FIGURES = ("dataset", "analyze", "audit", "evaluate", "continual")
"""The metrics of the whole that the report shows."""

OPTIONS = (*MERGED, "--cards", "--measure", "--scores", "--figures", "--ledger")
"""Options of a stage's command that take a name and a path, and whose lines are written here."""

Input = tuple[str, str, str]
"""An option of a stage's command, the name that follows it, and the path that follows the name."""


def inputs(parts: Iterable[Part], document: Mapping[str, Any]) -> dict[str, list[Input]]:
    """The written inputs of merge, analyze, summarize and report, in order; document: what params.yaml says.

    The scores of a slice of a part are added up by summarize: a run that takes another slice measures nothing anew.
    """
    parts, measures = list(parts), document.get("measures") or {}
    sliced = measures if slices(document.get("runs") or {}) else {}
    ledgers = [
        ("--ledger", f"{part}/{stage}", LEDGER.format(stage=stage, id=part.id))
        for part in parts
        for stage in LEDGERS[part.kind]
    ]
    return {
        "merge": of_parts(MERGED, parts),
        "analyze": of_parts({"--cards": CARDS}, parts),
        "summarize": [
            *(("--measure", name, MEASURE.format(id=name)) for name in measures),
            *(("--scores", name, SCORES.format(id=name)) for name in sliced if sliced[name]["benchmark"] == "holdout"),
        ],
        "report": [*(("--figures", name, FIGURE.format(name=name)) for name in FIGURES), *ledgers],
    }


def of_parts(files: Mapping[str, Files], parts: Iterable[Part]) -> list[Input]:
    """The inputs that a stage has of each part: option by option, in the order in which the parts joined."""
    return [
        (option, str(part), path.format(id=part.id))
        for option, paths in files.items()
        for part in parts
        for path in paths.get(part.kind, ())
    ]


def wanted(params_file: Path = params.PARAMS_FILE) -> dict[str, list[Input]]:
    """The written inputs that params.yaml asks for."""
    _check_there(params_file)
    return wanted_of(read_yaml(params_file), params_file)


def wanted_of(document: Mapping[str, Any], where: Path = params.PARAMS_FILE) -> dict[str, list[Input]]:
    """The written inputs that what params.yaml says asks for; raise ParamsError, naming `where`, for faulty parts."""
    return inputs(agreed(document, where), document)


def written(stage: Mapping[str, Any]) -> list[Input]:
    """The inputs in a stage's command: every option that takes a name and a path."""
    words = shlex.split(stage["cmd"])
    starts = [at for at, word in enumerate(words) if word in OPTIONS]
    return [(words[at], words[at + 1], words[at + 2]) for at in starts]


def paths(stage: Mapping[str, Any], item: str, fields: Mapping[str, str] | None = None) -> dict[str, Path]:
    """The paths, and plain words, in the command of a stage by their options.

    item: what the stage is made for, "" for one that is made once. fields: what params.yaml says of an item that is
    the key of a dict.
    """
    command = stage.get("do", stage)["cmd"].replace("${item}", item).replace("${key}", item)
    for name, value in (fields or {}).items():
        command = command.replace(f"${{item.{name}}}", value)
    words = shlex.split(command)[3:]
    return {option.removeprefix("--"): Path(path) for option, path in zip(words[::2], words[1::2], strict=True)}


def check(pipeline: Path = PIPELINE, params_file: Path = params.PARAMS_FILE) -> None:
    """Raise ParamsError for the first line of dvc.yaml that does not follow from params.yaml, and for a run that takes
    what is no part of the dataset, or no slice or share of one, a model that starts from what nothing makes, or a pair
    of what is not measured.
    """
    references.check_runs(params_file)
    references.check_starts(params_file)
    references.check_pairs(params_file)
    compare(load(pipeline)["stages"], wanted(params_file), pipeline)


def compare(
    stages: Mapping[str, Any],
    wanted: Mapping[str, list[Input]],
    pipeline: Path = PIPELINE,
    but: Part | None = None,
) -> None:
    """Raise ParamsError for the first written line of the stages that is not as expected, but for those of one part."""
    for name, lines in wanted.items():
        expected, found = (
            [line for line in listed if not _is_of(line, but)] for listed in (lines, written(stages[name]))
        )
        deps = [dep for dep in stages[name]["deps"] if isinstance(dep, str)]
        place = f"{pipeline}, stage {name}"
        for option, word, path in expected:
            if (option, word, path) not in found or path not in deps:
                raise _disagree(f"`{option} {word} {path}` in its cmd and {path} in its deps", "no such line", place)
        for option, word, path in found:
            if (option, word, path) not in expected:
                raise _disagree(f"nothing of {word}, which params.yaml does not list", f"`{option} {word}`", place)
        if found != expected:
            raise _disagree("the inputs in the order of params.yaml", "another order", place)
        words = [*shlex.split(stages[name]["cmd"]), *(path for line in lines if _is_of(line, but) for path in line[2:])]
        stale = [dep for dep in deps if dep.startswith(("data/", "metrics/")) and dep not in words]
        if stale:
            raise _disagree("no dependency beyond those of its cmd", stale[0], place)


def agrees(stages: Mapping[str, Any], expected: Mapping[str, list[Input]]) -> bool:
    """Whether the written lines of the stages are as expected."""
    try:
        compare(stages, expected)
    except ParamsError:
        return False
    return True


def _is_of(line: Input, part: Part | None) -> bool:
    """Whether a line is of a part; a ledger's word is the part and a stage."""
    return part is not None and f"{line[1]}/".startswith(f"{part}/")


def write(document: Any, expected: Mapping[str, list[Input]]) -> None:
    """Put the expected inputs into a loaded dvc.yaml: in the commands, and first among the dependencies."""
    for name, lines in expected.items():
        stage = document["stages"][name]
        old = written(stage)
        words = shlex.split(stage["cmd"])
        kept = words[:3] + _without(words[3:], old)
        command = " ".join([" ".join(kept[:3]), *(" ".join(line) for line in lines), *_options(kept[3:])])
        folded = FoldedScalarString(command)
        folded.fold_pos = [at for at in range(len(command)) if command.startswith(" --", at)]
        stage["cmd"] = folded
        deps = stage["deps"]
        paths = _paths(lines)
        others = [dep for dep in deps if dep not in _paths(old) and dep not in paths]
        deps[:] = paths + others


def load(path: Path) -> Any:
    """Load a YAML file so that it can be written back with its comments."""
    _check_there(path)
    return round_trip().load(path.read_text("utf-8"))


def document() -> dict[str, Any]:
    """What params.yaml says, without its comments and layout; raise ParamsError where there is none."""
    _check_there(params.PARAMS_FILE)
    found: dict[str, Any] = read_yaml(params.PARAMS_FILE)
    return found


def _check_there(path: Path) -> None:
    if not path.exists():
        raise ParamsError("a file", "none", str(path), "run from the repository's root")


def save(document: Any, path: Path) -> None:
    """Write a loaded YAML file back, in place of the old one."""
    with replacing(path) as temporary:
        temporary.write_text(text(document), "utf-8")


def text(document: Any) -> str:
    """A loaded YAML file as text."""
    stream = io.StringIO()
    round_trip().dump(document, stream)
    return stream.getvalue()


def plain(text: str) -> Any:
    """What a YAML text says, without its comments and layout."""
    return YAML(typ="safe", pure=True).load(text)


def _paths(lines: Iterable[Input]) -> list[str]:
    return [path for _, _, path in lines]


def _without(words: list[str], lines: Iterable[Input]) -> list[str]:
    left = list(words)
    for line in lines:
        at = left.index(line[0])
        del left[at : at + 3]
    return left


def _options(words: list[str]) -> list[str]:
    """Join each option with its value, so that a command folds before options only."""
    return [f"{option} {value}" for option, value in zip(words[::2], words[1::2], strict=True)]


def _disagree(expected: str, came: str, where: str) -> ParamsError:
    return ParamsError(
        expected, came, where, "let `sauropod grow` (or `sauropod grow --undo`) write these lines, or undo the edit"
    )
