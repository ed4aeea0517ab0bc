"""The numbers of a part against a plain count over its rows."""

from collections import Counter
from statistics import median
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.dataset.picked import Picked
from stages.dataset.sketch import Sketch, nearness, quantiles
from stages.shared.records import INSTANCES
from tests.dataset.parts import row

PART = "hub/one"


def drawn(rows: list[dict[str, Any]], size: int = 1000, share: float = 1.0, batch: int = 7) -> Sketch:
    """A sketch of instances that come in batches."""
    sketch = Sketch(Picked(size), Picked(size), share=share)
    for start in range(0, len(rows), batch):
        some = [{**one, "part": PART} for one in rows[start : start + batch]]
        sketch.add(PART, pa.RecordBatch.from_pylist(some, INSTANCES))
    return sketch


def seeds(seed_rows: list[tuple[str, str, str]]) -> list[dict[str, Any]]:
    return [
        row(
            *texts,
            task_id=f"t{number % 5}",
            origin=f"{('glue', 'qasc')[number % 2]}:c",
            language=("en", "")[number % 2],
        )
        for number, texts in enumerate(seed_rows)
    ]


def test_counts_are_those_of_the_rows(seed_rows: list[tuple[str, str, str]]) -> None:
    found = drawn(seeds(seed_rows)).numbers(50)
    assert (found["instances"], found["instructions"]) == (175, len({instruction for instruction, _, _ in seed_rows}))
    assert found["with_input"] == round(sum(bool(input) for _, input, _ in seed_rows) / 175, 4)
    for place, name in enumerate(("instruction", "input", "output")):
        lengths = sorted(len(texts[place].split()) for texts in seed_rows if texts[place].split())
        assert found["words"][name]["mean"] == round(sum(lengths) / len(lengths), 2)
        assert found["words"][name]["most"] == lengths[-1]
    assert found["languages"] == {"en": 88, "unknown": 87}
    assert (found["sources"], found["tasks"]) == (2, 10)
    assert found["tasks_per_source"] == {"mean": 5, "median": 5, "most": 5}
    assert found["instances_per_task"]["mean"] == 17.5
    assert found["nearest"]["looked_at"] == 50
    assert found["qualities"]["toxicity"] == round(2 / 175, 4)


def test_instructions_that_name_their_answers_are_counted() -> None:
    rows = [row("Judge. Answers must be one of no, yes.", str(number)) for number in range(3)] + [row("Judge.")]
    assert drawn(rows).numbers(10)["with_labels"] == 0.75


def test_instructions_that_rouge_can_not_read_are_counted_and_not_compared() -> None:
    english = ["Name three rivers.", "Name three lakes."]
    others = ["写一篇关于 GPT 的文章。", "写一首关于 GPT 的诗。", "Переведи этот текст на русский.", "?"]
    found = nearness([*english, *others, "Nenne drei Flüsse, die größer sind."])
    assert found == {**nearness([*english, "Nenne drei Flüsse, die größer sind."]), "looked_at": 7, "unread": 4}
    assert found["rougeL"] is not None
    assert nearness(others) == {"looked_at": 4, "unread": 4, "rougeL": None, "near_repeats": None}


@given(st.lists(st.integers(0, 30), max_size=40))
def test_quantiles_are_those_of_the_sorted_lengths(lengths: list[int]) -> None:
    found = quantiles(Counter(lengths))
    some = sorted(length for length in lengths if length)
    if not some:
        assert set(found.values()) == {None}
        return
    assert found["most"] == some[-1]
    for key, tenths in (("median", 5), ("p90", 9)):
        # The smallest length that so many tenths of the texts don't exceed.
        assert found[key] == next(
            one for one in some if 10 * sum(length <= one for length in some) >= tenths * len(some)
        )
    assert abs((found["median"] or 0) - median(some)) <= some[-1] - some[0]


def test_two_surveys_together_are_that_of_all_rows(seed_rows: list[tuple[str, str, str]]) -> None:
    rows = [{**one, "task_id": one["origin"]} for one in seeds(seed_rows)]
    one, two = drawn(rows[:80], 60), drawn(rows[80:], 60)
    one.merge(two)
    assert one.numbers(40) == drawn(rows, 60).numbers(40)


def test_of_many_rows_a_share_is_looked_at_the_same_every_time(seed_rows: list[tuple[str, str, str]]) -> None:
    rows = seeds(seed_rows)
    half = drawn(rows, share=0.5)
    assert 60 < half.looked < 115
    assert half.qualities == drawn(rows[::-1], share=0.5).qualities
    assert half.instances == 175


def test_near_repeats_are_those_above_the_threshold() -> None:
    texts = ["write a poem about the sea", "write a poem about the sky", "translate this"]
    found = nearness(texts)  # five of six words in order: 5/6; the third shares none
    assert found == {"looked_at": 3, "unread": 0, "rougeL": pytest.approx(10 / 18, abs=1e-4), "near_repeats": 0.6667}
    assert nearness(["alone"])["rougeL"] is None


def test_an_empty_part_has_numbers() -> None:
    found = Sketch(Picked(5), Picked(5)).numbers(5)
    assert (found["instances"], found["with_input"], found["qualities"]["logic"]) == (0, None, None)
