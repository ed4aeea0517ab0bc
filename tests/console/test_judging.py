"""What judge and audit would ask is told from what is there, without asking anyone."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from stages.console import forecast
from stages.console.questions import ASKING, concerned
from stages.shared.files import write_jsonl
from stages.shared.llm import refill
from stages.shared.llm.fault_serving import serving
from tests.console.roots import write_stages
from tests.dataset.test_audit import AUDIT
from tests.dataset.test_picks import seeds, write_shard
from tests.model.judges import JUDGE, PAIR, Longer, prediction, prepare, run
from tests.shared.llm.asked import CLIENT, MODEL

ANSWERS = {f"x{n}": (f"Write {n}.", "", f"{n} is written.", f"{n}" if n else "0 is written.") for n in range(6)}
JUDGED = next(one for one in ASKING if one.stage == "judge")


def nothing_committed(out: Path, *, pay_again: bool) -> Any:
    return iter(())


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository's root with the real stages; answers of two models where the real measures have theirs."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SAUROPOD_ANSWERS", str(tmp_path / "answers.sqlite"))
    monkeypatch.setattr(refill, "committed", nothing_committed)
    write_stages(tmp_path, "audit", "judge", "predict")
    (tmp_path / "data/sources/audit").mkdir(parents=True)
    write(tmp_path)
    return tmp_path


def write(root: Path, **audit: Any) -> None:
    llm = {"models": {"lab": MODEL.model_dump(mode="json")}, "client": CLIENT}
    measures = {name: {"from": name, "benchmark": "seeds", "reads": "seeds"} for name in ("new", "old")}
    known = {"judge": JUDGE, "pairs": {"new-old": PAIR}, "measures": measures, "audit": {**AUDIT, **audit}, "llm": llm}
    (root / "params.yaml").write_text(yaml.safe_dump(known), "utf-8")


def predict(root: Path) -> None:
    for name, place in (("new", 2), ("old", 3)):
        path = root / f"data/predict/{name}/predictions.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_jsonl(path, (prediction(id, one[0], one[1], one[place]) for id, one in ANSWERS.items()))


def test_a_pair_asks_what_differs_both_ways_and_nothing_twice(root: Path, tmp_path: Path) -> None:
    predict(root)
    found = forecast.of(["judge@new-old"])
    (asked,) = found["asks"]
    assert (asked["stage"], asked["exact"], asked["prompts"], asked["to_ask"]) == ("judge@new-old", True, 10, 10)
    assert found["total"]["usd"]["high"] > 0
    with serving(Longer()) as server:
        prepare(root, server.url, ANSWERS)
        run()
        assert server.ledger()["asked"] == 10
    write(root)
    (asked,) = forecast.of(["judge@new-old"])["asks"]
    assert (asked["in_store"], asked["to_ask"]) == (10, 0)


def test_predictions_that_will_change_or_are_not_there_make_an_estimate(root: Path) -> None:
    (asked,) = forecast.of(["judge@new-old"])["asks"]
    assert (asked["exact"], asked["to_ask"]) == (False, 0)
    assert asked["from"] == "predictions that are not made yet, nobody knows how many"
    predict(root)
    assert concerned(JUDGED, ["predict@new", "predict@other"]) == {"new-old": False}
    (asked,) = forecast.of(["predict@new"])["asks"]
    assert (asked["exact"], asked["to_ask"], asked["from"]) == (False, 10, "its inputs as they were last")
    (root / "data/predict/old/predictions.jsonl").unlink()
    (asked,) = forecast.of(["judge@new-old"])["asks"]
    assert (asked["to_ask"], asked["from"]) == (12, "predictions that are not made yet")


def test_the_audit_asks_about_its_sample_where_a_model_is_named(root: Path) -> None:
    assert forecast.of(["audit"])["asks"] == []
    write(root, model="lab")
    (asked,) = forecast.of(["audit", "merge"])["asks"]
    assert (asked["stage"], asked["exact"], asked["to_ask"]) == ("audit", False, 30)
    (root / "data/dataset").mkdir()
    write_shard(root / "data/dataset", "corpus/one", seeds(0, 20))
    (asked,) = forecast.of(["audit"])["asks"]
    assert (asked["exact"], asked["to_ask"], asked["from"]) == (True, 20, "its inputs are up to date")
