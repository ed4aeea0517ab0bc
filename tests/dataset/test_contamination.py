"""What benchmarks ask is found however it is dressed, and nothing else is."""

import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from stages.dataset import benchmark, near, wording
from stages.dataset.benchmark import Benchmark, Item
from stages.dataset.contamination import Index, find, index
from stages.shared import files
from stages.shared.errors import InputError, ParamsError
from tests.dataset.parts import Row, row, run, write_part

FILLER = "here is something that people of the village used to tell each other in winter"


@pytest.fixture(scope="module")
def superni(repository: Path) -> Benchmark:
    return benchmark.read(repository / "data/sources/benchmarks/superni")


def holding(rows: Sequence[Row], looked_for: Index) -> set[int]:
    words = wording.read([piece for one in rows for piece in near.pieces(one)])
    return {found.row for found in find(words, looked_for)}


def dialogue(*said: str) -> list[Row]:
    roles = ("user", "assistant") * len(said)
    return [
        {"role": role, "content": text, "name": "", "tool_calls": ""} for role, text in zip(roles, said, strict=False)
    ]


def dressed(item: Item, place: int) -> Iterator[Row]:
    """A text of a benchmark as it is, in other cases, and within a longer text, as input and as answer."""
    answer = item.answers[0]
    yield row("Do it.", item.text, answer)
    yield row("Do it.", item.text.upper(), answer.lower())
    yield row("Do it.", item.text.swapcase().replace(" ", "  "), answer)
    yield row(f"{FILLER} {item.text} {FILLER}", "", answer)
    yield row("Do it.", f"The text is {item.text} {FILLER} {place}.", answer)


def test_texts_of_all_tasks_are_found_verbatim_recased_and_within_longer_texts(superni: Benchmark) -> None:
    looked_for = index([superni], 13)
    picked = random.Random(3).sample([item for group in superni.groups for item in group], 300)
    rows = [one for place, item in enumerate(picked) for one in dressed(item, place)]
    assert holding(rows, looked_for) == set(range(len(rows)))


