"""Dedup over whole parts: order decides, and the outcome is that of a slow loop over all pairs."""

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stages.dataset.partfiles import shard_name
from tests.dataset.parts import NEAR, Row, row, run, write_part

PASSAGE = (
    "the harbour was quiet in the morning and the boats that had come back during the night lay side by side along the "
    "old wall while gulls walked over the nets and a man with a broom went from door to door asking for the keeper of "
    "the light who had not been seen since the storm came over the hills behind the small grey town by the sea"
)
LATER = PASSAGE.replace("a man with a broom", "a boy with a broom")


def dropped(folder: Path) -> list[tuple[str, str, str]]:
    lines = (folder / "dropped.jsonl").read_text("utf-8").splitlines()
    return [(one["id"], one["reason"], one["detail"]) for one in map(json.loads, lines)]


def merged(folder: Path, *parts: Sequence[Row]) -> list[list[str]]:
    """The ids of what is kept of each of the parts, which are corpora.

    With 64 bands no pair that is alike is missed; with fewer one in some thousand is.
    """
    names = [f"corpus/p{number}" for number in range(len(parts))]
    for name, rows in zip(names, parts, strict=True):
        write_part(folder, name, rows)
    dataset = run(folder, names, folder / "out", rules={"near": {**NEAR, "bands": 64}})
    return [pq.read_table(dataset / shard_name(name)).column("instance_id").to_pylist() for name in names]


def dialogue(*said: str) -> list[Row]:
    turns = zip(("system", "user", "assistant"), said, strict=True)
    return [{"role": role, "content": text, "name": "", "tool_calls": ""} for role, text in turns]


def test_what_differs_in_case_marks_or_layout_alone_is_dropped_and_names_the_row_it_gave_way_to(tmp_path: Path) -> None:
    first, other = row("Name a colour.", "Of the sky!", "Blue."), row("name  a colour", "OF THE SKY", "blue")
    kept = merged(tmp_path, [first], [other, row("Name a colour.", "Of the sky!", "Grey.")])
    assert [len(one) for one in kept] == [1, 1]
    detail = f"corpus-p0.parquet has it as {first['instance_id']}; this one: corpus/p1 glue:cola train:0"
    assert dropped(tmp_path / "out") == [(other["instance_id"], "duplicate", detail)]


def test_an_exchange_is_the_same_whether_its_input_stands_apart_or_in_its_instruction(tmp_path: Path) -> None:
    answer = "It is blue at noon, " + "and grey when it rains, " * 4 + "as everybody knows."
    apart = [row("Name the colour.", "Of the sky!", "Blue."), row("Say more:", "the sky", answer)]
    whole = [
        row("Name the colour.\n\nOf the sky!", "", "Blue."),
        row("Say more:\n\nthe sky", "", f"{answer}\n"),
        row("Name the colour.\n\nOf the sea!", "", "Blue."),
        row("Name the colour. Of the", "sky. Blue.", ""),
    ]
    held = [
        row("Of the sky!", "", answer, messages=dialogue("Name the colour.", "Of the sky!", answer))
        for answer in ("Blue.", "Grey.")
    ]
    first, second, third = merged(tmp_path, apart, whole, held)
    assert first == [one["instance_id"] for one in apart]
    assert second == [one["instance_id"] for one in whole[2:]]
    assert third == [held[1]["instance_id"]]


def test_dialogues_that_call_a_tool_for_different_things_are_both_kept(tmp_path: Path) -> None:
    def call(city: str) -> Row:
        said = [("user", "And there?", ""), ("assistant", "Let me see.", f'[{{"name":"f","arguments":"{city}"}}]')]
        turns = [{"role": role, "content": text, "name": "", "tool_calls": calls} for role, text, calls in said]
        return row("And there?", "", "Let me see.", messages=turns)

    assert [len(ids) for ids in merged(tmp_path, [call("Rome"), call("Bern"), call("Rome")])] == [2]


def test_a_long_input_with_another_word_is_a_near_duplicate_of_the_earlier_one(tmp_path: Path) -> None:
    first, other = row("Sum it up.", PASSAGE, "a quiet day"), row("Sum it up.", LATER, "A quiet day.")
    assert merged(tmp_path, [first, row("Sum it up.", PASSAGE, "a storm")], [other]) == [
        [first["instance_id"], row("Sum it up.", PASSAGE, "a storm")["instance_id"]],
        [],
    ]
    detail = f"corpus-p0.parquet has it as {first['instance_id']}; this one: corpus/p1 glue:cola train:0"
    assert dropped(tmp_path / "out") == [(other["instance_id"], "near-duplicate", detail)]


