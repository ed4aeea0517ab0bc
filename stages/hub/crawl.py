"""Crawl a wave: read the cards and the rows of its datasets from a hub (spec A2).

A dataset or config that cannot be read is dropped with its reason and the crawl goes on; a dataset, config or revision
that the wave names and the hub does not have stops it before anything is written.
"""

import argparse
import hashlib
import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Annotated, Any

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import Field
from tqdm import tqdm

from stages.hub import hubs, licenses
from stages.hub.placeholders import is_placeholder
from stages.hub.waves import WaveDataset, check_wave, read_wave, taskname, wanted_configs
from stages.shared import params, stage
from stages.shared.files import dump_json, parquet_writer, write_jsonl
from stages.shared.hub import cards
from stages.shared.hub.features import LEFT_OUT
from stages.shared.hub.layout import reading_order
from stages.shared.hub.seam import Hub, HubDataset, UnreadableError
from stages.shared.ledger import Ledger, opened
from stages.shared.records import ROWS, Card

REASONS = {
    "no-rows": "config: its splits hold no row that is kept",
    "not-wanted": "split: its name holds none of the words of crawl.splits",
    "bytes": "field: images, sound and bytes do not go into a row of JSON",
    "config-cap": "config: the dataset has more configs than crawl.max_configs",
    "stopped": "config: the first crawl.stop_after_failed configs of the dataset all failed",
    "too-many-fields": "config: it has more columns than crawl.max_fields",
    "row-too-large": "row: its JSON is longer than crawl.max_row_chars",
    "repeat": "row: the same row came before in this config",
    "placeholder": "row: it stands in for data (placeholders.py)",
}
"""Why crawl drops what can be read; `stages.shared.hub.seam.REASONS` says why something cannot."""

GROUP_BYTES = 4_000_000
"""Text of rows that is held for one row group of rows.parquet."""

SPOOL_BYTES = 16_000_000
"""Text of rows of one config that is held in memory before it goes to a temporary file."""


class CrawlParams(params.Section):
    """rows_per_split: first rows read of each split (null: all). splits: a split is read when its name holds one of
    these words, case apart. keep_repeats: keep exact repeats and placeholder rows, as Dynosaur does. max_configs: of a
    dataset whose configs the wave does not name, in the order of their names (null: all). stop_after_failed: where so
    many configs gave no row and none before them did, the rest is not tried (spec A2; null: it is). max_fields: columns
    of a config. max_row_chars: of a row's JSON.
    """

    rows_per_split: Annotated[int, Field(ge=1)] | None
    splits: Annotated[list[str], Field(min_length=1)]
    keep_repeats: bool
    max_configs: Annotated[int, Field(ge=1)] | None
    stop_after_failed: Annotated[int, Field(ge=1)] | None
    max_fields: Annotated[int, Field(ge=1)]
    max_row_chars: Annotated[int, Field(ge=1)]


@dataclass(frozen=True)
class SourceRow:
    """A row as read: where it stood, its JSON, and the reason to drop it ("": keep)."""

    split: str
    index: int
    text: str
    reason: str


class Seen:
    """The rows of a dataset so far, as hashes of 16 bytes: those of the configs before, and those of this one."""

    def __init__(self) -> None:
        self._before: set[bytes] = set()
        self._here: set[bytes] = set()

    def again(self, key: bytes) -> bool:
        """Whether a row came before; it has come from now on."""
        if key in self._before or key in self._here:
            return True
        self._here.add(key)
        return False

    def close_config(self, *, whole: bool) -> None:
        """End a config; the rows of one that could not be read to its end have not come."""
        if whole:
            self._before |= self._here
        self._here = set()


@dataclass(frozen=True)
class Output:
    """Where crawl writes rows and counts."""

    book: Ledger
    writer: pq.ParquetWriter


def card_of(hub: Hub, dataset: HubDataset, config: str, text: cards.CardText, splits: Mapping[str, int]) -> Card:
    """The card of a config whose rows kept are counted in `splits`; raises UnreadableError where it has no columns."""
    header, found = text.header, text.sections
    license_texts = cards.values(header, "license", config) or cards.values(header, "licenses", config)
    languages = cards.values(header, "language", config) or cards.values(header, "languages", config)
    return Card(
        taskname=taskname(dataset, config),
        dataset=dataset.id,
        config=config,
        revision=dataset.revision,
        website=dataset.website,
        license=licenses.license_ids(license_texts),
        license_found=license_found(header),
        languages=licenses.language_ids(languages),
        task_categories=cards.values(header, "task_categories", config),
        task_ids=cards.values(header, "task_ids", config),
        summary=cards.section(found, "Dataset Summary"),
        supported_tasks=cards.section(found, "Supported Tasks and Leaderboards", "Supported Tasks"),
        data_fields=cards.section(found, "Data Fields"),
        features=hub.features(dataset, config),
        splits=dict(splits),
    )


