"""Every command of the README does what it says, in the order it says it."""

import json
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from stages.console.summaries import line
from stages.corpus.source import read_corpus
from stages.shared.files import read_json
from stages.shared.llm.fault_serving import serving as answering
from tests.clone import Clone, new_clone
from tests.conftest import Bucket
from tests.domain.scripted import Scripted
from tests.growth import small
from tests.house import ROOT
from tests.hub_repositories import Options
from tests.hubserver import serving

README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(sh|python)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def commands() -> list[tuple[str, str]]:
    """Each line of a shell block, and each Python block as a whole, in order."""
    found = []
    for language, text in BLOCKS:
        if language == "python":
            found.append((language, text))
        else:
            found += [(language, line.partition(" # ")[0].strip()) for line in text.splitlines()]
    return found


def as_run(command: str) -> str:
    """A command as this test runs it: with the environment that runs the test, not one set up anew."""
    if command.startswith("make test"):
        return "make --dry-run test"  # which is what is running now
    if command.startswith("make"):
        return "make --assume-old .venv/.installed"
    if command == "git tag v1":
        # The small pipeline makes other bytes than those that are committed.
        return "git add --all && git commit --quiet --message small && git tag v1"
    return command.replace("my-bucket", "sauropod")


def hub_with_dolly(folder: Path) -> Path:
    """The shipped hub with a small Dolly in it: real exchanges of Self-Instruct's seeds, in Dolly's form."""
    for dataset in (ROOT / "data/sources/hub").iterdir():
        (folder / dataset.name).symlink_to(dataset)
    dolly = folder / "databricks/databricks-dolly-15k"
    dolly.mkdir(parents=True)
    (dolly / "README.md").write_text("---\nlicense: cc-by-sa-3.0\n---\n", "utf-8")
    seeds = (ROOT / "data/sources/corpora/self-instruct-seeds.jsonl").read_text("utf-8").splitlines()
    with (dolly / "databricks-dolly-15k.jsonl").open("w", encoding="utf-8") as file:
        for task in map(json.loads, seeds[:40]):
            one = task["instances"][0]
            row = {"instruction": f"Please: {task['instruction']}", "context": one["input"], "response": one["output"]}
            file.write(json.dumps({**row, "category": "open_qa"}) + "\n")
    return folder


def test_the_readme_can_be_followed_from_top_to_bottom(
    tmp_path_factory: pytest.TempPathFactory, bucket: Bucket
) -> None:
    clone: Clone = new_clone(tmp_path_factory.mktemp("readme"))
    hub_folder = hub_with_dolly(tmp_path_factory.mktemp("hub"))
    cache = str(tmp_path_factory.mktemp("cache"))
    small(clone, "growth-1", recorded=("davinci", "text-davinci-003"))
    recent = Options(created_at="2026-07-01T00:00:00.000Z", downloads=500)
    with (
        serving(hub_folder, {"legacy/hover": recent, "legacy/qasc": recent}) as hub,
        answering(Scripted()) as model,
    ):
        clone.params(llm__client__endpoints__local__base_url=model.url)
        clone.commit("A pipeline that takes seconds")
        for language, command in commands():
            words = ("python", "-c", command) if language == "python" else ("bash", "-c", as_run(command))
            clone.run(*words, **bucket.env, AWS_ENDPOINT_URL=bucket.address, HF_ENDPOINT=hub.url, HF_HUB_CACHE=cache)
    assert (clone.root / ".sauropod/rewriting/tree_meta_info.json").is_file()
    assert (clone.root / "data/dataset").is_dir()
    assert (clone.root / ".sauropod/exported/huggingface_data.jsonl").stat().st_size > 0


