"""What counts as paid for, from a dvc.lock; the reading itself is in tests/test_asking.py, with the real DVC."""

from pathlib import Path

import pytest

from stages.shared.llm.refill import _was_paid_for, refill
from stages.shared.llm.store import open_store

LOCK = """
schema: '2.0'
stages:
  generate@a:
    cmd: python -m stages.hub.generate
    params:
      params.yaml:
        generate:
          model: NAME
        llm.models.NAME:
          provider: PROVIDER
    outs:
    - path: data/generate/a/answers.jsonl
      md5: 00
    - path: data/generate/a/dropped.jsonl
  audit:
    cmd: python -m stages.dataset.audit
    params:
      params.yaml:
        audit:
          model: NAME
        llm.models:
          NAME:
            provider: PROVIDER
          template:
            provider: template
    outs:
    - path: data/audit/answers.jsonl
      size: 40
  predict@asked:
    cmd: python -m stages.model.predict
    params:
      params.yaml:
        predict: {}
    outs:
    - path: data/predict/asked/answers.jsonl
      size: 40
  predict@loaded:
    cmd: python -m stages.model.predict
    outs:
    - path: data/predict/loaded/answers.jsonl
      size: 0
"""


@pytest.mark.parametrize(
    ("provider", "out", "paid"),
    [
        ("openai", "data/generate/a/answers.jsonl", True),
        ("batch", "data/generate/a/answers.jsonl", True),
        ("template", "data/generate/a/answers.jsonl", False),
        ("recorded", "data/generate/a/answers.jsonl", False),
        ("openai", "data/generate/b/answers.jsonl", False),
        ("openai", "data/audit/answers.jsonl", True),  # tracks all models, asked one
        ("openai", "data/predict/asked/answers.jsonl", True),  # tracks a file that describes its model
        ("openai", "data/predict/loaded/answers.jsonl", False),
    ],
)
def test_answers_were_paid_for_if_their_stage_asked_a_model(provider: str, out: str, paid: bool) -> None:
    assert _was_paid_for(LOCK.replace("PROVIDER", provider), Path(out)) == paid


def test_outside_a_repository_there_is_nothing_to_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with open_store(tmp_path / "answers.sqlite") as store:
        assert refill(store, Path("data/answers.jsonl"), pay_again=False) == 0
