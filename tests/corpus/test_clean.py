"""Cleaning a corpus: instances by the rules of one list, each drop with its reason."""

import argparse
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from stages.corpus import clean, collect, streaming
from stages.corpus.clean import PAIR_RULES, RULES, judge
from stages.corpus.forms import Single
from stages.corpus.source import CorpusRecord, read_corpus
from stages.shared import files
from stages.shared.errors import InputError
from stages.shared.files import write_jsonl
from stages.shared.records import INSTANCES, PAIRS, digest, instance_id
from tests.corpus.policies import CLEAN, candidate

CORPORA = Path(__file__).resolve().parents[2] / "data" / "sources" / "corpora"
SEEDS = CORPORA / "self-instruct-seeds.yaml"
SEED_RECORDS = [json.loads(line) for line in SEEDS.with_suffix(".jsonl").read_text("utf-8").splitlines()]


def run(
    folder: Path, records: Path, monkeypatch: pytest.MonkeyPatch, format: str = "", **changes: Any
) -> dict[str, Any]:
    monkeypatch.chdir(folder)
    sections = {"collect": {"longest_record": 10_000}, "clean": {**CLEAN, **changes}}
    (folder / "params.yaml").write_text(yaml.safe_dump(sections), "utf-8")
    if format:
        described = read_corpus(SEEDS).model_copy(update={"format": format, "per_record": {"source": "source"}})
        monkeypatch.setattr(clean, "read_corpus", lambda _: described)
    out = {name: folder / name for name in ("instances", "pairs", "dropped", "metrics")}
    clean.main(argparse.Namespace(corpus=SEEDS, records=records, **out))
    found = {
        "instances": pq.read_table(out["instances"]),
        "pairs": pq.read_table(out["pairs"]),
        "dropped": [json.loads(line) for line in out["dropped"].read_text("utf-8").splitlines()],
        "metrics": files.read_json(out["metrics"]),
    }
    for unit, counts in found["metrics"].items():
        if unit != "found":
            assert counts["read"] == counts["kept"] + sum(counts["dropped"].values())
    return found


def written(folder: Path, *texts: str) -> Path:
    path = folder / "records.jsonl"
    records = (
        CorpusRecord(id=f"t{number}", file="self-instruct-seeds.jsonl", place=str(number), text=text)
        for number, text in enumerate(texts, 1)
    )
    files.write_jsonl(path, records)
    return path


def task(instruction: str, *pairs: tuple[str, str]) -> str:
    instances = [{"input": input, "output": output} for input, output in pairs]
    return json.dumps({"id": "x", "instruction": instruction, "instances": instances, "is_classification": False})


def test_the_seed_tasks_become_175_instances_that_lead_back_to_their_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text("collect: {longest_record: 10000}", "utf-8")
    records = tmp_path / "records.jsonl"
    paths = {"corpus": SEEDS, "records": records, "dropped": tmp_path / "d", "metrics": tmp_path / "m"}
    collect.main(argparse.Namespace(**paths))
    found = run(tmp_path, records, monkeypatch)
    assert found["instances"].schema.equals(INSTANCES)
    rows = found["instances"].to_pylist()
    assert len(rows) == 175
    assert found["metrics"]["instances"] == {"read": 175, "kept": 175, "dropped": {}}
    for number, (row, seed) in enumerate(zip(rows, SEED_RECORDS, strict=True), start=1):
        [given_pair] = seed["instances"]
        assert row["instruction"] == seed["instruction"].strip()
        assert (row["input"], row["output"]) == (given_pair["input"].strip(), given_pair["output"].strip())
        assert row["instance_id"] == instance_id(row["instruction"], row["input"], row["output"])
        assert (row["origin"], row["row"]) == (seed["id"], f"{number}:0")
        assert row["task_id"] == digest(["self-instruct-seeds", seed["id"], seed["instruction"].strip()])
    constant = {key: {row[key] for row in rows} for key in ("part", "license", "terms", "generator", "language")}
    assert constant == {
        "part": {"corpus/self-instruct-seeds"},
        "license": {"apache-2.0"},
        "terms": {""},
        "generator": {"human"},
        "language": {"en"},
    }
    assert {row["taskname"] for row in rows} == {"self-instruct-seeds"}
    assert len({row["task_id"] for row in rows}) == 175


