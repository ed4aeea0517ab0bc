"""`sauropod plan` with the real DVC: what would run, what that would ask, and never a question to anyone."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stages.console import pipeline
from stages.shared.hub.local import folder_revision
from stages.shared.llm.fault_plan import Plan
from stages.shared.llm.fault_serving import Serving, serving
from tests.clone import Clone, new_clone
from tests.growth import small

WAVE = "2022-05"
DATASETS = ("banking77", "circa")
REPLY = '{"tasks": [{"instruction": "Answer it.", "input_fields": ["text"], "output_field": ["label"]}]}'


@pytest.fixture(scope="module")
def server() -> Iterator[Serving]:
    with serving(Plan(reply=REPLY)) as found:
        yield found


@pytest.fixture(scope="module")
def asked(server: Serving, tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A clone in which a paid model was asked about a wave of two datasets, committed."""
    folder = tmp_path_factory.mktemp("plan")
    clone = new_clone(folder)
    small(clone)
    pin(clone)
    document = pipeline.load(clone.root / "params.yaml")
    document["llm"]["client"]["endpoints"]["openai"] = {"base_url": server.url, "key_env": "PLAN_TEST_KEY"}
    document["generate"]["model"] = "gpt-4o-mini"
    pipeline.save(document, clone.root / "params.yaml")
    clone.env["SAUROPOD_ANSWERS"] = str(folder / "answers.sqlite")
    # The first plan guesses, the second one knows, and neither needs a key.
    assert {"exact": False, "to_ask": 4}.items() <= of_the_wave(clone).items()
    clone.repro(f"select@{WAVE}")
    assert {"exact": True, "prompts": 4, "in_store": 0, "to_ask": 4}.items() <= of_the_wave(clone).items()
    assert not (folder / "answers.sqlite").exists()
    assert server.ledger()["asked"] == 0
    clone.repro(f"generate@{WAVE}", PLAN_TEST_KEY="canary")
    assert server.ledger()["asked"] == 4
    clone.commit("Asked")
    return clone


@pytest.fixture
def clone(asked: Clone, tmp_path: Path) -> Clone:
    copy = asked.copy(tmp_path / "clone")
    shutil.copy(asked.env["SAUROPOD_ANSWERS"], tmp_path / "answers.sqlite")
    return Clone(copy.root, {**copy.env, "SAUROPOD_ANSWERS": str(tmp_path / "answers.sqlite")})


def pin(clone: Clone) -> None:
    """Write the wave of the two datasets at the revisions they have now."""
    entries = [{"id": id, "revision": folder_revision(clone.root / "data/sources/hub" / id)} for id in DATASETS]
    (clone.root / f"data/sources/waves/{WAVE}.yaml").write_text(json.dumps({"datasets": entries}), "utf-8")


def of_the_wave(clone: Clone, **env: str) -> dict[str, Any]:
    """What the plan says of the wave that the tests are about."""
    plan = json.loads(clone.run("sauropod", "plan", "--json", **env))
    [one] = [one for one in plan["asks"] if one["stage"] == f"generate@{WAVE}"]
    return dict(one)


def forget_output(clone: Clone) -> None:
    (clone.root / f"data/generate/{WAVE}/answers.jsonl").unlink()


def test_an_output_that_is_gone_is_made_again_without_asking(clone: Clone) -> None:
    forget_output(clone)
    said = clone.run("sauropod", "plan")
    assert f"generate@{WAVE} asks gpt-4o-mini: nothing to ask, 4 of 4 in the store" in said
    assert "\n  exact: its inputs are up to date\n" in said
    assert "no budget is set" in said


def test_when_one_dataset_changes_only_its_prompts_are_to_be_asked(clone: Clone, server: Serving) -> None:
    card = clone.root / "data/sources/hub/circa/README.md"
    card.write_text(card.read_text("utf-8").replace("- cc-by-4.0", "- mit", 1), "utf-8")
    pin(clone)
    guess = of_the_wave(clone)
    assert {"exact": False, "prompts": 4, "in_store": 2, "to_ask": 2}.items() <= guess.items()
    clone.repro(f"select@{WAVE}")
    found = of_the_wave(clone)
    assert {"exact": True, "prompts": 4, "in_store": 2, "to_ask": 2}.items() <= found.items()
    assert found["replies_from"] == "as long as 4 earlier ones"
    assert server.ledger()["asked"] == 4


def test_a_new_store_counts_what_the_last_commit_holds_and_warns_where_it_is_not_at_hand(
    clone: Clone, tmp_path: Path
) -> None:
    forget_output(clone)
    other = str(tmp_path / "other.sqlite")
    found = of_the_wave(clone, SAUROPOD_ANSWERS=other)
    assert {"exact": True, "in_store": 4, "to_ask": 0}.items() <= found.items()
    shutil.rmtree(clone.root / ".dvc/cache/files")
    said = clone.run("sauropod", "plan", SAUROPOD_ANSWERS=other)
    assert f"generate@{WAVE} asks gpt-4o-mini: 4 prompts to ask; 0 of 4 in the store" in said
    assert f"warning: data/generate/{WAVE}/answers.jsonl: expected the answers of the last commit" in said
    assert f"dvc pull data/generate/{WAVE}/answers.jsonl" in said
    assert not Path(other).exists()


def test_with_the_default_model_everything_is_free(clone: Clone) -> None:
    clone.params(generate__model="template")
    said = clone.run("sauropod", "plan")
    assert "generate@2022-05, generate@2022-09: answered by template, free" in said
    assert "warning" not in said
    assert "$" not in said
