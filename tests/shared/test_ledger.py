"""The ledger balances, or the stage fails."""

import json
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.shared import files, ledger
from stages.shared.errors import LedgerError
from stages.shared.records import Dropped


def test_a_balanced_ledger_writes_its_counts_and_every_drop(tmp_path: Path) -> None:
    with ledger.opened("filter", tmp_path / "dropped.jsonl", tmp_path / "filter.json", model="rules") as book:
        book.read("tasks", 3)
        book.keep("tasks")
        book.drop("tasks", "a", "unknown-field", "field x")
        book.drop("tasks", "b", "empty-output")
    assert json.loads((tmp_path / "filter.json").read_text()) == {
        "tasks": {"read": 3, "kept": 1, "dropped": {"empty-output": 1, "unknown-field": 1}},
        "model": "rules",
    }
    assert list(files.read_jsonl(tmp_path / "dropped.jsonl", Dropped)) == [
        Dropped(what="task", id="a", stage="filter", reason="unknown-field", detail="field x"),
        Dropped(what="task", id="b", stage="filter", reason="empty-output", detail=""),
    ]


@given(read=st.integers(0, 9), kept=st.integers(0, 9), dropped=st.integers(0, 9))
def test_counts_that_do_not_balance_fail_and_write_nothing(
    tmp_path_factory: pytest.TempPathFactory, read: int, kept: int, dropped: int
) -> None:
    folder = tmp_path_factory.mktemp("ledger")

    def account() -> None:
        with ledger.opened("filter", folder / "dropped.jsonl", folder / "filter.json") as book:
            book.read("tasks", read)
            book.keep("tasks", kept)
            for number in range(dropped):
                book.drop("tasks", str(number), "repeat")

    if read == kept + dropped:
        account()
        assert (folder / "filter.json").exists()
    else:
        with pytest.raises(LedgerError, match=f"{read} read, {kept} kept, {dropped} dropped"):
            account()
        assert list(folder.iterdir()) == []


def test_the_ledger_of_a_part_is_added_to_what_was_counted_before_and_its_drops_come_after(tmp_path: Path) -> None:
    part = ledger.Part("filter")
    part.read("rows", 3)
    part.keep("rows")
    part.drop("rows", "b", "repeat")
    part.drop("rows", "c", "empty")
    with ledger.opened("filter", tmp_path / "dropped.jsonl", tmp_path / "filter.json") as book:
        book.read("rows", 2)
        book.keep("rows")
        book.drop("rows", "a", "repeat")
        book.add(pickle.loads(pickle.dumps(part)))
    assert json.loads((tmp_path / "filter.json").read_text()) == {
        "rows": {"read": 5, "kept": 2, "dropped": {"empty": 1, "repeat": 2}}
    }
    assert [one.id for one in files.read_jsonl(tmp_path / "dropped.jsonl", Dropped)] == ["a", "b", "c"]
