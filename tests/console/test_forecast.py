"""What stages would ask is told from their real prompts, the store and the last commit, without asking anyone."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from stages.console import forecast
from stages.hub import prompts
from stages.shared import files
from stages.shared.errors import InputError, StoreError
from stages.shared.llm import books, refill
from stages.shared.llm.asking import complaint_of
from stages.shared.llm.seam import ModelParams, request_of
from stages.shared.llm.store import open_store
from stages.shared.records import Answer, Card, Usage
from tests.house import ROOT
from tests.hub.examples import card, write_params, write_rows

ROWS = [{"text": "Hello.", "label": "greeting"}, {"text": "Bye.", "label": "parting"}]
REPLY = '{"tasks": [{"instruction": "Say what it is.", "input_fields": ["text"], "output_field": ["label"]}]}'
SAMPLING = {"temperature": 0, "max_tokens": 500}
PAID = {"provider": "openai", "endpoint": "openai", "model": "gpt-4o-mini", "sampling": SAMPLING}
MODELS = {
    "rules": {"provider": "template", "model": "rules-1"},
    "paid": PAID,
    "batched": {**PAID, "provider": "batch"},
    "own": {**PAID, "model": "own-model", "endpoint": "nowhere"},
    "here": {"provider": "transformers", "model": "own-model", "path": "model", "sampling": SAMPLING},
}
PRICE = {"input": 1.0, "output": 2.0, "batch_discount": 0.5, "as_of": "2026-06"}
START = 1_700_000_000 // 60 * 60


def nothing_committed(out: Path, *, pay_again: bool) -> Any:
    return iter(())


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository's root with the real dvc.yaml, two waves, and no store."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SAUROPOD_ANSWERS", str(tmp_path / "answers.sqlite"))
    monkeypatch.setattr(refill, "committed", nothing_committed)
    shutil.copy(ROOT / "dvc.yaml", tmp_path / "dvc.yaml")
    write(tmp_path)
    return tmp_path


def write(root: Path, model: str = "paid", settings: Sequence[str] = ("aware", "unaware"), **client: Any) -> None:
    known = yaml.safe_load((ROOT / "params.yaml").read_text("utf-8"))["llm"]["client"]
    section = {"model": model, "settings": list(settings), "rows_shown": 2, "max_value_chars": 1000}
    llm = {"models": MODELS, "client": {**known, "prices": {"gpt-4o-mini": PRICE}, **client}}
    write_params(root, generate=section, audit={"model": None}, llm=llm)


def wave(root: Path, name: str, *cards: Card, more: Sequence[dict[str, Any]] = ()) -> None:
    """A wave that was crawled and selected, with datasets in its file that were not."""
    for folder in ("crawl", "select"):
        (root / "data" / folder / name).mkdir(parents=True, exist_ok=True)
        files.write_jsonl(root / "data" / folder / name / "cards.jsonl", cards)
    write_rows(root / "data/crawl" / name / "rows.parquet", {one.taskname: ROWS for one in cards})
    listed = [{"id": one.dataset, "revision": one.revision} for one in cards]
    path = root / "data/sources/waves" / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump({"datasets": [*listed, *more]}), "utf-8")


def answers(one: Card, *settings: str, output: int = 50, reply: str = REPLY) -> list[Answer]:
    """What the paid model answered to the prompts of a card."""
    model = ModelParams.model_validate(PAID)
    known = []
    for setting in settings or ("aware", "unaware"):
        prompt = prompts.build(one, ROWS, setting, 1000)  # type: ignore[arg-type]
        known.append(
            Answer(
                key=request_of(model, prompt).key, item=one.taskname, setting=setting, draw=0, provider="openai",
                model="gpt-4o-mini", reply=reply, finish_reason="stop", usage=Usage(input=1000, output=output),
            )
        )  # fmt: skip
    return known


def pay(*found: Answer, at: int = START) -> None:
    with open_store() as store:
        for number, one in enumerate(found):
            entry = books.Stored(answer=one, cost=1, budget="default", at=at + number)
            store.writer.do(lambda db, entry=entry: books.put(db, entry))  # type: ignore[misc]


def asked(*changed: str) -> dict[str, Any]:
    """The one stage that a plan is about."""
    [one] = forecast.of(list(changed))["asks"]
    return dict(one)


def said(*changed: str) -> str:
    return "\n".join(forecast.lines(forecast.of(list(changed))))


def test_a_model_that_costs_nothing_is_free_and_no_prompt_is_written(root: Path) -> None:
    write(root, "rules", client={})
    found = forecast.of(["crawl@w", "generate@v"])
    assert found == {
        "asks": [
            {"stage": "generate@v", "model": "rules", "provider": "template", "free": True},
            {"stage": "generate@w", "model": "rules", "provider": "template", "free": True},
        ]
    }
    assert "\n".join(forecast.lines(found)) == "\ngenerate@v, generate@w: answered by rules, free"


def test_a_plan_without_an_asking_stage_says_nothing_of_models(root: Path) -> None:
    assert said("merge", "train@all", "filter@w") == ""


def test_where_inputs_are_up_to_date_the_very_prompts_are_counted_and_nothing_is_made(root: Path) -> None:
    wave(root, "w", card("a"), card("b", summary=""))
    found = asked("generate@w")
    assert (found["exact"], found["prompts"], found["in_store"], found["to_ask"]) == (True, 3, 0, 3)
    assert found["tokens_out"] == {"expected": 750, "low": 0, "high": 1500}
    usd = found["usd"]
    assert usd["low"] == pytest.approx(found["tokens_in"] * 1e-6)
    assert usd["high"] == pytest.approx(usd["low"] + 1500 * 2e-6)
    assert not (root / "answers.sqlite").exists()


def test_what_the_store_holds_is_not_asked_for_and_tells_how_long_replies_are(root: Path) -> None:
    wave(root, "w", card("a"), card("b"))
    pay(*answers(card("a")))
    found = asked("generate@w")
    assert (found["prompts"], found["in_store"], found["to_ask"]) == (4, 2, 2)
    assert found["tokens_out"] == {"expected": 100, "low": 100, "high": 100}
    assert "generate@w asks paid: 2 prompts to ask; 2 of 4 in the store" in said("generate@w")
    assert "exact: its inputs are up to date; replies: as long as 2 earlier ones" in said("generate@w")


def test_when_everything_is_answered_there_is_nothing_to_ask(root: Path) -> None:
    wave(root, "w", card("a"))
    pay(*answers(card("a")))
    assert "nothing to ask, 2 of 2 in the store" in said("generate@w")
    found = asked("generate@w")
    assert (found["to_ask"], found["usd"]["high"], found["seconds"]) == (0, 0.0, 0.0)


def test_a_damaged_answer_counts_as_missing_and_is_left_where_it_is(root: Path) -> None:
    wave(root, "w", card("a"))
    pay(*answers(card("a")))
    with open_store() as store:
        store.writer.do(lambda db: db.execute("UPDATE answers SET reply = 'x' WHERE setting = 'aware'"))
    assert asked("generate@w")["to_ask"] == 1
    with open_store() as store:
        assert len(list(store.entries())) == 2


def test_a_reply_that_is_complained_of_is_asked_for_again_once(root: Path) -> None:
    wave(root, "w", card("a"))
    bad = answers(card("a"), "aware", reply="I can't say.")
    pay(*bad, *answers(card("a"), "unaware"))
    found = asked("generate@w")
    assert (found["in_store"], found["again"], found["to_ask"]) == (2, 1, 1)
    assert "1 of them over a complaint" in said("generate@w")
    prompt = prompts.build(card("a"), ROWS, "aware", 1000)
    again = complaint_of(ModelParams.model_validate(PAID), prompt, bad[0].reply)
    assert again is not None
    pay(bad[0].model_copy(update={"key": again.key, "turn": 1}))
    assert asked("generate@w")["to_ask"] == 0


def test_what_the_last_commit_holds_counts_as_answered_and_the_store_stays_as_it_is(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wave(root, "w", card("a"), card("b"))
    read: list[Path] = []

    def committed(out: Path, *, pay_again: bool) -> Any:
        read.append(out)
        yield from answers(card("a"), output=30)
        yield answers(card("a"), "aware", output=30)[0].model_copy(update={"key": "again", "turn": 1})

    monkeypatch.setattr(refill, "committed", committed)
    found = asked("generate@w")
    assert (found["in_store"], found["to_ask"]) == (2, 2)
    # One of three answers answered a complaint: half as many requests more than prompts.
    assert (found["tokens_out"]["expected"], found["replies_from"]) == (90, "as long as 3 earlier ones")
    assert read == [Path("data/generate/w/answers.jsonl")]
    assert not (root / "answers.sqlite").exists()


def test_answers_of_the_last_commit_that_are_not_at_hand_are_a_warning(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wave(root, "w", card("a"))

    def committed(out: Path, *, pay_again: bool) -> Any:
        raise StoreError("the answers of the last commit", "none", str(out), "run `dvc pull` first")
        yield

    monkeypatch.setattr(refill, "committed", committed)
    assert "warning: data/generate/w/answers.jsonl: expected the answers of the last commit" in said("generate@w")
    assert asked("generate@w")["to_ask"] == 2


def test_what_somebody_is_asking_is_not_asked_twice(root: Path) -> None:
    wave(root, "w", card("a"))
    wave(root, "v", card("a"))
    [first] = answers(card("a"), "aware")
    with open_store() as store:
        owner = store.owner.id
        store.writer.do(lambda db: books.claim(db, first.key, owner, "default", 1, None))
        store.writer.do(lambda db: books.hand_over(db, "batch_1", "openai", "gpt-4o-mini", {first.key: []}))
    one, other = forecast.of(["generate@w", "generate@v"])["asks"]
    assert (one["under_way"], one["to_ask"]) == (1, 1)
    assert (other["under_way"], other["to_ask"]) == (2, 0)
    assert "1 under way" in said("generate@w")


def test_before_a_wave_is_crawled_its_prompts_are_guessed_from_its_file(root: Path) -> None:
    wave(root, "w", more=[{"id": "x", "revision": "r"}, {"id": "y", "revision": "r", "configs": ["p", "q"]}])
    shutil.rmtree(root / "data/crawl")
    found = asked("crawl@w", "select@w", "generate@w")
    assert (found["exact"], found["prompts"], found["to_ask"]) == (False, 6, 6)
    assert found["from"] == "2 datasets with 3 configs x 2 settings, further configs not known"
    assert found["tokens_in"] == 6 * 1300
    assert "estimated: 2 datasets" in said("crawl@w")


def test_a_guess_takes_the_tokens_of_the_prompts_that_are_known(root: Path) -> None:
    wave(root, "v", card("a"))
    wave(root, "w", more=[{"id": "x", "revision": "r"}])
    exact, guess = forecast.of(["generate@v", "crawl@w"])["asks"]
    assert guess["tokens_in"] == exact["tokens_in"] < 2000


def test_datasets_that_were_crawled_before_are_told_from_new_ones(root: Path) -> None:
    wave(root, "w", card("a"), card("gone"), more=[{"id": "x", "revision": "r"}])
    path = root / "data/sources/waves/w.yaml"
    path.write_text("datasets: [{id: a, revision: r1}, {id: x, revision: r}]\n", "utf-8")
    pay(*answers(card("a")))
    found = asked("crawl@w")
    assert (found["prompts"], found["in_store"], found["to_ask"]) == (4, 2, 2)
    assert found["from"].startswith("1 dataset x 2 settings")
    assert found["from"].endswith("; 1 dataset as crawled last")


def test_inputs_that_are_gone_are_guessed_whatever_is_said_of_them(root: Path) -> None:
    wave(root, "w", card("a"))
    (root / "data/crawl/w/rows.parquet").unlink()
    found = asked("generate@w")
    assert (found["exact"], found["to_ask"]) == (False, 2)
    (root / "data/sources/waves/w.yaml").unlink()
    with pytest.raises(InputError, match="sauropod grow --undo"):
        asked("generate@w")


def test_an_unknown_price_stays_unknown_and_a_key_or_endpoint_is_not_needed(root: Path) -> None:
    write(root, "own")
    wave(root, "w", card("a"))
    assert asked("generate@w")["usd"] is None
    assert "price unknown" in said("generate@w")


def test_a_budget_that_cannot_be_kept_is_a_warning(root: Path) -> None:
    write(root, "own", budget_usd=1.0)
    wave(root, "w", card("a"))
    assert "warning: params.yaml, key llm.client.prices: expected a price of own-model" in said("generate@w")


def test_a_model_on_this_machine_costs_no_money(root: Path) -> None:
    write(root, "here", budget_usd=0.0)
    wave(root, "w", card("a"))
    found = forecast.of(["generate@w"])
    assert (found["asks"][0]["usd"]["high"], found["warnings"], found["budget"]["passed"]) == (0.0, [], None)


@pytest.mark.parametrize(("budget", "passed"), [(1.0, False), (0.002, True)])
def test_what_is_left_of_the_budget_is_compared_with_the_upper_end(root: Path, budget: float, passed: bool) -> None:
    write(root, budget_usd=budget)
    wave(root, "w", card("a"))
    found = forecast.of(["generate@w"])["budget"]
    assert (found["id"], found["left_usd"]) == ("default", budget)
    assert (found["passed"] is not None) == passed
    assert ("passes what is left of budget 'default'" in said("generate@w")) == passed


def test_what_was_paid_and_is_held_back_is_not_left(root: Path) -> None:
    write(root, budget_usd=1.0)
    wave(root, "w", card("a"))
    with open_store() as store:
        store.writer.do(lambda db: db.execute("INSERT INTO budgets VALUES ('default', 250000000000, 0, 50000000000)"))
    assert forecast.of(["generate@w"])["budget"]["left_usd"] == 0.7
    assert "budget 'default': $0.700000 of $1.00 left" in said("generate@w")


def test_a_batch_costs_half_and_comes_within_a_day(root: Path) -> None:
    wave(root, "w", card("a"))
    full = asked("generate@w")
    write(root, "batched")
    half = asked("generate@w")
    assert half["usd"]["high"] == pytest.approx(full["usd"]["high"] / 2)
    assert (half["time"], half["seconds"]) == ("within a day", None)


def test_time_follows_from_how_answers_came_last_or_from_the_limit(root: Path) -> None:
    wave(root, "w", card("a"))
    assert asked("generate@w")["time"] == "time unknown"
    write(root, requests_per_minute=60)
    assert (asked("generate@w")["seconds"], asked("generate@w")["time"]) == (2, "under a minute at 1.0 answers/s")
    write(root)
    # One a second over half a minute.
    pay(*(answers(card("z"), "aware")[0].model_copy(update={"key": f"{n:064}"}) for n in range(30)))
    assert asked("generate@w")["seconds"] == 2


def test_stages_are_summed(root: Path) -> None:
    wave(root, "w", card("a"))
    wave(root, "v", card("b"))
    found = forecast.of(["generate@w", "generate@v"])
    assert found["total"]["to_ask"] == 4
    assert found["total"]["tokens_in"] == sum(one["tokens_in"] for one in found["asks"])
    assert found["total"]["usd"]["high"] == pytest.approx(sum(one["usd"]["high"] for one in found["asks"]))
    assert "in all: 4 prompts to ask" in said("generate@w", "generate@v")
