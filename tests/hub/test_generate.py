"""Asking for tasks: who is asked, in which order, and what comes of those who are not."""

import argparse
import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from stages.hub import generate
from stages.hub.rows import WaveRows
from stages.shared import files, stage
from stages.shared.errors import ModelError, ParamsError
from stages.shared.llm.fault_plan import Plan, Rule
from stages.shared.llm.fault_serving import Serving, serving
from stages.shared.llm.seam import ModelParams, Prompt, Unanswered, answered
from stages.shared.records import Answer, Card, Usage
from tests.hub.examples import card, client_params, write_params, write_rows

ROWS = [{"id": 1, "text": "Hello.", "label": "greeting"}, {"id": 2, "text": "Bye.", "label": None}, {"id": 3}]
MODELS = {"rules": {"provider": "template", "model": "rules-1"}}


def echo(prompt: Prompt) -> str:
    return json.dumps([prompt.item, prompt.setting, prompt.subject["rows"]])


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(generate.template, "reply", echo)


def run(
    folder: Path,
    cards: list[Card],
    wave: dict[str, list[dict[str, Any]]],
    models: Any = MODELS,
    model: str = "rules",
    **llm: Any,
) -> argparse.Namespace:
    section = {"model": model, "settings": ["aware", "unaware"], "rows_shown": 2, "max_value_chars": 1000}
    write_params(folder, generate=section, llm={"models": models, **llm})
    files.write_jsonl(folder / "cards.jsonl", cards)
    write_rows(folder / "rows.parquet", wave)
    names = ("cards.jsonl", "rows.parquet", "answers.jsonl", "dropped.jsonl", "metrics.json")
    paths = argparse.Namespace(**{name.partition(".")[0]: folder / name for name in names})
    generate.main(paths)
    return paths


def answers(paths: argparse.Namespace) -> list[Answer]:
    return list(files.read_jsonl(paths.answers, Answer))


def test_every_config_is_asked_in_both_settings_in_the_order_of_the_cards(tmp_path: Path) -> None:
    found = answers(run(tmp_path, [card("b"), card("a")], {"a": ROWS, "b": ROWS}))
    assert [(one.item, one.setting) for one in found] == [
        ("b", "aware"),
        ("b", "unaware"),
        ("a", "aware"),
        ("a", "unaware"),
    ]
    assert json.loads(found[0].reply) == ["b", "aware", ROWS[:2]]
    assert {(one.provider, one.model, one.finish_reason) for one in found} == {("template", "rules-1", "stop")}
    assert len({one.key for one in found}) == 4


def test_a_config_without_summary_is_not_asked_the_aware_prompt(tmp_path: Path) -> None:
    paths = run(tmp_path, [card("a", summary="")], {"a": ROWS})
    assert [one.setting for one in answers(paths)] == ["unaware"]
    assert files.read_json(paths.metrics)["prompts"] == {"read": 2, "kept": 1, "dropped": {"no-summary": 1}}


def test_a_config_that_shows_one_field_or_none_is_not_asked(tmp_path: Path) -> None:
    hidden = [{"id": 1, "story_id": 2, "text": "Hello.", "spans": [[1, 2]], "gone": None}]
    paths = run(tmp_path, [card("a"), card("b"), card("c")], {"a": hidden, "b": ROWS})
    assert {one.item for one in answers(paths)} == {"b"}
    metrics = files.read_json(paths.metrics)
    assert metrics["configs"] == {"read": 3, "kept": 1, "dropped": {"no-rows": 1, "too-few-visible-fields": 1}}
    drops = [json.loads(line) for line in paths.dropped.read_text("utf-8").splitlines()]
    assert [(drop["id"], drop["detail"]) for drop in drops] == [("a", "text"), ("c", "")]


def test_a_field_that_only_the_second_row_has_is_visible(tmp_path: Path) -> None:
    rows = [{"text": "Hello.", "label": None}, {"text": "Bye.", "label": "parting"}]
    assert len(answers(run(tmp_path, [card("a")], {"a": rows}))) == 2


