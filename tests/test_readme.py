"""Every command of the README and of docs/ does what it says, in the order it says it; what they name is there."""

import argparse
import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from statistics import mean
from typing import Any

import pytest
import yaml

from stages.console.main import EXIT_CODES, parser
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

README = ROOT / "README.md"
PAGES = (README, *sorted((ROOT / "docs").glob("*.md")))
"""In the order in which they are followed: each page of docs/ begins and ends where the README left the clone."""

MADE = ("data/sources/own", "data/sources/domains/letters", "data/sources/models/t5-3b", "data/sources/models/llama-7b")
"""How paths begin that a reader makes; the others in code are there, but for those with a NAME to fill in."""

TEXTS = {page.name: page.read_text("utf-8") for page in PAGES}
PARAMS: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text("utf-8"))


def section(page: str, heading: str) -> str:
    """What stands below a heading of a page, up to the next one."""
    _, found, rest = TEXTS[page].partition(f"\n## {heading}\n")
    assert found, f"{page} has no heading {heading}"
    return rest.partition("\n## ")[0]


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXTS[page], re.MULTILINE | re.DOTALL)


def code(page: str) -> list[str]:
    """What stands as code in a page: lines of blocks, and words inside a line."""
    fenced = re.compile(r"^```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    lines = [line for block in fenced.findall(TEXTS[page]) for line in block.splitlines()]
    return lines + re.findall(r"`([^`\n]+)`", fenced.sub("", TEXTS[page]))


def commands(page: str) -> list[tuple[str, str]]:
    """Each line of a shell block, and each Python block as a whole, in order."""
    found = []
    for language, text in re.findall(r"^```(sh|python)\n(.*?)^```$", TEXTS[page], re.MULTILINE | re.DOTALL):
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


def test_the_pages_can_be_followed_from_top_to_bottom(tmp_path_factory: pytest.TempPathFactory, bucket: Bucket) -> None:
    clone: Clone = new_clone(tmp_path_factory.mktemp("readme"))
    hub_folder = hub_with_dolly(tmp_path_factory.mktemp("hub"))
    cache = str(tmp_path_factory.mktemp("cache"))
    recorded = [f"{model}-user-instructions" for model in ("davinci", "text-davinci-003")]
    small(clone, "growth-1-superni", "growth-1-holdout", *recorded)
    recent = Options(created_at="2026-07-01T00:00:00.000Z", downloads=500)
    with (
        serving(hub_folder, {"legacy/hover": recent, "legacy/qasc": recent}) as hub,
        answering(Scripted()) as model,
    ):
        clone.params(llm__client__endpoints__local__base_url=model.url)
        clone.commit("A pipeline that takes seconds")
        for page in TEXTS:
            for language, command in commands(page):
                words = ("python", "-c", command) if language == "python" else ("bash", "-c", as_run(command))
                clone.run(
                    *words, **bucket.env, AWS_ENDPOINT_URL=bucket.address, HF_ENDPOINT=hub.url, HF_HUB_CACHE=cache
                )
            assert clone.run("git", "status", "--porcelain") == "", f"{page} leaves something behind"
    assert (clone.root / ".sauropod/letters/tree_meta_info.json").is_file()
    assert (clone.root / "data/dataset").is_dir()
    assert (clone.root / ".sauropod/exported/huggingface_data.jsonl").stat().st_size > 0


def test_the_rehearsal_answers_by_its_plan(tmp_path: Path) -> None:
    (command,) = re.findall(r"^python (-m stages\.shared\.llm\.faults .*)$", TEXTS["money.md"], re.MULTILINE)
    (plan,) = blocks("money.md", "yaml")
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


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    plain = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", plain, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_and_path_of_a_page_leads_somewhere(page: Path) -> None:
    text = TEXTS[page.name]
    for target in re.findall(r"\]\((?!https?://)([^)]+)\)", text):
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        assert found.exists(), target
        assert not anchor or anchor in anchors(found.read_text("utf-8")), target
    for name in re.findall(r"`((?:stages|tests|data/sources|docs|metrics/plots)/[a-z0-9][\w./-]*)`", text):
        assert (ROOT / name).exists() or name.startswith(MADE) or re.search(r"[A-Z]{3}|letters", name), name
    for module in re.findall(r"python -m ((?:stages|tests)\.[\w.]+)", text):
        assert (ROOT / f"{module.replace('.', '/')}.py").is_file(), module


def test_the_readme_leads_to_every_page() -> None:
    assert [page.name for page in PAGES[1:] if f"](docs/{page.name}" not in TEXTS["README.md"]] == []


def below(command: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The subcommands of a command."""
    found: dict[str, argparse.ArgumentParser] = {}
    for action in command._actions:
        if isinstance(action, argparse._SubParsersAction):
            found |= action.choices
    return found


def options(command: argparse.ArgumentParser) -> Iterator[str]:
    """The options of a command and of those below it."""
    yield from command._option_string_actions
    for one in below(command).values():
        yield from options(one)


@pytest.mark.parametrize("page", TEXTS)
def test_every_command_and_option_that_a_page_names_is_there(page: str) -> None:
    top = parser()
    for text in code(page):
        words = text.partition(" # ")[0].split()
        if words[:1] == ["sauropod"]:
            command, rest = top, words[1:]
            while rest and (known := below(command)) and not rest[0].startswith("-"):
                assert rest[0] in known, text
                command, rest = known[rest[0]], rest[1:]
            named = {word for word in rest if word.startswith("--")}
            assert named <= set(options(command)), text
        elif words and words[0].startswith("--"):
            assert words[0] in {*options(top), "--all-tags", "--cloud", "--local"}, text


@pytest.mark.parametrize("page", TEXTS)
def test_every_key_of_params_that_a_page_names_is_there(page: str) -> None:
    for text in code(page):
        found = re.fullmatch(r"([a-z]+(?:\.[a-z_]+)+)(?::.*)?", text)
        if found and found[1].split(".")[0] in PARAMS and not text.endswith(".txt"):
            value: Any = PARAMS
            for key in found[1].split("."):
                assert key in value, text
                value = value[key]
    for block in blocks(page, "yaml"):
        added = yaml.safe_load(block)
        for name in added.keys() & PARAMS.keys():
            assert PARAMS[name] is not None
            assert name in ("benchmarks", "pairs", "suites") or added[name].keys() <= PARAMS[name].keys(), block


def test_the_example_of_a_model_of_ones_own_is_one() -> None:
    from stages.shared.llm.client import ClientParams  # noqa: PLC0415
    from stages.shared.llm.seam import ModelParams  # noqa: PLC0415

    (example,) = (yaml.safe_load(block)["llm"] for block in blocks("domains.md", "yaml"))
    ClientParams.model_validate({**PARAMS["llm"]["client"], **example["client"]})
    models = {name: ModelParams.model_validate(one) for name, one in example["models"].items()}
    assert {one.endpoint for one in models.values()} == set(example["client"]["endpoints"])
    assert {one.model for one in models.values()} == set(example["client"]["prices"])
    assert {PARAMS[stage]["model"] for stage in ("explore", "enrich")} == set(models)


def test_the_benchmark_of_table_1_is_as_published() -> None:
    from stages.console.table1 import told  # noqa: PLC0415
    from stages.model.benchmarks import Superni  # noqa: PLC0415

    (found,) = (yaml.safe_load(block)["benchmarks"] for block in blocks("measuring.md", "yaml") if "official" in block)
    ((name, described),) = found.items()
    Superni.model_validate(described)
    measures = {"one": {"benchmark": name}}
    assert told({"benchmarks": found, "measures": measures})[1].endswith("as published")


def test_every_setting_and_corpus_of_table_1_is_there() -> None:
    rows = re.findall(r"^\| ([^|]+), \d+K \| (.+) \| `(.+)` \|$", section("measuring.md", "Dynosaur's Table 1"), re.M)
    from stages.console.table1 import PUBLISHED  # noqa: PLC0415

    assert [name for name, *_ in rows] == [name for name, *_ in PUBLISHED]
    for _, corpora, run in rows:
        for corpus in re.findall(r"`([\w-]+)`", corpora):
            assert (ROOT / f"data/sources/corpora/{corpus}.yaml").is_file()
        for setting in re.findall(r"--setting ([\w-]+)", run):
            assert (ROOT / f"data/sources/settings/{setting}.yaml").is_file()
        for recipe in re.findall(r"--recipe ([\w-]+)", run):
            assert recipe in PARAMS["recipes"]


def test_the_exit_codes_are_those_of_the_command() -> None:
    told = re.findall(r"^\| (\d+) \|", section("running.md", "After a kill, a crash or an error"), re.MULTILINE)
    assert told == re.findall(r"(?:^|\s)(\d+) [a-z]", EXIT_CODES)


def test_every_variable_that_a_page_names_is_read_by_the_code() -> None:
    read = "".join(path.read_text("utf-8") for path in (ROOT / "stages").rglob("*.py"))
    for text in TEXTS.values():
        for name in re.findall(r"\bSAUROPOD_[A-Z]+\b", text):
            assert f'"{name}"' in read, name


def test_the_table_of_growth_begins_with_the_computed_row() -> None:
    row = re.findall(r"^\| as shipped \| (.*) \|$", section("README.md", "What a version holds"), re.MULTILINE)
    found, scores = (read_json(ROOT / f"metrics/{name}.json") for name in ("dataset", "evaluate"))
    sizes = [f"{found[key]:,}" for key in ("instances", "tasks", "datasets")]
    bits = [f"{scores[run]['holdout']['bits_per_byte']:.2f}" for run in PARAMS["runs"]]
    assert row[0].split(" | ")[1:] == sizes + bits


def test_the_table_of_what_the_models_can_do_is_the_computed_one() -> None:
    rows = re.findall(
        r"^\| `(growth[\w-]*)` \| `(.+)` \| (.*) \|$", section("models.md", "What the shipped models can do"), re.M
    )
    assert [run for run, *_ in rows] == ["growth-1", "growth-2"]
    for run, wave, cells in rows:
        found = read_json(ROOT / f"metrics/evaluate/{run}-holdout.json")["by_part"][wave]
        keys = ("rougeL", "copy_input_rougeL", "exact_match")
        assert cells.split(" | ") == [str(found["instances"]), *(f"{found[key]:.1f}" for key in keys)]
        assert found["copy_input_exact_match"] == 0


def test_what_is_said_below_that_table_is_computed_too() -> None:
    told = " ".join(section("models.md", "What the shipped models can do").split())
    found = {run: one for run, one in read_json(ROOT / "metrics/evaluate.json").items() if run in PARAMS["runs"]}
    scores = [one["superni"]["rougeL"] for one in found.values()]
    (copying,) = {one["superni"]["copy_input_rougeL"] for one in found.values()}
    assert f"the models score {min(scores):.1f} to {max(scores):.1f}, below the {copying:.1f} of copying" in told
    first, second = (found[run]["holdout"]["bits_per_byte_by_part"]["hub/2022-09"] for run in ("growth-1", "growth-2"))
    assert f"`growth-1` needs {first:.2f} bits a byte and `growth-2` {second:.2f}." in told


def test_the_share_alike_rows_are_as_many_as_the_page_says() -> None:
    dataset = read_json(ROOT / "metrics/dataset.json")
    release = dataset["release"]
    found = {kind: sum(part["instances"] for part in parts.values()) for kind, parts in release["by_class"].items()}
    told = re.search(r"([\d,]+) of the ([\d,]+) rows are\s+share-alike", TEXTS["licences.md"])
    assert told
    assert told.groups() == (f"{found.pop('share-alike'):,}", f"{dataset['instances']:,}")
    assert set(found.values()) == {0}


def test_the_rows_that_hold_texts_of_benchmarks_are_as_many_as_the_page_says() -> None:
    found = read_json(ROOT / "metrics/dataset.json")["contamination"]
    assert f"these are {sum(one['rows'] for one in found.values())} rows of e2e_nlg" in TEXTS["dataset.md"]


def test_the_shipped_hub_and_its_waves_are_as_large_as_the_readme_says() -> None:
    there = [path for path in (ROOT / "data/sources/hub").iterdir() if path.is_dir()]
    waves = [yaml.safe_load(path.read_text("utf-8")) for path in (ROOT / "data/sources/waves").glob("*.yaml")]
    held = sum(len(wave["datasets"]) for wave in waves)
    assert (
        f"{len(there)} datasets of the Hugging Face hub as of 2022, {held} of them in two waves" in TEXTS["README.md"]
    )


def test_the_table_of_corpora_lists_every_one_as_it_is_described() -> None:
    rows = dict(re.findall(r"^\| `([\w-]+)` \| (.*) \|$", section("corpora.md", "What there is to join"), re.MULTILINE))
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
    (row,) = re.findall(r"^\| `self-instruct-seeds` \| (.*) \|$", section("corpora.md", "What is on"), re.MULTILINE)
    found = read_json(ROOT / "metrics/clean/self-instruct-seeds.json")["found"]["summary"]
    cells = [str(cell) for cell in line("self-instruct-seeds", found)][1:]
    assert [cell.strip() for cell in row.split("|")] == cells


def test_the_table_of_forgetting_is_the_computed_one() -> None:
    rows = re.findall(r"^\| `([\w-]+)` \| (.*) \|$", section("models.md", "Runs that go on"), re.MULTILINE)
    found = read_json(ROOT / "metrics/continual.json")
    assert [run for run, _ in rows] == list(found)
    for run, cells in rows:
        numbers = [float(cell) for cell in cells.split("|")[1:] if cell.strip()]
        keys = ("held_out_bits_per_byte", "growth-1_bits_per_byte", "growth-1_forgotten_bits")
        assert numbers == [round(found[run][key], 2) for key in keys if key in found[run]], run


def test_the_table_of_the_252_is_the_computed_one() -> None:
    told = section("measuring.md", "Models that no run trains")
    rows = re.findall(r"^\| `([\w-]+)` \| ([\d.]+) \| ([\d.]+) to ([\d.]+) \| ([\d.]+) \|$", told, re.MULTILINE)
    measured = {model: one.get("user-instructions") for model, one in read_json(ROOT / "metrics/evaluate.json").items()}
    found = {model: one for model, one in measured.items() if one}
    assert [model for model, *_ in rows] == list(found)
    for model, *cells in rows:
        keys = ("rougeL", "rougeL_low", "rougeL_high", "meteor_exact_stem")
        assert [float(cell) for cell in cells] == [round(found[model][key], 1) for key in keys], model
    short = [f"| `{model}` | {rouge} ({low} to {high}) |" for model, rouge, low, high, _ in rows]
    assert [line for line in section("README.md", "Train and measure").splitlines() if line in short] == short


def test_what_is_said_below_the_table_of_the_252_is_computed_too() -> None:
    from stages.model.intervals import difference  # noqa: PLC0415
    from stages.model.scores import score  # noqa: PLC0415

    told = " ".join(section("measuring.md", "Models that no run trains").split())
    asked = "data/sources/benchmarks/user-instructions/user_oriented_instructions.jsonl"
    right = {one["id"]: one["instances"][0]["output"] for one in map(json.loads, (ROOT / asked).open())}

    def scored(model: str, cut: Callable[[str], str] = str) -> list[float]:
        file = ROOT / f"data/sources/recorded/user-instructions/{model}.jsonl"
        answers = {one["id"]: one["answer"] for one in map(json.loads, file.open())}
        return [100 * score(cut(answers[id]), [one])["rougeL"] for id, one in right.items()]

    models = [scored(model) for model in ("davinci", "davinci-t0-ft", "davinci-self-instruct", "text-davinci-003")]
    p = max(difference(better, worse).p_value for worse, better in pairwise(models))
    assert f"more than chance (p {p:.4f}," in told
    first_lines = scored("davinci", lambda answer: answer.strip().partition("\n")[0])
    assert f"with the first line of each it would score {mean(first_lines):.1f}." in told
    copying = read_json(ROOT / "metrics/evaluate.json")["davinci"]["user-instructions"]["copy_input_rougeL"]
    assert f"Copying the input scores {copying:.1f}." in told


def test_the_questions_of_super_ni_without_a_word_are_as_many_as_the_page_says() -> None:
    found = read_json(ROOT / "metrics/evaluate/all-superni.json")
    told = f"{found['wordless_references']} of the {found['predictions']['read']} asked of the shipped Super-NI"
    assert told in " ".join(TEXTS["measuring.md"].split())


def test_the_pages_name_every_stage() -> None:
    from tests.test_house import PIPELINE  # noqa: PLC0415

    table = section("running.md", "Stages")
    assert [name for name in PIPELINE if not re.search(rf"^\| .*\b{name}\b", table, re.MULTILINE)] == []


def test_the_layout_is_the_one_there_is() -> None:
    layout = section("README.md", "Layout")
    for folder in sorted(path.name for path in (ROOT / "stages").iterdir() if path.is_dir()):
        assert folder.startswith("__") or folder in layout, folder
