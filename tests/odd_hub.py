"""A hub of datasets as strangers write them by mistake or on purpose: what must be refused, survived or left alone."""

import io
import json
import struct
import wave
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.hub_repositories import Options

TRAIN = "data/train.parquet"
RIGHT_TO_LEFT = "\u202e"
FILE_NAMES = (
    "../../evil.parquet",
    "/etc/evil.parquet",
    "nul\0.parquet",
    f"{RIGHT_TO_LEFT}.parquet",
    f"{'n' * 4088}.parquet",
)
CONFIG_NAMES = ("../../x", "a/b", ".", "..", "/etc/x", "nul\0", f"{RIGHT_TO_LEFT}x", "c" * 4096)
OUTSIDE = ("../*/data/train.parquet", "/etc/*", "data/../../../*", "../../../../../../etc/passwd", "file:///etc/passwd",
           "https://example.org/train.parquet")  # fmt: skip
HUGE_ROW = 50_000_000
CONFIGS = 5_000
COLUMNS = 10_000
DEPTH = 60


@dataclass(frozen=True)
class OddHub:
    """hub: the folder of datasets, namespace `odd`. states: to serve it with. mark: what a script that ran makes."""

    hub: Path
    states: Mapping[str, Options]
    mark: Path


def make(folder: Path) -> OddHub:
    """Write the hub into a folder: some 20 datasets, a second or two, a few megabytes."""
    hub = folder / "hub"
    for name, write in DATASETS.items():
        root = hub / "odd" / name
        root.mkdir(parents=True)
        write(root)
    mark = folder / "script-was-run"
    _script(hub / "odd/script", mark)
    converted = folder / "converted"
    _csv(hub / "odd/csv-converted")
    _parquet(converted / "default/train/0000.parquet", {"text": ["one", "two"], "label": [0, 1]})
    _card(hub / "odd/file-names", data_files=list(FILE_NAMES))
    good = _bytes({"text": ["one", "two"]})
    states = {
        "odd/csv-converted": Options(converted=converted),
        "odd/file-names": Options(extra=dict.fromkeys(FILE_NAMES, good)),
    }
    return OddHub(hub, states, mark)


