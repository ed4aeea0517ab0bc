"""From tasks and rows to instances: equal to the released code where that is asked for, and sound where not."""

import argparse
import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.hub import crawl, organize
from stages.hub import filter as filtering
from stages.hub.rows import WaveRows
from stages.shared import files
from stages.shared.errors import InputError, ParamsError
from stages.shared.hub.local import folder_revision
from stages.shared.llm.recorded import Recorded
from stages.shared.llm.seam import ModelParams, Prompt
from stages.shared.records import INSTANCES, Answer, Card, Feature, Task, instance_id
from tests.hub import released
from tests.hub.examples import (
    CRAWL,
    NAMES,
    ORGANIZE,
    card,
    in_chunks,
    organize_params,
    rows,
    task,
    write_params,
    write_rows,
)

STYLES = ("release", "paper", "sound")


def made(style: str, job: Task, found: list[dict[str, Any]], known: Card | None = None, **changes: Any) -> Any:
    return in_chunks(known or card(), job, found, organize_params(style, **changes))


def pairs(result: Any) -> list[tuple[str, str]]:
    return [(instance["input"], instance["output"]) for instance in result.instances]


# --- the road, on real data -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def recorded_wave(test_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """All datasets with recorded tasks, crawled with every row, asked of the recorded answers, and filtered."""
    folder = tmp_path_factory.mktemp("wave")
    write_params(
        folder,
        crawl=CRAWL | {"keep_repeats": True},
        filter={"one_output": False},
        organize={**ORGANIZE, "style": "release", "instances_per_task": 10**9},
    )
    names = sorted({line["dataset"] for line in recorded_lines(test_data)})
    datasets = [{"id": name, "revision": folder_revision(test_data / "hub" / name)} for name in names]
    (folder / "wave.yaml").write_text(yaml.safe_dump({"datasets": datasets}), "utf-8")
    before = Path.cwd()
    os.chdir(folder)
    try:
        crawl.main(paths(folder, wave="wave.yaml", cards="cards.jsonl", rows="rows.parquet", hub=test_data / "hub"))
        answer(folder, test_data)
        filtering.main(paths(folder, "answers.jsonl", cards="cards.jsonl", rows="rows.parquet", tasks="asked.jsonl"))
        yield folder
    finally:
        os.chdir(before)


def paths(folder: Path, answers: str = "", **named: Any) -> argparse.Namespace:
    given = {name: Path(path) if Path(path).is_absolute() else folder / path for name, path in named.items()}
    extra = {"answers": folder / answers} if answers else {}
    return argparse.Namespace(**given, **extra, dropped=folder / "dropped.jsonl", metrics=folder / "metrics.json")


def answer(folder: Path, test_data: Path) -> None:
    model = ModelParams(
        provider="recorded",
        model="gpt-3.5-turbo",
        path=str(test_data / "recorded" / "gpt35_tasks.jsonl"),
        sha256=hashlib.sha256((test_data / "recorded" / "gpt35_tasks.jsonl").read_bytes()).hexdigest(),
    )
    cards = list(files.read_jsonl(folder / "cards.jsonl", Card))
    prompts = [Prompt(one.taskname, word, (), subject={"card": one}) for one in cards for word in ("aware", "unaware")]
    answers = [found for found in Recorded("gpt35", model).answer(prompts) if isinstance(found, Answer)]
    files.write_jsonl(folder / "answers.jsonl", answers)


