"""The stage audit: real texts, people's judgements and a model that judges by script."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from stages.dataset import audit
from stages.dataset.people import KEPT, SAMPLE
from stages.shared import stage
from stages.shared.errors import ModelError
from stages.shared.llm.fault_plan import Plan
from stages.shared.llm.fault_serving import serving
from stages.shared.sheets import read_sheet, write_sheet
from tests.dataset.test_picks import seeds, write_shard
from tests.shared.llm.asked import CLIENT, MODEL

AUDIT = {"model": None, "sample": 30, "least": 5, "seed": 0, "max_unparsed": 0.1}
OUTS = ("sample", "answers", "dropped", "metrics")
WORDS = [
    "--dataset", "dataset", "--judgements", "judgements", "--sample", "out/sample.csv", "--answers",
    "out/answers.jsonl", "--dropped", "out/dropped.jsonl", "--metrics", "out/audit.json",
]  # fmt: skip


class Strict(Plan):
    """Finds fault with every output of less than 40 characters."""

    def completion(self, texts: tuple[str, ...], _: str) -> tuple[str, str]:
        """Three answers and a fault."""
        short = len(texts[1].partition("[Output]\n")[2].partition("\n[end of Output]")[0]) < 40
        said = "no\nFault: incomplete-output" if short else "yes\nFault: none"
        return f"Task: yes\nInput: yes\nOutput: {said}", "stop"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SAUROPOD_ANSWERS", str(tmp_path / "answers.sqlite"))
    write_shard(tmp_path / "dataset", "corpus/one", seeds(0, 150))
    write_shard(tmp_path / "dataset", "corpus/two", seeds(150, 175))
    (tmp_path / "judgements").mkdir()
    write_params(tmp_path)
    return tmp_path


def write_params(folder: Path, url: str = "", **changes: Any) -> None:
    client = {**CLIENT, "endpoints": {"lab": {"base_url": url, "key_env": None}}}
    llm = {"models": {"lab": MODEL.model_dump(mode="json")}, "client": client}
    (folder / "params.yaml").write_text(yaml.safe_dump({"audit": {**AUDIT, **changes}, "llm": llm}), "utf-8")


def run(folder: Path) -> Any:
    audit.main(stage.parse("", ("dataset", "judgements"), OUTS, argv=WORDS))
    return json.loads((folder / "out/audit.json").read_text("utf-8"))


def rows(folder: Path) -> list[dict[str, str]]:
    return [row for _, row in read_sheet(folder / "out/sample.csv", SAMPLE)]


def id_of(row: dict[str, str]) -> str:
    return row["key"].split("-")[1]


def judge(folder: Path, name: str, judged: list[dict[str, str]]) -> None:
    """Put judgements of a person into the folder; every row is valid unless it says otherwise."""
    fine = {"task_sound": "yes", "input_fitting": "yes", "output_right": "yes", "error_type": "", "comment": ""}
    write_sheet(folder / f"judgements/{name}.csv", KEPT, [{**row, **fine, **row.get("said", {})} for row in judged])


def test_without_a_model_and_people_there_is_a_sample_and_no_share(folder: Path) -> None:
    found = run(folder)
    assert found["sample"] == {"corpus/one": {"rows": 150, "drawn": 25}, "corpus/two": {"rows": 25, "drawn": 5}}
    assert (found["judged"]["rows"], found["judged"]["by_people"]) == (30, 0)
    assert (found["people"], found["model"], found["agreement"], found["asked"]) == ({}, {}, {}, {})
    assert len(rows(folder)) == 30
    before = (folder / "out/sample.csv").read_bytes()
    run(folder)
    assert before == (folder / "out/sample.csv").read_bytes()


def test_a_model_judges_every_row_and_is_compared_with_people(folder: Path) -> None:
    run(folder)
    short = {id_of(row) for row in rows(folder) if len(row["output"]) < 40}
    assert 0 < len(short) < 30
    no = {"output_right": "no", "error_type": "wrong-output"}
    told = [{**row, "said": no if id_of(row) in short else {}} for row in rows(folder)[:12]]
    judge(folder, "anna", told)
    judge(folder, "ben", told[:4])
    with serving(Strict()) as server:
        write_params(folder, server.url, model="lab")
        found = run(folder)
        assert server.ledger()["asked"] == 30
    assert found["prompts"] == {"read": 30, "kept": 30, "dropped": {}}
    assert found["judgements"] == {"read": 16, "kept": 16, "dropped": {}}
    judged = {"rows": 30, "by_people": 12, "by_model": 30, "by_both": 12, "by": {"anna": 12, "ben": 4, "m": 30}}
    assert found["judged"] == judged
    assert found["model"]["faults"] == {"incomplete-output": len(short)}
    assert found["model"]["all_valid"]["share"] == found["model"]["output_right"]["share"]
    # 25 of 150 rows were drawn and 5 of 25, so a row stands for 6, or for 5.
    weights = {id_of(row): 6 if row["part"] == "corpus/one" else 5 for row in rows(folder)}
    bad = sum(weights[id] for id in short) / sum(weights.values())
    assert found["model"]["all_valid"]["share"] == round(100 * (1 - bad), 1)
    assert found["agreement"]["all_valid"]["raw"] == 1.0
    assert found["asked"]["cost_usd"] > 0


def test_a_judgement_is_never_put_on_a_row_that_has_changed_or_is_gone(folder: Path) -> None:
    run(folder)
    kept, changed, gone = rows(folder)[:3]
    judge(folder, "anna", [kept, {**changed, "key": f"row-{id_of(changed)}-other"}, {**gone, "key": "row-gone-c"}])
    found = run(folder)
    assert found["judgements"] == {"read": 3, "kept": 1, "dropped": {"changed": 1, "gone": 1}}
    assert (found["judged"]["by_people"], found["people"]["all_valid"]["of"]) == (1, 1)
    dropped = [json.loads(line) for line in (folder / "out/dropped.jsonl").read_text("utf-8").splitlines()]
    assert {(one["id"], one["reason"]) for one in dropped} == {
        (id_of(changed), "changed"), ("gone", "gone"),
    }  # fmt: skip


def test_a_model_that_answers_nonsense_is_refused_and_leaves_no_share(folder: Path) -> None:
    with serving(Plan(reply="Looks good to me!")) as server:
        write_params(folder, server.url, model="lab")
        with pytest.raises(ModelError, match="got 30 of 30 that don't"):
            run(folder)
    assert not (folder / "out/audit.json").exists()