def _alias_bomb(root: Path) -> None:
    """Nine levels of nine aliases: 387 million values in half a kilobyte."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]" for level in range(1, 9)]
    _card(root, "\n".join(lines))
    _parquet(root / TRAIN)


def _endless_alias(root: Path) -> None:
    _card(root, "a: &a [*a]")
    _parquet(root / TRAIN)


def _huge_header(root: Path) -> None:
    _card(root, f"pretty_name: {'x' * 5_000_000}")
    _parquet(root / TRAIN)


def _not_text(root: Path) -> None:
    (root / "README.md").write_bytes(b"---\nlicense: mit\n---\n\xff\xfe caf\xe9\n")
    _parquet(root / TRAIN)


def _no_card(root: Path) -> None:
    _parquet(root / TRAIN)


def _deep(root: Path) -> None:
    value: Any = "bottom"
    kind: Any = {"dtype": "string"}
    for _ in range(DEPTH):
        value, kind = {"inside": value}, {"struct": [{"name": "inside", **kind}]}
    _card(root, f"dataset_info: {json.dumps({'features': [{'name': 'top', **kind}]})}")
    _parquet(root / TRAIN, {"top": [value]})


def _wide(root: Path) -> None:
    _card(root)
    _parquet(root / TRAIN, {f"column_{number}": [number] for number in range(COLUMNS)})


def _wrong_schema(root: Path) -> None:
    _card(root)
    _parquet(root / TRAIN, {"text": ["one"], "label": [1]})
    _parquet(root / "data/test.parquet", {"words": [["one"]], "label": ["1"]})


def _no_parquet(root: Path) -> None:
    _card(root)
    _write(root / TRAIN, b"this is no Parquet, though it is called so\n" * 10)


def _characters(root: Path) -> None:
    _card(root, f'pretty_name: "nul \\0 {RIGHT_TO_LEFT}"')
    columns = {"nul\0name": ["nul\0value", "\0"], f"{RIGHT_TO_LEFT}eman": [f"{RIGHT_TO_LEFT}eulav", "\u2066\u2069"]}
    _parquet(root / TRAIN, {**columns, "": ["empty name", "\ufeff\uffff"], "../../x": ["path", "\x1b[31mred"]})


def _config_names(root: Path) -> None:
    _card(root, configs={name: [TRAIN] for name in CONFIG_NAMES})
    _parquet(root / TRAIN)


def _outside(root: Path) -> None:
    _card(root, configs={f"c{number}": [path] for number, path in enumerate(OUTSIDE)})
    _parquet(root / TRAIN)


def _many_configs(root: Path) -> None:
    _card(root, configs={f"config_{number:04}": [TRAIN] for number in range(CONFIGS)})
    _parquet(root / TRAIN)


def _huge_row(root: Path) -> None:
    _card(root)
    _parquet(root / TRAIN, {"text": ["x" * HUGE_ROW, "short"]})


def _no_rows(root: Path) -> None:
    _card(root)
    _parquet(root / TRAIN, {"text": pa.array([], pa.string())})


def _zero_bytes(root: Path) -> None:
    _card(root)
    _write(root / TRAIN, b"")


def _cut_file(root: Path) -> None:
    _card(root)
    _write(root / TRAIN, _bytes({"text": ["one", "two"] * 500})[:-20])


def _image(root: Path) -> None:
    header, pixels = struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0), zlib.compress((b"\0" + b"\xff\0\0" * 2) * 2)
    chunks = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    picture = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )
    _media(root, "image", "Image", picture, "0.png")


def _audio(root: Path) -> None:
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", "not compressed"))
        file.writeframes(b"\0\1" * 80)
    _media(root, "audio", "Audio", sound.getvalue(), "0.wav")


def _media(root: Path, column: str, type: str, content: bytes, path: str) -> None:
    features = {column: {"_type": type}, "label": {"dtype": "int64", "_type": "Value"}}
    listed = [{"name": column, "dtype": column}, {"name": "label", "dtype": "int64"}]
    _card(root, f"dataset_info: {json.dumps({'features': listed})}")
    metadata = {"huggingface": json.dumps({"info": {"features": features}})}
    _parquet(root / TRAIN, {column: [{"bytes": content, "path": path}], "label": [0]}, metadata)


def _csv(root: Path) -> None:
    _card(root, data_files=["data/train.csv"])
    _write(root / "data/train.csv", b"text,label\none,0\ntwo,1\n")
    _write(root / "data/test.jsonl", b'{"text": "three", "label": 1}\n')


def _script(root: Path, mark: Path) -> None:
    """A loading script that leaves a mark when anybody runs it."""
    _card(root, data_files=[])
    _write(root / "script.py", f"from pathlib import Path\n\nPath({str(mark)!r}).write_text('run')\n".encode())


def _card(
    root: Path,
    header: str = "",
    *,
    data_files: list[str] | None = None,
    configs: Mapping[str, list[str]] | None = None,
) -> None:
    """A card with a licence, a language, `header` and configs; without those, the files show them."""
    named = configs if configs is not None else {"default": data_files} if data_files else {}
    entries = [{"config_name": name, "data_files": paths} for name, paths in named.items()]
    lines = ["---", "license: cc-by-4.0", "language: en", "task_categories: [text-classification]"]
    lines += [header] if header else []
    lines += [f"configs: {json.dumps(entries)}"] if entries else []
    _write(root / "README.md", "\n".join([*lines, "---", f"# {root.name}", "An odd dataset.", ""]).encode())


def _parquet(path: Path, columns: Mapping[str, Any] | None = None, metadata: Mapping[str, str] | None = None) -> None:
    _write(path, _bytes(columns or {"text": ["one", "two"], "label": [0, 1]}, metadata))


def _bytes(columns: Mapping[str, Any], metadata: Mapping[str, str] | None = None) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(dict(columns)).replace_schema_metadata(metadata), sink, compression="zstd")
    return sink.getvalue()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


DATASETS: dict[str, Callable[[Path], None]] = {
    "alias-bomb": _alias_bomb,
    "alias-endless": _endless_alias,
    "header-huge": _huge_header,
    "card-not-text": _not_text,
    "card-missing": _no_card,
    "deep": _deep,
    "wide": _wide,
    "schema-wrong": _wrong_schema,
    "no-parquet": _no_parquet,
    "characters": _characters,
    "config-names": _config_names,
    "globs-outside": _outside,
    "configs-many": _many_configs,
    "row-huge": _huge_row,
    "no-rows": _no_rows,
    "zero-bytes": _zero_bytes,
    "file-cut": _cut_file,
    "image": _image,
    "audio": _audio,
    "csv": _csv,
}
"""By name; beside these, `make` writes csv-converted, file-names and script."""
