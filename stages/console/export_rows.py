"""`sauropod export`, the instances of a version in the forms that trainers read, with their licences beside them.

One file (.jsonl: a row a line; .json: a list), or a folder with a file for each part. Rows are written as they are
read; a file or folder appears when it is whole. What a form can't hold is left out, by reason, and counted.
"""

import argparse
import csv
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stages.console import export_dynosaur, export_superni
from stages.console.export_places import check_place, place
from stages.console.revisions import Version, VersionFile, read_version
from stages.corpus.formats import alpaca, messages, sharegpt
from stages.corpus.forms import Chat, Found, Message, Single
from stages.dataset import usage
from stages.dataset.inventory import dataset_of
from stages.dataset.partfiles import shard_name
from stages.shared.errors import InputError, LedgerError
from stages.shared.files import dump_json, replacing, write_json
from stages.shared.records import INSTANCES

Row = dict[str, Any]
Writer = Callable[[Row], dict[str, Any]]

REASONS = {
    "turns": "a conversation, or a call of a tool, that the form has no place for",
    **usage.REASONS,
}
"""Why a row is left out; the words of usage only where --use asks for them."""

LICENSES = "LICENSES.csv"
LICENSE_COLUMNS = ("license", "terms", "part", "dataset", "revision", "website", "rows")
"""The file beside what is exported, so that no licence gets lost where the form has no place for one."""

BATCH_ROWS = 1000


@dataclass
class Exported:
    """What was read and written. sources: rows by the columns of the file of licences."""

    read: int = 0
    rows: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    sources: Counter[tuple[str, ...]] = field(default_factory=Counter)
    files: list[str] = field(default_factory=list)


def found_of(row: Row) -> Found:
    """What an instance is: a single exchange, or a conversation."""
    if row["messages"] is None:
        return Single(row["instruction"], row["input"], row["output"])
    turns = (
        Message(turn["role"], turn["content"] or "", turn["name"] or "", turn["tool_calls"] or "")
        for turn in row["messages"]
    )
    return Chat(tuple(turns))


def alpaca_row(row: Row) -> dict[str, Any]:
    """instruction, input, output; of a conversation its last exchange, with `system` and `history` before it."""
    return alpaca.write(found_of(row))


def sharegpt_row(row: Row) -> dict[str, Any]:
    """`conversations`, each turn with from and value; an input stands below its instruction."""
    return sharegpt.write(found_of(row))


def messages_row(row: Row) -> dict[str, Any]:
    """`messages`, each with role and content as one text, as every trainer reads it."""
    found = found_of(row)
    if isinstance(found, Single):
        asked = alpaca.question(found.instruction, found.input)
        found = Chat((Message("user", asked), Message("assistant", found.output)))
    return messages.write(found)


WRITERS: Mapping[str, Writer] = {
    "dynosaur": export_dynosaur.row,
    "alpaca": alpaca_row,
    "sharegpt": sharegpt_row,
    "messages": messages_row,
    "superni": export_superni.instance,
}
"""The forms, and what makes a row of each; they raise ValueError for what the form can't hold."""

_ROLES = ("user", "assistant", "system")
TRAINER: Mapping[str, dict[str, Any]] = {
    "alpaca": {
        "columns": {
            "prompt": "instruction",
            "query": "input",
            "response": "output",
            "system": "system",
            "history": "history",
        }
    },
    "sharegpt": {"formatting": "sharegpt", "columns": {"messages": "conversations", "tools": "tools"}},
    "messages": {
        "formatting": "sharegpt",
        "columns": {"messages": "messages", "tools": "tools"},
        "tags": {"role_tag": "role", "content_tag": "content", **{f"{role}_tag": role for role in _ROLES}},
    },
}
"""How LLaMA-Factory is told of a file of each form, in its dataset_info.json."""


def run(arguments: argparse.Namespace) -> None:
    """Write the rows that were asked for, or count them, and say what was left out."""
    out, form = place(arguments), arguments.format
    single = out.suffix in (".json", ".jsonl")
    if single and form == "superni":
        raise InputError("a folder, as each task is a file", str(out), "sauropod export --format superni", "name one")
    version = read_version(arguments.rev)
    shards = chosen(version, arguments.part or [])
    found = Exported()
    if arguments.dry_run:
        for _ in kept(shards, WRITERS[form], arguments, found):
            pass
    else:
        check_place(out, LICENSES, force=arguments.force)
        with replacing(out) as temporary:
            if single:
                _write_file(temporary, kept(shards, WRITERS[form], arguments, found), lines=out.suffix == ".jsonl")
            else:
                _write_folder(temporary, version, shards, arguments, found)
            beside = out.with_name(f"{out.stem}.{LICENSES}") if single else temporary / LICENSES
            _write_licenses(beside, found.sources)
        found.files = [out.name, f"{out.stem}.{LICENSES}"] if single else sorted(one.name for one in out.iterdir())
    say(found, out, version, arguments)


