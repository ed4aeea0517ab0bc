"""The card of a trained model, and the facts it is written from."""

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from stages.model import facts
from stages.model.card import render
from stages.model.curves import Point
from stages.model.facts import Base, Facts, Source, read_facts
from stages.model.recipe import Recipe
from stages.shared.errors import InputError
from tests.house import ROOT, reached
from tests.model.conftest import PARAMS
from tests.model.test_train import run

Change = Callable[..., None]


def source(license: str, terms: str = "", instances: int = 10, **more: Any) -> Source:
    given = {"run": "r", "part": "hub/one", "name": "glue-sst2", "dataset": "glue", "language": "en", **more}
    return Source(license=license, terms=terms, instances=instances, **given)


def known(*sources: Source, base: Base | None = None, **more: Any) -> Facts:
    given: dict[str, Any] = {
        "run": "r",
        "runs": ["r"],
        "base": base or Base(kind="configuration", id="", revision="", license=""),
        "paired": True,
        "recipe_name": "tiny",
        "recipe": Recipe(**PARAMS["recipes"]["tiny"]),
        "parameters": 1234,
        "sources": list(sources),
        "shortened": 0,
        "curve": [Point(step=step, train=float(30 - step), validation=None) for step in range(1, 26)],
    }
    return Facts(**{**given, **more})


def header(text: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(text.split("---\n")[1])
    return found


HUB = Base(kind="hub", id="org/base", revision="0" * 40, license="apache-2.0")


@pytest.mark.parametrize(
    ("sources", "base", "license"),
    [
        ([source("apache-2.0")], None, "apache-2.0"),
        ([source("apache-2.0")], HUB, "apache-2.0"),
        ([source("mit")], HUB, "other"),
        ([source("mit"), source("cc-by-nc-4.0")], None, "other"),
        ([source("mit", terms="openai-terms")], None, "other"),
        ([source("")], None, "other"),
        ([source("mit")], Base(kind="folder", id="", revision="", license=""), "other"),
    ],
)
def test_a_licence_stands_in_the_header_only_where_it_covers_base_and_rows(
    sources: list[Source], base: Base | None, license: str
) -> None:
    assert header(render(known(*sources, base=base)))["license"] == license


def test_the_header_names_base_datasets_languages_and_scores_in_the_hubs_terms() -> None:
    scores = {"superni": {"rougeL": 12.5, "exact_match": 3.0, "copy_input_rougeL": 7.0, "verdict": "not below"}}
    found = header(render(known(source("mit", language="fr", instances=9), source("mit"), base=HUB), scores))
    assert found["base_model"] == "org/base"
    assert found["base_model_relation"] == "finetune"
    assert found["datasets"] == ["glue"]
    assert found["language"] == ["en", "fr"]
    (result,) = found["model-index"][0]["results"]
    assert [(one["type"], one["value"]) for one in result["metrics"]] == [("exact_match", 3.0), ("rouge", 12.5)]


def test_what_binds_is_said_of_each_licence_with_its_instances() -> None:
    text = render(known(source("cc-by-nc-sa-4.0", "openai-terms", 3), source("", "", 4), source("mit|gpl-3.0")))
    bound = "no commercial use; what is made of it is passed on under the same licence"
    assert f"| instances | `cc-by-nc-sa-4.0` | `openai-terms` | {bound} | 3 |" in text
    assert "| instances | none declared |  | nothing says that it may be used | 4 |" in text
    assert r"| instances | `mit\|gpl-3.0` |  | what is made of it is passed on under the same licence | 10 |" in text


def test_a_long_curve_keeps_ten_points_and_the_last() -> None:
    text = render(known(source("mit")))
    steps = re.findall(r"^\| (\d+) \| [\d.]+ \|", text, re.MULTILINE)
    assert steps[-1] == "25"
    assert len(steps) <= 10


def test_names_from_outside_cannot_break_the_table() -> None:
    text = render(known(source("a | b`\n# no", part="hub/x|y")))
    assert r"`a \| b' # no`" in text
    assert "\n# no" not in text


def test_training_tells_where_its_instances_come_from_run_by_run(road: Path, change: Change) -> None:
    change("recipes.tiny", steps=20)
    run(road, model="first")
    second = run(road, "second", "first", "second")
    found = read_facts(road / "second")
    mixed = pq.read_table(road / "mix/second/train.parquet").to_pylist()
    assert found.runs == ["first", "second"]
    counts = Counter(one.run for one in found.sources for _ in range(one.instances))
    assert counts["second"] == second["instances"]["kept"] == len(mixed)
    assert sum(one.instances for one in found.sources) == second["training"]["seen_ever"]
    by_origin = Counter(row["origin"].split(":")[0] for row in mixed)
    assert {one.dataset: one.instances for one in found.sources if one.run == "second"} == by_origin
    assert "It went through the runs `first`, `second`." in render(found)


def test_the_card_tells_of_instances_that_were_seen_in_part() -> None:
    assert "1,234 of its instances were longer than it holds, and seen in part." in render(known(shortened=1234))
    assert "seen in part" not in render(known())


def test_the_words_of_a_card_train_nothing_anew() -> None:
    for stage in ("train", "align"):
        assert "stages/model/card.py" not in reached(ROOT / f"stages/model/{stage}.py")


def test_a_model_without_facts_is_named_before_training_begins(road: Path) -> None:
    run(road, model="first")
    (road / "first" / facts.FILE).unlink()
    with pytest.raises(InputError, match=r"first: expected a trained model, got no facts\.json; run `dvc repro train`"):
        run(road, "second", "first", "second")
    (road / "first" / facts.FILE).write_text('{"run": 1}', "utf-8")
    with pytest.raises(InputError, match=r"facts\.json: expected the facts of a model"):
        read_facts(road / "first")
