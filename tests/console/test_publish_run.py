"""`sauropod publish --run R`: what is sent, and what is refused."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml

from stages.console import publish_run
from stages.model.facts import ADAPTERS, FILE, Base, Facts, Source
from stages.model.recipe import Recipe
from stages.model.trained import write_trained
from stages.shared.errors import InputError
from stages.shared.files import parquet_writer, write_json
from stages.shared.hub import upload
from tests.model.conftest import PARAMS, instance, options, write_shard

ROW = instance("Say it.", "it", "it", part="hub/one", origin="glue:sst2", task_id="t")
HUB = {"kind": "hub", "id": "org/base", "revision": "0" * 40, "license": "apache-2.0"}
SCORES = {"first": {"superni": {"rougeL": 12.5, "verdict": "not below copy-input"}}}

Made = Callable[..., Path]


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Made:
    """Makes a trained run of one row in a folder of its own; keys of Facts may be others."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text(yaml.safe_dump({**PARAMS, "merge": {"use": "all"}}), "utf-8")
    write_shard(tmp_path / "data/dataset", "hub/one", [ROW])
    write_json(tmp_path / "metrics/evaluate.json", SCORES)

    def make(adapters: bool = False, license: str = "mit", terms: str = "", **more: Any) -> Path:
        model = tmp_path / "data/train/first"
        (model / ADAPTERS).mkdir(parents=True) if adapters else model.mkdir(parents=True)
        names = ["model.safetensors", "config.json", "prompt.json", "README.md", "dropped.jsonl"]
        for name in names + [f"{ADAPTERS}/adapter_config.json"] * adapters:
            (model / name).write_text(name, "utf-8")
        write_trained(model, [], [(ROW["instance_id"], "t", "hub/one")])
        source = Source(
            run="first", part="hub/one", name="glue-sst2", dataset="glue", license=license, terms=terms,
            language="en", instances=1,
        )  # fmt: skip
        given: dict[str, Any] = {
            "run": "first", "runs": ["first"], "base": Base(**HUB), "paired": False, "recipe_name": "tiny",
            "recipe": Recipe(**PARAMS["recipes"]["tiny"]), "parameters": 7, "sources": [source], "shortened": 0,
            "curve": [{"step": 5, "train": 4.0, "validation": None}],
        }  # fmt: skip
        write_json(model / FILE, Facts(**{**given, **more}).model_dump())
        return model

    return make


def publish(capsys: pytest.CaptureFixture[str], **more: Any) -> dict[str, Any]:
    given = {"run": "first", "repo": "me/first", "private": True, "use": None, "accept_terms": False}
    publish_run.run(options(**{**given, "dry_run": True, "json": True, **more}))
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_weights_and_a_card_with_scores_go_out_in_one_commit(
    made: Made, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Any] = []

    def send(repo: str, kind: str, files: Mapping[str, Path], message: str, private: bool) -> str:
        sent.append((repo, kind, {name: path.read_bytes() for name, path in files.items()}, message, private))
        return "https://hub/commit/1"

    monkeypatch.setattr(upload, "upload", send)
    model = made()
    found = publish(capsys, dry_run=False)
    ((repo, kind, files, message, private),) = sent
    assert (repo, kind, private) == ("me/first", "model", True)
    assert message == "Model first: weights of 1 run"
    assert files.keys() == {
        "README.md", "config.json", "facts.json", "model.safetensors", "prompt.json", "trained_on.parquet",
    }  # fmt: skip
    assert files["model.safetensors"] == (model / "model.safetensors").read_bytes()
    assert b"| `superni` | `rougeL` | 12.5 |" in files["README.md"]
    assert found["address"] == "https://hub/commit/1"


