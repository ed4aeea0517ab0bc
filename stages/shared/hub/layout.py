"""The layout of a dataset on a hub: which files belong to which config and split.

Everything is decided by the names of the files and the header of the card, so a folder and a hub that is asked over
HTTP come to the same configs. Names are written by strangers: none is opened here, and one that leads out of the
dataset is refused before anyone opens it.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from fsspec.utils import glob_translate

from stages.shared.errors import HubError
from stages.shared.hub.seam import HubDataset, UnreadableError

CARD = "README.md"
PARQUET = ".parquet"

_ABOUT = {"README.md", "LICENSE", "LICENSE.txt", "LICENSE.md", "dataset_infos.json", "CITATION.cff"}
_MEDIA = {".jpg", ".jpeg", ".png", ".gif", ".webp", ".tif", ".tiff", ".bmp", ".wav", ".mp3", ".flac", ".ogg", ".mp4"}

_SPLIT_FILE = re.compile(r"(?P<split>.+?)(-\d{5}-of-\d{5}.*)?\.parquet")
_CONVERTED = re.compile(r"(?P<config>[^/]+)/(?:partial-)?(?P<split>[^/]+)/\d+\.parquet")

Splits = dict[str, tuple[str, ...]]


def reading_order(splits: Mapping[str, object]) -> list[str]:
    """The splits of a config: train first, then validation, then the rest in the order of the card (spec A2)."""
    first = [name for name in ("train", "validation") if name in splits]
    return first + [name for name in splits if name not in first]


def splits_of(dataset: HubDataset, config: str) -> Mapping[str, tuple[str, ...]]:
    """The splits of a config with their files; raise HubError for an unknown config, UnreadableError without any."""
    if config not in dataset.configs:
        raise HubError("a config", repr(config), dataset.id, f"name one of {', '.join(dataset.configs)}")
    splits = dataset.configs[config]
    if not splits:
        raise UnreadableError("no-data-files", "data_files names no file", f"{dataset.id}, config {config!r}")
    return splits


def files_of(dataset: HubDataset, config: str, split: str) -> tuple[str, ...]:
    """The files of a split; raise as `splits_of` does, and HubError for an unknown split."""
    splits = splits_of(dataset, config)
    if split not in splits:
        raise HubError(f"a split of {config!r}", repr(split), dataset.id, f"name one of {', '.join(splits)}")
    return splits[split]


def configs(names: Sequence[str], header: Mapping[str, Any]) -> dict[str, Splits]:
    """The configs that a card lists; where it lists none with files, those that the names of the files show.

    `names` are the paths of all files of the dataset, sorted.
    """
    listed = header.get("configs")
    entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    shown = found_configs(names)
    found: dict[str, Splits] = {}
    for entry in entries:
        name = entry.get("config_name") or "default"
        if isinstance(name, str):
            found[name] = _data_files(names, entry) or shown.get(name, {})
    return found or shown


def found_configs(names: Iterable[str]) -> dict[str, Splits]:
    """Configs by the names of files: `data/` and the folder itself are `default`, any other folder its own config."""
    found: dict[str, Splits] = {}
    for name in names:
        path = PurePosixPath(name)
        match = _SPLIT_FILE.fullmatch(path.name)
        if match and len(path.parts) <= 2:
            config = "default" if len(path.parts) == 1 or path.parts[0] == "data" else path.parts[0]
            splits = found.setdefault(config, {})
            splits[match["split"]] = (*splits.get(match["split"], ()), name)
    return found


def converted_configs(names: Iterable[str]) -> dict[str, Splits]:
    """The configs of the hub's own Parquet conversion: `CONFIG/SPLIT/0000.parquet`, or `CONFIG/partial-SPLIT/...`."""
    found: dict[str, Splits] = {}
    for name in names:
        match = _CONVERTED.fullmatch(name)
        if match:
            splits = found.setdefault(match["config"], {})
            splits[match["split"]] = (*splits.get(match["split"], ()), name)
    return found


def check_formats(names: Iterable[str], id: str) -> None:
    """Raise UnreadableError where none of a dataset's files is Parquet, with what they are instead as the reason."""
    data = [
        name
        for name in names
        if PurePosixPath(name).name not in _ABOUT and not PurePosixPath(name).name.startswith(".")
    ]
    suffixes = Counter(PurePosixPath(name).suffix.casefold() for name in data)
    if PARQUET in suffixes:
        return
    said = ", ".join(f"{count} {suffix or 'without suffix'}" for suffix, count in suffixes.most_common(5))
    if not data:
        raise UnreadableError("empty", "it holds no data files", id)
    if set(suffixes) <= {".py", ".txt", ".md"} and ".py" in suffixes:
        raise UnreadableError("script-only", "its rows come from a script, which is not run", id)
    if sum(suffixes[suffix] for suffix in _MEDIA) * 2 > len(data):
        raise UnreadableError("media-files", said, id)
    raise UnreadableError("other-formats", f"{said}, and no Parquet conversion is pinned", id)


def leads_out(name: str) -> bool:
    """Whether a file's name could lead out of its dataset: absolute, or with a step upwards."""
    return name.startswith("/") or ".." in PurePosixPath(name).parts


def _data_files(names: Sequence[str], entry: Mapping[str, Any]) -> Splits:
    """`data_files` of a config: a path, a list of paths, a mapping split -> paths, or a list of {split, path}."""
    value = entry.get("data_files")
    if isinstance(value, dict):
        pairs = [(split, paths) for split, paths in value.items()]
    else:
        entries = value if isinstance(value, list) else [value]
        pairs = [
            (entry.get("split", "train"), entry.get("path")) if isinstance(entry, dict) else ("train", entry)
            for entry in entries
        ]
    found: Splits = {}
    for split, paths in pairs:
        wanted = [name for name in (paths if isinstance(paths, list) else [paths]) if isinstance(name, str) and name]
        if isinstance(split, str) and wanted:
            expanded = (path for name in wanted for path in _expand(names, name))
            found[split] = tuple(dict.fromkeys((*found.get(split, ()), *expanded)))
    return found or _in_folder(names, entry.get("data_dir"))


def _in_folder(names: Sequence[str], folder: Any) -> Splits:
    """`data_dir` of a config: every Parquet file below that folder, its split by its name."""
    found: Splits = {}
    prefix = f"{folder.strip('/')}/" if isinstance(folder, str) and folder.strip("/.") else ""
    for name in names if prefix else ():
        match = _SPLIT_FILE.fullmatch(PurePosixPath(name).name)
        if name.startswith(prefix) and match:
            found[match["split"]] = (*found.get(match["split"], ()), name)
    return found


def _expand(names: Sequence[str], pattern: str) -> Sequence[str]:
    """The files that a path of a card stands for; a path that fits none stays as it is, to be refused when read."""
    if not set(pattern) & set("*?[") or leads_out(pattern) or pattern in names:
        return [pattern]
    try:
        wanted = re.compile(glob_translate(pattern))
    except (ValueError, re.error):
        return [pattern]
    return [name for name in names if wanted.match(name)] or [pattern]