def license_found(header: Mapping[str, Any]) -> str:
    """What a card's header says of its licence, each key with its value as it stands there."""
    keys = ("license", "licenses", "license_details")
    return "; ".join(f"{key}: {dump_json(header[key])}" for key in keys if key in header)


def check_fields(hub: Hub, dataset: HubDataset, config: str, section: CrawlParams) -> None:
    """Raise UnreadableError where a config has more columns than are read."""
    count = len(hub.features(dataset, config))
    if count > section.max_fields:
        detail = f"{count} columns, at most {section.max_fields} are read"
        raise UnreadableError("too-many-fields", detail, f"{dataset.id}, config {config!r}")


def wanted_splits(dataset: HubDataset, config: str, words: Iterable[str]) -> list[str]:
    """The splits whose names hold one of `words`, case apart: train first, then validation, then as in the card."""
    wanted = [word.casefold() for word in words]
    return [name for name in reading_order(dataset.configs[config]) if any(word in name.casefold() for word in wanted)]


def source_rows(
    hub: Hub, dataset: HubDataset, config: str, section: CrawlParams, faults: Counter[str], seen: Seen
) -> Iterator[SourceRow]:
    """Yield the rows of a config, each as kept or with the reason to drop it; the first of equal rows is kept.

    Raises UnreadableError.
    """
    for split in wanted_splits(dataset, config, section.splits):
        for index, row in enumerate(hub.rows(dataset, config, split, section.rows_per_split, faults)):
            text = dump_json(row)
            if len(text) > section.max_row_chars:
                yield SourceRow(split, index, "", "row-too-large")
                continue
            key = hashlib.blake2b(text.encode("utf-8"), digest_size=16).digest()
            reason = "repeat" if seen.again(key) else "placeholder" if is_placeholder(row) else ""
            yield SourceRow(split, index, text, "" if section.keep_repeats else reason)


def card_and_rows(hub: Hub, dataset: HubDataset, config: str, section: CrawlParams) -> tuple[Card, list[str]]:
    """The card of one config and the JSON of the rows that are kept, all in memory; raises UnreadableError."""
    rows = [row for row in source_rows(hub, dataset, config, section, Counter(), Seen()) if not row.reason]
    counts = dict.fromkeys(wanted_splits(dataset, config, section.splits), 0)
    counts.update(Counter(row.split for row in rows))
    text = cards.read(dataset.readme, dataset.id)
    return card_of(hub, dataset, config, text, counts), [row.text for row in rows]


def crawl_config(
    hub: Hub,
    dataset: HubDataset,
    config: str,
    text: cards.CardText,
    section: CrawlParams,
    out: Output,
    seen: Seen,
) -> tuple[Card | None, Counter[str]]:
    """Write the rows of a config and count them; return its card (None: dropped) and the values that became null.

    The rows wait beside the file until all of them are read, so a config is there whole or not at all.
    """
    id = f"{dataset.id}:{config}"
    faults: Counter[str] = Counter()
    with tempfile.SpooledTemporaryFile(SPOOL_BYTES, "w+", encoding="utf-8", newline="\n") as spool:
        kept = dict.fromkeys(wanted_splits(dataset, config, section.splits), 0)
        try:
            check_fields(hub, dataset, config, section)
            for row in source_rows(hub, dataset, config, section, faults, seen):
                kept[row.split] += not row.reason
                spool.write(dump_json([row.split, row.index, row.text, row.reason]) + "\n")
            card = card_of(hub, dataset, config, text, kept)
        except UnreadableError as error:
            seen.close_config(whole=False)
            out.book.drop("configs", id, error.reason, error.detail)
            return None, Counter()
        seen.close_config(whole=True)
        spool.seek(0)
        _copy_rows(spool, id, card.taskname, out)
    if kept and not any(kept.values()):
        out.book.drop("configs", id, "no-rows", ", ".join(kept))
        return None, Counter()
    out.book.keep("configs")
    _count_parts(card, dataset, out.book)
    return card, faults


