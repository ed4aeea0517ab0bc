"""`sauropod export` of instances: what is written is read again by the formats of corpora as the same rows."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.console import export_rows
from stages.console.main import main
from stages.corpus.formats import alpaca, messages, sharegpt
from stages.corpus.forms import Chat, Found, Message, Single
from stages.model import superni
from stages.shared.records import INSTANCES, Task, instance_id
from tests.house import ROOT

Row = dict[str, Any]

SEEDS = ROOT / "data/sources/corpora/self-instruct-seeds.jsonl"
READERS: dict[str, Callable[[dict[str, Any]], list[Found]]] = {
    "dynosaur": alpaca.read,
    "alpaca": alpaca.read,
    "sharegpt": sharegpt.read,
    "messages": messages.read,
}
TURNS = [
    {"role": "system", "content": "Be brief.", "name": None, "tool_calls": None},
    {"role": "user", "content": "Name one.", "name": None, "tool_calls": None},
    {"role": "assistant", "content": "Peru", "name": None, "tool_calls": None},
    {"role": "user", "content": "Another.", "name": None, "tool_calls": None},
    {"role": "assistant", "content": "Chile", "name": None, "tool_calls": None},
]
CALL = [
    {"role": "user", "content": "Add.", "name": "", "tool_calls": ""},
    {"role": "assistant", "content": "", "name": "", "tool_calls": '[{"name":"add","arguments":{"a":1}}]'},
    {"role": "tool", "content": "2", "name": "add", "tool_calls": ""},
    {"role": "assistant", "content": "2", "name": "", "tool_calls": ""},
]


def instance(number: int, instruction: str, input: str, output: str, **other: Any) -> Row:
    row = {"instruction": instruction, "input": input, "output": output, "messages": None, "license": "apache-2.0"}
    row |= {"terms": "", "website": "https://w", "taskname": "seeds", "task_id": f"{number:016x}", "generator": "human"}
    row |= {"part": "corpus/seeds", "origin": f"seed_{number}", "revision": "1", "row": f"{number}:0", "language": "en"}
    row |= other
    return {**row, "instance_id": instance_id(instruction, input, output, row["messages"])}


def seeds() -> list[Row]:
    """Self-Instruct's seeds, a conversation and a call of a tool."""
    tasks = [json.loads(line) for line in SEEDS.read_text("utf-8").splitlines()]
    rows = [
        instance(number, task["instruction"], task["instances"][0]["input"], task["instances"][0]["output"])
        for number, task in enumerate(tasks, start=100)
    ]
    rows.append(instance(500, "Name one.", "", "Chile", messages=TURNS))
    rows.append(instance(501, "Add.", "", "2", messages=CALL, terms="openai-terms", license="cc-by-nc-4.0"))
    return rows


