"""A model judges pairs of answers: the seed tasks, answered in full and in part, by models that judge by script."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from stages.model.judge import read_pair
from stages.shared.errors import ModelError, ParamsError
from stages.shared.llm.fault_plan import Plan
from stages.shared.llm.fault_serving import serving
from tests.house import ROOT
from tests.model.judges import WORDS, Longer, prepare, run
from tests.waiting import until

Answers = dict[str, tuple[str, str, str, str]]


@pytest.fixture
def answers(seed_rows: list[tuple[str, str, str]]) -> Answers:
    """40 seed tasks: A gives the whole output, B its first half, but for every tenth, where both give the whole."""
    chosen = [row for row in seed_rows if len(row[2]) > 20][:40]
    return {
        f"seed-{at:02}": (told, given, said, said if at % 10 == 0 else said[: len(said) // 2])
        for at, (told, given, said) in enumerate(chosen)
    }


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SAUROPOD_ANSWERS", str(tmp_path / "answers.sqlite"))
    return tmp_path


def metrics(folder: Path) -> Any:
    return json.loads((folder / "out/metrics.json").read_text("utf-8"))


def lines(folder: Path, name: str) -> list[Any]:
    return [json.loads(line) for line in (folder / f"out/{name}.jsonl").read_text("utf-8").splitlines()]


def test_the_better_model_wins_and_the_same_answers_are_ties_that_nobody_is_asked_about(
    folder: Path, answers: Answers
) -> None:
    with serving(Longer()) as server:
        prepare(folder, server.url, answers)
        run()
        assert server.ledger()["asked"] == 2 * 36
    found = metrics(folder)
    assert (found["instances"], found["same_answers"]) == (40, 4)
    assert found["prompts"] == {"read": 72, "kept": 72, "dropped": {}}
    assert found["verdicts"] == {"read": 40, "kept": 40, "dropped": {}}
    overall = found["criteria"]["overall"]
    assert [overall[key] for key in ("win", "tie", "lose", "unparsed", "beat_rate")] == [36, 4, 0, 0, 100.0]
    assert (overall["shares"], overall["low"], overall["high"]) == ([90.0, 10.0, 0.0], 90.36, 100.0)
    assert overall["p_value"] < 0.001
    assert overall["position_bias"] == {"first": 0, "second": 0, "pairs": 36, "share": 0.0}
    assert overall["released"] == {"win": 36, "tie": 4, "lose": 0, "beat_rate": 100.0}
    assert found["asked"]["cost_usd"] > 0
    assert len(lines(folder, "answers")) == 72


def test_a_judge_that_always_prefers_the_first_answer_is_exposed_as_ties_and_as_position_bias(
    folder: Path, answers: Answers
) -> None:
    with serving(Plan(reply="Assistant 1 > Assistant 2")) as server:
        prepare(folder, server.url, answers)
        run()
    overall = metrics(folder)["criteria"]["overall"]
    assert [overall[key] for key in ("win", "tie", "lose", "unparsed", "beat_rate")] == [0, 40, 0, 0, None]
    assert overall["position_bias"] == {"first": 36, "second": 0, "pairs": 36, "share": 100.0}
    # Asked once, as the original does, such a judge lets the baseline win everything, and nothing shows.
    assert overall["released"] == {"win": 0, "tie": 4, "lose": 36, "beat_rate": 0.0}


def test_without_swapping_each_pair_is_asked_once_with_the_compared_model_second(
    folder: Path, answers: Answers
) -> None:
    with serving(Plan(reply="Assistant 1 > Assistant 2")) as server:
        prepare(folder, server.url, answers, swap=False)
        run()
        assert server.ledger()["asked"] == 36
    overall = metrics(folder)["criteria"]["overall"]
    assert (overall["lose"], overall["position_bias"]) == (36, None)
    assert {one["setting"] for one in lines(folder, "answers")} == {"second"}


def test_a_judge_that_answers_nonsense_is_refused_and_leaves_no_score(folder: Path, answers: Answers) -> None:
    with serving(Plan(reply="I like both, they are lovely.")) as server:
        prepare(folder, server.url, answers)
        with pytest.raises(ModelError) as caught:
            run()
        assert server.ledger()["asked"] == 4 * 36  # each complained of once
    assert str(caught.value) == (
        "params.yaml, key judge.model: expected replies that order the two assistants, save 10% of them, got 36 of "
        "36 that don't (the first: 'I like both, they are lovely.'); name a model that can follow the "
        "form, or raise judge.max_unparsed."
    )
    assert not (folder / "out/metrics.json").exists()
    assert not (folder / "out/verdicts.jsonl").exists()


def test_unparsed_replies_are_no_ties_and_are_written_down(folder: Path, answers: Answers) -> None:
    odd = [id for id, one in answers.items() if one[2] != one[3]][:3]
    rules = [{"contains": answers[id][0], "reply": "Hard to say."} for id in odd]
    plan = Longer.model_validate({"replies": rules})

    class Hesitant(Longer):
        def completion(self, texts: tuple[str, ...], digest: str) -> tuple[str, str]:
            said = Plan.completion(self, texts, digest)
            return said if said[0] == "Hard to say." else super().completion(texts, digest)

    with serving(Hesitant.model_validate(plan.model_dump())) as server:
        prepare(folder, server.url, answers)
        run()
    found = metrics(folder)
    overall = found["criteria"]["overall"]
    assert [overall[key] for key in ("win", "tie", "unparsed")] == [33, 4, 3]
    assert found["verdicts"] == {"read": 40, "kept": 37, "dropped": {"unparsed": 3}}
    assert [one["id"] for one in lines(folder, "dropped")] == [f"{id}:overall" for id in odd]
    assert found["asked"]["asked_again"] == 6


def test_three_criteria_are_judged_each_by_itself_and_compared_with_people(folder: Path, answers: Answers) -> None:
    with serving(Longer()) as server:
        prepare(folder, server.url, answers, form="criteria")
        told = ["seed-01,helpful,win", "seed-02,Helpful,lose", "seed-03,helpful,win", "seed-10,helpful,tie"]
        (folder / "labels/new-old.csv").write_text("\n".join(["id,criterion,verdict", *told]), "utf-8")
        run()
    found = metrics(folder)["criteria"]
    assert {name: (one["win"], one["tie"]) for name, one in found.items()} == {
        "helpful": (36, 4), "honest": (0, 40), "harmless": (36, 4),
    }  # fmt: skip
    # The judge says win, win, win, tie: three of four agree; by chance 3/4 * 2/4 + 1/4 * 1/4 = 7/16 would.
    assert found["helpful"]["agreement"] == {"instances": 4, "raw": 0.75, "kappa": round((0.75 - 7 / 16) / (9 / 16), 4)}
    assert found["honest"]["agreement"] is None
    assert "released" not in found["helpful"]


def test_killed_in_the_middle_it_goes_on_and_pays_nothing_twice(folder: Path, answers: Answers) -> None:
    env = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests/guard'}"}
    command = [sys.executable, "-m", "stages.model.judge", *WORDS]
    with serving(Longer(latency_ms=(20, 60))) as server:
        prepare(folder, server.url, answers)
        running = subprocess.Popen(command, cwd=folder, env=env, stderr=subprocess.DEVNULL)
        until(lambda: server.ledger()["asked"] >= 24, running)
        assert running.poll() is None
        running.send_signal(signal.SIGKILL)
        running.wait()
        run()
        requests = server.ledger()["requests"]
    assert len(requests) == 72
    # What was under way when it was killed may have been answered unheard: 8 at once.
    assert sum(one["billed"] > 1 for one in requests.values()) <= 2 * 8
    assert metrics(folder)["criteria"]["overall"]["win"] == 36
    before = {name: (folder / f"out/{name}.jsonl").read_bytes() for name in ("answers", "verdicts")}
    run()  # the server is gone
    assert before == {name: (folder / f"out/{name}.jsonl").read_bytes() for name in before}


def test_measures_of_different_benchmarks_and_models_that_cannot_judge_are_refused(
    folder: Path, answers: Answers
) -> None:
    prepare(folder, "http://127.0.0.1:9/v1", answers, model="rules")
    path = folder / "params.yaml"
    found = yaml.safe_load(path.read_text("utf-8"))
    found["llm"]["models"]["rules"] = {"provider": "template", "model": "rules-1"}
    path.write_text(yaml.safe_dump(found), "utf-8")
    with pytest.raises(ParamsError, match=r"judge\.model: expected a model that can be asked anything, got 'rules'"):
        run()
    found["measures"]["old"]["benchmark"] = "superni"
    path.write_text(yaml.safe_dump(found), "utf-8")
    with pytest.raises(ParamsError, match="expected two measures on seeds, got old, which is on superni"):
        read_pair("new-old")
