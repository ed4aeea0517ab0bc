"""The stage explore, as processes against a scripted model: the expected tree, whatever happens on the way."""

import random
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from stages.domain.prompts import Wording
from stages.domain.source import Domain, read_domain
from stages.domain.tree import read_tree
from stages.shared import files
from stages.shared.errors import BudgetError, ModelError
from stages.shared.llm.fault_requests import digest
from stages.shared.llm.fault_serving import Serving, serving
from stages.shared.llm.openai import body
from stages.shared.llm.seam import request_of
from stages.shared.records import Answer, Dropped
from tests.domain import driving, stages_run, straightforward
from tests.domain.driving import MODEL, plain, scripted
from tests.domain.scripted import Script, Scripted
from tests.domain.stages_run import outputs, prepare, run, start, within, write
from tests.waiting import until

NOWHERE = "http://127.0.0.1:9/v1"


@dataclass(frozen=True)
class Calm:
    """What explore and enrich make of a script when nothing disturbs them; how often each content was asked."""

    folder: Path
    script: Script
    domain: Domain
    wording: Wording
    asked: dict[str, int]


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Calm:
    folder = tmp_path_factory.mktemp("calm")
    domain, wording = prepare(folder, NOWHERE)
    scripts = (Script(bad_share=0.1, salt=str(salt)) for salt in range(1000))
    # Few requests make a tree: one of the scripts that is bad in several ways where it is asked for subtasks.
    script = next(one for one in scripts if len(straightforward.explored(domain, wording, one, [8, 6], 3).dropped) > 3)
    with serving(Scripted(script=script)) as server, pytest.MonkeyPatch.context() as monkeypatch:
        write(folder, server.url, client={"concurrency": 1})
        for name in ("explore", "enrich"):
            within(folder, name, monkeypatch)
        return Calm(folder, script, domain, wording, asked(server))


def asked(server: Serving) -> dict[str, int]:
    return {id: one["asked"] for id, one in server.ledger()["requests"].items()}


def test_a_whole_exploration_gives_the_expected_trees(calm: Calm) -> None:
    """Depth 2, breadth 8 and 6, a tenth of the replies bad: explore, then enrich."""
    explored = straightforward.explored(calm.domain, calm.wording, calm.script, [8, 6], 3)
    enriched = straightforward.enriched(calm.domain, calm.wording, calm.script, explored.tree, [12, 7, 5], 3)
    for name, expected in (("explore", explored), ("enrich", enriched)):
        folder = calm.folder / name
        tree = read_tree(folder / "tree.json")
        assert plain(tree) == plain(expected.tree)
        metrics: Any = files.read_json(folder / "metrics.json")
        assert metrics["requests"] == {"read": expected.requests, "kept": expected.requests, "dropped": {}}
        answers = list(files.read_jsonl(folder / "answers.jsonl", Answer))
        assert len(answers) == metrics["asked"]["answers"] == expected.answers
        rows = list(files.read_jsonl(folder / "dropped.jsonl", Dropped))
        assert sorted((f"{row.what}s", row.reason) for row in rows) == sorted(expected.dropped.elements())
        assert len({(row.what, row.id) for row in rows}) == len(rows) > 0
        assert {one.answer for node in tree for one in node.examples} & {answer.key for answer in answers}