def test_what_a_trainer_wants_to_keep_is_kept(tmp_path: Path) -> None:
    pairs = [
        ("a number", ("Solve it.", "Ann has 17 apples and eats 3. How many are left?", "14"), ("17", "18")),
        ("a number in a long text", ("Solve it.", f"{PASSAGE} at 5 o'clock", "yes"), ("5", "6")),
        ("a name", ("Sum it up.", f"{PASSAGE} said Ann", "yes"), ("Ann", "Bob")),
        ("a question", ("Answer.", f"{PASSAGE}. Who was away?", "the keeper"), ("Who was away", "Who had gone")),
        ("a field", ("Decide.", f"The text is {PASSAGE}\nThe claim is it rained.", "no"), ("rained", "snowed")),
        ("a negation", ("Decide.", f"{PASSAGE} and he was seen", "yes"), ("was seen", "was never seen")),
        ("an operator", ("Compute.", f"{PASSAGE} x + y", "z"), ("+", "-")),
        ("an answer", ("Decide.", PASSAGE, "yes"), ("yes", "no")),
        ("an instruction", ("Sum it up.", PASSAGE, "a day"), ("Sum it up.", "Give it a title.")),
        ("a short word", ("Define the word.", "cat", "an animal"), ("cat", "dog")),
        ("an end", ("Decide.", "haroldo be mention as a scorer for the home team", "true"), ("haroldo", "rivaldo")),
    ]
    for name, texts, (old, new) in pairs:
        folder = tmp_path / name
        one, other = row(*texts), row(*(text.replace(old, new) for text in texts))
        assert one["instance_id"] != other["instance_id"], name
        assert [len(ids) for ids in merged(folder, [one], [other])] == [1, 1], name


def test_the_sentence_that_all_instances_of_a_task_begin_with_makes_none_a_duplicate(tmp_path: Path) -> None:
    rows = [row(f"Given a text, {PASSAGE}.", f"word {word}", "yes") for word in ("cat", "dog", "tree", "sea")]
    assert [len(ids) for ids in merged(tmp_path, rows)] == [4]


def test_two_wordings_of_one_instruction_over_the_same_input_are_one(tmp_path: Path) -> None:
    one = row("Given a text, write a short summary of it.", PASSAGE, "a day", task_id="t1")
    other = row("Given the text, write a short summary of it.", PASSAGE, "a day", task_id="t2")
    assert [len(ids) for ids in merged(tmp_path, [one], [other])] == [1, 0]


words = st.sampled_from(["cat", "Cat", "dog!", "sea"])
texts = st.one_of(
    words,
    st.builds(lambda word, place: _with(PASSAGE, word, place), words, st.integers(0, 60)),
    st.builds(lambda one, other: f"{_with(PASSAGE, one, 3)}\n{other}", words, words),
)
rows = st.lists(st.builds(row, st.just("Sum it up."), texts, st.sampled_from(["yes", "Yes.", "no"])), max_size=8)


def _with(text: str, word: str, place: int) -> str:
    found = text.split()
    found[place % len(found)] = word
    return " ".join(found)


def plain(text: str) -> list[list[str]]:
    return [line.lower().replace("!", "").replace(".", "").split() for line in text.split("\n")]


def said(one: Row) -> str:
    return "|".join(" ".join(word for line in plain(one[key]) for word in line) for key in ("input", "output"))


def said_alike(one: Row, other: Row, threshold: float) -> bool:
    """The rule in plain Python, for rows of one instruction; slow, and with words of this test alone in mind."""

    def names(text: str) -> list[str]:
        return sorted(word.lower() for word in text.split() if word[0].isupper() or word in ("not", "all", "first"))

    def pieces(line: list[str]) -> set[tuple[str, ...]]:
        padded = ["<", "<", *line, ">", ">"]
        return {tuple(padded[at : at + 3]) for at in range(len(padded) - 2)}

    lines, others = plain(one["input"]), plain(other["input"])
    if plain(one["output"]) != plain(other["output"]):
        return False
    if names(one["input"]) != names(other["input"]) or len(lines) != len(others):
        return False
    pairs = [(pieces(mine), pieces(yours)) for mine, yours in zip(lines, others, strict=True)]
    return all(len(mine & yours) >= threshold * len(mine | yours) for mine, yours in pairs)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(rows, min_size=1, max_size=4))
def test_whatever_the_order_of_growth_the_whole_is_one_pass_over_all_pairs(parts: list[list[Row]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        found = merged(Path(name), *parts)
        expected: list[list[str]] = []
        kept: list[Row] = []
        said_before: set[str] = set()
        for part in parts:
            expected.append([])
            for one in part:
                if said(one) not in said_before and not any(said_alike(one, other, 0.8) for other in kept):
                    kept.append(one)
                    expected[-1].append(one["instance_id"])
                said_before.add(said(one))  # what says the same as a row that went goes with it
        assert found == expected