def recorded_lines(test_data: Path) -> list[dict[str, Any]]:
    text = (test_data / "recorded" / "gpt35_tasks.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


def organized(folder: Path, style: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    limit = 10**9 if style == "release" else 200
    write_params(folder, organize={**ORGANIZE, "style": style, "instances_per_task": limit})
    job = paths(
        folder,
        tasks="asked.jsonl",
        cards="cards.jsonl",
        rows="rows.parquet",
        instances=f"{style}.parquet",
        kept_tasks=f"{style}.jsonl",
    )
    job.part = "hub/2022-05"
    organize.main(job)
    return pq.read_table(folder / f"{style}.parquet").to_pylist(), files.read_json(folder / "metrics.json")


def test_release_style_equals_the_released_code_on_every_recorded_config(recorded_wave: Path, test_data: Path) -> None:
    cards = {(one.dataset, one.config): one for one in files.read_jsonl(recorded_wave / "cards.jsonl", Card)}
    by_dataset = {one.dataset: one for one in cards.values()}
    stored = WaveRows(recorded_wave / "rows.parquet")
    expected: Counter[tuple[str, str, str]] = Counter()
    lines = recorded_lines(test_data)
    for line in lines:
        known = by_dataset[line["dataset"]] if line["config"] is None else cards[line["dataset"], line["config"]]
        found = [row.values for row in stored.of(known.taskname)]
        reply = {f"task{number}": one for number, one in enumerate(line["tasks"], start=1)}
        for one in released.without_copies(released.filtered(reply, set(found[0]))):
            for instruction, given_text, output in released.instances(one, found):
                expected[released.label_order_aside(instruction), given_text, output] += 1
    instances, _ = organized(recorded_wave, "release")
    came = Counter((released.label_order_aside(one["instruction"]), one["input"], one["output"]) for one in instances)
    assert len(lines) == 133
    assert came == expected
    assert came.total() > 4700


@pytest.mark.parametrize("style", STYLES)
def test_every_row_of_every_task_is_kept_or_dropped_for_a_reason(recorded_wave: Path, style: str) -> None:
    instances, metrics = organized(recorded_wave, style)
    dropped = [json.loads(line) for line in (recorded_wave / "dropped.jsonl").read_text("utf-8").splitlines()]
    for unit, what in (("tasks", "task"), ("instances", "instance")):
        counted = Counter(entry["reason"] for entry in dropped if entry["what"] == what)
        assert metrics[unit]["dropped"] == dict(counted)
        assert metrics[unit]["read"] == metrics[unit]["kept"] + counted.total()
    assert metrics["instances"]["kept"] == len(instances)
    tasks = [json.loads(line) for line in (recorded_wave / f"{style}.jsonl").read_text("utf-8").splitlines()]
    assert {one["task_id"] for one in tasks} == {one["task_id"] for one in instances}


def test_sound_instances_of_real_data_are_whole(recorded_wave: Path) -> None:
    instances, _ = organized(recorded_wave, "sound")
    assert len(instances) > 2100
    for one in instances:
        assert one["input"].strip() == one["input"] != ""
        assert one["output"].strip() == one["output"] != ""
        assert len(one["input"]) <= 2000
        assert len(one["output"]) <= 2000
        assert one["input"] != one["output"]
        assert "\r" not in one["input"] + one["output"]
    assert len({(one["task_id"], one["input"], one["output"]) for one in instances}) == len(instances)


def test_the_same_wave_gives_the_same_bytes(recorded_wave: Path) -> None:
    organized(recorded_wave, "sound")
    first = {name: (recorded_wave / name).read_bytes() for name in ("sound.parquet", "sound.jsonl", "dropped.jsonl")}
    organized(recorded_wave, "sound")
    assert first == {name: (recorded_wave / name).read_bytes() for name in first}


# --- the stage ------------------------------------------------------------------------------------------------------


@pytest.fixture
def wave(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> argparse.Namespace:
    monkeypatch.chdir(tmp_path)
    write_params(tmp_path, organize=ORGANIZE)
    known = [card("b"), card("a", license="", languages=())]
    files.write_jsonl(tmp_path / "cards.jsonl", known)
    files.write_jsonl(tmp_path / "tasks.jsonl", [task(["text"], "label", name="b"), task(["text"], "label", name="a")])
    write_rows(tmp_path / "rows.parquet", {name: [{"text": f"{name} 1", "label": "yes"}] * 2 for name in "ab"})
    job = paths(
        tmp_path, tasks="tasks.jsonl", cards="cards.jsonl", rows="rows.parquet", instances="i.parquet", kept_tasks="t"
    )
    job.part = "hub/w"
    return job


def test_instances_have_the_schema_and_come_in_the_order_of_the_tasks(wave: argparse.Namespace) -> None:
    organize.main(wave)
    found = pq.read_table(wave.instances)
    assert found.schema.equals(INSTANCES)
    assert found.column("taskname").to_pylist() == ["b", "a"]
    first = found.to_pylist()[0]
    assert first == {
        "instance_id": instance_id("Do it.", "b 1", "yes"),
        "instruction": "Do it.",
        "input": "b 1",
        "output": "yes",
        "messages": None,
        "license": "mit",
        "terms": "",
        "website": "https://example.org/b",
        "taskname": "b",
        "task_id": task(["text"], "label", name="b").task_id,
        "part": "hub/w",
        "origin": "b:default",
        "revision": "r1",
        "row": "train:0",
        "generator": "template:rules-1",
        "language": "en",
    }


def test_what_is_not_declared_stays_empty(wave: argparse.Namespace) -> None:
    organize.main(wave)
    last = pq.read_table(wave.instances).to_pylist()[-1]
    assert (last["license"], last["language"]) == ("", "")


def test_a_part_that_dvc_cannot_carry_is_refused(wave: argparse.Namespace) -> None:
    wave.part = "hub/Not This"
    with pytest.raises(ParamsError):
        organize.main(wave)
    assert not wave.instances.exists()


def test_a_task_of_an_unknown_config_is_refused_and_nothing_is_written(wave: argparse.Namespace) -> None:
    files.write_jsonl(wave.tasks, [task(["text"], "label", name="elsewhere")])
    with pytest.raises(InputError, match="elsewhere"):
        organize.main(wave)
    assert not wave.instances.exists()
    assert not wave.dropped.exists()


def test_a_wave_without_tasks_gives_an_empty_file(wave: argparse.Namespace) -> None:
    files.write_jsonl(wave.tasks, [])
    organize.main(wave)
    assert pq.read_table(wave.instances).num_rows == 0
    assert wave.kept_tasks.read_text() == ""


# --- each difference between the styles ------------------------------------------------------------------------------

QA = {"question": " What? ", "context": "A b."}


def qa_rows(count: int) -> list[dict[str, Any]]:
    return [{**QA, "question": f"What {n}?", "answer": f"it is {n}"} for n in range(count)]


def test_rule_input_each_style_writes_its_own_sentences() -> None:
    job = task(["question", "context"], "answer")
    assert pairs(made("release", job, qa_rows(11)))[0][0] == "question is 'What 0?'. context is 'A b.'. "
    assert pairs(made("paper", job, qa_rows(11)))[0][0] == "The question is What 0?. The context is A b.."
    assert pairs(made("sound", job, qa_rows(11)))[0][0] == "The question is What 0?\nThe context is A b."


def test_rule_too_long_input_is_torn_cut_at_a_word_or_left_out() -> None:
    long = [{"text": f"{n} " + "word " * 500, "more": "m", "out": f"o{n}"} for n in range(11)]
    assert len(pairs(made("release", task(["text"], "out"), long))[0][0]) == 2000
    sound = made("sound", task(["text"], "out"), long)
    assert pairs(sound)[0][0].endswith(" word ...")
    assert sound.cut == 11
    several = made("sound", task(["text", "more"], "out"), long)
    assert {why for _, why in several.drops} == {"input-too-long"}
    assert several.reason == "no-instances"


def test_rule_too_long_output_is_torn_or_left_out() -> None:
    long = [{"text": f"t{n}", "out": f"{n} " + "word " * 500} for n in range(11)]
    assert len(pairs(made("release", task(["text"], "out"), long))[0][1]) == 2000
    assert {why for _, why in made("sound", task(["text"], "out"), long).drops} == {"output-too-long"}


def test_rule_bad_output_ends_the_task_or_leaves_out_the_row() -> None:
    found = [{"text": f"t{n}", "out": f"o{n}"} for n in range(120)]
    found[105]["out"] = {"nested": 1}  # type: ignore[assignment]
    job = task(["text"], "out")
    for style in ("release", "paper"):
        result = made(style, job, found)
        assert len(result.instances) == 105
        assert Counter(why for _, why in result.drops) == {"bad-output": 1, "after-bad-output": 14}
    sound = made("sound", job, found)
    assert len(sound.instances) == 119
    assert sound.drops == [("train:105", "bad-output")]


def test_rule_output_may_be_empty_in_release_and_never_in_sound() -> None:
    found = [{"text": f"t{n}", "out": f"o{n}" if n else "  "} for n in range(12)]
    assert pairs(made("release", task(["text"], "out"), found))[0] == ("t0", "")
    assert made("sound", task(["text"], "out"), found).drops == [("train:0", "missing-output")]


def test_rule_labels_are_named_in_first_seen_order_or_sorted() -> None:
    found = [{"text": f"t{n}", "label": ("spam", "ham")[n % 2]} for n in range(20)]
    job = task(["text"], "label")
    assert made("release", job, found).task.instruction == "Do it. Answers must be one of spam, ham."
    assert made("sound", job, found).task.instruction == "Do it. Answers must be one of ham, spam."
    assert made("sound", job, found).task.task_id == job.task_id


def test_rule_few_rows_of_free_text_are_no_classification_for_sound() -> None:
    found = [{"text": f"t{n}", "out": f"answer {n}"} for n in range(8)]
    job = task(["text"], "out")
    assert "Answers must be" in made("release", job, found).task.instruction
    assert made("sound", job, found).task.instruction == "Do it."


def test_rule_pairs_copies_repeats_and_opaque_answers_are_left_out_by_sound() -> None:
    found = [{"text": f"t{n}", "out": f"o{n}"} for n in range(12)]
    found[1] = found[0]
    found[2] = {"text": "same", "out": "same"}
    found[3] = {"text": "Where?", "out": "https://example.org/where"}
    found[4] = {"text": "At https://example.org/here.", "out": "https://example.org/here"}
    job = task(["text"], "out")
    assert len(made("release", job, found).instances) == 12
    assert made("sound", job, found).drops == [
        ("train:1", "repeat"),
        ("train:2", "copy"),
        ("train:3", "opaque-output"),
    ]


def test_rule_pairs_an_answer_that_was_cut_off_is_left_out_by_sound() -> None:
    found = [{"text": f"{n} " + "word " * 500 + f"answer{n}", "out": f"answer{n}"} for n in range(11)]
    assert len(made("release", task(["text"], "out"), found).instances) == 11
    assert {why for _, why in made("sound", task(["text"], "out"), found).drops} == {"evidence-cut"}


def test_no_more_instances_than_asked_for_and_the_first_ones() -> None:
    found = [{"text": f"t{n}", "out": f"o{n}"} for n in range(30)]
    for style in STYLES:
        result = made(style, task(["text"], "out"), found, instances_per_task=20)
        assert [one["row"] for one in result.instances] == [f"train:{n}" for n in range(20)]
        assert {why for _, why in result.drops} == {"over-instances-per-task"}


# --- any rows at all -------------------------------------------------------------------------------------------------

fields = st.sampled_from(NAMES)


@settings(max_examples=150, deadline=None)
@given(rows, st.lists(fields, min_size=1, max_size=3), fields, st.sampled_from(STYLES))
def test_any_rows_can_be_organized_and_none_is_lost(
    found: list[dict[str, Any]], inputs: list[str], output: str, style: str
) -> None:
    known = card(features=dict.fromkeys(NAMES, "string"))
    result = made(style, task(inputs, output), found, known)
    if not result.reason or result.reason == "no-instances":
        assert len(result.instances) + len(result.drops) == len(found)
    assert (result.task is None) == bool(result.reason)


@settings(max_examples=150, deadline=None)
@given(rows, st.lists(fields, min_size=1, max_size=3), fields)
def test_release_style_equals_the_oracle_on_any_rows(
    found: list[dict[str, Any]], inputs: list[str], output: str
) -> None:
    plain = {"instruction": "Do it.", "input_fields": inputs, "output_field": [output]}
    result = made("release", task(inputs, output), found, instances_per_task=10**9)
    came = [(one["instruction"], one["input"], one["output"]) for one in result.instances]
    assert came == released.instances(plain, found)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.text(min_size=1), st.sampled_from(["a", "b", "c", None, 1.5, True])), max_size=60))
def test_sound_output_holds_no_trace_of_missing_values(found: list[tuple[str, Any]]) -> None:
    known = card(features={"text": "string", "label": Feature(type="string")})
    for one in made(
        "sound", task(["text"], "label"), [{"text": t, "label": label} for t, label in found], known
    ).instances:
        assert one["output"] in {"a", "b", "c", "1.5", "True"}


@settings(max_examples=60, deadline=None)
@given(rows, st.randoms(use_true_random=False))
def test_sound_labels_do_not_depend_on_the_order_of_the_rows(found: list[dict[str, Any]], chance: Any) -> None:
    shuffled = list(found)
    chance.shuffle(shuffled)
    job = task(["question"], "answerKey")
    first, second = made("sound", job, found), made("sound", job, shuffled)
    assert first.reason == second.reason
    assert first.task == second.task