def test_records_that_tell_their_task_make_one_task_of_each_instruction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    described = read_corpus(SEEDS).model_copy(update={"format": "alpaca", "per_record": {"taskname": "taskname"}})
    monkeypatch.setattr(clean, "read_corpus", lambda _: described)
    records = tmp_path / "records.jsonl"
    texts = [("glue-mrpc", "Compare."), ("glue-mrpc", "Compare."), ("glue-mrpc", "Judge."), ("anli", "Compare.")]
    write_jsonl(
        records,
        [
            CorpusRecord(
                id=f"#{at}",
                file="self-instruct-seeds.jsonl",
                place=str(at),
                text=json.dumps({"taskname": task, "instruction": asked, "input": f"in {at}", "output": "yes"}),
            )
            for at, (task, asked) in enumerate(texts)
        ],
    )
    ids = [row["task_id"] for row in run(tmp_path, records, monkeypatch)["instances"].to_pylist()]
    assert ids == [digest(["self-instruct-seeds", *text]) for text in texts]


def test_a_corpus_without_preferences_has_an_empty_file_of_pairs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs = run(tmp_path, written(tmp_path), monkeypatch)["pairs"]
    assert pairs.num_rows == 0
    assert pairs.schema.equals(PAIRS)


def test_each_instance_of_a_task_is_judged_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records = written(
        tmp_path,
        task("Add. ", ("1 1", "2"), ("1 2", " "), ("1 1", " 2\n"), ("9" * 50, "9")),
        task("  ", ("a", "b")),
        task("Wait."),
        '{"instruction": 3, "instances": []}',
        task("Add.", ("1 1", "2"), ("2 2", "4")),
    )
    found = run(tmp_path, records, monkeypatch, longest_text=40)
    kept = [(row["origin"], row["row"], row["output"]) for row in found["instances"].to_pylist()]
    assert kept == [("t1", "1:0", "2"), ("t5", "5:1", "4")]
    assert [(drop["what"], drop["id"], drop["reason"]) for drop in found["dropped"]] == [
        ("instance", "t1:1", "empty-output"),
        ("instance", "t1:2", "repeat"),
        ("instance", "t1:3", "too-long"),
        ("instance", "t2:0", "empty-instruction"),
        ("record", "t3", "malformed"),
        ("record", "t4", "malformed"),
        ("instance", "t5:0", "repeat"),
    ]
    assert {unit: found["metrics"][unit] for unit in ("instances", "records")} == {
        "instances": {
            "read": 7,
            "kept": 2,
            "dropped": {"empty-instruction": 1, "empty-output": 1, "repeat": 2, "too-long": 1},
        },
        "records": {"read": 5, "kept": 3, "dropped": {"malformed": 2}},
    }


def test_instances_are_written_whole_over_several_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records = written(tmp_path, *(task(f"Say {number}.", ("", str(number))) for number in range(7)))
    monkeypatch.setattr(clean, "BATCH_ROWS", 3)
    rows = run(tmp_path, records, monkeypatch)["instances"].to_pylist()
    assert [row["output"] for row in rows] == [str(number) for number in range(7)]


def test_a_records_file_that_is_damaged_is_refused_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = written(tmp_path, task("Say a.", ("", "a")))
    records.write_bytes(records.read_bytes() + b'{"corpus": "c"}\n')
    with pytest.raises(InputError, match="line 2"):
        run(tmp_path, records, monkeypatch)
    assert not (tmp_path / "instances").exists()


def test_half_of_a_surrogate_pair_is_malformed_and_no_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records = written(tmp_path, task("Say \ud800.", ("", "a")))
    found = run(tmp_path, records, monkeypatch)
    assert [drop["reason"] for drop in found["dropped"]] == ["malformed"]


def test_half_of_a_surrogate_pair_in_json_that_is_text_is_malformed_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = {"from": "function_call", "value": r'{"name": "f", "arguments": {"a": "\ud800"}}'}
    asked = {"from": "human", "value": "A question that is long enough."}
    records = written(tmp_path, json.dumps({"conversations": [asked, call]}))
    found = run(tmp_path, records, monkeypatch, "sharegpt")
    assert [drop["reason"] for drop in found["dropped"]] == ["malformed"]


WORDS = st.sampled_from(["", "a", "b", "long text"])


