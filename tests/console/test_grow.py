"""`sauropod grow` writes three files that belong together, and takes them out again."""

import argparse
import json
import re
import shutil
import textwrap
from pathlib import Path

import pytest
import yaml

from stages.console import grow as module
from stages.console import pipeline
from stages.console.joining import Joining
from stages.console.main import main
from stages.shared.errors import ParamsError
from stages.shared.hub.local import folder_revision
from tests.console import roots
from tests.domain.scripted import write_domain
from tests.house import ROOT

HUB = ROOT / "data/sources/hub"
PARAMS = """\
# What the dataset is made of.
parts:
  - hub/2022-05
  - corpus/self-instruct-seeds

waves: # hub datasets that joined together
  - "2022-05"

domains: []

corpora:
  - self-instruct-seeds

runs:
  growth-1:
    parts: [hub/2022-05] # the first wave
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository's root with one wave, the real dvc.yaml, and nothing run yet."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text(PARAMS, "utf-8")
    waves = tmp_path / "data/sources/waves"
    waves.mkdir(parents=True)
    (waves / "2022-05.yaml").write_text("datasets: [{id: qasc, revision: abc}]\n", "utf-8")
    shutil.copy(ROOT / "dvc.yaml", tmp_path / "dvc.yaml")
    document = (tmp_path / "params.yaml").read_text()
    (tmp_path / "params.yaml").write_text(document + "measures: {}\n", "utf-8")
    loaded = pipeline.load(Path("dvc.yaml"))
    pipeline.write(loaded, pipeline.wanted())
    pipeline.save(loaded, Path("dvc.yaml"))
    return tmp_path


def grow(*words: str) -> int:
    """Run `sauropod grow` and return its exit code."""
    try:
        main(["grow", *words, *(() if {"--undo", "--domain"} & {*words} else ("--hub", str(HUB)))])
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def texts(root: Path) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in root.rglob("*.yaml")}


def test_growing_writes_the_wave_with_pinned_revisions_and_every_line_that_follows(root: Path) -> None:
    assert grow("2022-11", "--dataset", "circa", "banking77") == 0
    wave = yaml.safe_load((root / "data/sources/waves/2022-11.yaml").read_text("utf-8"))
    assert wave == {"datasets": [{"id": id, "revision": folder_revision(HUB / id)} for id in ("banking77", "circa")]}
    params = yaml.safe_load((root / "params.yaml").read_text("utf-8"))
    assert params["waves"] == ["2022-05", "2022-11"]
    assert params["parts"] == ["hub/2022-05", "corpus/self-instruct-seeds", "hub/2022-11"]
    merge = yaml.safe_load((root / "dvc.yaml").read_text("utf-8"))["stages"]["merge"]
    assert "--part hub/2022-11 data/organize/2022-11/instances.parquet" in merge["cmd"]
    assert "--tasks hub/2022-11 data/organize/2022-11/tasks.jsonl" in merge["cmd"]
    assert "--asked hub/2022-11 metrics/generate/2022-11.json" in merge["cmd"]
    made = ("data/organize/{}/instances.parquet", "data/organize/{}/tasks.jsonl", "metrics/generate/{}.json")
    lines = [path.format(wave) for path in made for wave in ("2022-05", "2022-11")]
    assert [dep for dep in merge["deps"] if dep in lines] == lines
    analyze = yaml.safe_load((root / "dvc.yaml").read_text("utf-8"))["stages"]["analyze"]
    lines = [f"data/select/{wave}/cards.jsonl" for wave in ("2022-05", "2022-11")]
    assert "--cards hub/2022-11 data/select/2022-11/cards.jsonl" in analyze["cmd"]
    assert [dep for dep in analyze["deps"] if dep.startswith("data/")] == [*lines, "data/dataset"]


def test_a_wave_without_the_line_of_its_costs_is_refused_until_it_is_back(root: Path) -> None:
    file = root / "dvc.yaml"
    whole = file.read_text("utf-8")
    for line in ("--asked hub/2022-05 metrics/generate/2022-05.json", "- metrics/generate/2022-05.json"):
        file.write_text(re.sub(rf"\n +{line}(?=\n)", "", whole), "utf-8")
        with pytest.raises(ParamsError, match=r"stage merge: expected `--asked hub/2022-05"):
            pipeline.check()
    document = pipeline.load(file)
    pipeline.write(document, pipeline.wanted())
    pipeline.save(document, file)
    assert file.read_text("utf-8") == whole


def test_growing_keeps_comments_and_blank_lines(root: Path) -> None:
    grow("2022-11", "--dataset", "circa")
    assert (
        (root / "params.yaml")
        .read_text("utf-8")
        .startswith(
            textwrap.dedent("""\
        # What the dataset is made of.
        parts:
          - hub/2022-05
          - corpus/self-instruct-seeds
          - hub/2022-11

        waves: # hub datasets that joined together
          - "2022-05"
          - "2022-11"

        domains: []

        corpora:
          - self-instruct-seeds

        runs:
          growth-1:
            parts: [hub/2022-05] # the first wave
        """)
        )
    )


def test_undoing_gives_back_the_very_files_that_were_there(root: Path) -> None:
    before = texts(root)
    grow("2022-11", "--dataset", "circa")
    assert texts(root) != before
    assert grow("2022-11", "--undo") == 0
    assert texts(root) == before


def test_a_dry_run_shows_the_wave_and_writes_nothing(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, there = texts(root), sorted(root.rglob("*"))
    assert grow("2022-11", "--dataset", "circa", "--dry-run") == 0
    assert texts(root) == before
    assert sorted(root.rglob("*")) == there  # nor a folder of its own: the disk may be read-only
    said = capsys.readouterr().out
    assert "would write data/sources/waves/2022-11.yaml" in said
    assert f'revision: "{folder_revision(HUB / "circa")}"' in said


def test_a_limit_takes_the_first_datasets_that_no_wave_holds(root: Path) -> None:
    assert grow("2022-11", "--limit", "3") == 0
    wave = yaml.safe_load((root / "data/sources/waves/2022-11.yaml").read_text("utf-8"))
    free = sorted(path.name for path in HUB.iterdir() if path.is_dir() and path.name != "qasc")
    assert [entry["id"] for entry in wave["datasets"]] == free[:3]


def test_a_wave_file_written_by_hand_is_joined(root: Path) -> None:
    (root / "data/sources/waves/mine.yaml").write_text("datasets: [{id: circa, revision: abc}]\n", "utf-8")
    assert grow("mine") == 0
    assert yaml.safe_load((root / "params.yaml").read_text("utf-8"))["waves"] == ["2022-05", "mine"]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("2022-11", "--dataset", "no-such"), 4, "no-such"),
        (("2022-11", "--dataset", "qasc"), 2, "held by wave 2022-05"),
        (("2022-05", "--dataset", "circa"), 2, "undo"),
        (("2022-11",), 2, "--dataset"),
        (("2022-11", "--limit", "0"), 2, "1 or more"),
        (("2022.11", "--dataset", "circa"), 3, "2022.11"),
        (("Wave", "--dataset", "circa"), 3, "Wave"),
        (("2022-11", "--undo"), 2, "2022-11"),
        (("2022-05", "--undo"), 3, "growth-1"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_sentence_and_changes_nothing(
    root: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: int, told: str
) -> None:
    before = texts(root)
    assert grow(*words) == code
    said = capsys.readouterr().err
    assert told in said
    assert len(said.strip().splitlines()) == 1
    assert texts(root) == before


def test_a_part_that_a_run_takes_a_slice_of_is_not_taken_out(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = root / "params.yaml"
    sliced = "parts: [{part: hub/2022-05, tasks: 1/3}]"
    file.write_text(file.read_text("utf-8").replace("parts: [hub/2022-05]", sliced), "utf-8")
    before = texts(root)
    assert grow("2022-05", "--undo") == 3
    assert "runs.growth-1.parts" in capsys.readouterr().err
    assert texts(root) == before


def test_a_run_with_a_slice_that_is_none_is_refused_before_anything_grows(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = root / "params.yaml"
    sliced = "parts: [{part: hub/2022-05, tasks: 4/3}]"
    file.write_text(file.read_text("utf-8").replace("parts: [hub/2022-05]", sliced), "utf-8")
    assert grow("2022-11", "--dataset", "circa") == 3
    assert "runs.growth-1.parts[0]: expected" in capsys.readouterr().err


@pytest.mark.parametrize("id", ["2022-05-01", "1e3", "010", "null", "true"])
def test_an_id_that_yaml_would_not_read_as_text_is_written_in_quotes(root: Path, id: str) -> None:
    assert grow(id, "--dataset", "circa") == 0
    assert yaml.safe_load((root / "params.yaml").read_text("utf-8"))["waves"][-1] == id


def test_undoing_removes_the_outputs_and_metrics_of_the_wave_and_its_lock_entries(root: Path) -> None:
    grow("2022-11", "--dataset", "circa")
    made = [root / "data/crawl/2022-11/cards.jsonl", root / "metrics/crawl/2022-11.json"]
    kept = root / "metrics/crawl/2022-05.json"
    for path in (*made, kept):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}", "utf-8")
    lock = "schema: '2.0'\nstages:\n  crawl@2022-05:\n    cmd: a\n  crawl@2022-11:\n    cmd: b\n"
    (root / "dvc.lock").write_text(lock, "utf-8")
    grow("2022-11", "--undo")
    assert [path for path in made if path.exists()] == []
    assert kept.exists()
    assert (root / "dvc.lock").read_text("utf-8") == "schema: '2.0'\nstages:\n  crawl@2022-05:\n    cmd: a\n"


# --- domains ----------------------------------------------------------------------------------------------------------


def test_a_domain_joins_with_every_line_that_follows_and_leaves_without_a_trace(root: Path) -> None:
    write_domain(root / "data/sources/domains/texts")
    before = texts(root)
    assert roots.grow("--domain", "texts", "--dry-run") == 0
    assert texts(root) == before
    assert roots.grow("--domain", "texts") == 0
    params = yaml.safe_load((root / "params.yaml").read_text("utf-8"))
    assert (params["domains"], params["parts"][-1]) == (["texts"], "domain/texts")
    merge = yaml.safe_load((root / "dvc.yaml").read_text("utf-8"))["stages"]["merge"]
    for line in (
        "--part domain/texts data/sample/texts/instances.parquet",
        "--asked domain/texts metrics/explore/texts.json",
        "--asked domain/texts metrics/enrich/texts.json",
    ):
        assert line in merge["cmd"]
        assert line.split()[-1] in merge["deps"]
    pipeline.check()
    assert roots.grow("--domain", "texts") == 2
    assert roots.grow("--undo", "--domain", "texts") == 0
    assert texts(root) == before


def test_undoing_a_domain_leaves_a_wave_of_the_same_name_alone(root: Path) -> None:
    write_domain(root / "data/sources/domains/math")
    assert grow("math", "--dataset", "circa") == 0
    assert roots.grow("--domain", "math") == 0
    (root / "dvc.lock").write_text("schema: '2.0'\nstages:\n  crawl@math: {cmd: a}\n  thin@math: {cmd: b}\n", "utf-8")
    for made in ("crawl", "thin"):
        (root / f"data/{made}/math").mkdir(parents=True)
    assert roots.grow("--undo", "--domain", "math") == 0
    assert list(yaml.safe_load((root / "dvc.lock").read_text("utf-8"))["stages"]) == ["crawl@math"]
    assert ((root / "data/crawl/math").is_dir(), (root / "data/thin/math").exists()) == (True, False)
    assert yaml.safe_load((root / "params.yaml").read_text("utf-8"))["waves"] == ["2022-05", "math"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "expected a wave, a domain or a corpus, got none"),
        (["2022-11", "--domain", "texts"], "expected a wave, a domain or a corpus, got WAVE and --domain"),
        (["--domain", "texts", "--dataset", "circa"], "expected --domain alone"),
        (["--domain", "texts", "--license", "mit"], "expected --domain alone, got --license too"),
        (["--undo", "--domain", "texts", "--license-ok"], "expected --undo alone, got --license-ok too"),
        (["mine", "--path", "x.jsonl", "--license", "mit"], "got --license too; write it into the card"),
        (["--corpus", "mine", "--path", "x.jsonl", "--limit", "3"], "expected options of a corpus, got --limit too"),
        (["2022-11", "--look", "-3"], "expected a whole number, 0 or more, got '-3'"),
        (["--domain", "cooking"], "expected the description of a domain, got none"),
        (["--domain", "Texts"], "expected an id of the form"),
        (["--undo", "--domain", "cooking"], "expected a domain that is there"),
    ],
)
def test_what_names_no_one_part_is_refused(
    root: Path, words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write_domain(root / "data/sources/domains/texts")
    before = texts(root)
    assert roots.grow(*words) in {2, 3}
    assert told in capsys.readouterr().err
    assert texts(root) == before


def test_a_domain_without_the_texts_of_its_prompts_is_refused(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_domain(root / "data/sources/domains/texts")
    (folder / "enrich.txt").unlink()
    assert roots.grow("--domain", "texts") == 2
    assert "enrich.txt" in capsys.readouterr().err


def written_by_hand(root: Path, *keys: str) -> None:
    """A wave file, and its entries in some lists of params.yaml, as an editor leaves them."""
    text = (root / "params.yaml").read_text("utf-8")
    lines = {
        "waves": ('  - "2022-05"\n', '  - "2022-11"\n'),
        "parts": ("  - hub/2022-05\n", "  - hub/2022-11 # mine\n"),
    }
    for key in keys:
        last, new = lines[key]
        assert text.count(last) == 1
        text = text.replace(last, last + new)
    (root / "params.yaml").write_text(text, "utf-8")
    (root / "data/sources/waves/2022-11.yaml").write_text("datasets: [{id: circa, revision: abc}]\n", "utf-8")


@pytest.mark.parametrize("keys", [("waves",), ("parts",), ("waves", "parts")])
def test_a_wave_that_was_begun_by_hand_is_completed(root: Path, keys: tuple[str, ...]) -> None:
    written_by_hand(root, *keys)
    with pytest.raises(ParamsError):
        pipeline.check()
    assert grow("2022-11") == 0
    pipeline.check()
    assert ("hub/2022-11 # mine" in (root / "params.yaml").read_text("utf-8")) == ("parts" in keys)
    assert (root / "data/sources/waves/2022-11.yaml").read_text("utf-8").startswith("datasets: [{id: circa")
    assert grow("2022-11") == 2


def test_completing_a_wave_hides_no_other_disagreement(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written_by_hand(root, "waves", "parts")
    text = (root / "dvc.yaml").read_text("utf-8")
    line = "      --tasks hub/2022-05 data/organize/2022-05/tasks.jsonl\n"
    assert line in text
    (root / "dvc.yaml").write_text(text.replace(line, ""), "utf-8")
    before = texts(root)
    assert grow("2022-11") == 3
    assert "--tasks hub/2022-05" in capsys.readouterr().err
    assert texts(root) == before


def test_lines_end_as_they_did(root: Path) -> None:
    for name in ("params.yaml", "dvc.yaml"):
        (root / name).write_bytes((root / name).read_bytes().replace(b"\n", b"\r\n"))
    before = (root / "params.yaml").read_bytes()
    assert grow("2022-11", "--dataset", "circa") == 0
    for name in ("params.yaml", "dvc.yaml"):
        text = (root / name).read_bytes()
        assert text.count(b"\r\n") == text.count(b"\n") > 0
    assert grow("--undo", "2022-11") == 0
    assert (root / "params.yaml").read_bytes() == before


def test_what_is_edited_while_a_hub_is_asked_is_kept(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = module.work_out

    def slow(arguments: argparse.Namespace) -> Joining:
        with (root / "params.yaml").open("a", encoding="utf-8") as file:
            file.write("mine: 1\n")
        return asked(arguments)

    monkeypatch.setattr(module, "work_out", slow)
    assert grow("2022-11", "--dataset", "circa") == 0
    params = yaml.safe_load((root / "params.yaml").read_text("utf-8"))
    assert (params["mine"], params["waves"]) == (1, ["2022-05", "2022-11"])


def test_a_list_that_is_empty_by_null_is_refused_with_the_way_to_write_it(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (root / "params.yaml").read_text("utf-8")
    (root / "params.yaml").write_text(text.replace("domains: []", "domains:"), "utf-8")
    write_domain(root / "data/sources/domains/greetings")
    assert grow("--domain", "greetings") == 3
    assert "write `domains: []`" in capsys.readouterr().err


@pytest.mark.parametrize("wave", ["datasets: [circa, hover]\n", "datasets:\n  - {name: circa}\n", "datasets: 3\n"])
def test_a_wave_file_that_is_wrong_joins_nowhere_and_stops_growth_in_one_sentence(
    root: Path, wave: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "data/sources/waves/bad.yaml").write_text(wave, "utf-8")
    before = texts(root)
    assert grow("bad") == 2
    assert grow("2022-11", "--dataset", "circa") == 2
    assert capsys.readouterr().err.count("data/sources/waves/bad.yaml: expected") == 2
    assert texts(root) == before


def test_a_misspelled_dataset_is_told_what_is_near(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert grow("2022-11", "--dataset", "bankin77") == 4
    assert "did you mean banking77?" in capsys.readouterr().err


def test_what_joins_from_the_folder_is_told_with_its_licence(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert grow("2022-11", "--dataset", "circa", "hover", "--dry-run", "--json") == 0
    joined = json.loads(capsys.readouterr().out)["joined"]
    assert [(one["id"], one["license"]) for one in joined] == [
        ("circa", "cc-by-4.0|cc-by-sa-4.0"),
        ("hover", "cc-by-sa-4.0"),
    ]
