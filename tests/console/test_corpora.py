"""`sauropod grow --corpus`: a described corpus joins pinned, one's own is described, and both leave without a trace."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest
import yaml

from stages.console import pipeline
from stages.corpus.source import read_corpus
from stages.shared import fetched
from tests.console.roots import grow, make, texts
from tests.house import ROOT

CORPORA = Path("data/sources/corpora")
ROW = '{"instruction": "Say hello.", "input": "", "output": "Hello."}\n'


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository's root with the descriptions that are shipped."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(fetched.VARIABLE, str(tmp_path / "fetched"))
    make(tmp_path)
    params = Path("params.yaml")
    pipeline.save(pipeline.load(params), params)  # laid out as `sauropod grow` lays it out
    shutil.copytree(ROOT / CORPORA, tmp_path / CORPORA)
    return tmp_path


def parts() -> list[str]:
    found: list[str] = yaml.safe_load(Path("params.yaml").read_text("utf-8"))["parts"]
    return found


def test_a_pinned_corpus_joins_with_every_line_and_leaves_without_a_trace(root: Path) -> None:
    before = texts()
    assert grow("--corpus", "self-instruct-seeds", "--dry-run") == 0
    assert texts() == before
    assert grow("--corpus", "self-instruct-seeds") == 0
    assert parts() == ["hub/2022-05", "corpus/self-instruct-seeds"]
    merge = yaml.safe_load((root / "dvc.yaml").read_text("utf-8"))["stages"]["merge"]
    line = "--part corpus/self-instruct-seeds data/clean/self-instruct-seeds/instances.parquet"
    assert line in merge["cmd"]
    assert line.rsplit(maxsplit=1)[-1] in merge["deps"]
    pipeline.check()
    assert grow("--corpus", "self-instruct-seeds") == 2
    assert grow("--undo", "--corpus", "self-instruct-seeds") == 0
    assert texts() == before


def test_a_corpus_got_by_hand_is_asked_for_and_then_pinned_in_its_description(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = CORPORA / "instructionwild-en.yaml"
    before = path.read_text("utf-8")
    assert grow("--corpus", "instructionwild-en") == 2
    said = capsys.readouterr().err
    assert str(root / "fetched/instructionwild-en/instinwild_en.json") in said
    assert read_corpus(path).at in said
    assert parts() == ["hub/2022-05"]
    got = root / "fetched/instructionwild-en/instinwild_en.json"
    got.parent.mkdir(parents=True)
    got.write_text(f"[{ROW}]", "utf-8")
    assert grow("--corpus", "instructionwild-en") == 0
    sha256 = hashlib.sha256(got.read_bytes()).hexdigest()
    assert read_corpus(path).sha256 == {got.name: sha256}
    assert parts()[-1] == "corpus/instructionwild-en"
    told = capsys.readouterr().out
    assert f"pinned {got.name} at SHA-256 {sha256}" in told
    assert "terms: openai-terms; for non-commercial research only" in told
    # Nothing else of the description is touched, its comments neither.
    changed = [line for line in path.read_text("utf-8").splitlines() if line not in before.splitlines()]
    assert [line.split(":")[0].strip() for line in changed] == ["sha256", got.name]


def test_a_corpus_of_ones_own_is_described_by_options_and_by_its_records(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = root / "data/own/answers.jsonl"
    own.parent.mkdir()
    own.write_text(ROW, "utf-8")
    options = ("--license", "cc-by-4.0", "--generator", "human", "--language", "de")
    assert grow("--corpus", "mine", "--path", "data/own/answers.jsonl", "--dry-run") == 0
    assert "licence: none declared" in capsys.readouterr().out
    assert grow("--corpus", "mine", "--path", "data/own/answers.jsonl", *options) == 0
    assert "licence: cc-by-4.0" in capsys.readouterr().out
    corpus = read_corpus(CORPORA / "mine.yaml")
    assert (corpus.format, corpus.where, corpus.at, corpus.files) == ("detect", "own", "data/own", ("answers.jsonl",))
    assert (corpus.license, corpus.generator, corpus.language) == ("cc-by-4.0", "human", "de")
    assert corpus.sha256 == {"answers.jsonl": hashlib.sha256(ROW.encode()).hexdigest()}
    assert not corpus.unpinned
    assert grow("--undo", "--corpus", "mine") == 0
    assert (CORPORA / "mine.yaml").exists()
    assert grow("--corpus", "mine") == 0


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--corpus", "unheard-of"], "choose one of these"),
        (["--corpus", "dolly", "--license", "mit"], "--path, the files of a corpus"),
        (["--corpus", "dolly", "--path", "params.yaml"], "a corpus that is not there yet"),
        (["--corpus", "mine", "--path", "nowhere.jsonl"], "nowhere.jsonl"),
        (["--corpus", "mine", "--path", "params.yaml", "--format", "alpaka"], "format: input should be 'alpaca'"),
        (["--corpus", "mine", "--path", "/etc/hostname"], "inside the repository"),
        (["--corpus", "mine", "--domain", "math"], "--domain and --corpus"),
        ([], "none of them"),
    ],
)
def test_what_can_not_join_is_refused_and_nothing_is_written(
    root: Path, capsys: pytest.CaptureFixture[str], words: list[str], expected: str
) -> None:
    before = texts()
    assert grow(*words) != 0
    assert expected in capsys.readouterr().err
    assert texts() == before


def test_what_was_done_is_told_as_json_too(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert grow("--corpus", "self-instruct-seeds", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["notes"] == ["licence: apache-2.0"]
    assert told["wrote"] == ["params.yaml", "dvc.yaml"]