def test_the_rehearsal_of_the_readme_answers_by_its_plan(tmp_path: Path) -> None:
    (command,) = re.findall(r"^python (-m stages\.shared\.llm\.faults .*)$", README, re.MULTILINE)
    (plan,) = re.findall(r"^```yaml\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    (tmp_path / "plan.yaml").write_text(plan, "utf-8")
    words = command.replace("plan.yaml", str(tmp_path / "plan.yaml")).replace("8000", "0").split()
    server = subprocess.Popen([sys.executable, *words], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        address = server.stdout.readline().split()[-1]
        with urllib.request.urlopen(address.removesuffix("v1") + "ledger") as reply:
            assert json.load(reply)["asked"] == 0
    finally:
        server.terminate()
        server.communicate()
    assert server.returncode == 0


def test_every_path_the_readme_names_exists() -> None:
    for path in re.findall(r"\]\((?!https?://)([^)#]+)\)", README):
        assert (ROOT / path).exists(), path
    for name in re.findall(r"`((?:stages|tests|data/sources)/[\w./-]+)`", README):
        assert (ROOT / name).exists(), name


def test_the_readme_lists_every_corpus_as_it_is_described() -> None:
    section = README.partition("## Add an open corpus")[2].partition("\n## ")[0]
    rows = dict(re.findall(r"^\| `([\w-]+)` \| (.*) \|$", section, re.MULTILINE)[1:])
    described = {path.stem: read_corpus(path) for path in (ROOT / "data/sources/corpora").glob("*.yaml")}
    assert set(rows) == set(described)
    how = {"hub": "hub", "url": "fetched", "by_hand": "by hand", "beside": "in the repository"}
    for name, corpus in described.items():
        _, told, licence, had = rows[name].rsplit(" | ", 3)
        assert told == (f"{corpus.expect.records:,}" if corpus.expect.records else ""), name
        own = "each row's own" if "license" in corpus.per_record else "none declared"
        assert licence == "; ".join(filter(None, (corpus.license or own, corpus.terms))), name
        assert had == how[corpus.where], name


def test_the_table_of_the_corpora_that_are_on_is_the_computed_one() -> None:
    section = README.partition("## Add an open corpus")[2]
    (row,) = re.findall(r"^\| `self-instruct-seeds` \| (175 .*) \|$", section, re.MULTILINE)[:1]
    found = read_json(ROOT / "metrics/clean/self-instruct-seeds.json")["found"]["summary"]
    cells = [str(cell) for cell in line("self-instruct-seeds", found)][1:]
    assert [cell.strip() for cell in row.split("|")] == cells


def test_the_table_of_forgetting_is_the_computed_one() -> None:
    section = README.partition("## Models that go on")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([\w-]+)` \| (.*) \|$", section, re.MULTILINE)
    found = read_json(ROOT / "metrics/continual.json")
    assert [run for run, _ in rows] == list(found)
    for run, cells in rows:
        numbers = [float(cell) for cell in cells.split("|")[1:] if cell.strip()]
        keys = ("held_out_bits_per_byte", "growth-1_bits_per_byte", "growth-1_forgotten_bits")
        assert numbers == [round(found[run][key], 2) for key in keys if key in found[run]], run


def test_the_table_of_the_252_is_the_computed_one() -> None:
    section = README.partition("## Measure any model")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([\w-]+)` \| ([\d.]+) \| ([\d.]+) to ([\d.]+) \| ([\d.]+) \|$", section, re.MULTILINE)
    measured = {model: one.get("user-instructions") for model, one in read_json(ROOT / "metrics/evaluate.json").items()}
    found = {model: one for model, one in measured.items() if one}
    assert [model for model, *_ in rows] == list(found)
    for model, *cells in rows:
        keys = ("rougeL", "rougeL_low", "rougeL_high", "meteor_exact_stem")
        assert [float(cell) for cell in cells] == [round(found[model][key], 1) for key in keys], model


def test_the_readme_names_every_stage() -> None:
    from tests.test_house import PIPELINE  # noqa: PLC0415

    table = README.partition("## Stages")[2].partition("\n## ")[0]
    assert [name for name in PIPELINE if not re.search(rf"^\| .*\b{name}\b", table, re.MULTILINE)] == []


def test_the_layout_is_the_one_there_is() -> None:
    layout = README.partition("## Layout")[2]
    for folder in sorted(path.name for path in (ROOT / "stages").iterdir() if path.is_dir()):
        assert folder.startswith("__") or folder in layout, folder
    assert Path(ROOT / "stages").is_dir()
