"""What runs still know of earlier stages: the numbers are those of a hand-made example."""

import hashlib
import xml.etree.ElementTree as ET
from typing import Any

import pytest

from stages.model import continual, forgetting
from stages.model.instancescores import InstanceScores
from stages.model.runs import slices
from stages.shared.errors import ParamsError

PARTS = ["hub/1", "corpus/seeds", "hub/2", "hub/3"]
RUNS: dict[str, Any] = {
    "one": {"init": "data/sources/models/tiny.yaml", "parts": ["hub/1", "corpus/seeds"]},
    "two": {"init": "data/train/one", "parts": ["hub/2"]},
    "two-diverse": {"init": "data/train/one", "parts": ["hub/2"], "replay": {"strategy": "instruction-diverse"}},
    "three": {"init": "data/train/two", "parts": ["hub/3"], "replay": {"tasks": 9}},
    "all": {"init": "data/sources/models/tiny.yaml", "parts": "all"},
    "unmeasured": {"init": "data/sources/models/tiny.yaml", "parts": ["hub/1"]},
}


def scores(test: float | None, **by_part: tuple[int, int, float, float]) -> dict[str, Any]:
    """What evaluate finds: ROUGE-L on the test tasks, and of each part its instances, bytes, ROUGE-L, bits per byte."""
    names = {"hub1": "hub/1", "seeds": "corpus/seeds", "hub2": "hub/2", "hub3": "hub/3"}
    keys = ("instances", "bytes", "rougeL", "bits_per_byte")
    found: dict[str, Any] = {
        "holdout": {"by_part": {names[part]: dict(zip(keys, row, strict=True)) for part, row in by_part.items()}}
    }
    return found if test is None else {**found, "superni": {"model": {"rougeL": test}}}


SCORES = {
    "one": scores(40.6, hub1=(10, 100, 50.0, 2.0), seeds=(30, 300, 54.0, 4.0), hub2=(5, 50, 1.0, 5.0)),
    "two": scores(40.5, hub1=(10, 100, 40.0, 3.0), seeds=(30, 300, 52.0, 5.0), hub2=(5, 50, 56.3, 2.5)),
    "two-diverse": scores(None, hub1=(10, 100, 50.0, 2.0), seeds=(30, 300, 54.0, 4.4), hub2=(5, 50, 59.8, 2.4)),
    "three": scores(43.3, hub1=(10, 100, 30.0, 3.0), seeds=(30, 300, 50.0, 5.0), hub2=(5, 50, 58.2, 2.75)),
    "all": scores(43.4, hub1=(10, 100, 60.0, 1.0), seeds=(30, 300, 60.0, 1.0), hub3=(10, 0, 60.0, 0.0)),
}


def test_each_run_is_measured_on_its_own_parts_and_on_those_of_the_stages_before_it() -> None:
    found = continual.table(RUNS, PARTS, SCORES, "rougeL", "none")
    assert found["one"] == {
        "stage": 1,
        "test_rougeL": 40.6,
        "held_out_rougeL": 53.0,  # (10 * 50 + 30 * 54) / 40
        "held_out_bits_per_byte": 3.5,  # (100 * 2 + 300 * 4) / 400
    }
    assert found["two"] == {
        "stage": 2,
        "replay": "none",
        "test_rougeL": 40.5,
        "held_out_rougeL": 56.3,
        "held_out_bits_per_byte": 2.5,
        "one_rougeL": 49.0,  # (10 * 40 + 30 * 52) / 40
        "one_bits_per_byte": 4.5,  # (100 * 3 + 300 * 5) / 400
        "one_forgotten_bits": 1.0,  # 4.5 now, 3.5 when stage one ended
    }
    assert found["two-diverse"] == {
        "stage": 2,
        "replay": "instruction-diverse",
        "held_out_rougeL": 59.8,
        "held_out_bits_per_byte": 2.4,
        "one_rougeL": 53.0,
        "one_bits_per_byte": 3.8,  # (100 * 2 + 300 * 4.4) / 400
        "one_forgotten_bits": 0.3,
    }


def test_a_third_stage_looks_back_on_both_and_what_was_not_measured_is_left_out() -> None:
    found = continual.table(RUNS, PARTS, SCORES, "rougeL", "none")
    assert list(found) == ["one", "two", "two-diverse", "three", "all"]
    three = found["three"]
    assert (three["stage"], three["replay"]) == (3, "none")
    assert "held_out_rougeL" not in three
    assert (three["one_rougeL"], three["two_rougeL"]) == (45.0, 58.2)
    assert (three["one_forgotten_bits"], three["two_forgotten_bits"]) == (1.0, 0.25)


def test_the_run_over_all_parts_that_starts_anew_is_the_full_row() -> None:
    found = continual.table(RUNS, PARTS, SCORES, "rougeL", "none")
    assert [run for run, row in found.items() if "full" in row] == ["all"]
    assert found["all"]["held_out_bits_per_byte"] == 1.0


