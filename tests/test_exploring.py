"""A domain joins a dataset, is asked about once, and leaves again: with the real git and DVC and a model by script."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from stages.console import pipeline
from stages.shared.llm.fault_serving import Serving, serving
from tests.clone import Clone, hashes, new_clone
from tests.domain.scripted import Script, Scripted
from tests.growth import small

STAGES = ("explore", "enrich", "prune", "thin", "sample")


@dataclass(frozen=True)
class Lab:
    """A clone whose dataset is built, and the model that its domains are explored with."""

    clone: Clone
    model: Serving

    def asked(self) -> int:
        """How many requests the model had."""
        return int(self.model.ledger()["asked"])


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    clone = new_clone(tmp_path)
    small(clone)
    plain = pipeline.load(clone.root / "params.yaml")
    plain["parts"], plain["waves"] = ["corpus/self-instruct-seeds"], []
    pipeline.save(plain, clone.root / "params.yaml")
    lines = pipeline.load(clone.root / "dvc.yaml")
    pipeline.write(lines, pipeline.wanted(clone.root / "params.yaml"))
    pipeline.save(lines, clone.root / "dvc.yaml")
    with serving(Scripted(script=Script(bad_share=0.1))) as model:
        clone.params(llm__client__endpoints__local__base_url=model.url)
        clone.repro("merge")
        clone.commit("A corpus")
        yield Lab(clone, model)


def test_a_domain_is_one_more_part_that_is_asked_for_once(lab: Lab) -> None:
    clone = lab.clone
    before, shard = hashes(clone.root / "data/dataset"), "corpus-self-instruct-seeds.parquet"
    clone.run("sauropod", "grow", "--domain", "rewriting")
    expected = json.loads(clone.run("sauropod", "plan", "--json"))
    assert [one["stage"] for one in expected["asks"]] == ["explore@rewriting", "enrich@rewriting"]
    assert lab.asked() == 0

    assert clone.repro("merge") == [*(f"{stage}@rewriting" for stage in STAGES), "merge"]
    asked = lab.asked()
    assert asked > 0
    assert hashes(clone.root / "data/dataset")[shard] == before[shard]
    rows = pq.read_table(clone.root / "data/dataset/domain-rewriting.parquet").to_pylist()
    assert len(rows) == 100
    assert {row["part"] for row in rows} == {"domain/rewriting"}
    assert all(row["origin"].split("/")[0] == "rewriting" and row["license"] == "apache-2.0" for row in rows)
    clone.commit("Rewriting")

    done = json.loads(clone.run("sauropod", "plan", "--json"))
    assert (done["asks"], [one for one in done["changed"] if "rewriting" in one or one == "merge"]) == ([], [])
    clone.params(thin__threshold=0.2)
    # The tree that is thinned anew may have other examples; nobody is asked for that.
    assert clone.repro("merge")[:2] == ["thin@rewriting", "sample@rewriting"]
    clone.params(enrich__examples=[14, 12, 12])
    wanted = json.loads(clone.run("sauropod", "plan", "--json"))["asks"][0]
    assert (wanted["stage"], wanted["in_store"]) == ("enrich@rewriting", wanted["prompts"] - wanted["to_ask"])
    assert lab.asked() == asked


@pytest.mark.soak
def test_a_domain_that_leaves_takes_all_it_made_with_it_and_pays_nothing_to_come_back(lab: Lab) -> None:
    clone = lab.clone
    files = {name: (clone.root / name).read_text("utf-8") for name in ("params.yaml", "dvc.yaml")}
    made = hashes(clone.root / "data"), hashes(clone.root / "metrics")
    clone.run("sauropod", "grow", "--domain", "rewriting")
    clone.repro("merge")
    asked = lab.asked()
    clone.run("sauropod", "grow", "--undo", "--domain", "rewriting")
    clone.repro("merge")
    assert {name: (clone.root / name).read_text("utf-8") for name in files} == files
    assert (hashes(clone.root / "data"), hashes(clone.root / "metrics")) == made
    clone.run("sauropod", "grow", "--domain", "rewriting")
    clone.repro("merge")
    assert lab.asked() == asked
