"""Paid answers survive whatever happens to a run: kill -9, branches, clones, changed prompts and catalogues."""

import json
import os
import random
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from stages.hub import prompts
from stages.shared import files
from stages.shared.hub.local import LocalHub
from stages.shared.llm.fault_plan import Plan
from stages.shared.llm.fault_requests import digest
from stages.shared.llm.fault_serving import Serving, serving
from stages.shared.llm.openai import body
from stages.shared.llm.seam import ModelParams, request_of
from stages.shared.records import Answer
from tests.clone import Clone, new_clone
from tests.domain.stages_run import claimed
from tests.growth import small
from tests.house import ROOT
from tests.hub.examples import card, write_params, write_rows
from tests.shared.llm.asked import CLIENT, MODEL
from tests.waiting import until

KEY = "-".join(("canary", "key", "77ab"))  # in pieces, so that this very file does not hold it
TASK = '{"task1": {"instruction": "Say {digest}.", "input_fields": ["text"], "output_field": ["label"]}}'
KILLS = 6
"""Kills of the test that is run each time; `make soak` has twenty."""
CARDS = [card(f"toy-{number:03}") for number in range(150)]
ROWS = [{"text": f"Text {number}.", "label": "good"} for number in range(2)]
GENERATE = {"model": "lab", "settings": ["aware", "unaware"], "rows_shown": 2, "max_value_chars": 1000}


def prepare(folder: Path, url: str) -> None:
    """Cards, rows and params for generate, in a folder of its own."""
    folder.mkdir()
    client = {**CLIENT, "endpoints": {"lab": {"base_url": url, "key_env": None}}, "concurrency": 8, "timeout_s": 30}
    write_params(folder, generate=GENERATE, llm={"models": {"lab": MODEL.model_dump(mode="json")}, "client": client})
    files.write_jsonl(folder / "cards.jsonl", CARDS)
    write_rows(folder / "rows.parquet", {one.taskname: ROWS for one in CARDS})


def generate(folder: Path) -> subprocess.Popen[bytes]:
    words = ["--cards", "cards.jsonl", "--rows", "rows.parquet", "--answers", "out/answers.jsonl"]
    words += ["--dropped", "out/dropped.jsonl", "--metrics", "out/metrics.json"]
    env = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests/guard'}"}
    env["SAUROPOD_ANSWERS"] = str(folder / "answers.sqlite")
    return subprocess.Popen(
        [sys.executable, "-m", "stages.hub.generate", *words],
        cwd=folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip


@pytest.mark.parametrize("kills", [KILLS, pytest.param(20, marks=pytest.mark.soak)])
def test_after_kills_nothing_was_paid_twice_but_what_was_under_way_and_the_output_is_the_same(
    tmp_path: Path, kills: int
) -> None:
    plan = Plan(latency_ms=(5, 60), reply=TASK, output_tokens=(1, 64))
    with serving(plan) as server:
        prepare(tmp_path / "calm", server.url)
        calm = generate(tmp_path / "calm")
        _, said = calm.communicate()
        assert calm.returncode == 0, said
    dice = random.Random(11)
    under_way: set[str] = set()
    with serving(plan) as server:
        folder = tmp_path / "killed"
        prepare(folder, server.url)
        killed = 0
        while killed < kills:
            running = generate(folder)
            mark = server.ledger()["asked"] + dice.randint(1, 13)
            until(lambda mark=mark: server.ledger()["asked"] >= mark, running)
            assert running.poll() is None, "it came to its end before it was killed often enough"
            running.send_signal(signal.SIGKILL)
            running.communicate()
            under_way |= claimed(folder)
            killed += 1
        last = generate(folder)
        _, said = last.communicate()
        assert last.returncode == 0, said
        requests = server.ledger()["requests"]
    assert (folder / "out/answers.jsonl").read_bytes() == (tmp_path / "calm/out/answers.jsonl").read_bytes()
    assert len(requests) == 2 * len(CARDS)
    model = ModelParams.model_validate(MODEL.model_dump())
    asked = [
        request_of(model, prompts.build(one, ROWS, setting, 1000)) for one in CARDS for setting in ("aware", "unaware")
    ]
    may_repeat = {digest(body(request)) for request in asked if request.key in under_way}
    repeated = {found for found, one in requests.items() if one["billed"] > 1}
    assert repeated <= may_repeat
    # Twice as many requests as calls at once are claimed, so that calls don't wait for the store.
    assert len(under_way) <= kills * 2 * 8


@pytest.fixture(scope="module")
def server() -> Iterator[Serving]:
    with serving(Plan(reply=TASK)) as found:
        yield found


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, server: Serving) -> Clone:
    """A clone in which a model was asked about two small waves, committed, its data in a remote folder."""
    folder = tmp_path_factory.mktemp("asked")
    plain = new_clone(folder)
    clone = Clone(
        plain.root, {**plain.env, "OPENAI_API_KEY": KEY, "SAUROPOD_ANSWERS": str(folder / "store/answers.sqlite")}
    )
    small(clone)
    clone.params(generate__model="gpt-4o-mini", llm__client__endpoints__openai__base_url=server.url)
    for wave in ("2022-05", "2022-09"):
        clone.repro(f"generate@{wave}")
    clone.commit("Asked a model")
    clone.run("dvc", "remote", "add", "--local", "--default", "store", str(folder / "remote"))
    clone.run("dvc", "push")
    return clone


