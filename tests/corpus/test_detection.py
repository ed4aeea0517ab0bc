"""Which format records have: every real file is what it is; what is mixed or unknown is refused with what was seen."""

import json
from pathlib import Path
from typing import Any

import pytest

from stages.corpus import reading
from stages.corpus.detection import detect, fitting
from stages.corpus.forms import Chat, Found, Message, Preference, Single
from stages.shared.errors import InputError

FILES = {
    "corpora/instructionwild_seed_prompts_ch.jsonl": ("alpaca", 429),
    "corpora/instructionwild_seed_prompts_en.jsonl": ("alpaca", 429),
    "corpora/instructionwild_user_1.jsonl": ("alpaca", 429),
    "corpora/instructionwild_user_2.jsonl": ("alpaca", 246),
    "corpora/instructionwild_user_3.jsonl": ("alpaca", 198),
    "corpora/llamafactory_alpaca_en_demo.json": ("alpaca", 999),
    "corpora/llamafactory_alpaca_zh_demo.json": ("alpaca", 1000),
    "corpora/llamafactory_dpo_en_demo.json": ("preference", 300),
    "corpora/llamafactory_glaive_toolcall_en_demo.json": ("sharegpt", 300),
    "corpora/self_instruct_seed_tasks.jsonl": ("self-instruct", 175),
    "corpora/sharegpt_dummy_conversation.json": ("sharegpt", 500),
    "eval/user_oriented_instructions.jsonl": ("self-instruct", 252),
}
ALPACA = {"instruction": "Add.", "input": "1 1", "output": "2"}
SHAREGPT = {"id": "c1", "conversations": []}
CONVERSATION = Chat((Message("user", "q"), Message("assistant", "a")))


def objects(path: Path) -> list[dict[str, Any]]:
    """The records of a real file, less the lines that are no JSON: some of InstructionWild's are none."""
    text = path.read_text("utf-8")
    if path.suffix == ".json":
        found = json.loads(text)
        return found if isinstance(found, list) else [found]
    records = []
    for line in text.split("\n"):
        try:
            records.append(json.loads(line))
        except ValueError:
            continue
    return records


def refused(records: list[dict[str, Any]]) -> InputError:
    with pytest.raises(InputError) as error:
        detect(records, "here")
    assert error.value.where == "here"
    return error.value


@pytest.mark.parametrize("name", FILES)
def test_every_real_file_is_detected_as_what_it_is(name: str, test_data: Path) -> None:
    records = objects(test_data / name)
    assert (detect(records, name), len(records)) == FILES[name]


def test_every_file_of_the_corpora_is_among_them(test_data: Path) -> None:
    assert {f"corpora/{path.name}" for path in (test_data / "corpora").iterdir()} == {
        name for name in FILES if name.startswith("corpora/")
    }


def test_every_real_task_of_super_ni_is_detected(test_data: Path) -> None:
    for path in sorted((test_data / "eval" / "superni").glob("*.json")):
        assert detect(objects(path), path.name) == "superni"


@pytest.mark.parametrize(
    ("keys", "format"),
    [
        ("instruction", "alpaca"),
        ("instruction input output system history", "alpaca"),
        ("instruction context response category", "dolly"),
        ("prompt response source", "gpt4all"),
        ("type instances", "lmflow"),
        ("messages tools", "messages"),
        ("prompt chosen rejected", "preference"),
        ("conversations chosen rejected", "preference"),
        ("instruction input chosen rejected", "preference"),
        ("chosen rejected", "preference"),
        ("user_input completion_a completion_b", "preference"),
        ("user_input responses_and_scores", "preference"),
        ("inputs targets", "prompted"),
        ("inputs inputs_pretokenized targets targets_pretokenized", "prompted"),
        ("id name instruction instances is_classification", "self-instruct"),
        ("id conversations system tools", "sharegpt"),
        ("Contributors Definition Instances", "superni"),
    ],
)
def test_the_keys_that_a_corpus_is_published_with_show_its_format(keys: str, format: str) -> None:
    assert fitting(keys.split()) == [format]


@pytest.mark.parametrize("name", sorted(name for name, format in reading.FORMATS.items() if format.write))
@pytest.mark.parametrize("found", [Single("q", "", "a"), CONVERSATION, Preference((Message("user", "q"),), "a", "b")])
def test_what_a_format_writes_is_detected_as_that_format(name: str, found: Found) -> None:
    write = reading.FORMATS[name].write
    assert write is not None
    try:
        record = write(found)
    except ValueError:
        return  # not in this format: said by its own tests
    assert detect([record], "here") == name


def test_records_of_two_formats_are_refused_with_both_and_their_keys_and_counts() -> None:
    error = refused([ALPACA] * 3 + [SHAREGPT] * 2)
    assert error.came == "alpaca, sharegpt (3 with instruction, input, output; 2 with id, conversations)"
    assert "state the format" in error.remedy


def test_a_record_that_fits_two_formats_is_refused_with_both(test_data: Path) -> None:
    records = objects(test_data / "eval" / "predictions_252" / "davinci.jsonl")
    error = refused(records)
    assert error.came == "alpaca, gpt4all (252 with prompt, instruction, input, response, target)"


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("eval/en_eval_set.jsonl", "468 with question, std_answer, class, question_id"),
        ("recorded/gpt35_tasks.jsonl", "133 with dataset, config, task_name, model, tasks"),
        (
            "explore/demo_domain/paraphrase.json",
            "1 with raw_task_name, task_name, config_filename, reason, examples",
        ),
    ],
)
def test_unknown_records_are_refused_with_their_keys_and_counts(name: str, seen: str, test_data: Path) -> None:
    error = refused(objects(test_data / name))
    assert error.came == seen
    assert all(format in error.expected for format in reading.FORMATS)
    assert "convert" in error.remedy


def test_records_without_keys_and_no_records_are_named_as_such() -> None:
    assert refused([{}, {}]).came == "2 with no keys"
    assert refused([]).came == "no records"


def test_records_of_no_format_among_others_are_left_for_clean() -> None:
    assert detect([{"note": "x"}, ALPACA, {}], "here") == "alpaca"


def test_what_is_said_stays_short_however_many_keys_there_are() -> None:
    records = [{f"{number}-{'long' * 50}-{key}": 1 for key in range(100)} for number in range(50)]
    assert len(str(refused(records))) < 6000
