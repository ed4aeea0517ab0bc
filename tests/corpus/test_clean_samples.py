"""Real task files through clean: what is kept and dropped is what a slow and plain counting says."""

import json
from pathlib import Path

import pytest

from stages.corpus.detection import detect
from tests.corpus import straightforward
from tests.corpus.straightforward import Counting
from tests.corpus.test_clean import run, written
from tests.corpus.test_detection import objects

SAMPLES: dict[str, Counting] = {
    "eval/user_oriented_instructions.jsonl": straightforward.tasks,
    "eval/superni/task7*.json": straightforward.super_ni,
    "eval/superni/task1761_svamp.json": straightforward.super_ni,
}
"""The plain counting of each. The corpora proper are in test_collect_real_samples.py."""


@pytest.mark.parametrize("name", SAMPLES)
def test_real_tasks_leave_what_the_plain_counting_says(
    name: str, test_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [record for path in sorted(test_data.glob(name)) for record in objects(path)]
    texts = [json.dumps(record, ensure_ascii=False) for record in records]
    found = run(tmp_path, written(tmp_path, *texts), monkeypatch, detect(records, name))
    expected = SAMPLES[name](records)
    assert found["metrics"]["instances"] == expected
    assert found["metrics"]["records"] == {"read": len(records), "kept": len(records), "dropped": {}}
    assert found["instances"].num_rows == expected["kept"] > 0