@pytest.fixture
def clone(built: Clone, server: Serving, tmp_path: Path) -> Clone:
    """A copy of the clone, with the store of answers beside it."""
    server.reset()
    return built.copy(tmp_path / "clone")


def waves(clone: Clone) -> dict[Path, dict[str, Any]]:
    return {
        path: yaml.safe_load(path.read_text("utf-8")) for path in sorted(clone.root.glob("data/sources/waves/*.yaml"))
    }


def prompts_of(clone: Clone, wave: str) -> int:
    """How many prompts of a wave have an answer."""
    found: int = json.loads((clone.root / f"metrics/generate/{wave}.json").read_text("utf-8"))["prompts"]["kept"]
    return found


def test_a_reordered_catalogue_a_renamed_wave_and_a_changed_filter_ask_nothing(clone: Clone, server: Serving) -> None:
    for path, wave in waves(clone).items():
        path.write_text(yaml.safe_dump({"datasets": wave["datasets"][::-1]}), "utf-8")
    old, new = (clone.root / f"data/sources/waves/{name}.yaml" for name in ("2022-09", "2023-01"))
    old.rename(new)
    for name in ("params.yaml", "dvc.yaml"):
        file = clone.root / name
        file.write_text(file.read_text("utf-8").replace("2022-09", "2023-01"), "utf-8")
    clone.params(filter__one_output=False)
    assert "generate@2023-01" in clone.repro("filter@2023-01")
    clone.repro("filter@2022-05")
    assert server.ledger()["asked"] == 0


def test_one_more_dataset_in_a_wave_asks_its_own_prompts_only(clone: Clone, server: Serving) -> None:
    path = clone.root / "data/sources/waves/2022-05.yaml"
    wave = yaml.safe_load(path.read_text("utf-8"))
    before = prompts_of(clone, "2022-05")
    found = LocalHub(clone.root / "data/sources/hub").dataset("banking77")
    wave["datasets"].append({"id": "banking77", "revision": found.revision})
    path.write_text(yaml.safe_dump(wave), "utf-8")
    clone.repro("generate@2022-05")
    assert server.ledger()["asked"] == prompts_of(clone, "2022-05") - before == 2


def test_a_changed_prompt_text_asks_again(clone: Clone, server: Serving) -> None:
    text = clone.root / "stages/hub/prompts/aware.txt"
    text.write_text(text.read_text("utf-8") + "\nBe brief.\n", "utf-8")
    clone.repro("generate@2022-05")
    answers = (clone.root / "data/generate/2022-05/answers.jsonl").read_text("utf-8").splitlines()
    aware = [line for line in answers if json.loads(line)["setting"] == "aware"]
    assert server.ledger()["asked"] == len(aware) > 0


