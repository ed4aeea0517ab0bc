"""Two versions row by row, against a comparison that holds every row as it is."""

import hashlib
import io
from collections import Counter
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.console.comparing import Comparison, compare
from stages.console.diff import tasks
from stages.console.diff_rows import rows_at
from stages.console.revisions import Version, VersionFile
from stages.shared.records import INSTANCES, instance_id

Row = dict[str, Any]

rows_of_a_shard = st.lists(
    st.fixed_dictionaries(
        {
            "instruction": st.sampled_from(["Add.", "Say it."]),
            "input": st.just(""),
            "output": st.sampled_from(["1", "2", "é"]),
            "messages": st.sampled_from([None, [{"role": "user", "content": "1", "name": None, "tool_calls": None}]]),
            "license": st.sampled_from(["mit", ""]),
            "terms": st.just(""),
            "website": st.just("w"),
            "taskname": st.just("t"),
            "task_id": st.sampled_from(["aa", "bb", "cc"]),
            "origin": st.sampled_from(["a:x", "b:x"]),
            "revision": st.sampled_from(["1", "2"]),
            "row": st.sampled_from(["train:0", "train:1", "train:2"]),
            "generator": st.just("human"),
            "language": st.sampled_from(["en", "de"]),
        }
    ),
    max_size=6,
)
tables = st.fixed_dictionaries({"hub/one": rows_of_a_shard, "corpus/two": rows_of_a_shard})


def completed(part: str, rows: list[Row]) -> list[Row]:
    texts = ("instruction", "input", "output", "messages")
    return [{**row, "part": part, "instance_id": instance_id(*(row[name] for name in texts))} for row in rows]


def version(table: dict[str, list[Row]], name: str = "v") -> Version:
    """A version that lies in memory, in small row groups."""
    found = []
    for part, rows in table.items():
        sink = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(completed(part, rows), INSTANCES), sink, row_group_size=2)
        raw = sink.getvalue()
        file = VersionFile(
            f"{part.replace('/', '-')}.parquet", hashlib.md5(raw).hexdigest(), name, lambda raw=raw: io.BytesIO(raw)
        )
        found.append(file)
    return Version(name, "", tuple(found), lambda _: None)


def known(rows: list[Row]) -> dict[tuple[Any, ...], Row]:
    """Rows by part, origin, place and task, and how many such there were before."""
    seen: Counter[tuple[str, ...]] = Counter()
    found = {}
    for row in rows:
        key = tuple(row[name] for name in ("part", "origin", "row", "task_id"))
        found[*key, seen[key]] = {name: value for name, value in row.items() if name != "instance_id"}
        seen[key] += 1
    return found


def as_text(rows: list[Row]) -> list[str]:
    """Rows in an order of their own, to compare them without one."""
    return sorted(repr(sorted(row.items())) for row in rows)


def plainly(before: dict[str, list[Row]], after: dict[str, list[Row]]) -> tuple[list[Row], list[Row], list[Row]]:
    """Entered, left and changed, from whole rows."""
    old, new = (
        known([row for part, rows in table.items() for row in completed(part, rows)]) for table in (before, after)
    )
    entered = [new[key] for key in new.keys() - old.keys()]
    left = [old[key] for key in old.keys() - new.keys()]
    changed = [new[key] for key in old.keys() & new.keys() if old[key] != new[key]]
    return entered, left, changed


@settings(max_examples=30, deadline=None)
@given(tables, tables)
def test_rows_enter_leave_and_change_as_whole_rows_compared_one_by_one_say(
    before: dict[str, list[Row]], after: dict[str, list[Row]]
) -> None:
    found = compare(version(before), version(after))
    entered, left, changed = plainly(before, after)
    assert as_text(rows_at(found.after, found.entered.tolist())) == as_text(entered)
    assert as_text(rows_at(found.before, found.left.tolist())) == as_text(left)
    assert as_text(rows_at(found.after, found.changed[:, 1].tolist())) == as_text(changed)


@settings(max_examples=30, deadline=None)
@given(tables, tables)
def test_tasks_enter_and_leave_the_whole_dataset_and_not_one_shard(
    before: dict[str, list[Row]], after: dict[str, list[Row]]
) -> None:
    found = tasks(compare(version(before), version(after)))
    old, new = ({row["task_id"] for rows in table.values() for row in rows} for table in (before, after))
    entered, left, changed = plainly(before, after)
    touched = {row["task_id"] for row in (*entered, *left, *changed)}
    assert found == {"entered": len(new - old), "left": len(old - new), "changed": len(touched & old & new)}


def test_a_shard_that_both_versions_have_is_not_opened() -> None:
    one = version({"hub/one": [], "corpus/two": []})

    def closed() -> io.BytesIO:
        raise AssertionError

    shut = Version("v", "", tuple(VersionFile(file.name, file.md5, "v", closed) for file in one.files), lambda _: None)
    found: Comparison = compare(shut, shut)
    assert (len(found.entered), len(found.left), len(found.changed)) == (0, 0, 0)
    assert [file.name for file in found.same] == ["hub-one.parquet", "corpus-two.parquet"]
