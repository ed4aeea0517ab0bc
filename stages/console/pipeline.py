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

from stages.console.layout import round_trip
from stages.model.runs import pieces
from stages.shared import params
from stages.shared.errors import ParamsError
from stages.shared.files import read_yaml, replacing
from stages.shared.parts import Part, read

PIPELINE = Path("dvc.yaml")

Files = dict[str, tuple[str, ...]]
"""What each kind of part has for an option of a stage."""

INSTANCES: Files = {
    "hub": ("data/organize/{id}/instances.parquet",),
    "domain": ("data/sample/{id}/instances.parquet",),
    "corpus": ("data/clean/{id}/instances.parquet",),
}
TASKS: Files = {"hub": ("data/organize/{id}/tasks.jsonl",)}
ASKED: Files = {
    "hub": ("metrics/generate/{id}.json",),
    "domain": ("metrics/explore/{id}.json", "metrics/enrich/{id}.json"),
}
CARDS: Files = {"hub": ("data/select/{id}/cards.jsonl",)}
DESCRIBED: Files = {"hub": ("data/select/{id}/cards.jsonl",), "corpus": ("data/sources/corpora/{id}.yaml",)}
TRAINED, ALIGNED = "data/train", "data/align"
"""Where runs and alignments leave their models."""

MADE = ("runs", "alignments")
"""The sections of params.yaml whose entries start from a model and make one."""

MEASURE = "metrics/evaluate/{id}.json"
LEDGERS: dict[str, tuple[str, ...]] = {
    "hub": ("crawl", "select", "generate", "filter", "organize"),
    "domain": ("explore", "enrich", "prune", "thin", "sample"),
    "corpus": ("collect", "clean"),
}
"""The stages that count what became of a kind of part, in the order they run."""

LEDGER = "metrics/{stage}/{id}.json"
FIGURES = ("dataset", "analyze", "audit", "evaluate", "continual")
"""The metrics of the whole that the report shows."""

FIGURE = "metrics/{name}.json"
OPTIONS = ("--part", "--tasks", "--asked", "--described", "--cards", "--measure", "--figures", "--ledger")
"""Options of a stage's command that take a name and a path, and whose lines are written here."""

Input = tuple[str, str, str]
"""An option of a stage's command, the name that follows it, and the path that follows the name."""


def inputs(parts: Iterable[Part], measures: Iterable[str]) -> dict[str, list[Input]]:
    """The written inputs of merge, analyze, summarize and report, in order."""
    parts = list(parts)
    ledgers = [
        ("--ledger", f"{part}/{stage}", LEDGER.format(stage=stage, id=part.id))
        for part in parts
        for stage in LEDGERS[part.kind]
    ]
    return {
        "merge": of_parts({"--part": INSTANCES, "--tasks": TASKS, "--asked": ASKED, "--described": DESCRIBED}, parts),
        "analyze": of_parts({"--cards": CARDS}, parts),
        "summarize": [("--measure", name, MEASURE.format(id=name)) for name in measures],
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
    measures = params.value("measures", params_file)
    return inputs(read(params_file), measures if isinstance(measures, dict) else {})


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
    check_runs(params_file)
    check_starts(params_file)
    check_pairs(params_file)
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


def check_runs(params_file: Path = params.PARAMS_FILE) -> None:
    """Raise ParamsError naming the key where a run takes what the dataset does not have, or says it wrongly."""
    joined = [str(part) for part in read(params_file)]
    for name, run in (params.value("runs", params_file) or {}).items():
        pieces(name, run.get("parts"), joined)


def check_starts(params_file: Path = params.PARAMS_FILE) -> None:
    """Raise ParamsError naming the key where a run, an alignment or a model starts from one that nothing makes any
    more, or in the end from itself. Where its folder is still there, DVC would take it for somebody's data.
    """
    found = read_yaml(params_file)
    runs, alignments = found.get("runs") or {}, found.get("alignments") or {}
    if both := sorted(runs.keys() & alignments.keys()):
        where = f"{params_file}, key alignments.{both[0]}"
        raise ParamsError("a name that no run has", both[0], where, "choose another, since scores go by it")
    starts = {f"{TRAINED}/{name}": run.get("init", "") for name, run in runs.items()}
    starts |= {f"{ALIGNED}/{name}": one.get("init", "") for name, one in alignments.items()}
    places = [
        (f"{kind}.{name}.init", one.get("init", "")) for kind in MADE for name, one in (found.get(kind) or {}).items()
    ]
    places += [(f"models.{name}.from", one.get("from", "")) for name, one in (found.get("models") or {}).items()]
    for key, path in places:
        chain = [path]
        while chain[-1].startswith((f"{TRAINED}/", f"{ALIGNED}/")):
            where = f"{params_file}, key {key}"
            if chain[-1] not in starts:
                known = ", ".join(starts) or "none"
                raise ParamsError(f"a model that a run or an alignment makes ({known})", chain[-1], where, "name one")
            if starts[chain[-1]] in chain:
                ring = " from ".join([*chain, starts[chain[-1]]])
                raise ParamsError(
                    "models that start from earlier ones", f"a ring: {ring}", where, "correct one of them"
                )
            chain.append(starts[chain[-1]])


def check_pairs(params_file: Path = params.PARAMS_FILE) -> None:
    """Raise ParamsError naming the key where a pair compares what is no measure; DVC would only miss a parameter."""
    found = read_yaml(params_file)
    measures = found.get("measures") or {}
    for name, pair in (found.get("pairs") or {}).items():
        for side in ("a", "b"):
            measure = pair.get(side) if isinstance(pair, dict) else pair
            if measure not in measures:
                raise ParamsError(
                    f"two of the measures {', '.join(measures) or '(none)'}",
                    repr(measure),
                    f"{params_file}, key pairs.{name}.{side}",
                    "name one of them, or remove the pair",
                )


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