@given(st.builds(Single, WORDS, WORDS, WORDS))
def test_what_the_rules_keep_is_whole_and_short(found: Single) -> None:
    reason = judge(candidate(found, longest_text=5))
    whole = found.instruction and found.output and "long text" not in (found.instruction, found.input, found.output)
    assert (reason == "") == bool(whole)
    assert reason in {"", "empty-instruction", "empty-output", "too-long"}


def test_the_rules_are_in_two_lists_and_each_is_named_once() -> None:
    assert len(set(RULES)) == len(RULES) == 14
    assert len(set(PAIR_RULES)) == len(PAIR_RULES) == 7


def conversation(*turns: str, **more: Any) -> str:
    speakers = ("human", "gpt")
    made = [{"from": speakers[number % 2], "value": text} for number, text in enumerate(turns)]
    return json.dumps({"id": "x", "conversations": made, **more})


LONG = "A question that is long enough to be one."


def test_conversations_are_mended_judged_split_and_given_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records = written(
        tmp_path,
        conversation("1 / 2" + LONG, "<p>Use <b>it</b>.</p>"),
        conversation(LONG, "Use **it**.", "And then?", "Go on."),
        conversation("What is OpenAI, please?", "A company."),
        conversation("Hello there, friend.", "Too many requests in 1 hour. Try again later."),
        conversation("x" * 40, "y" * 40, "z" * 40, "w" * 40, "cut"),
        conversation("Say something nice.", "<p>" + "<div>" * 3000 + "x"),
    )
    split = {"tokenizer": None, "limit": 25, "per_turn": 2, "bytes_per_token": 4, "over_limit": "keep"}
    found = run(tmp_path, records, monkeypatch, "sharegpt", split=split)
    rows = found["instances"].to_pylist()
    assert [(row["row"], row["instruction"], row["output"]) for row in rows] == [
        ("1:0", LONG, "Use **it**."),
        ("5:0:0", "x" * 40, "y" * 40),
        ("5:0:1", "z" * 40, "w" * 40),
    ]
    assert [(drop["what"], drop["id"], drop["reason"]) for drop in found["dropped"]] == [
        ("instance", "t2:0", "same-opening"),
        ("instance", "t3:0", "blocked-word"),
        ("instance", "t4:0", "rate-limit"),
        ("turn", "t5:0:4", "unanswered"),
        ("instance", "t6:0", "html"),
    ]
    assert found["metrics"]["turns"] == {"read": 7, "kept": 6, "dropped": {"unanswered": 1}}
    assert found["metrics"]["found"]["split"] == {"conversations": 1, "pieces": 2, "over_limit": 0}


def test_the_turns_of_a_piece_that_came_before_are_not_said_to_be_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = ("z" * 40, "w" * 40)
    records = written(tmp_path, conversation(*end), conversation("x" * 40, "y" * 40, *end, "cut"))
    split = {"tokenizer": None, "limit": 25, "per_turn": 2, "bytes_per_token": 4, "over_limit": "keep"}
    found = run(tmp_path, records, monkeypatch, "sharegpt", split=split)
    assert [row["row"] for row in found["instances"].to_pylist()] == ["1:0", "2:0:0"]
    assert found["metrics"]["turns"] == {"read": 7, "kept": 4, "dropped": {"repeat": 2, "unanswered": 1}}


def test_a_conversation_stays_one_and_one_that_begins_alike_is_dropped_by_policy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = (conversation(LONG, "Yes.", "Why?", "So."), conversation(LONG, "Yes.", "How?", "Thus."))
    records = written(tmp_path, *texts)
    found = run(tmp_path, records, monkeypatch, "sharegpt")
    [row] = found["instances"].to_pylist()
    assert [(one["role"], one["content"]) for one in row["messages"]] == [
        ("user", LONG),
        ("assistant", "Yes."),
        ("user", "Why?"),
        ("assistant", "So."),
    ]
    assert (row["instruction"], row["input"], row["output"]) == (LONG, "", "So.")
    assert row["instance_id"] == instance_id(LONG, "", "So.", row["messages"])
    assert [drop["reason"] for drop in found["dropped"]] == ["same-opening"]
    assert run(tmp_path, records, monkeypatch, "sharegpt", repeated_opening="keep")["instances"].num_rows == 2