def tasks_of_two() -> list[Row]:
    """A hub part: two tasks, whose rows come in turns."""
    hub = {"part": "hub/one", "origin": "glue:sst2", "taskname": "glue-sst2", "license": "mit"}
    asked = ("Given a text, judge it.", "Write it.")
    return [instance(at % 2, asked[at % 2], f"text {at}", f"{at}", row=f"train:{at}", **hub) for at in range(5)]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("data/dataset").mkdir(parents=True)
    Path("metrics").mkdir()
    parts = {"hub/one": tasks_of_two(), "corpus/seeds": seeds()}
    for part, rows in parts.items():
        pq.write_table(pa.Table.from_pylist(rows, INSTANCES), f"data/dataset/{part.replace('/', '-')}.parquet")
    Path("metrics/dataset.json").write_text(json.dumps({"parts": {part: {} for part in parts}}), "utf-8")
    task = Task(
        task_id=f"{0:016x}",
        taskname="glue-sst2",
        setting="aware",
        instruction="Given a text, judge it.",
        input_fields=("text",),
        output_field=("label",),
        license="apache-2.0",
        answer_key="",
        generator="template:rules-1",
    )
    unused = task.model_copy(update={"task_id": "ff", "taskname": "other"})
    lines = [json.dumps(one.model_dump(mode="json")) for one in (task, unused)]
    Path("data/dataset/tasks.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    return tmp_path


def export(*words: str) -> int:
    try:
        main(["export", *words])
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def expected(row: Row, form: str) -> Found:
    """A row as a reader of the form should see it."""
    if row["messages"] is not None:
        return Chat(
            tuple(
                Message(one["role"], one["content"], one["name"] or "", one["tool_calls"] or "")
                for one in row["messages"]
            )
        )
    if form in ("dynosaur", "alpaca"):
        return Single(row["instruction"], row["input"], row["output"])
    asked = row["instruction"] + (f"\n\n{row['input']}" if row["input"] else "")
    return Chat((Message("user", asked), Message("assistant", row["output"])))


@pytest.mark.parametrize(("form", "left"), [("dynosaur", 2), ("alpaca", 1), ("sharegpt", 0), ("messages", 0)])
def test_every_row_that_a_form_can_hold_comes_back_from_it(root: Path, form: str, left: int) -> None:
    assert export("out.jsonl", "--format", form) == 0
    assert export("out.json", "--format", form) == 0
    found = lines(Path("out.jsonl"))
    assert json.loads(Path("out.json").read_text("utf-8")) == found
    rows = [*tasks_of_two(), *seeds()]
    back = [one for record in found for one in READERS[form](record)]
    assert back == [expected(row, form) for row in rows[: len(rows) - left]]


words = st.text(alphabet='a b\n"é\\🦕', max_size=8)
turns = st.lists(st.tuples(words, words), min_size=1, max_size=3).map(
    lambda pairs: [
        {"role": role, "content": text, "name": None, "tool_calls": None}
        for pair in pairs
        for role, text in zip(("user", "assistant"), pair, strict=True)
    ]
)


@settings(max_examples=60, deadline=None)
@given(words, words, words, st.none() | turns, st.sampled_from(["alpaca", "sharegpt", "messages"]))
def test_any_row_comes_back_from_a_form(
    instruction: str, input: str, output: str, messages: list[Row] | None, form: str
) -> None:
    row = instance(1, instruction, input, output, messages=messages)
    (back,) = READERS[form](json.loads(json.dumps(export_rows.WRITERS[form](row))))
    single = form == "alpaca" and messages is not None and len(messages) == 2
    want = Single(messages[0]["content"], "", messages[1]["content"]) if single and messages else expected(row, form)
    assert back == want


def test_the_rows_of_dynosaur_have_its_six_keys_and_its_tasks_and_licences_lie_beside(root: Path) -> None:
    assert export("out", "--format", "dynosaur") == 0
    rows = lines(root / "out/dynosaur-full.json")
    assert {tuple(row) for row in rows} == {("instruction", "input", "output", "license", "website", "taskname")}
    tasks = json.loads((root / "out/instructions-full.json").read_text("utf-8"))
    assert tasks == [
        {
            "input_fields": ["text"],
            "output_field": ["label"],
            "task_name": "glue-sst2",
            "instruction": "Given a text, judge it.",
        }
    ]
    licenses = json.loads((root / "out/license_info.json").read_text("utf-8"))
    assert licenses["glue-sst2"] == {"license": "mit", "website": "https://w"}


def test_tasks_of_superni_are_read_by_the_reader_of_benchmarks(root: Path) -> None:
    assert export("out", "--format", "superni") == 0
    found = dict(superni.read_tasks(root / "out"))
    assert len(found) == 2 + 175
    task = found["task0001_glue_sst2"]
    assert task.definition == ["Given a text, judge it."]
    assert [(one.input, one.output) for one in task.instances] == [(f"text {at}", [f"{at}"]) for at in range(0, 5, 2)]
    ids = [one.id for task in found.values() for one in task.instances]
    assert len(set(ids)) == len(ids) == 5 + 175


def test_what_is_left_out_is_counted_by_reason_and_licences_count_what_is_in(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export("out", "--format", "alpaca", "--use", "commercial", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["read"], told["rows"], told["left_out"]) == (182, 181, {"non-commercial": 1})
    with (root / "out/LICENSES.csv").open(encoding="utf-8", newline="") as file:
        listed = list(csv.DictReader(file))
    assert [(one["license"], one["dataset"], one["rows"]) for one in listed] == [
        *(("apache-2.0", "seeds", "176"),),
        ("mit", "glue", "5"),
    ]
    info = json.loads((root / "out/dataset_info.json").read_text("utf-8"))
    assert list(info) == ["hub-one", "corpus-seeds"]
    assert info["hub-one"]["columns"] == {"prompt": "instruction", "query": "input", "response": "output"}
    assert "history" in info["corpus-seeds"]["columns"]


def test_a_part_can_be_chosen_and_one_that_is_not_there_is_refused(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export("out.jsonl", "--format", "alpaca", "--part", "hub/one") == 0
    assert len(lines(Path("out.jsonl"))) == 5
    assert export("other.jsonl", "--format", "alpaca", "--part", "hub/two") == 2
    assert "choose of hub/one, corpus/seeds" in capsys.readouterr().err
    assert not Path("other.jsonl").exists()


def test_nothing_that_is_there_is_lost(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("mine").mkdir()
    Path("mine/note.txt").write_text("keep", "utf-8")
    assert export("mine", "--format", "alpaca") == 2
    assert export("mine", "--format", "alpaca", "--force") == 2
    assert Path("mine/note.txt").read_text("utf-8") == "keep"
    assert export("out", "--format", "alpaca") == 0
    assert export("out", "--format", "superni") == 2
    assert "add --force" in capsys.readouterr().err
    assert export("out", "--format", "superni", "--force") == 0
    assert not (root / "out/dataset_info.json").exists()


def test_an_export_that_fails_leaves_nothing_behind(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(row: Row) -> dict[str, Any]:
        if row["part"] == "corpus/seeds":
            raise OSError("no space left")
        return {"a": 1}

    monkeypatch.setattr(export_rows, "WRITERS", {"alpaca": broken})
    with pytest.raises(OSError, match="no space"):
        export("out", "--format", "alpaca")
    assert sorted(path.name for path in root.iterdir()) == ["data", "metrics"]


def test_options_of_other_forms_are_refused(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert export("out", "--format", "alpaca", "--wave", "one") == 2
    assert export("out", "--format", "dynosaur-metadata", "--rev", "v1") == 2
    assert export("out.json", "--format", "superni") == 2
    assert export("--format", "alpaca") == 2
    assert "expected one place to write to, got none" in capsys.readouterr().err
