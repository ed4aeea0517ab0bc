"""Crawl a wave: read the cards and the rows of its datasets from a hub (spec A2).

A dataset or config that cannot be read is dropped with its reason and the crawl goes on; a dataset, config or revision
that the wave names and the hub does not have stops it before anything is written.
"""

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq
from tqdm import tqdm

from stages.hub import hubs, sensitive
from stages.hub.detection import Sample
from stages.hub.reading import CrawlParams, Seen, card_of, check_fields, source_rows, wanted_splits, with_languages
from stages.hub.waves import WaveDataset, check_wave, read_wave, wanted_configs
from stages.shared import params, stage
from stages.shared.files import dump_json, parquet_writer, write_jsonl
from stages.shared.hub import cards
from stages.shared.hub.features import LEFT_OUT
from stages.shared.hub.seam import Hub, HubDataset, UnreadableError
from stages.shared.ledger import Ledger, opened
from stages.shared.records import ROWS, Card

REASONS: dict[str, str] = {
    "no-rows": "config: its splits hold no row that is kept",
    "not-wanted": "split: its name holds none of the words of crawl.splits",
    "bytes": "field: images, sound and bytes do not go into a row of JSON",
    "config-cap": "config: the dataset has more configs than crawl.max_configs",
    "stopped": "config: the first crawl.stop_after_failed configs of the dataset all failed",
    "too-many-fields": "config: it has more columns than crawl.max_fields",
    "row-too-large": "row: its JSON is longer than crawl.max_row_chars",
    "repeat": "row: the same row came before in this config",
    "placeholder": "row: it stands in for data (placeholders.py)",
    **dict.fromkeys(sensitive.KINDS, "row: it holds what crawl.drop_sensitive names (sensitive.py)"),
}
"""Why crawl drops what can be read; `stages.shared.hub.seam.REASONS` says why something cannot."""

GROUP_BYTES = 4_000_000
"""Text of rows that is held for one row group of rows.parquet."""

SPOOL_BYTES = 16_000_000
"""Text of rows of one config that is held in memory before it goes to a temporary file."""


@dataclass(frozen=True)
class Output:
    """Where crawl writes rows and counts; by kind and dataset, `nulled`: values that became null, `held`: rows with
    sensitive things.
    """

    book: Ledger
    writer: pq.ParquetWriter
    nulled: dict[str, dict[str, int]]
    held: dict[str, dict[str, int]]


def crawl_config(
    hub: Hub,
    dataset: HubDataset,
    config: str,
    text: cards.CardText,
    section: CrawlParams,
    out: Output,
    seen: Seen,
) -> Card | None:
    """Write the rows of a config and count them; return its card (None: dropped).

    The rows wait beside the file until all of them are read, so a config is there whole or not at all.
    """
    id = f"{dataset.id}:{config}"
    faults: Counter[str] = Counter()
    sample = Sample()
    held: Counter[str] = Counter()
    with tempfile.SpooledTemporaryFile(SPOOL_BYTES, "w+", encoding="utf-8", newline="\n") as spool:
        kept = dict.fromkeys(wanted_splits(dataset, config, section.splits), 0)
        try:
            check_fields(hub, dataset, config, section)
            for row in source_rows(hub, dataset, config, section, faults, seen):
                kept[row.split] += not row.reason
                held.update(row.held)
                if not row.reason:
                    sample.add(row.text)
                spool.write(dump_json([row.split, row.index, row.text, row.reason]) + "\n")
            card = with_languages(card_of(hub, dataset, config, text, kept), sample)
        except UnreadableError as error:
            seen.close_config(whole=False)
            out.book.drop("configs", id, error.reason, error.detail)
            return None
        seen.close_config(whole=True)
        spool.seek(0)
        _copy_rows(spool, id, card.taskname, out)
    _add(out.held, dataset.id, held)
    if kept and not any(kept.values()):
        out.book.drop("configs", id, "no-rows", ", ".join(kept))
        return None
    out.book.keep("configs")
    _add(out.nulled, dataset.id, faults)
    _count_parts(card, dataset, out.book)
    return card


def _add(counts: dict[str, dict[str, int]], dataset: str, found: Counter[str]) -> None:
    """Add what was counted in a config, by kind, to what was counted before."""
    for kind, count in sorted(found.items()):
        of_kind = counts.setdefault(kind, {})
        of_kind[dataset] = of_kind.get(dataset, 0) + count


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


def crawl_dataset(hub: Hub, entry: WaveDataset, section: CrawlParams, out: Output, where: Path) -> Iterator[Card]:
    """Write the rows of a dataset and count its configs; yield the card of each."""
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
        if card := crawl_config(hub, dataset, config, text, section, out, seen):
            kept += 1
            yield card


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
    held: dict[str, dict[str, int]] = {}
    with (
        hubs.opened(wave, places, paths.hub, section.rows_per_split, plan) as hub,
        opened("crawl", paths.dropped, paths.metrics, nulled=nulled, sensitive=held) as book,
        parquet_writer(paths.rows, ROWS, statistics=["taskname"], use_dictionary=["taskname", "split"]) as writer,
    ):
        check_wave(hub, wave, paths.wave)
        out = Output(book, writer, nulled, held)
        for entry in tqdm(wave.datasets, desc="crawl", unit="dataset", delay=5):
            book.read("datasets")
            found += crawl_dataset(hub, entry, section, out, paths.wave)
        write_jsonl(paths.cards, found)


if __name__ == "__main__":
    stage.run(main, __doc__, inputs=("wave", "hub"), outputs=("cards", "rows", "dropped", "metrics"))