def _copy_rows(spool: IO[str], id: str, taskname: str, out: Output) -> None:
    """Count the rows of a config and write those that are kept, one row group or more."""
    group: list[dict[str, object]] = []
    size = 0
    for line in spool:
        split, index, text, reason = json.loads(line)
        out.book.read("rows")
        if reason:
            out.book.drop("rows", f"{id}:{split}:{index}", reason)
            continue
        out.book.keep("rows")
        group.append({"taskname": taskname, "split": split, "index": index, "row": text})
        size += len(text)
        if size > GROUP_BYTES:
            out.writer.write_table(pa.Table.from_pylist(group, ROWS))
            group, size = [], 0
    if group:
        out.writer.write_table(pa.Table.from_pylist(group, ROWS))


def _count_parts(card: Card, dataset: HubDataset, book: Ledger) -> None:
    """Count the splits and fields of a config that was crawled."""
    id = f"{card.dataset}:{card.config}"
    for split in dataset.configs[card.config]:
        book.read("splits")
        if split in card.splits:
            book.keep("splits")
        else:
            book.drop("splits", f"{id}:{split}", "not-wanted")
    for name, feature in card.features.items():
        book.read("fields")
        if feature.type in LEFT_OUT:
            book.drop("fields", f"{id}:{name}", "bytes", feature.type)
        else:
            book.keep("fields")


def planned(dataset: HubDataset, entry: WaveDataset, section: CrawlParams, where: Path) -> list[str]:
    """The configs of a dataset that are read, sorted: those that the wave names, else at most `max_configs`."""
    found = wanted_configs(dataset, entry, where)
    return found if entry.configs else found[: section.max_configs]


def crawl_dataset(
    hub: Hub, entry: WaveDataset, section: CrawlParams, out: Output, where: Path
) -> Iterator[tuple[Card, Counter[str]]]:
    """Write the rows of a dataset and count its configs; yield the card of each, and the values that became null."""
    try:
        dataset = hub.dataset(entry.id)
        text = cards.read(dataset.readme, dataset.id)
    except UnreadableError as error:
        out.book.drop("datasets", entry.id, error.reason, error.detail)
        return
    out.book.keep("datasets")
    read = planned(dataset, entry, section, where)
    seen = Seen()
    kept = 0
    for number, config in enumerate(wanted_configs(dataset, entry, where)):
        out.book.read("configs")
        if number >= len(read):
            out.book.drop("configs", f"{dataset.id}:{config}", "config-cap", f"{len(read)} configs are read")
            continue
        if not kept and section.stop_after_failed is not None and number >= section.stop_after_failed:
            detail = f"none of the first {section.stop_after_failed} configs gave a row"
            out.book.drop("configs", f"{dataset.id}:{config}", "stopped", detail)
            continue
        card, faults = crawl_config(hub, dataset, config, text, section, out, seen)
        if card:
            kept += 1
            yield card, faults


def main(paths: argparse.Namespace) -> None:
    """Read a wave and its hub; write cards, rows, what was dropped, and the counts."""
    section = params.read("crawl", CrawlParams)
    wave, places = hubs.with_places(read_wave(paths.wave))
    entries = {entry.id: entry for entry in wave.datasets}

    def plan(dataset: HubDataset) -> Iterator[tuple[str, list[str]]]:
        for config in planned(dataset, entries[dataset.id], section, paths.wave):
            yield config, wanted_splits(dataset, config, section.splits)

    found: list[Card] = []
    nulled: dict[str, dict[str, int]] = {}
    with (
        hubs.opened(wave, places, paths.hub, section.rows_per_split, plan) as hub,
        opened("crawl", paths.dropped, paths.metrics, nulled=nulled) as book,
        parquet_writer(paths.rows, ROWS, statistics=["taskname"]) as writer,
    ):
        check_wave(hub, wave, paths.wave)
        for entry in tqdm(wave.datasets, desc="crawl", unit="dataset", delay=5):
            book.read("datasets")
            for card, faults in crawl_dataset(hub, entry, section, Output(book, writer), paths.wave):
                found.append(card)
                for word, count in faults.items():
                    counts = nulled.setdefault(word, {})
                    counts[entry.id] = counts.get(entry.id, 0) + count
        write_jsonl(paths.cards, found)


if __name__ == "__main__":
    stage.run(main, __doc__, inputs=("wave", "hub"), outputs=("cards", "rows", "dropped", "metrics"))
