"""Small cards, rows and params that the tests of the hub route build on."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from hypothesis import strategies as st

from stages.hub import instances
from stages.hub.columns import Columns
from stages.hub.render import Text, Texts
from stages.hub.rows import Chunk
from stages.hub.styles import STYLES, OrganizeParams
from stages.shared.records import ROWS, Card, Feature, Task, task_id
from tests.house import ROOT
from tests.hub import straightforward

ORGANIZE: dict[str, Any] = {
    "style": "sound",
    "instances_per_task": 200,
    "max_chars": 2000,
    "counts": {"rows": 100, "labels": 10, "two_labels": 70, "more_labels": 50, "label_chars": 15},
    "shares": {"rows": 20, "labels": 10, "repeats": 4, "share": 0.8, "label_chars": 30, "constant_rows": 5},
}

CRAWL: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text("utf-8"))["crawl"]
"""The parameters of crawl as shipped."""

scalars = st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False, allow_infinity=False) | st.text()
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=6
)
"""Any JSON value; short texts, so that columns repeat now and then."""

NAMES = ("question", "choices", "my_options", "answerKey", "tokens", "")
rows = st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, values)), max_size=25)


def client_params(**changes: Any) -> dict[str, Any]:
    """The section llm.client of params.yaml: no endpoint, no price, no limit."""
    numbers = {"concurrency": 1, "timeout_s": 1, "attempts": 1, "patience_s": 1, "max_failed_share": 0, "poll_s": 1}
    limits = {"requests_per_minute": None, "tokens_per_minute": None, "budget_usd": None}
    known = {"endpoints": {}, "budget_id": "default", "pay_again": False, "prices": {}}
    return {**numbers, **limits, **known, **changes}


def organize_params(style: str, **changes: Any) -> OrganizeParams:
    return OrganizeParams.model_validate({**ORGANIZE, "style": style, **changes})


def card(taskname: str = "toy", features: Mapping[str, Feature | str] | None = None, **changes: Any) -> Card:
    given = features or {"text": "string", "label": "string"}
    known: dict[str, Any] = {
        "taskname": taskname,
        "dataset": taskname,
        "config": "default",
        "revision": "r1",
        "website": f"https://example.org/{taskname}",
        "license": "mit",
        "license_found": "",
        "languages": ("en",),
        "task_categories": (),
        "task_ids": (),
        "summary": "Texts and what they are about.",
        "supported_tasks": "",
        "data_fields": "",
        "features": {name: kind if isinstance(kind, Feature) else Feature(type=kind) for name, kind in given.items()},
        "splits": {"train": 2},
    }
    return Card(**{**known, **changes})


def task(inputs: Sequence[str], output: str | Sequence[str], instruction: str = "Do it.", name: str = "toy") -> Task:
    outputs = (output,) if isinstance(output, str) else tuple(output)
    return Task(
        task_id=task_id(name, "default", instruction, tuple(inputs), outputs),
        taskname=name,
        setting="aware",
        instruction=instruction,
        input_fields=tuple(inputs),
        output_field=outputs,
        license="apache-2.0",
        answer_key="k",
        generator="template:rules-1",
    )


def write_rows(path: Path, wave: Mapping[str, Sequence[Mapping[str, Any]]]) -> Path:
    """rows.parquet with one row group for each taskname, all rows in the split train."""
    with pq.ParquetWriter(path, ROWS, write_statistics=["taskname"]) as writer:
        for taskname, found in wave.items():
            lines = [
                {"taskname": taskname, "split": "train", "index": index, "row": json.dumps(row)}
                for index, row in enumerate(found)
            ]
            writer.write_table(pa.Table.from_pylist(lines, ROWS))
    return path


def chunk(found: Sequence[Mapping[str, Any]], first: int = 0) -> Chunk:
    """Rows as they are read, all in the split train."""
    lines = [
        {"taskname": "toy", "split": "train", "index": index, "row": json.dumps(row)}
        for index, row in enumerate(found, start=first)
    ]
    return Chunk(pa.Table.from_pylist(lines, ROWS))


def in_chunks(
    known: Card, job: Task, found: Sequence[Mapping[str, Any]], settings: OrganizeParams, size: int = 7
) -> straightforward.Organized:
    """What becomes of a task whose rows come in chunks of so many."""

    def chunks() -> Iterator[Chunk]:
        return (chunk(found[start : start + size], start) for start in range(0, len(found), size))

    made = straightforward.Organized()
    for one in instances.organize(known, [job], chunks, settings):
        made.reason = one.reason
        made.task = None if one.reason else job.model_copy(update={"instruction": one.instruction})
        for some in one.made:
            made.drops += some.drops
            made.cut += some.cut
            for id, text, output, place in zip(some.ids, some.inputs, some.outputs, some.places, strict=True):
                named = {"instance_id": id, "instruction": one.instruction, "input": text, "output": output}
                made.instances.append({**named, "row": place})
    return made


def columns(style: str, found: Sequence[Mapping[str, Any]], max_chars: int = 2000, **features: str) -> Columns:
    """The columns of rows in one of the three styles."""
    known = {name: Feature(type=kind) for name, kind in features.items()}
    return Columns(chunk(found), known, STYLES[style], max_chars)  # type: ignore[index]


def text_of(texts: Texts) -> Text:
    """The text of the only row of a column."""
    return Text(texts.texts[0] if not texts.reasons else "", texts.reasons.get(0, ""))


def write_params(folder: Path, **sections: Any) -> None:
    (folder / "params.yaml").write_text(yaml.safe_dump(sections), "utf-8")
