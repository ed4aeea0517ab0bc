"""What the dataset's tasks cost: sums, rates for what was accepted, and the paper beside them."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.dataset import asking
from stages.dataset.inventory import Inventory, Size
from stages.shared import files
from stages.shared.costs import Asked
from stages.shared.errors import InputError
from stages.shared.records import INSTANCES, Usage
from tests.dataset.parts import Row, asked, row

SUMS = ("answers", "input_tokens", "output_tokens", "cost_usd")


def inventory(**parts: list[Row]) -> Inventory:
    found = Inventory(tuple(f"hub/{wave}" for wave in parts))
    for wave, rows in parts.items():
        found.add(pa.RecordBatch.from_pylist([{**one, "part": f"hub/{wave}"} for one in rows], INSTANCES))
    return found


def test_rates_are_those_of_the_accepted_tasks_and_instances() -> None:
    assert asking.figures([asked(0.00042), asked(0.00021)], Size(instances=4000, tasks=3, datasets=1)) == {
        "answers": 4,
        "input_tokens": 2000,
        "output_tokens": 1000,
        "cost_usd": 0.00063,
        "tokens_per_task": 1000,
        "usd_per_task": 0.00021,
        "tokens_per_1000_instances": 750,
        "usd_per_1000_instances": 0.0001575,
    }


def test_an_unknown_cost_makes_its_sums_and_rates_unknown_and_leaves_the_tokens() -> None:
    found = asking.figures([asked(0.5), asked(None)], Size(1000, 1, 1))
    assert {key for key, value in found.items() if value is None} == {
        "cost_usd",
        "usd_per_task",
        "usd_per_1000_instances",
    }


def test_nothing_accepted_has_no_rate() -> None:
    found = asking.figures([asked(0.5)], Size(0, 0, 0))
    assert found["cost_usd"] == 0.5
    assert {value for key, value in found.items() if "_per_" in key} == {None}


amounts = st.integers(0, 10**15).map(lambda picodollars: picodollars / 10**12)
usages = st.builds(Usage, input=st.integers(0, 10**9), output=st.integers(0, 10**9))
bills = st.builds(asked, amounts, answers=st.integers(0, 10**6), tokens=usages)


@given(st.dictionaries(st.sampled_from(["hub/a", "hub/b", "domain/c"]), st.lists(bills, min_size=1, max_size=2)))
def test_the_parts_add_up_to_the_whole(asked_of: dict[str, list[Asked]]) -> None:
    found = asking.report(asked_of, Inventory(("hub/a", "hub/b", "domain/c")))
    parts = [asking.figures([one], Size(0, 0, 0)) for stages in asked_of.values() for one in stages]
    for key in SUMS[:3]:
        assert found[key] == sum(part[key] or 0 for part in parts)
    picodollars = [round((part["cost_usd"] or 0) * 10**12) for part in parts]
    assert round(found["cost_usd"] * 10**12) == sum(picodollars)


def test_only_what_was_asked_for_is_in_the_rates_of_the_whole() -> None:
    held = inventory(a=[row("q1"), row("q2", task_id="t2")], b=[row("q3", task_id="t3")] * 2)
    found = asking.report({"hub/a": [asked(0.2), asked(0.3)]}, held)
    assert (found["usd_per_task"], found["usd_per_1000_instances"]) == (0.25, 250)
    assert list(found["parts"]) == ["hub/a"]


def test_a_dataset_that_nothing_was_asked_for_cost_nothing() -> None:
    found = asking.report({}, inventory())
    assert [found[key] for key in SUMS] == [0, 0, 0, 0]
    assert found["parts"] == {}


def test_the_paper_stands_beside_it() -> None:
    assert asking.report({}, inventory())["paper"] == {
        "usd": 11.5,
        "instances": 801_900,
        "usd_per_1000_instances": 0.01434,
    }


def test_what_was_written_is_read(tmp_path: Path) -> None:
    files.write_json(tmp_path / "m.json", {"prompts": {}, "asked": asked(0.5).model_dump()})
    assert asking.read(tmp_path / "m.json") == asked(0.5)


@pytest.mark.parametrize("found", [[], {}, {"asked": None}, {"asked": {"answers": 1}}, {"asked": {"cost_usd": "free"}}])
def test_metrics_that_say_nothing_of_it_are_refused_with_their_file(tmp_path: Path, found: Any) -> None:
    (tmp_path / "m.json").write_text(json.dumps(found), "utf-8")
    with pytest.raises(InputError, match=r"m\.json: expected the section `asked`"):
        asking.read(tmp_path / "m.json")
