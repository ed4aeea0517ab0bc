"""`sauropod export`: the dataset as trainers read it, or what was crawled in Dynosaur's form (spec A2, A3, A5).

The instances are written by export_rows.py, the tree of a domain by forest.py.
"""

import argparse
import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import pyarrow.parquet as pq

from stages.console.export_places import place
from stages.hub.rows import row_groups
from stages.shared import params
from stages.shared.errors import InputError
from stages.shared.files import dump_json, open_parquet, read_jsonl, replacing
from stages.shared.records import ROWS, Card

CARDS = "data/select/{wave}/cards.jsonl"
CRAWLED = "data/crawl/{wave}/rows.parquet"
METADATA, DATA = "huggingface_metadata.jsonl", "huggingface_data.jsonl"
SHOWN = 2
"""Rows that a record of the first file shows (spec A3)."""


OTHER_FORMS = ("dynosaur-metadata", "explore-instruct")
"""The forms of what is no instance."""

OF_INSTANCES = {"rev": "--rev", "part": "--part", "use": "--use", "force": "--force"}
"""Options that only the forms of instances have."""


@dataclass
class Exported:
    """How many datasets or configs and rows were written, and the names that a later wave had again."""

    datasets: int = 0
    rows: int = 0
    repeated: list[str] = field(default_factory=list)


def run(arguments: argparse.Namespace) -> None:
    """Write both files, or count what they would hold; or instances; or the tree of a domain."""
    check_options(arguments)
    if arguments.format not in OTHER_FORMS:
        # Loaded here: the other forms need none of it.
        from stages.console import export_rows  # noqa: PLC0415

        export_rows.run(arguments)
        return
    arguments.out = str(place(arguments))
    if arguments.format == "explore-instruct":
        if arguments.domain is None:
            where = "sauropod export --format explore-instruct"
            raise InputError("--domain DOMAIN", "no domain", where, "name the domain whose tree is written")
        # Loaded here: the other form needs none of it.
        from stages.console import forest  # noqa: PLC0415

        forest.export(arguments)
        return
    waves = arguments.wave or list(params.value("waves"))
    for wave in waves:
        for path in (Path(CARDS.format(wave=wave)), Path(CRAWLED.format(wave=wave))):
            if not path.is_file():
                raise InputError("the output of a wave that has run", "none", str(path), "run `dvc repro` first")
    out = Path(arguments.out)
    with ExitStack() as files:
        opened = None
        if not arguments.dry_run:
            paths = [files.enter_context(replacing(out / name)) for name in (METADATA, DATA)]
            opened = [files.enter_context(path.open("w", encoding="utf-8", newline="\n")) for path in paths]
        found = written(waves, *(opened or (None, None)))
    told = [] if arguments.dry_run else [str(out / name) for name in (METADATA, DATA)]
    if arguments.json:
        counts = {"datasets": found.datasets, "rows": found.rows, "repeated": found.repeated}
        print(json.dumps({"wrote": told, "waves": waves, **counts, "dry_run": arguments.dry_run}, indent=2))
        return
    print(*(f"wrote {path}\n" for path in told), sep="", end="")
    print(f"{found.datasets:,} datasets or configs with {found.rows:,} rows, of {', '.join(waves)}")
    if found.repeated:
        print(
            f"left out, as an earlier wave has them: {', '.join(found.repeated[:10])} ({len(found.repeated):,} in all)"
        )


def check_options(arguments: argparse.Namespace) -> None:
    """Raise InputError for an option that the form has no use for."""
    instances = arguments.format not in OTHER_FORMS
    given = [option for name, option in OF_INSTANCES.items() if getattr(arguments, name) and not instances]
    given += ["--wave"] if arguments.wave and arguments.format != "dynosaur-metadata" else []
    given += ["--domain"] if arguments.domain is not None and arguments.format != "explore-instruct" else []
    if given:
        where = f"sauropod export --format {arguments.format}"
        raise InputError("options of that form", given[0], where, "leave it out, or choose another form")


def written(waves: list[str], metadata: IO[str] | None, data: IO[str] | None) -> Exported:
    """Write the records of all waves in their order, a row at a time; without files, count them."""
    found, seen = Exported(), set()
    for wave in waves:
        file = open_parquet(Path(CRAWLED.format(wave=wave)), ROWS.names)
        groups = row_groups(file)
        for card in read_jsonl(Path(CARDS.format(wave=wave)), Card):
            if card.taskname in seen:
                found.repeated.append(card.taskname)
                continue
            seen.add(card.taskname)
            found.datasets += 1
            if metadata is None or data is None:
                found.rows += sum(card.splits.values())
            else:
                found.rows += _write(
                    card, row_texts(file, groups.get(card.taskname, []), card.taskname), metadata, data
                )
    return found


def row_texts(file: pq.ParquetFile, groups: list[int], taskname: str) -> Iterator[str]:
    """The rows of a taskname, each the JSON that crawl wrote."""
    for batch in file.iter_batches(batch_size=1000, row_groups=groups, columns=["taskname", "row"]) if groups else ():
        columns = batch.to_pydict()
        yield from (text for name, text in zip(columns["taskname"], columns["row"], strict=True) if name == taskname)


def record(card: Card) -> dict[str, Any]:
    """What follows the rows in a card's record; a heading that the card lacks is an empty list (spec A2)."""
    return {
        "multilinguality": multilinguality(card),
        "summary": card.summary or [],
        "supported_task": card.supported_tasks or [],
        "data_fields": card.data_fields or [],
        "task_category": ", ".join(card.task_categories) or [],
        "task_ids": ", ".join(card.task_ids) or [],
        "license": card.license,
        "website": card.website,
    }


def multilinguality(card: Card) -> str:
    """The word `english` for at most one language, which is English or code, or none that is declared; otherwise
    `multilingual` or, by the summary, `translation` (spec A3).
    """
    if len(card.languages) <= 1 and set(card.languages) <= {"en", "code"}:
        return "english"
    says = any(word in card.summary for word in ("translat", "Translat", "bitext"))
    return "translation" if says and "paws-x" not in card.taskname else "multilingual"


def _write(card: Card, rows: Iterator[str], metadata: IO[str], data: IO[str]) -> int:
    """One line in each file; return how many rows the second has."""
    head = f'{{"task_name":{dump_json(card.taskname)},"selected_data":['
    tail = f"],{dump_json(record(card))[1:]}\n"
    shown: list[str] = []
    count = 0
    data.write(head)
    for count, text in enumerate(rows, start=1):
        if count <= SHOWN:
            shown.append(text)
        data.write(f",{text}" if count > 1 else text)
    data.write(tail)
    metadata.write(f"{head}{','.join(shown)}{tail}")
    return count