def test_the_252_instructions_are_all_found_in_themselves(test_data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "user"
    folder.mkdir()
    text = (test_data / "eval/user_oriented_instructions.jsonl").read_text("utf-8")
    (folder / "user_oriented_instructions.jsonl").write_text(text, "utf-8")
    records = [json.loads(line) for line in text.splitlines()]
    rows = [row(one["instruction"], **one["instances"][0]) for one in records]
    assert len(holding(rows, index([benchmark.read(folder)], 13))) == len(rows) == 252


def test_problems_of_mathematics_are_found_where_a_solution_is_asked_or_given(test_data: Path, tmp_path: Path) -> None:
    lines = (test_data / "eval/MATH_eval_set_sample.jsonl").read_text("utf-8").splitlines()[:100]
    (tmp_path / "math.jsonl").write_text("\n".join(lines), "utf-8")
    looked_for = index([benchmark.read(tmp_path)], 13)
    records = [json.loads(line) for line in lines]
    asked = [row("Solve the problem.", one["question"], one["std_answer"]) for one in records]
    assert holding(asked, looked_for) == set(range(100))
    turned = [row("Write the problem that this solves.", one["std_answer"], one["question"]) for one in records]
    assert len(holding(turned, looked_for)) >= 80  # the shortest are looked for with their answers, or as a line


def test_the_wording_of_a_task_and_its_answers_alone_are_no_texts_of_it() -> None:
    wording_of_task = "Decide for each of the following sentences whether it is one that a speaker would say:"
    group = tuple(Item(str(n), f"{wording_of_task} {n} birds sang.", ("a long answer " * 9,)) for n in range(20))
    looked_for = index([Benchmark("b", "r", (group,))], 13)
    clean = [row(wording_of_task, "Dogs bark.", "yes"), row("Say it.", f"{wording_of_task} dogs bark.", "yes")]
    clean += [row("Say something.", "", "a long answer " * 9)]
    assert holding(clean, looked_for) == set()
    assert holding([row("Say it.", group[3].text, "yes")], looked_for) == {0}


def test_what_half_of_the_instances_of_a_task_say_tells_them_and_what_more_say_is_its_wording() -> None:
    passage = "on a cold day in May the old man went down to the river with his dog and sat"

    def looked_for(share: int) -> Index:
        texts = [f"{passage} near tree {n}" if n < share else f"another story {n} " * 8 for n in range(10)]
        group = tuple(Item(str(n), text, ("x",)) for n, text in enumerate(texts))
        return index([Benchmark("b", "r", (group,))], 13)

    said = row("Go on.", f"{passage} there", "y")
    assert holding([said], looked_for(5)) == {0}
    assert holding([said], looked_for(6)) == set()


@pytest.mark.parametrize(
    ("text", "answer", "one", "found"),
    [
        ("the man lost his weight", "he ran", row("Say why.", "The man lost his weight.", "no idea"), True),
        ("the man lost his weight", "he ran", row("Say why.", "In May the man lost his weight again.", "luck"), False),
        (
            "the man lost his weight",
            "he ran",
            row("Say why.", "In May the man lost his weight again.", "He ran."),
            True,
        ),
        ("cold", "hot", row("Name an opposite.", "cold", "hot"), True),
        ("cold", "hot", row("Name an opposite.", "cold", "warm"), False),
        ("cold", "hot", row("Name an opposite.", "it is cold", "hot"), False),
        ("{ [ (", ") ] }", row("Close it.", "{ [ (", ") ] }"), True),
        ("{ [ (", ") ] }", row("Close it.", "{ [ <", ") ] }"), False),
        ("what is 3 + 4 of all numbers", "7", row("Do it.", "What is 3 - 4 of all numbers", "7"), False),
        ("a b c d e f g h", "x", row("Do it.", "so a b c d e f g h it is", "y"), True),
    ],
)
def test_short_texts_must_be_there_as_a_whole(text: str, answer: str, one: Row, found: bool) -> None:
    looked_for = index([Benchmark("b", "r", ((Item("1", text, (answer,)),),))], 13)
    assert holding([one], looked_for) == ({0} if found else set())


@pytest.mark.parametrize(
    ("text", "one"),
    [
        ("Name the capital of Latvia.", row("**Name the capital of Latvia.**")),
        ("Name the capital of Latvia.", row("Answer.", "> Name the __capital__\n> of *Latvia*.")),
        ("Name the capital of Latvia.", row("Answer all.", "- Name the capital of Latvia.\n- Name that of Norway.")),
        ("Name the capital of Latvia.", row("Name the capital of ___", "Latvia")),
        ("Name the **capital** of Latvia.", row("## Name the capital of Latvia.")),
        ("Capital of Latvia?", row("Capital of", "Latvia?", "**Riga**")),
        ("Capital of Latvia?", row("Answer.", "> **Capital** of Latvia?", "Riga")),
        ("Capital of Latvia?", row("", messages=dialogue("Capital of Latvia?", "Riga"))),
    ],
)
def test_a_short_text_is_found_in_markdown_and_over_instruction_and_input(text: str, one: Row) -> None:
    looked_for = index([Benchmark("b", "r", ((Item("1", text, ("Riga",)),),))], 13)
    assert holding([one, row("Name the capital of", "Norway", "Oslo")], looked_for) == {0}


def test_a_text_without_an_answer_is_not_found_with_any() -> None:
    looked_for = index([Benchmark("b", "r", ((Item("1", "cold", ("",)), Item("2", "the man lost his", ("",))),))], 13)
    assert (
        holding([row("Opposite?", "cold", "hot"), row("Why?", "In May the man lost his hat.", "no")], looked_for)
        == set()
    )
    assert holding([row("Go on.", "The man lost his", "hat.")], looked_for) == {0}


def test_a_text_that_two_instances_ask_is_found_with_the_answer_of_either() -> None:
    group = tuple(
        Item(str(n), text, (answer,)) for n, (text, answer) in enumerate([("Cold?", "hot"), ("cold", "warm")])
    )
    group += tuple(Item(answer, "The man lost his weight.", (answer,)) for answer in ("he ran", "he ate less"))
    looked_for = index([Benchmark("b", "r", (group,))], 13)
    rows = [row("Say it.", "Cold?", "warm"), row("Say it.", "and the man lost his weight, no?", "He ate less.")]
    assert holding([*rows, row("Say it.", "Cold?", "cool")], looked_for) == {0, 1}


def test_contaminated_rows_are_dropped_and_reported_by_benchmark_and_part(tmp_path: Path) -> None:
    folder = tmp_path / "benchmarks" / "quiz"
    folder.mkdir(parents=True)
    record = {"id": "q7", "instruction": "Answer.", "instances": [{"input": f"{FILLER} and what?", "output": "it"}]}
    (folder / "quiz.jsonl").write_text(json.dumps(record), "utf-8")
    bad, good = row("Tell more.", f"Hear, hear: {FILLER.title()}, and what?", "much"), row("Tell more.", FILLER[:40])
    write_part(tmp_path, "corpus/a", [good, bad])
    write_part(tmp_path, "corpus/b", [bad])
    rules = {"contamination": {"benchmarks": ["quiz"], "words": 13}}
    parts = ["corpus/a", "corpus/b"]
    dataset = run(tmp_path, parts, tmp_path / "out", rules=rules, benchmarks=tmp_path / "benchmarks")
    assert pq.read_table(dataset / "corpus-a.parquet").column("instance_id").to_pylist() == [good["instance_id"]]
    assert pq.read_table(dataset / "corpus-b.parquet").num_rows == 0
    lines = (tmp_path / "out/dropped.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["reason"] for line in lines] == ["contaminated", "contaminated"]
    assert json.loads(lines[0])["detail"] == "quiz q7 (run); this one: corpus/a glue:cola train:0"
    found = files.read_json(tmp_path / "out/dataset.json")["contamination"]["quiz"]
    assert found == {
        "revision": benchmark.read(folder).revision,
        "instances": 1,
        "met": 1,
        "rows": 2,
        "parts": {"corpus/a": 1, "corpus/b": 1},
        "examples": [{"part": part, "instance": bad["instance_id"], "holds": "q7"} for part in parts],
    }


def test_a_benchmark_that_is_not_there_is_refused(tmp_path: Path) -> None:
    write_part(tmp_path, "corpus/a", [row("a")])
    rules = {"contamination": {"benchmarks": ["gone"], "words": 13}}
    with pytest.raises(InputError, match="expected a benchmark of corpus, out, got gone"):
        run(tmp_path, ["corpus/a"], tmp_path / "out", rules=rules, benchmarks=tmp_path)
    with pytest.raises(ParamsError, match="words"):
        run(tmp_path, ["corpus/a"], tmp_path / "two", rules={"contamination": {"benchmarks": "all", "words": 1}})
