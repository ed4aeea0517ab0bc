"""`sauropod contaminated FILE`: which instances of a file hold a text of a benchmark, before it is trained on."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from stages.dataset import benchmark, contamination, near, wording
from stages.dataset.benchmark import Benchmark
from stages.dataset.contamination import ContaminationParams, Index
from stages.shared import params
from stages.shared.errors import InputError
from stages.shared.files import batches, read_json

BENCHMARKS = Path("data/sources/benchmarks")
FOUND = 10
"""The exit code where an instance holds a text of a benchmark."""

SHOWN = 10
"""Instances that are shown without --json."""

BATCH = 1000
WORDS = 13
"""Words in a run where params.yaml has `merge.contamination: null`."""

Row = dict[str, Any]

QUESTIONS = ("instruction", "input", "context", "prompt", "question", "problem", "query", "text")
ANSWERS = ("output", "response", "answer", "std_answer", "solution", "completion", "target")
"""Keys under which files of other makers have what is asked and what is answered, in reading order."""

SHAREGPT = {"human": "user", "gpt": "assistant"}
"""Roles of ShareGPT's turns by another name."""


def run(arguments: argparse.Namespace) -> None:
    """Look, say what was found, and leave with FOUND where anything was."""
    path = Path(arguments.file)
    if not path.is_file():
        raise InputError("a file", "none", str(path), "name a file .jsonl, .json or .parquet")
    benchmarks = _benchmarks(arguments.against)
    merge = ContaminationParams.model_validate(params.value("merge.contamination") or _plain())
    words = merge.words if arguments.words is None else arguments.words
    if words < contamination.TINY:
        expected, where = f"a run of {contamination.TINY} words or more", "sauropod contaminated, --words"
        raise InputError(expected, str(words), where, "name a larger number, or leave it out")
    looked_for = contamination.index(benchmarks, words)
    found, count = look(path, looked_for)
    report = _report(path, benchmarks, looked_for, found, count)
    print(json.dumps(report, indent=2, ensure_ascii=False) if arguments.json else "\n".join(_lines(report)))
    if found:
        sys.exit(FOUND)


def _plain() -> dict[str, Any]:
    return {"benchmarks": "all", "words": WORDS}


def _benchmarks(wanted: list[str] | None) -> list[Benchmark]:
    """The benchmarks that are named, or all of the repository's."""
    if not wanted:
        return benchmark.read_all(BENCHMARKS, "all")
    names = [name for name in wanted if not Path(name).exists()]
    return [
        *benchmark.read_all(BENCHMARKS, names),
        *(benchmark.read(Path(name)) for name in wanted if name not in names),
    ]


def look(path: Path, looked_for: Index) -> tuple[list[tuple[str, contamination.Found]], int]:
    """Where in the file (`line 3`) something was found, and how many instances it has."""
    found: list[tuple[str, contamination.Found]] = []
    rows = instances(path)
    count = 0
    while batch := list(islice(rows, BATCH)):
        words = wording.read([piece for _, row in batch for piece in near.pieces(row)])
        found += [(batch[one.row][0], one) for one in contamination.find(words, looked_for)]
        count += len(batch)
    return found, count


def instances(path: Path) -> Iterator[tuple[str, Row]]:
    """The instances of a file and where they stand; raise InputError where it is no such file."""
    for place, found in _records(path):
        record = _object(found, path, place)
        nested = record.get("instances")
        if isinstance(nested, list):
            yield from ((place, as_instance({**record, **_object(one, path, place)})) for one in nested)
        else:
            yield place, as_instance(record)


def _object(found: Any, path: Path, place: str) -> Mapping[str, Any]:
    if not isinstance(found, Mapping):
        raise InputError("an object", repr(found)[:60], f"{path}, {place}", "mend the file")
    return found


def _records(path: Path) -> Iterator[tuple[str, Any]]:
    if path.suffix == ".parquet":
        rows = (row for batch in batches(path) for row in batch.to_pylist())
        yield from ((f"row {number}", row) for number, row in enumerate(rows, start=1))
    elif path.suffix == ".json":
        whole = read_json(path)
        held = (whole.get("Instances") if isinstance(whole, dict) else None) or whole
        records = held if isinstance(held, list) else [held]
        yield from ((f"record {number}", record) for number, record in enumerate(records, start=1))
    else:
        yield from _lines_of(path)


def _lines_of(path: Path) -> Iterator[tuple[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            try:
                yield f"line {number}", json.loads(line)
            except (json.JSONDecodeError, UnicodeDecodeError) as error:
                raise InputError(
                    "a JSON object a line", str(error), f"{path}, line {number}", "mend the file"
                ) from error


def as_instance(record: Mapping[str, Any]) -> Row:
    """An instance of a record of any known form: a dialogue, a question with its answer, or else all of its texts."""
    turns = record.get("messages") or record.get("conversations")
    if isinstance(turns, list) and turns:
        said = [_turn(turn) for turn in turns if isinstance(turn, Mapping)]
        return {"instruction": "", "input": "", "output": "", "messages": said}
    asked = [_text(record[key]) for key in QUESTIONS if record.get(key)]
    answered = next((_text(record[key]) for key in ANSWERS if record.get(key)), "")
    if not asked:
        asked = ["\n".join(_text(value) for value in record.values() if isinstance(value, str))]
    return {"instruction": asked[0], "input": "\n".join(asked[1:]), "output": answered, "messages": None}


def _turn(turn: Mapping[str, Any]) -> dict[str, str]:
    """A turn as OpenAI's API has it, of one in its form or in that of ShareGPT."""
    role = str(turn.get("role") or turn.get("from") or "")
    return {"role": SHAREGPT.get(role, role), "content": str(turn.get("content") or turn.get("value") or "")}


def _text(value: Any) -> str:
    return str(value[0]) if isinstance(value, list) and value else str(value)


def _report(
    path: Path,
    benchmarks: Iterable[Benchmark],
    looked_for: Index,
    found: list[tuple[str, contamination.Found]],
    count: int,
) -> dict[str, Any]:
    texts = {item.id: item.text for one in benchmarks for group in one.groups for item in group}
    names = [looked_for.names[one.item] for _, one in found]
    rows = Counter(name for name, _ in names)
    return {
        "file": str(path),
        "instances": count,
        "contaminated": len(found),
        "benchmarks": {
            one.name: {
                "revision": one.revision,
                "instances": sum(map(len, one.groups)),
                "met": len({text for name, text in names if name == one.name}),
                "rows": rows[one.name],
            }
            for one in benchmarks
        },
        "found": [
            {"at": at, "benchmark": name, "holds": id, "how": one.how, "text": texts[id]}
            for (at, one), (name, id) in zip(found, names, strict=True)
        ],
    }


def _lines(report: Mapping[str, Any]) -> Iterator[str]:
    counts = f"{report['contaminated']:,} of {report['instances']:,}"
    yield f"{report['file']}: {counts} instances hold a text of a benchmark"
    for name, one in report["benchmarks"].items():
        yield f"  {name}: {one['rows']:,} instances, which hold {one['met']:,} of its {one['instances']:,} texts"
    for one in report["found"][:SHOWN]:
        text = " ".join(one["text"].split())
        yield f"{one['at']}: {one['benchmark']} {one['holds']}: {text[:90]}{'...' if len(text) > 90 else ''}"
    if len(report["found"]) > SHOWN:
        yield f"... and {len(report['found']) - SHOWN:,} more; --json has them all"
