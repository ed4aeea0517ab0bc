"""What growing and undoing change: files, the lists of params.yaml, and the written lines of dvc.yaml."""

import io
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from stages.console import busy, pipeline, references
from stages.shared import params
from stages.shared.errors import InputError, ParamsError
from stages.shared.files import remove, replacing
from stages.shared.parts import KINDS, Part, parse

LOCK = Path("dvc.lock")


@dataclass
class Change:
    """What growing or undoing does: files with their new text (None: removed), outputs to remove, and what to tell."""

    files: dict[Path, str | None] = field(default_factory=dict)
    outputs: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def carry_out(change: Change) -> None:
    """Write and remove what the change says; files first, so that an interruption leaves what `--undo` can mend.

    Raises BusyError, with nothing written, while DVC runs the pipeline that would change under it.
    """
    with busy.alone():
        for path, text in change.files.items():
            if text is None:
                remove(path)
            else:
                with replacing(path) as temporary:
                    temporary.write_text(text, "utf-8", newline=_line_end(path))
        for path in change.outputs:
            remove(path)


def _line_end(path: Path) -> str:
    """How lines end in the file that is there: only what a change says should differ afterwards."""
    if not path.is_file():
        return "\n"
    with path.open("rb") as file:
        return "\r\n" if file.readline().endswith(b"\r\n") else "\n"


def listed(part: Part) -> Change:
    """The change that adds a part to params.yaml and dvc.yaml, or what is missing there of one that was begun by hand.

    Raises InputError where nothing is missing, ParamsError where anything else in the two files disagrees.
    """
    key = KINDS[part.kind]
    document = pipeline.load(params.PARAMS_FILE)
    for name in (key, "parts"):
        if not isinstance(document.get(name), list):
            where = f"{params.PARAMS_FILE}, key {name}"
            raise ParamsError("a list", repr(document.get(name)), where, f"write `{name}: []`")
    missing = [(name, entry) for name, entry in ((key, part.id), ("parts", str(part))) if entry not in document[name]]
    if len(missing) != 1:
        references.check_runs()
        references.check_pairs()
    for name, entry in missing:
        append(document, name, DoubleQuotedScalarString(entry) if name == "waves" else entry)
    stages = pipeline.load(pipeline.PIPELINE)["stages"]
    joined = [parse(entry, f"{params.PARAMS_FILE}, key parts") for entry in document["parts"]]
    expected = pipeline.inputs(joined, document)
    if not missing and pipeline.agrees(stages, expected):
        where, kind = f"{params.PARAMS_FILE}, key {key}", "wave" if part.kind == "hub" else part.kind
        raise InputError(f"a {kind} that is not there yet", part.id, where, "choose another, or undo it")
    pipeline.compare(stages, expected, but=part)
    return with_lines(Change(), document)


def append(document: Any, key: str, entry: str) -> None:
    """Add to a list of params.yaml, leaving the blank line and comments behind its last entry behind the new one."""
    entries = document[key]
    last = len(entries) - 1
    if last < 0:
        # What follows an empty list belongs to its key.
        entries.fa.set_block_style()
        entries.append(entry)
        around = document.ca.items.pop(key, None)
        if around is not None:
            _, before, after, _ = around
            document.ca.items[key] = [None, before, None, None]
            entries.ca.items[0] = [after, None, None, None]
        return
    comment = entries.ca.items.pop(last, None) if last >= 0 else None
    entries.append(entry)
    if comment is not None:
        trailing = comment[0].value
        if trailing.startswith("#"):
            # A comment on the entry's own line stays with it; what follows the line moves on.
            entries.ca.items[last] = comment
        else:
            entries.ca.items[last + 1] = comment


def take_out(document: Any, key: str, entry: str) -> None:
    """Take an entry out of a list of params.yaml; what follows the list stays behind its new last entry, or its key."""
    entries = document[key]
    if entries == [entry]:
        after = entries.ca.items.get(0)
        before = (document.ca.items.get(key) or [None, None])[1]
        document[key] = CommentedSeq()
        document[key].fa.set_flow_style()
        if after is not None or before is not None:
            document.ca.items[key] = [None, before, after[0] if after else None, None]
        return
    at = entries.index(entry)
    comment = entries.ca.items.get(at)
    last = at == len(entries) - 1
    del entries[at]
    if last and at > 0 and comment is not None and not comment[0].value.startswith("#"):
        entries.ca.items.setdefault(at - 1, comment)


def with_lines(change: Change, document: Any) -> Change:
    """Add the new params.yaml to a change, and the dvc.yaml whose written lines follow from it."""
    return with_text(change, pipeline.text(document))


def with_text(change: Change, text: str) -> Change:
    """Add the text of a new params.yaml to a change, and the dvc.yaml whose written lines follow from it.

    Raises ParamsError where lines were added to a form that they don't fit into.
    """
    try:
        document = pipeline.plain(text)
    except YAMLError as error:
        came = " ".join(str(error).split())
        raise ParamsError("entries that begin two blanks in", came, "params.yaml", "write them in that form") from error
    change.files[params.PARAMS_FILE] = text
    stages = pipeline.load(pipeline.PIPELINE)
    pipeline.write(stages, pipeline.wanted_of(document))
    change.files[pipeline.PIPELINE] = pipeline.text(stages)
    return change


def made_by(key: str, item: str) -> tuple[list[Path], list[Path], set[str]]:
    """The metrics and the outputs that are there of an entry of a list or section of params.yaml, and its stages.

    Outputs are the folders that are the entry's own. Stages are named as DVC does: `mix@growth-1`.
    """
    stages = pipeline.load(pipeline.PIPELINE)["stages"]
    own = {name: stage for name, stage in stages.items() if stage.get("foreach") == f"${{{key}}}"}
    metrics: list[Path] = []
    outputs: set[Path] = set()
    for stage in own.values():
        for out in [*stage["do"].get("outs", []), *stage["do"].get("plots", [])]:
            text = out if isinstance(out, str) else next(iter(out))
            path = Path(text.replace("${item}", item).replace("${key}", item))
            if path.parts[0] == "metrics":
                metrics.append(path)
            else:
                outputs.add(path if path.name == item else path.parent)
    return (
        [path for path in metrics if path.exists()],
        sorted(path for path in outputs if path.exists()),
        {f"{name}@{item}" for name in own},
    )


def lock_without(names: Collection[str]) -> dict[Path, str | None]:
    """dvc.lock without some stages, as DVC writes it, ready for a change; nothing where it has none of them."""
    if not LOCK.exists():
        return {}
    yaml = YAML()
    yaml.default_flow_style = False
    lock = yaml.load(LOCK.read_text("utf-8"))
    stale = [name for name in lock.get("stages", {}) if name in names]
    for name in stale:
        del lock["stages"][name]
    stream = io.StringIO()
    yaml.dump(lock, stream)
    return {LOCK: stream.getvalue()} if stale else {}