SLICED: dict[str, Any] = {
    "one": {"init": "data/sources/models/tiny.yaml", "parts": [{"part": "corpus/seeds", "tasks": "1/2"}]},
    "two": {"init": "data/train/one", "parts": [{"part": "corpus/seeds", "tasks": "2/2", "share": 0.5}]},
    "full": {"init": "data/sources/models/tiny.yaml", "parts": ["corpus/seeds"]},
    "other": {"init": "data/sources/models/tiny.yaml", "parts": ["hub/1"]},
}


def by_slice(first: float, second: float) -> dict[str, Any]:
    """Held-out scores of the two slices of one part, of ten instances with a hundred bytes each."""
    one, two = ({"instances": 10, "bytes": 100, "rougeL": bits, "bits_per_byte": bits} for bits in (first, second))
    whole = {"instances": 20, "bytes": 200, "rougeL": 7.0, "bits_per_byte": 7.0}
    slices = {"corpus/seeds 1/2": one, "corpus/seeds 2/2": two}
    return {"holdout": {"by_part": {"corpus/seeds": whole, "hub/1": whole}, "by_slice": slices}}


def test_stages_that_share_a_part_are_each_measured_on_the_held_out_instances_of_their_slice() -> None:
    measured = {"one": by_slice(2.0, 5.0), "two": by_slice(3.0, 1.0), "full": by_slice(1.0, 1.0)}
    found = continual.table(SLICED, PARTS, {**measured, "other": by_slice(9.0, 9.0)}, "rougeL", "none")
    assert found["one"]["held_out_bits_per_byte"] == 2.0
    assert (found["two"]["held_out_bits_per_byte"], found["two"]["one_bits_per_byte"]) == (1.0, 3.0)
    assert found["two"]["one_forgotten_bits"] == 1.0
    assert found["full"]["held_out_bits_per_byte"] == 7.0
    assert [run for run, row in found.items() if "full" in row] == ["full"]


def test_the_holdout_is_added_up_by_the_slices_that_runs_take() -> None:
    runs = {
        "first": {"parts": [{"part": "hub/one", "tasks": "1/2"}]},
        "second": {"parts": ["hub/one", {"part": "hub/two", "tasks": "2/2"}]},
        "third": {"parts": "all"},
    }
    numbers = {task: bits for bits, task in enumerate("abcdefgh", start=1)}
    scored = [
        InstanceScores(id="", task=task, scores={"rougeL": number / 8}, part=part, bits=number, bytes=2)
        for part in ("hub/one", "hub/two")
        for task, number in numbers.items()
    ]
    halves: dict[int, list[int]] = {1: [], 2: []}
    for task, number in numbers.items():
        first_byte = hashlib.sha256(f"tasks:{task}".encode()).digest()[0]
        halves[1 if first_byte < 128 else 2].append(number)
    found = continual.by_slice(scored, slices(runs))
    assert set(found) == {"hub/one 1/2", "hub/two 2/2"}
    for name, own in (("hub/one 1/2", halves[1]), ("hub/two 2/2", halves[2])):
        assert (found[name]["instances"], found[name]["bytes"]) == (len(own), 2 * len(own))
        assert found[name]["bits_per_byte"] == pytest.approx(sum(own) / (2 * len(own)))
        assert found[name]["rougeL"] == pytest.approx(100 * sum(own) / 8 / len(own))


def test_slices_of_what_was_not_weighed_have_no_bits() -> None:
    scored = [InstanceScores(id="", task="a", scores={"rougeL": 1.0}, part="hub/one")]
    found = continual.by_slice(scored, slices({"first": {"parts": [{"part": "hub/one", "tasks": "1/1"}]}}))
    assert found == {"hub/one 1/1": {"instances": 1, "bytes": 0, "rougeL": 100.0}}


def test_runs_that_start_from_each_other_are_refused() -> None:
    runs = {"a": {"init": "data/train/b", "parts": "all"}, "b": {"init": "data/train/a", "parts": "all"}}
    with pytest.raises(ParamsError, match="a ring over"):
        continual.stages_of("a", runs)


def test_a_model_that_only_has_the_name_of_a_run_is_not_its_model() -> None:
    assert continual.run_of("data/train/one", RUNS) == "one"
    assert continual.run_of("data/align/one", RUNS) is None
    assert continual.run_of("data/sources/models/one", RUNS) is None


def test_the_picture_has_a_mark_for_every_score_and_is_sound_xml() -> None:
    rows = continual.table(RUNS, PARTS, SCORES, "rougeL", "none")
    names = {f"{run}<&": row for run, row in rows.items()}
    for shown in (rows, names, {}):
        drawn = ET.fromstring(forgetting.picture(shown))
        circles = [one.get("class") for one in drawn.iter("{http://www.w3.org/2000/svg}circle")][2:]  # after the legend
        with_scores = [row for row in shown.values() if "held_out_bits_per_byte" in row]
        assert circles.count("own") == len(with_scores)
        earlier = [key for row in with_scores for key in row if key.endswith("_bits_per_byte")]
        assert circles.count("earlier") == len(earlier) - len(with_scores)