def test_how_late_answers_come_and_in_which_order_changes_no_byte(
    calm: Calm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(Scripted(script=calm.script, latency_ms=(0, 40))) as server:
        prepare(tmp_path / "hasty", server.url, client={"concurrency": 16})
        for name in ("explore", "enrich"):
            within(tmp_path / "hasty", name, monkeypatch)
            assert outputs(tmp_path / "hasty", name) == outputs(calm.folder, name)
        assert server.ledger()["most_in_flight"] > 4


def test_after_kills_the_bytes_are_the_same_and_nothing_was_asked_twice_but_what_was_under_way(
    calm: Calm, tmp_path: Path
) -> None:
    dice = random.Random(5)
    folder = tmp_path / "killed"
    under_way: set[str] = set()
    killed = 0
    with serving(Scripted(script=calm.script, latency_ms=(50, 150))) as server:
        prepare(folder, server.url)
        for name, kills, most in (("explore", 2, 4), ("enrich", 3, 24)):
            for _ in range(kills):
                running = start(folder, name)
                mark = server.ledger()["asked"] + dice.randint(1, most)
                until(lambda mark=mark: server.ledger()["asked"] >= mark, running)
                running.send_signal(signal.SIGKILL)
                running.communicate()
                killed += running.returncode == -signal.SIGKILL
                under_way |= stages_run.claimed(folder)
            run(folder, name)
            assert outputs(folder, name) == outputs(calm.folder, name)
        found = asked(server)
    assert killed > 3, "they came to their ends before they were killed"
    assert set(found) == set(calm.asked)
    whole = driving.explore(calm.domain, calm.wording, scripted(calm.script))
    filled = driving.enrich(calm.domain, calm.wording, whole.tree, scripted(calm.script))
    may_repeat = set()
    for prompt in [*whole.asked, *filled.asked]:
        again = driving.complaint_of(MODEL, prompt, scripted(calm.script)(prompt)[0])
        for request in [request_of(MODEL, prompt), *([again.request] if again else [])]:
            if request.key in under_way:
                may_repeat.add(digest(body(request)))
    assert {id for id, count in found.items() if count > calm.asked[id]} <= may_repeat


def test_a_budget_that_ends_stops_the_search_and_a_larger_one_goes_on_where_it_was(
    calm: Calm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "poor"
    with serving(Scripted(script=calm.script)) as server:
        prepare(folder, server.url, client={"budget_usd": 0.0055, "concurrency": 1})
        with pytest.raises(BudgetError):
            within(folder, "explore", monkeypatch)
        assert 0 < server.ledger()["asked"] < 9
        assert not Path("explore/tree.json").exists()
        write(folder, server.url, client={"budget_usd": 1.0})
        within(folder, "explore", monkeypatch)
        found = asked(server)
    assert outputs(folder, "explore") == outputs(calm.folder, "explore")
    assert {id: calm.asked[id] for id in found} == found


def test_the_search_stops_at_max_requests_and_says_what_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(Scripted(script=Script())) as server:
        prepare(tmp_path / "few", server.url, explore={"max_requests": 4})
        within(tmp_path / "few", "explore", monkeypatch)
        assert server.ledger()["asked"] == 4
    said = capsys.readouterr().err
    assert "explore: stopped at max_requests 4; tasks that could have more subtasks: 5 at depth 1." in said
    metrics: Any = files.read_json(Path("explore/metrics.json"))
    assert metrics["tree"] == {
        "nodes": {"0": 1, "1": 8, "2": 18}, "open": {"1": 5}, "dry": {}, "most_requests_of_a_node": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("more", "changes"),
    [
        ("", {"max_depth": 0, "breadth": [], "model": "rules"}),
        ("", {"max_depth": 0, "breadth": [], "model": "lab"}),
        ("subtasks: [{name: Letters}]\n", {"max_depth": 1, "breadth": [1], "model": "rules"}),
    ],
)
def test_a_tree_that_needs_nothing_asks_nobody_and_needs_no_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: str, changes: dict[str, Any]
) -> None:
    endpoints = {"lab": {"base_url": NOWHERE, "key_env": "NO_SUCH_KEY"}}
    prepare(tmp_path / "seed", NOWHERE, more=more, explore=changes, client={"endpoints": endpoints})
    within(tmp_path / "seed", "explore", monkeypatch)
    assert plain(read_tree(Path("explore/tree.json"))) == plain(read_domain(Path("texts")).seed())
    assert Path("explore/answers.jsonl").read_bytes() == b""
    assert files.read_json(Path("explore/metrics.json"))["asked"]["answers"] == 0


def test_a_model_that_answers_by_rule_is_refused_in_one_sentence(tmp_path: Path) -> None:
    prepare(tmp_path / "rules", NOWHERE, explore={"model": "rules"})
    said = run(tmp_path / "rules", "explore", code=3)
    assert said.startswith("explore: params.yaml, key explore.model: expected a model that can be asked")
    assert len(said.splitlines()) == 1
    assert not (tmp_path / "rules/explore/tree.json").exists()


def test_a_domain_may_have_settings_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Scripted(script=Script())) as server:
        prepare(tmp_path / "own", server.url, more="settings: {explore: {max_depth: 1, breadth: [4]}}\n")
        within(tmp_path / "own", "explore", monkeypatch)
        assert server.ledger()["asked"] == 1
    assert len(read_tree(Path("explore/tree.json"))) == 5


def test_a_few_requests_without_an_answer_are_dropped_and_more_fail_the_stage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(Scripted(script=Script(), first=(None, "400"))) as server:
        prepare(tmp_path / "some", server.url, client={"max_failed_share": 0.2, "concurrency": 1})
        within(tmp_path / "some", "explore", monkeypatch)
        assert server.ledger()["asked"] == 10  # the one that was refused is asked with another draw
    metrics: Any = files.read_json(Path("explore/metrics.json"))
    assert metrics["requests"] == {"read": 10, "kept": 9, "dropped": {"rejected": 1}}
    assert len(read_tree(Path("explore/tree.json"))) == 57
    with serving(Scripted(script=Script(), first=("400",) * 3)) as server:
        prepare(tmp_path / "all", server.url)
        with pytest.raises(ModelError, match=r"of 3 prompts without an answer, got 3 \(rejected 3"):
            within(tmp_path / "all", "explore", monkeypatch)
    assert not Path("explore/tree.json").exists()
