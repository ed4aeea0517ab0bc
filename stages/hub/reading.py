"""What is read of one config of a dataset: its card, and its rows as kept or with the reason to drop them (spec A2)."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from stages.hub import declared, sensitive
from stages.hub.detection import Sample
from stages.hub.languages import in_terms_of, language_ids
from stages.hub.placeholders import is_placeholder
from stages.hub.waves import taskname
from stages.shared import params
from stages.shared.files import dump_json
from stages.shared.hub import cards
from stages.shared.hub.layout import reading_order
from stages.shared.hub.seam import Hub, HubDataset, UnreadableError
from stages.shared.records import Card


class CrawlParams(params.Section):
    """rows_per_split: first rows read of each split (null: all). splits: a split is read when its name holds one of
    these words, case apart. keep_repeats: keep exact repeats and placeholder rows, as Dynosaur does. max_configs: of a
    dataset whose configs the wave does not name, in the order of their names (null: all). stop_after_failed: where so
    many configs gave no row and none before them did, the rest is not tried (spec A2; null: it is). max_fields: columns
    of a config. max_row_chars: of a row's JSON. drop_sensitive: kinds of sensitive rows (sensitive.KINDS) that are
    dropped; all of them are counted.
    """

    rows_per_split: Annotated[int, Field(ge=1)] | None
    splits: Annotated[list[str], Field(min_length=1)]
    keep_repeats: bool
    max_configs: Annotated[int, Field(ge=1)] | None
    stop_after_failed: Annotated[int, Field(ge=1)] | None
    max_fields: Annotated[int, Field(ge=1)]
    max_row_chars: Annotated[int, Field(ge=1)]
    drop_sensitive: list[sensitive.Kind]


@dataclass(frozen=True)
class SourceRow:
    """A row as read: where it stood, its JSON, the reason to drop it ("": keep), and the sensitive things it holds."""

    split: str
    index: int
    text: str
    reason: str
    held: tuple[sensitive.Kind, ...] = ()


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


def card_of(hub: Hub, dataset: HubDataset, config: str, text: cards.CardText, splits: Mapping[str, int]) -> Card:
    """The card of a config whose rows kept are counted in `splits`; raises UnreadableError where it has no columns."""
    header, found = text.header, text.sections
    licensing = cards.section(found, declared.LICENSING)
    languages = cards.values(header, "language", config) or cards.values(header, "languages", config)
    return Card(
        taskname=taskname(dataset, config),
        dataset=dataset.id,
        config=config,
        revision=dataset.revision,
        website=dataset.website,
        license=declared.of_card(text, config),
        license_found=license_found(header, config, licensing),
        languages=language_ids(languages),
        task_categories=cards.values(header, "task_categories", config),
        task_ids=cards.values(header, "task_ids", config),
        summary=cards.section(found, "Dataset Summary"),
        supported_tasks=cards.section(found, "Supported Tasks and Leaderboards", "Supported Tasks"),
        data_fields=cards.section(found, "Data Fields"),
        features=hub.features(dataset, config),
        splits=dict(splits),
    )


def with_languages(card: Card, sample: Sample) -> Card:
    """The card with the languages of its rows, of which `sample` holds the first."""
    labels = [name for name, feature in card.features.items() if feature.type in ("label", "list<label>")]
    found = in_terms_of(sample.languages(labels), card.languages)
    return card.model_copy(update={"languages_detected": found})


def license_found(header: Mapping[str, Any], config: str, licensing: str) -> str:
    """What a card's header says of its licence, each key with its value as it stands there, and what its section on
    licensing adds.
    """
    keys = ("license", "licenses", "license_name", "license_link", "license_details")
    said = [f"{key}: {dump_json(header[key])}" for key in keys if key in header]
    added = declared.stricter(declared.of_header(header, config), licensing).values()
    return "; ".join([*said, *(f"{declared.LICENSING}: {address}" for address in added)])


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
            found = sensitive.kinds(text)
            reason = ("" if section.keep_repeats else reason) or sensitive.reason(found, section.drop_sensitive)
            again = reason in ("repeat", "placeholder")
            yield SourceRow(split, index, text, reason, () if again else found)


def card_and_rows(hub: Hub, dataset: HubDataset, config: str, section: CrawlParams) -> tuple[Card, list[str]]:
    """The card of one config and the JSON of the rows that are kept, all in memory; raises UnreadableError."""
    rows = [row for row in source_rows(hub, dataset, config, section, Counter(), Seen()) if not row.reason]
    counts = dict.fromkeys(wanted_splits(dataset, config, section.splits), 0)
    counts.update(Counter(row.split for row in rows))
    text = cards.read(dataset.readme, dataset.id)
    sample = Sample()
    for row in rows:
        sample.add(row.text)
    return with_languages(card_of(hub, dataset, config, text, counts), sample), [row.text for row in rows]