def test_a_dry_run_asks_no_hub_and_shows_files_and_card(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    made()
    found = publish(capsys)
    assert found["address"] is None
    assert "model.safetensors" in found["files"]
    assert "## Scores" in found["card"]
    publish_run.run(
        options(run="first", repo="me/x", private=False, use=None, accept_terms=False, dry_run=True, json=False)
    )
    said = capsys.readouterr().out
    assert "nothing was sent" in said
    assert "## Licence" in said


@pytest.mark.parametrize("license", ["", "other", "my-own-license", "cc-by-nd-4.0"])
def test_adapters_alone_go_out_where_the_base_may_not_be_handed_on(
    made: Made, capsys: pytest.CaptureFixture[str], license: str
) -> None:
    made(adapters=True, base=Base(**{**HUB, "license": license}))
    found = publish(capsys)
    assert found["kind"] == "adapter"
    assert set(found["files"]) == {"README.md", "adapter_config.json", "facts.json", "prompt.json"}
    assert "base_model_relation: adapter" in found["card"]


@pytest.mark.parametrize(
    ("adapters", "runs", "said"),
    [(False, ["first"], "may be handed on, or adapters, got other;"), (True, ["zero", "first"], "on top of zero;")],
)
def test_without_adapters_on_the_base_itself_such_a_model_is_refused(
    made: Made, capsys: pytest.CaptureFixture[str], adapters: bool, runs: list[str], said: str
) -> None:
    made(adapters=adapters, runs=runs, base=Base(**{**HUB, "license": "other"}))
    with pytest.raises(InputError, match=said):
        publish(capsys)


@pytest.mark.parametrize(
    ("given", "options", "said"),
    [
        ({"license": "cc-by-nc-4.0"}, {"use": "commercial"}, "1 of which its licence or terms forbid commercial use"),
        ({"terms": "openai-terms"}, {}, r"terms \(openai-terms\): read them, then add --accept-terms"),
        ({"base": Base(**{**HUB, "license": "llama3"})}, {}, "the base is under llama3: read it"),
        ({"base": Base(**{**HUB, "license": "cc-by-nc-4.0"})}, {"use": "commercial"}, "of the base, its licence"),
    ],
)
def test_what_the_policy_refuses_is_not_published(
    made: Made, capsys: pytest.CaptureFixture[str], given: dict[str, Any], options: dict[str, Any], said: str
) -> None:
    made(**given)
    with pytest.raises(InputError, match=said):
        publish(capsys, **options)
    if "--accept" in said or "read it" in said:
        assert publish(capsys, accept_terms=True)["kind"] == "finetune"


def test_a_model_that_has_seen_what_was_forgotten_is_refused(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    model = made()
    with parquet_writer(model.parents[1] / "dataset/hub-one.parquet", pa.schema([("instance_id", pa.string())])) as new:
        new.write_table(pa.table({"instance_id": ["another"]}))
    with pytest.raises(InputError, match=r"seen 1 instances that are gone \(hub/one\); run `dvc repro`"):
        publish(capsys)


def test_an_alignment_on_pairs_that_merge_no_longer_lets_in_is_refused(
    made: Made, capsys: pytest.CaptureFixture[str]
) -> None:
    made().rename("data/first")
    Path("data/align").mkdir()
    Path("data/first").rename("data/align/first")
    pairs = Path("data/merge/pairs/own.parquet")
    pairs.parent.mkdir(parents=True)
    pairs.write_bytes(b"hello")
    # The MD5 of `hello`, as RFC 1321's own program gives it.
    deps = [{"path": "data/merge/pairs/own.parquet", "md5": "5d41402abc4b2a76b9719d911017c592"}]
    Path("dvc.lock").write_text(yaml.safe_dump({"stages": {"align@first": {"deps": deps}}}), "utf-8")
    assert publish(capsys)["run"] == "first"
    pairs.write_bytes(b"hello again")
    with pytest.raises(InputError, match=r"align/first: expected a model of the pairs that merge lets in, got one of "):
        publish(capsys)


def test_scores_of_an_earlier_state_of_the_model_are_refused(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    made()

    def lock(asked: str) -> None:
        trained = {"outs": [{"path": "data/train/first", "md5": "1"}]}
        predicted = {"deps": [{"path": "data/train/first", "md5": asked}]}
        stages = {"train@first": trained, "predict@first-superni": predicted}
        Path("dvc.lock").write_text(yaml.safe_dump({"stages": stages}), "utf-8")

    lock("1")
    assert publish(capsys)["run"] == "first"
    lock("2")
    with pytest.raises(InputError, match=r"dvc\.lock, first-superni: .*those of an earlier one; run `dvc repro summ"):
        publish(capsys)


def test_a_run_that_was_not_trained_is_named(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    made()
    with pytest.raises(InputError, match="data/train/second: expected a trained model"):
        publish(capsys, run="second")