def test_metrics_tell_which_fields_are_hidden_as_ids(tmp_path: Path) -> None:
    known = card("a", features={"id": "int64", "text": "string", "label": "string"})
    other = card("b", features={"idx": "int64", "id": "int64", "text": "string", "label": "string"})
    metrics = files.read_json(run(tmp_path, [known, other], {"a": ROWS, "b": ROWS}).metrics)
    assert metrics["hidden_fields"] == {"id": 2, "idx": 1}


def test_what_is_not_recorded_is_counted_and_what_nobody_asks_for_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    task = {"instruction": "Say it.", "input_fields": ["text"], "output_field": ["label"]}
    lines = [{"dataset": name, "config": None, "tasks": [task]} for name in ("a", "elsewhere")]
    path = tmp_path / "recorded.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    models = {"known": {"provider": "recorded", "model": "gpt-3.5-turbo", "path": str(path), "sha256": sha256}}
    paths = run(tmp_path, [card("a"), card("b")], {"a": ROWS, "b": ROWS}, models, "known")
    assert [(one.item, one.setting) for one in answers(paths)] == [("a", "aware")]
    metrics = files.read_json(paths.metrics)
    assert metrics["prompts"] == {"read": 4, "kept": 1, "dropped": {"not-recorded": 3}}
    assert metrics["recorded_lines_unasked"] == {"count": 1, "lines": ["elsewhere"]}
    assert "1 recorded lines match nothing that was asked: elsewhere" in capsys.readouterr().err


def test_rules_are_free_and_no_price_is_looked_for(tmp_path: Path) -> None:
    asked = files.read_json(run(tmp_path, [card("a")], {"a": ROWS}).metrics)["asked"]  # params without llm.client
    assert asked == {
        "answers": 2,
        "asked_again": 0,
        "tokens": {"input": 0, "cached_input": 0, "output": 0},
        "without_usage": 0,
        "cost_usd": 0,
        "prices_as_of": None,
        "proposed_tasks": 0,
        "tokens_per_proposed_task": None,
        "usd_per_proposed_task": None,
    }


class Paid:
    """A provider whose first prompt is answered, complained of and answered again, and whose second is not answered."""

    def answer(self, prompts: Iterable[Prompt]) -> Iterator[Answer | Unanswered]:
        model = ModelParams(provider="openai", model="gpt", endpoint="there")
        first, second = prompts
        task = {"instruction": "Say it.", "input_fields": ["text"], "output_field": ["label"]}
        for turn, reply in enumerate(("no", json.dumps(task))):
            usage = Usage(input=1000, cached_input=400, output=500)
            yield answered(model, first, reply).model_copy(update={"turn": turn, "usage": usage})
        yield Unanswered(second.item, second.setting, 0, "timeout")


@pytest.mark.parametrize(("provider", "cost"), [("openai", 0.00084), ("batch", 0.00042)])
def test_metrics_tell_what_every_answer_cost_and_what_was_proposed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, provider: str, cost: float
) -> None:
    monkeypatch.setattr(generate, "open_provider", lambda *_: Paid())
    models = {"paid": {"provider": provider, "model": "gpt", "endpoint": "there"}}
    price = {"input": 0.15, "cached_input": 0.075, "output": 0.60, "batch_discount": 0.5, "as_of": "2026-06"}
    client = client_params(prices={"gpt": price})
    paths = run(tmp_path, [card("a")], {"a": ROWS}, models, "paid", client=client)
    assert files.read_json(paths.metrics)["asked"] == {
        "answers": 2,
        "asked_again": 1,
        "tokens": {"input": 2000, "cached_input": 800, "output": 1000},
        "without_usage": 0,
        "cost_usd": cost,
        "prices_as_of": "2026-06",
        "proposed_tasks": 1,
        "tokens_per_proposed_task": 3000,
        "usd_per_proposed_task": cost,
    }
    assert len(answers(paths)) == 2


