"""What a hub holds: datasets in folders, their files at a revision, and what the lists of the hub say of them."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from hashlib import sha1, sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

ATTRIBUTES = b"*.parquet filter=lfs diff=lfs merge=lfs -text\n"
SCRIPT = b"open('script-was-run', 'w').close()\n"
CONVERTED = "refs/convert/parquet"
LISTED_KEYS = (
    "annotations_creators", "language_creators", "language", "license", "multilinguality", "size_categories",
    "source_datasets", "task_categories", "task_ids",
)  # fmt: skip
FORMATS = {".parquet": "parquet", ".csv": "csv", ".tsv": "csv", ".json": "json", ".jsonl": "json", ".txt": "text"}
LARGE = {".parquet", ".jpg", ".png", ".wav", ".mp3", ".zip", ".gz"}
"""Files that a hub keeps in large file storage: their ETag is a SHA-256, that of others git's own hash."""
MAX_HEADER, MAX_NODES = 1_000_000, 200_000
"""Longest header of a card that the hub reads, in bytes, and most values once its aliases are expanded."""

Revision = Callable[[str], str]


@dataclass(frozen=True)
class Options:
    """The state of a dataset.

    gated: files only with a token. private: no dataset for anybody (401, with a token 404), and in no list.
    vanishes_after: requests about it that are answered before there is no such dataset; 0: listed, and gone.
    renamed_to: the new id; the old one redirects and is in no list. disabled: 403 for everything, and listed.
    empty: .gitattributes alone. script: NAME.py and the card alone. slow_s: seconds before every reply.
    extra: more files, by any name. hidden: names that are listed, with no file behind them.
    converted: the folder of the branch refs/convert/parquet. earlier: folders of earlier revisions, by sha.
    last_modified, created_at (ISO 8601), downloads, likes: what the lists say; made up from the id where None.
    """

    gated: bool = False
    private: bool = False
    vanishes_after: int | None = None
    renamed_to: str | None = None
    disabled: bool = False
    empty: bool = False
    script: bool = False
    slow_s: float = 0.0
    extra: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))
    hidden: tuple[str, ...] = ()
    converted: Path | None = None
    earlier: Mapping[str, Path] = field(default_factory=lambda: MappingProxyType({}))
    last_modified: str | None = None
    created_at: str | None = None
    downloads: int | None = None
    likes: int | None = None


@dataclass(frozen=True)
class File:
    """A file of a dataset; `source` is None where it is listed and not there."""

    name: str
    source: Path | bytes | None
    size: int
    blob: str
    large: str | None

    @property
    def etag(self) -> str:
        return self.large or self.blob

    def read(self, start: int, stop: int) -> bytes:
        """The bytes from `start` up to `stop`."""
        if not isinstance(self.source, Path):
            return (self.source or b"")[start:stop]
        with self.source.open("rb") as file:
            file.seek(start)
            return file.read(stop - start)

    def entry(self, commit: str, *, expand: bool) -> dict[str, Any]:
        """The file as the tree shows it."""
        found: dict[str, Any] = {"type": "file", "oid": self.blob, "size": self.size, "path": self.name}
        if self.large:
            found["lfs"] = {"oid": self.large, "size": self.size, "pointerSize": 134}
        return found | (_expanded(commit) if expand else {})


@dataclass(frozen=True)
class Snapshot:
    """The files of a dataset at a revision, by name."""

    sha: str
    files: Mapping[str, File]

    @cached_property
    def folders(self) -> dict[str, list[str]]:
        """What lies in each folder, "" being the top: names of files and of folders, each with its whole path."""
        found: dict[str, dict[str, None]] = {"": {}}
        for name in self.files:
            parts = name.split("/")
            for depth in range(1, len(parts)):
                above, folder = "/".join(parts[: depth - 1]), "/".join(parts[:depth])
                found.setdefault(above, {})[folder] = None
                found.setdefault(folder, {})
            found.setdefault("/".join(parts[:-1]), {})[name] = None
        return {folder: sorted(inside) for folder, inside in found.items()}

    def entry(self, name: str, *, expand: bool) -> dict[str, Any]:
        """A file or a folder as the tree shows it."""
        if name in self.files:
            return self.files[name].entry(self.sha, expand=expand)
        found = {"type": "directory", "oid": sha1(_bytes(f"{self.sha} {name}")).hexdigest(), "size": 0, "path": name}
        return found | (_expanded(self.sha) if expand else {})

    def tree(self, folder: str, *, recursive: bool) -> Iterator[str]:
        """The names in a folder, with those below where `recursive`."""
        for name in self.folders[folder]:
            yield name
            if recursive and name in self.folders and name not in self.files:
                yield from self.tree(name, recursive=True)


