"""Wave files: which datasets join together, each at a pinned revision (design 2).

hub: huggingface             # left out: the folder of datasets that comes with the repository
datasets:
  - id: nyu-mll/glue
    revision: bcdcba79d07bc864c1c254ccfcedcce55bcc9a8c
    configs: [sst2, cola]    # optional; without it every config
    converted: 0123456789abcdef0123456789abcdef01234567    # where the hub's Parquet conversion is read
  - id: faq
    path: data/sources/own/faq.jsonl    # a dataset of your own: a folder in hub layout, or a file
    revision: 0123456789abcdef
collected:                   # optional: datasets that were crawled before, in Dynosaur's two files
  metadata: huggingface_metadata.jsonl
  data: huggingface_data.jsonl
  revision: 0123456789abcdef
  without: [glue-sst2]       # optional: names in the files that don't join
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationError

from stages.shared.errors import HubError, InputError
from stages.shared.files import explain, read_yaml
from stages.shared.hub.seam import Hub, HubDataset, UnreadableError
from stages.shared.records import Frozen

Word = Annotated[str, StringConstraints(min_length=1)]


class WaveDataset(Frozen):
    """One dataset of a wave: its id, the revision it must have, and the configs that join (None: all).

    converted: the commit of the hub's Parquet conversion, where the dataset's own files have other formats. path: where
    a dataset of one's own is, from the repository's root (None: it is on the wave's hub).
    """

    id: Word
    revision: Word
    configs: list[Word] | None = None
    converted: Word | None = None
    path: Word | None = None


class Collected(Frozen):
    """Datasets crawled before, in Dynosaur's form: the paths of its two files, a hash of both, and which don't join."""

    metadata: Word
    data: Word
    revision: Word
    without: list[Word] = Field([])


class Wave(Frozen):
    """The datasets that join together, and the hub of those without a path of their own."""

    hub: Literal["local", "huggingface"] = "local"
    datasets: list[WaveDataset] = Field([])
    collected: Collected | None = None


def read_wave(path: Path) -> Wave:
    """Read a wave file, datasets sorted by id; raise InputError naming file and key where it is wrong."""
    try:
        wave = Wave.model_validate(read_yaml(path))
    except ValidationError as error:
        remedy = "mend the key; a revision of digits alone needs quotes"
        raise InputError("a list `datasets` of id, revision and configs", explain(error), str(path), remedy) from error
    ids = [entry.id for entry in wave.datasets]
    for number, entry in enumerate(wave.datasets):
        if entry.id in ids[:number]:
            raise InputError("each dataset once", f"{entry.id!r} twice", f"{path}, key datasets", "remove one of them")
        if entry.configs is not None and len(set(entry.configs)) != max(len(entry.configs), 1):
            where = f"{path}, key datasets.{number}.configs"
            raise InputError(
                "a list of different configs", repr(entry.configs), where, "name each once, or remove the key for all"
            )
    return wave.model_copy(update={"datasets": sorted(wave.datasets, key=lambda entry: entry.id)})


def check_wave(hub: Hub, wave: Wave, path: Path) -> None:
    """Raise HubError for a dataset, revision or config that the wave names and the hub lacks, InputError for tasknames
    that two configs would share. Datasets that cannot be read pass: crawling drops them.
    """
    owners: dict[str, str] = {}
    for entry in wave.datasets:
        try:
            revision = hub.revision(entry.id)
        except HubError as error:
            raise HubError(f"{error.expected} of {error.where}", error.came, str(path), error.remedy) from error
        if revision != entry.revision:
            raise HubError(
                f"{entry.id!r} at revision {entry.revision}",
                f"revision {revision}",
                str(path),
                "restore the dataset, or pin what is there with `sauropod grow`",
            )
        try:
            dataset = hub.dataset(entry.id)
        except UnreadableError:
            continue
        for config in wanted_configs(dataset, entry, path):
            name, owner = taskname(dataset, config), f"{entry.id} config {config!r}"
            if name in owners:
                came = f"{name!r} for both {owners[name]} and {owner}"
                raise InputError("a taskname for each config", came, str(path), "put one of them into another wave")
            owners[name] = owner


def wanted_configs(dataset: HubDataset, entry: WaveDataset, path: Path) -> list[str]:
    """The configs of a dataset that join, sorted; raise HubError for one that the dataset does not have."""
    for config in entry.configs or ():
        if config not in dataset.configs:
            some = ", ".join(sorted(dataset.configs)[:40])
            raise HubError(f"a config of {entry.id!r}", repr(config), str(path), f"name one of {some}")
    return sorted(entry.configs or dataset.configs)


def taskname(dataset: HubDataset, config: str) -> str:
    """The dataset's id where the hub has it with one config, else `id-config` (spec A2)."""
    return dataset.id if len(dataset.configs) == 1 else f"{dataset.id}-{config}"