def test_a_piece_that_passes_the_limit_is_counted_or_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records = written(tmp_path, conversation("x" * 400, "y" * 400))
    split = {"tokenizer": None, "limit": 30, "per_turn": 2, "bytes_per_token": 4, "over_limit": "keep"}
    found = run(tmp_path, records, monkeypatch, "sharegpt", split=split)
    assert (found["instances"].num_rows, found["metrics"]["found"]["split"]["over_limit"]) == (1, 1)
    found = run(tmp_path, records, monkeypatch, "sharegpt", split={**split, "over_limit": "drop"})
    assert [drop["reason"] for drop in found["dropped"]] == ["over-limit"]


def test_a_source_of_low_diversity_is_dropped_as_p3_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"prompt": f"p{n}", "response": ("Yes", "No")[n % 2], "source": "bigscience/p3"} for n in range(30)]
    rows += [{"prompt": f"q{n}", "response": f"Answer {n}.", "source": "laion/chip2"} for n in range(30)]
    diversity = {"least": 0.5, "fewest": 20, "sample": 25}
    found = run(tmp_path, written(tmp_path, *map(json.dumps, rows)), monkeypatch, "gpt4all", diversity=diversity)
    assert found["metrics"]["instances"] == {"read": 60, "kept": 30, "dropped": {"low-diversity-source": 30}}
    assert found["metrics"]["found"]["sources"]["bigscience/p3"] == {
        "rows": 30, "sampled": 25, "distinct_outputs": 0.08, "distinct_openings": 0.08, "mean_words": 1.0,
    }  # fmt: skip


@pytest.mark.parametrize(("format", "least", "readings"), [("gpt4all", 0.5, 2), ("gpt4all", None, 1), ("", 0.5, 1)])
def test_records_are_read_before_only_where_they_name_sources_that_may_be_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format: str, least: float | None, readings: int
) -> None:
    spans: list[streaming.Span] = []
    read = streaming.records
    monkeypatch.setattr(streaming, "records", lambda path, span: (spans.append(span), read(path, span))[1])
    texts = [json.dumps({"prompt": f"p{n}", "response": "Yes", "source": "p3"}) for n in range(3)]
    records = written(tmp_path, *(texts if format else [task("Add.", ("1 1", "2"))]))
    found = run(tmp_path, records, monkeypatch, format, diversity={"least": least, "fewest": 200, "sample": 1000})
    assert len(spans) == readings
    assert sum(one["rows"] for one in found["metrics"]["found"]["sources"].values()) == (3 if format else 1)


def test_preferences_go_to_the_file_of_pairs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def pair(chosen: str, rejected: str) -> str:
        turns = {"chosen": {"from": "gpt", "value": chosen}, "rejected": {"from": "gpt", "value": rejected}}
        return json.dumps({"conversations": [{"from": "human", "value": "Which?"}], **turns})

    records = written(tmp_path, pair("This.", "That."), pair("Same.", "Same. "), pair("", "x"), pair("This.", "That."))
    found = run(tmp_path, records, monkeypatch, "preference")
    [row] = found["pairs"].to_pylist()
    assert row == {
        "prompt": [{"role": "user", "content": "Which?", "name": "", "tool_calls": ""}],
        "chosen": "This.",
        "rejected": "That.",
        "license": "apache-2.0",
        "terms": "",
        "website": "https://github.com/yizhongw/self-instruct",
        "taskname": "self-instruct-seeds",
        "part": "corpus/self-instruct-seeds",
        "origin": "t1",
        "revision": read_corpus(SEEDS).sha256["self-instruct-seeds.jsonl"],
        "row": "1:0",
        "generator": "human",
        "language": "en",
    }
    assert [drop["reason"] for drop in found["dropped"]] == ["equal-answers", "empty-answer", "repeat"]
    assert found["instances"].num_rows == 0


def test_the_number_of_spans_and_workers_changes_no_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records = written(tmp_path, *(conversation(f"{LONG} {n % 70}", "Yes.", "Why?", f"So {n}.") for n in range(100)))
    monkeypatch.setattr(clean, "BATCH_ROWS", 30)
    out = [tmp_path / name for name in ("instances", "pairs", "dropped", "metrics")]
    run(tmp_path, records, monkeypatch, "sharegpt")
    whole = [path.read_bytes() for path in out]
    monkeypatch.setattr(streaming, "SPAN_BYTES", 1000)
    monkeypatch.setattr(clean, "MANY_SPANS", 2)
    monkeypatch.setenv("SAUROPOD_WORKERS", "2")
    run(tmp_path, records, monkeypatch, "sharegpt")
    assert len(streaming.spans(records)) > 10
    assert [path.read_bytes() for path in out] == whole