class Repository:
    """A dataset: its folder, its state, and, read once, its files and its card."""

    def __init__(self, id: str, folder: Path, options: Options, revision: Revision | None) -> None:
        self.id, self.folder, self.options, self._revision = id, folder, options, revision

    @cached_property
    def main(self) -> Snapshot:
        options = self.options
        files = {} if options.empty else _files(self.folder)
        if options.script:
            script = File(f"{self.id.rpartition('/')[2]}.py", *_content(SCRIPT, large=False))
            files = {name: file for name, file in files.items() if name == "README.md"} | {script.name: script}
        files.setdefault(".gitattributes", File(".gitattributes", *_content(ATTRIBUTES, large=False)))
        for name, content in options.extra.items():
            files[name] = File(name, *_content(content, large=Path(name[-20:]).suffix in LARGE))
        for name in options.hidden:
            files[name] = File(name, None, 1, sha1(_bytes(name)).hexdigest(), None)
        sha = self._revision(self.id) if self._revision else _sha(files)
        return Snapshot(sha, dict(sorted(files.items())))

    @cached_property
    def converted(self) -> Snapshot | None:
        if self.options.converted is None:
            return None
        files = _files(self.options.converted)
        return Snapshot(_sha(files), files)

    def at(self, revision: str) -> Snapshot | None:
        """The files at a sha, the branch main or the converted branch."""
        if revision in ("main", "refs/heads/main", self.main.sha):
            return self.main
        if revision in self.options.earlier:
            return Snapshot(revision, _files(self.options.earlier[revision]))
        if self.converted is not None and revision in (CONVERTED, self.converted.sha):
            return self.converted
        return None

    @cached_property
    def card(self) -> dict[str, Any]:
        """The YAML header of the card; {} where it has none that can be read."""
        file = self.main.files.get("README.md")
        return header(file.read(0, file.size)) if file else {}

    @cached_property
    def tags(self) -> list[str]:
        tags = [f"{key}:{value}" for key in LISTED_KEYS for value in _texts(self.card.get(key))]
        tags += _texts(self.card.get("tags"))
        suffixes = {Path(name[-20:]).suffix for name in self.main.files}
        tags += sorted({f"format:{FORMATS[suffix]}" for suffix in suffixes if suffix in FORMATS})
        features = str(self.card.get("dataset_info"))[:MAX_HEADER]
        modalities = [word for word in ("image", "audio", "video") if f"'dtype': '{word}'" in features] or ["text"]
        return list(dict.fromkeys([*tags, *(f"modality:{word}" for word in modalities), "region:us"]))

    @cached_property
    def listed(self) -> dict[str, Any]:
        """The dataset as a list shows it: `siblings` and `cardData` come with details."""
        options = self.options
        number = int(sha256(_bytes(self.id)).hexdigest()[:12], 16)
        created = datetime(2022, 3, 2, tzinfo=UTC) + timedelta(minutes=number % 2_000_000)
        modified = created + timedelta(minutes=number // 7 % 400_000)
        return {
            "_id": sha1(_bytes(self.id)).hexdigest()[:24],
            "id": self.id,
            "author": self.id.partition("/")[0],
            "sha": self.main.sha,
            "createdAt": options.created_at or _time(created),
            "lastModified": options.last_modified or _time(modified),
            "private": options.private,
            "gated": "auto" if options.gated else False,
            "disabled": options.disabled,
            "downloads": number % 100_003 if options.downloads is None else options.downloads,
            "likes": number % 997 if options.likes is None else options.likes,
            "trendingScore": number % 13,
            "tags": self.tags,
        }

    def details(self, snapshot: Snapshot, *, blobs: bool) -> dict[str, Any]:
        """What dataset_info gives."""
        siblings = []
        for file in snapshot.files.values():
            sibling: dict[str, Any] = {"rfilename": file.name}
            if blobs:
                sibling |= {"size": file.size, "blobId": file.blob}
                if file.large:
                    sibling["lfs"] = {"size": file.size, "sha256": file.large, "pointerSize": 134}
            siblings.append(sibling)
        stored = sum(file.size for file in snapshot.files.values())
        found = {**self.listed, "sha": snapshot.sha, "siblings": siblings, "usedStorage": stored}
        return found | ({"cardData": self.card} if self.card else {})


def datasets(folder: Path, namespace: str) -> dict[str, Path]:
    """The ids of the datasets in a folder, those with no namespace of their own under the one given."""
    found = {}
    for child in _folders(folder):
        inside = [below for below in _folders(child) if (below / "README.md").is_file()]
        if (child / "README.md").is_file() or not inside:
            found[f"{namespace}/{child.name}"] = child
        else:
            found |= {f"{child.name}/{below.name}": below for below in _folders(child)}
    return dict(sorted(found.items()))


def header(card: bytes) -> dict[str, Any]:
    """The YAML header of a card; {} where there is none, or one that no hub would read."""
    lines = card.decode("utf-8", "replace").splitlines()
    if not lines or lines[0].rstrip() != "---":
        return {}
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), 0)
    text = "\n".join(lines[1:end])
    if len(text) > MAX_HEADER:
        return {}
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    try:
        node = loader.get_single_node()
        if node is None or _values(node, {}) > MAX_NODES:
            return {}
        found = loader.construct_document(node)
    except (yaml.YAMLError, ValueError, RecursionError, TypeError, AttributeError):
        return {}  # a card of a stranger: the hub serves the file and says nothing of what it holds
    finally:
        loader.dispose()
    return found if isinstance(found, dict) else {}