def clone_of(clone: Clone, folder: Path) -> Clone:
    """A clone on another machine: no cache, no store of answers."""
    clone.run("git", "clone", "--quiet", str(clone.root), str(folder / "other"))
    env = {"DVC_SITE_CACHE_DIR": str(folder / "site"), "SAUROPOD_ANSWERS": str(folder / "other.sqlite")}
    return Clone(folder / "other", {**clone.env, **env})


def test_a_new_clone_that_pulled_asks_only_what_changed(built: Clone, server: Serving, tmp_path: Path) -> None:
    server.reset()
    other = clone_of(built, tmp_path)
    other.run("dvc", "remote", "add", "--local", "--default", "store", str(built.root.parent / "remote"))
    other.run("dvc", "pull", *(f"{stage}@2022-05" for stage in ("crawl", "select", "generate")))
    hub = other.root / "data/sources/hub"
    path = other.root / "data/sources/waves/2022-05.yaml"
    wave = yaml.safe_load(path.read_text("utf-8"))
    answers = files.read_jsonl(other.root / "data/generate/2022-05/answers.jsonl", Answer)
    described = {one.item for one in answers if one.setting == "aware"}
    changed = next(one for one in wave["datasets"] if one["id"] in described)
    readme = hub / changed["id"] / "README.md"
    text = readme.read_text("utf-8")
    new = re.sub("(?m)^(#+ Dataset Summary.*)$", r"\1\n\nIn other words: a dataset.\n", text)
    assert new != text
    readme.write_text(new, "utf-8")
    changed["revision"] = LocalHub(hub).dataset(changed["id"]).revision
    path.write_text(yaml.safe_dump(wave), "utf-8")
    assert "generate@2022-05" in other.repro("generate@2022-05")
    # The description stands in one of the two prompts.
    assert server.ledger()["asked"] == 1


def test_a_new_clone_that_did_not_pull_is_stopped_before_it_pays_again(
    built: Clone, server: Serving, tmp_path: Path
) -> None:
    server.reset()
    other = clone_of(built, tmp_path)
    said = other.run("dvc", "repro", "generate@2022-05", code=None)
    assert "run `dvc pull data/generate/2022-05/answers.jsonl` first" in said
    assert server.ledger()["asked"] == 0
    other.params(llm__client__pay_again=True)
    other.repro("generate@2022-05")
    assert server.ledger()["asked"] == prompts_of(other, "2022-05")


def test_changing_prices_budget_and_limits_reruns_nothing(clone: Clone, server: Serving) -> None:
    clone.params(llm__client__budget_usd=5.0, llm__client__concurrency=2, llm__client__prices={})
    assert clone.repro("generate@2022-05") == []


def test_switching_to_the_batch_api_asks_nothing(clone: Clone, server: Serving) -> None:
    document = yaml.safe_load((clone.root / "params.yaml").read_text("utf-8"))
    assert document["llm"]["models"]["gpt-4o-mini"]["provider"] == "openai"
    model = {**document["llm"]["models"]["gpt-4o-mini"], "provider": "batch"}
    clone.params(**{"llm__models__gpt-4o-mini": model})
    before = (clone.root / "data/generate/2022-05/answers.jsonl").read_bytes()
    assert clone.repro("generate@2022-05") == ["generate@2022-05"]
    assert (clone.root / "data/generate/2022-05/answers.jsonl").read_bytes() == before
    assert server.ledger()["asked"] == 0


def test_the_key_is_in_no_file_and_in_nothing_that_is_said(built: Clone) -> None:
    said = built.run("dvc", "repro", "--force", "--single-item", "generate@2022-05")
    assert KEY not in said
    folders = [built.root, built.root.parent / "store", built.root.parent / "remote"]
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file():
                assert KEY.encode() not in path.read_bytes(), path