def chosen(version: Version, parts: Sequence[str]) -> list[VersionFile]:
    """The shards of some parts (all, where none is named), in the order in which the parts joined."""
    order = list(version.metrics("dataset").get("parts", {}))
    places = {shard_name(part): place for place, part in enumerate(order)}
    shards = sorted(version.shards, key=lambda shard: (places.get(shard.name, len(places)), shard.name))
    there = {shard.name for shard in shards}
    unknown = [part for part in parts if shard_name(part) not in there]
    if unknown:
        listed = ", ".join(part for part in order if shard_name(part) in there)
        raise InputError("parts of the dataset", ", ".join(unknown), f"--part, {version.name}", f"choose of {listed}")
    wanted = {shard_name(part) for part in parts} or there
    return [shard for shard in shards if shard.name in wanted]


def kept(
    shards: Sequence[VersionFile], write: Writer, arguments: argparse.Namespace, found: Exported
) -> Iterator[tuple[Row, dict[str, Any]]]:
    """Yield each instance with what is written of it, entering all of them in the counts."""
    for row in _rows(shards):
        found.read += 1
        reason = usage.unfit(row["license"], row["terms"], arguments.use or "all")
        try:
            written = None if reason else write(row)
        except ValueError:
            reason, written = "turns", None
        if written is None:
            found.left_out[reason] += 1
            continue
        found.rows += 1
        dataset = dataset_of(row["part"], row["origin"])
        conditions = (row["license"], row["terms"], row["part"], dataset, row["revision"], row["website"])
        found.sources[conditions] += 1
        yield row, written
    if found.read != found.rows + found.left_out.total():
        raise LedgerError(f"{found.read} rows", f"{found.rows + found.left_out.total()}", "export", "report the defect")


def _rows(shards: Iterable[VersionFile]) -> Iterator[Row]:
    for shard in shards:
        for batch in shard.batches(INSTANCES.names, BATCH_ROWS):
            yield from batch.to_pylist()


def _write_file(path: Path, rows: Iterator[tuple[Row, dict[str, Any]]], *, lines: bool) -> set[str]:
    """One file, a row a line or all as a list; return the keys that its rows have."""
    keys: set[str] = set()
    with path.open("w", encoding="utf-8", newline="\n") as file:
        if not lines:
            file.write("[")
        for number, (_, written) in enumerate(rows):
            keys |= written.keys()
            file.write(f"{dump_json(written)}\n" if lines else f"{',' if number else ''}\n{dump_json(written)}")
        if not lines:
            file.write("\n]\n")
    return keys


def _write_folder(
    folder: Path, version: Version, shards: Sequence[VersionFile], arguments: argparse.Namespace, found: Exported
) -> None:
    """A file for each part and what LLaMA-Factory reads of them; or the files that the form has names for."""
    folder.mkdir(parents=True)
    form = arguments.format
    if form == "superni":
        export_superni.write(folder, kept(shards, WRITERS[form], arguments, found))
    elif form == "dynosaur":
        export_dynosaur.write(folder, version, kept(shards, WRITERS[form], arguments, found))
    else:
        told = {}
        for shard in shards:
            path = folder / Path(shard.name).with_suffix(".jsonl").name
            keys = _write_file(path, kept([shard], WRITERS[form], arguments, found), lines=True)
            columns = {role: key for role, key in TRAINER[form]["columns"].items() if key in keys}
            told[path.stem] = {"file_name": path.name, **TRAINER[form], "columns": columns}
        write_json(folder / "dataset_info.json", told)


def _write_licenses(path: Path, sources: Mapping[tuple[str, ...], int]) -> None:
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(LICENSE_COLUMNS)
        writer.writerows([*conditions, count] for conditions, count in sorted(sources.items()))


def say(found: Exported, out: Path, version: Version, arguments: argparse.Namespace) -> None:
    """Tell what was written, or would be, and what was left out."""
    left = dict(sorted(found.left_out.items()))
    if arguments.json:
        counts = {"read": found.read, "rows": found.rows, "left_out": left, "sources": len(found.sources)}
        told = {"out": str(out), "version": version.name, "format": arguments.format, "files": found.files}
        print(json.dumps({**told, **counts, "dry_run": arguments.dry_run}, indent=2, ensure_ascii=False))
        return
    verb = "would write" if arguments.dry_run else "wrote"
    print(f"{verb} {found.rows:,} of {found.read:,} rows ({version.name}) to {out}")
    for reason, count in left.items():
        print(f"  left out {count:,}: {REASONS[reason]}")
    if not arguments.dry_run:
        conditions = {source[:2] for source in found.sources}
        beside = out.with_name(f"{out.stem}.{LICENSES}") if out.is_file() else out / LICENSES
        print(f"  {len(conditions)} licences and terms of {len(found.sources)} sources: {beside}")