def _values(node: yaml.Node, known: dict[int, int]) -> int:
    """How many values a node holds once its aliases are expanded."""
    if id(node) not in known:
        known[id(node)] = MAX_NODES + 1  # until it is counted: an alias that holds itself has no end
        parts = node.value if isinstance(node, yaml.CollectionNode) else []
        if isinstance(node, yaml.MappingNode):
            parts = [part for pair in parts for part in pair]
        known[id(node)] = 1 + sum(_values(part, known) for part in parts)
    return known[id(node)]


def _texts(value: Any) -> list[str]:
    """The texts in a value of a card: one, a list, or a mapping of either."""
    if isinstance(value, dict):
        return [text for entry in value.values() for text in _texts(entry)]
    if isinstance(value, list):
        return [text for entry in value for text in _texts(entry)]
    return [value] if isinstance(value, str) else []


def _files(folder: Path) -> dict[str, File]:
    found = {}
    for above, _, names in os.walk(folder):
        for path in (Path(above, name) for name in names):
            name = path.relative_to(folder).as_posix()
            found[name] = File(name, path, *_content(path.read_bytes(), large=path.suffix in LARGE)[1:])
    return dict(sorted(found.items()))


def _content(content: bytes, *, large: bool) -> tuple[bytes, int, str, str | None]:
    blob = sha1(b"blob %d\0" % len(content) + content).hexdigest()
    return content, len(content), blob, sha256(content).hexdigest() if large else None


def _sha(files: Mapping[str, File]) -> str:
    return sha1(_bytes("".join(f"{name} {files[name].etag}\n" for name in sorted(files)))).hexdigest()


def _expanded(commit: str) -> dict[str, Any]:
    scan = {"status": "safe", "avScan": {"virusFound": False, "virusNames": None}, "pickleImportScan": None}
    return {
        "lastCommit": {"id": commit, "title": "Upload", "date": "2022-03-02T00:00:00.000Z"},
        "securityFileStatus": scan,
    }


def _folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