@pytest.mark.parametrize(
    ("models", "key"),
    [({}, "llm.models"), ({"rules": {"provider": "oracle", "model": "x"}}, "llm.models.rules.provider")],
)
def test_an_unknown_model_or_provider_is_refused_and_nothing_is_written(tmp_path: Path, models: Any, key: str) -> None:
    with pytest.raises(ParamsError, match=key.replace(".", r"\.")):
        run(tmp_path, [card("a")], {"a": ROWS}, models)
    assert not (tmp_path / "answers.jsonl").exists()


def test_only_the_first_rows_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int | None] = []
    read = WaveRows.of

    def watched(self: WaveRows, taskname: str, limit: int | None = None) -> Any:
        asked.append(limit)
        return read(self, taskname, limit)

    monkeypatch.setattr(WaveRows, "of", watched)
    run(tmp_path, [card("a")], {"a": ROWS})
    assert asked == [2]


def test_the_stage_takes_the_options_of_the_pipeline(tmp_path: Path) -> None:
    (tmp_path / "in").touch()
    words = ["--cards", "in", "--rows", "in", "--answers", "a", "--dropped", "d", "--metrics", "m"]
    parsed = stage.parse("", ("cards", "rows"), ("answers", "dropped", "metrics"), argv=words)
    assert parsed.answers == Path("a")


ENDPOINT = {"asked": {"provider": "openai", "endpoint": "lab", "model": "m", "sampling": {"max_tokens": 64}}}
TASK = '{"task1": {"instruction": "Say it.", "input_fields": ["text"], "output_field": ["label"]}}'


def run_at(server: Serving, folder: Path, monkeypatch: pytest.MonkeyPatch, **client: Any) -> argparse.Namespace:
    """Run the stage with three configs at an endpoint."""
    monkeypatch.setenv("SAUROPOD_ANSWERS", str(folder / "store.sqlite"))
    endpoints = {"lab": {"base_url": server.url, "key_env": None}}
    settings = client_params(endpoints=endpoints, concurrency=1, **client)
    cards = [card(name) for name in "abc"]
    return run(folder, cards, dict.fromkeys("abc", ROWS), ENDPOINT, "asked", client=settings)


def test_a_prompt_that_stays_without_an_answer_is_dropped_with_its_reason_and_the_ledger_balances(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Twice, since what is refused with a JSON schema is asked once more without.
    with serving(Plan(reply=TASK, first=(None, "400", "400"))) as server:
        paths = run_at(server, tmp_path, monkeypatch, max_failed_share=0.5)
    (drop,) = [json.loads(line) for line in paths.dropped.read_text("utf-8").splitlines()]
    assert (drop["what"], drop["reason"]) == ("prompt", "rejected")
    assert "400" in drop["detail"]
    assert len(answers(paths)) == 5
    assert files.read_json(paths.metrics)["prompts"] == {"read": 6, "kept": 5, "dropped": {"rejected": 1}}


def test_too_many_prompts_without_an_answer_fail_the_stage_and_leave_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(Plan(reply=TASK, first=(None, "400", "400"))) as server:
        with pytest.raises(ModelError, match=r"at most 2\.0% of 6 prompts without an answer"):
            run_at(server, tmp_path, monkeypatch, max_failed_share=0.02)
        assert not (tmp_path / "answers.jsonl").exists()
        assert len(answers(run_at(server, tmp_path, monkeypatch))) == 6
        assert server.ledger()["billed"] == 6


def test_a_reply_without_tasks_is_complained_of_and_both_replies_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = Plan(reply="Sure! Here are some.", replies=(Rule(contains="it is not JSON", reply=TASK),))
    with serving(plan) as server:
        paths = run_at(server, tmp_path, monkeypatch)
        assert server.ledger()["billed"] == 12
    assert [one.turn for one in answers(paths)] == [0, 1] * 6
    metrics = files.read_json(paths.metrics)
    assert metrics["prompts"] == {"read": 6, "kept": 6, "dropped": {}}
    assert (metrics["asked"]["answers"], metrics["asked"]["asked_again"]) == (12, 6)
