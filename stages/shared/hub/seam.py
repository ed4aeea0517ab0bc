"""The seam between stages and hubs of datasets: what there is, what a config's columns are, and its rows.

A hub knows nothing of stages. What a user named and the hub does not have is a HubError; what the hub has and nobody
could use (a damaged file, a card without a header) is an UnreadableError with a reason word, so that a stage can drop
it, write the reason down and go on.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from stages.shared.errors import HubError
from stages.shared.records import Feature

WEBSITE = "https://huggingface.co/datasets/"
"""Where the page of a dataset of the hub is, by its id."""

REASONS = {
    "card-missing": "the dataset has no README.md",
    "card-not-text": "the card is not UTF-8",
    "card-without-header": "the card opens with no YAML header between two lines of ---",
    "card-broken-header": "the header is no YAML mapping, too large, or its aliases expand without end",
    "no-configs": "the card lists no config and the folder holds no Parquet file",
    "no-data-files": "the card lists no file for any split of the config",
    "path-outside": "the card names a file outside the dataset's folder",
    "file-missing": "the card names a file that is not there",
    "parquet-unreadable": "a file is damaged or is no Parquet",
    "rows-too-large": "the rows of a file are larger than what is read into memory",
    "columns-differ": "two splits of the config do not have the same columns",
    "line-unreadable": "a line of a file of one's own is no JSON object, or no row of its table",
    "empty": "the dataset holds no data files",
    "script-only": "the rows come from a script of the dataset, and no script is run",
    "media-files": "the dataset is a folder of pictures, sounds or films",
    "other-formats": "no file is Parquet, and the hub has no Parquet conversion of them that is pinned",
    "card-too-large": "the card is larger than any that a person wrote",
    "gated": "the hub gives it only to those who asked for access; HF_TOKEN may have it",
    "private": "the hub does not show it without a token that may see it",
    "removed": "the hub does not have it any more",
    "renamed": "the hub has it under another id now",
    "disabled": "the hub has switched it off",
    "revision-gone": "the hub does not have the pinned commit any more",
    "id-invalid": "no dataset of the hub can have such an id",
    "time-limit": "reading it took longer than one dataset may take",
    "unavailable": "the hub did not answer, in all attempts",
}
"""Why a dataset or a config of a hub cannot be read."""


class UnreadableError(HubError):
    """The hub has it, and it cannot be read; `reason` is one of REASONS, `detail` says what was found."""

    def __init__(self, reason: str, detail: str, where: str) -> None:
        super().__init__("a dataset that can be read", f"{reason} ({detail})", where, "mend it or leave it out")
        self.reason, self.detail = reason, detail


@dataclass(frozen=True)
class HubDataset:
    """A dataset at one revision.

    readme: the text of its card. configs: config -> split -> paths of its Parquet files inside the dataset, in the
    order of the card; they are checked when they are read.
    """

    id: str
    revision: str
    website: str
    readme: str
    configs: Mapping[str, Mapping[str, tuple[str, ...]]]


class Hub(Protocol):
    """Wherever datasets come from."""

    def datasets(self) -> list[str]:
        """The ids of all datasets, sorted."""

    def revision(self, id: str) -> str:
        """The revision at which the hub has a dataset; raise HubError where there is none."""

    def dataset(self, id: str) -> HubDataset:
        """Return the dataset as it is now.

        Raises HubError where there is none, UnreadableError where its card is unusable.
        """

    def features(self, dataset: HubDataset, config: str) -> dict[str, Feature]:
        """The columns of a config in the order of the files, from its train split, else validation, else the first.

        Raises HubError for an unknown config, UnreadableError for files that are missing, outside or damaged.
        """

    def rows(
        self, dataset: HubDataset, config: str, split: str, limit: int | None, faults: Counter[str]
    ) -> Iterator[dict[str, object]]:
        """Yield the first `limit` rows of a split (None: all), ready for JSON, keys in the order of `features`.

        Class labels are names. What can't stand in JSON is left out or null and counted in `faults` (features.py lists
        the words). Raises as `features` does.
        """
