"""`sauropod diff` in a repository with two versions of real instances."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from dvc.repo import Repo

from stages.console.main import main
from tests.clone import Clone, environment
from tests.console.history import two_versions


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return two_versions(tmp_path_factory.mktemp("history"))


@pytest.fixture
def root(history: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(history)
    for name, value in environment(history).items():
        monkeypatch.setenv(name, value)
    return history


def diff(*words: str) -> int:
    try:
        main(["diff", *words])
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def told(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert diff(*words, "--json") == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_what_happened_between_two_tags_is_said(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, "v1", "v2", "--examples", "2")
    assert found["rows"] == {"before": 175, "after": 200, "entered": 30, "left": 5, "changed": 3}
    assert found["changed_columns"] == {"text": 2, "license": 1}
    assert found["tasks"] == {"entered": 30, "left": 5, "changed": 3}
    assert found["parts"]["corpus/one"] == {"before": 175, "after": 170, "entered": 0, "left": 5, "changed": 3}
    assert [one["dataset"] for one in found["sources"]["entered"]] == ["two"]
    (changed,) = found["sources"]["changed"]
    assert changed["differs"] == {"license": [["apache-2.0"], ["", "apache-2.0"]]}
    assert found["licenses"]["apache-2.0"] == {"before": 175, "after": 199, "change": 24}
    assert found["licenses"]["none"] == {"before": 0, "after": 1, "change": 1}
    assert found["languages"] == {"en": {"before": 175, "after": 200, "change": 25}}
    assert {"key": "verbs.unique_pairs", "before": 1, "after": 2} in found["diversity"]
    assert found["scores"] == [{"key": "all.superni.rougeL", "before": 1.5, "after": 2.0}]
    assert found["notes"] == []
    assert {kind: len(rows) for kind, rows in found["examples"].items()} == {"entered": 2, "left": 2, "changed": 2}


def test_an_analysis_of_other_rows_is_left_out_and_said(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # What `dvc repro merge` leaves: the dataset is new, its analysis is not.
    analysis = root / "metrics/analyze.json"
    whole = analysis.read_text("utf-8")
    analysis.write_text(json.dumps({**json.loads(whole), "instances": 150, "languages": {"en": 150}}), "utf-8")
    try:
        found = told(capsys, "v1")
    finally:
        analysis.write_text(whole, "utf-8")
    assert found["languages"] == {"en": {"before": None, "after": None, "change": 25}}
    assert found["diversity"] == []
    (note,) = found["notes"]
    assert "working tree is of 150 rows, the dataset has 200" in note


def test_the_way_back_is_the_same_with_entered_and_left_changed_over(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = told(capsys, "v2", "v1")
    assert found["rows"] == {"before": 200, "after": 175, "entered": 5, "left": 30, "changed": 3}


def test_the_working_tree_is_compared_with_the_last_commit(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys)["same_shards"] == ["corpus-one.parquet", "corpus-two.parquet"]
    assert diff("--exit-code") == 0
    assert diff("v1", "--exit-code", "--stat") == 1
    assert "rows: 30 entered, 5 left, 3 changed (175 before, 200 after)" in capsys.readouterr().out


def test_a_changed_row_is_shown_word_by_word_and_can_steer_no_terminal(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert diff("v1", "v2") == 0
    said = capsys.readouterr().out
    assert "{+ Another answer.+}" in said
    assert "license: [-apache-2.0-]" in said
    assert not re.search(r"[\x1b\u202e]", said)


def test_in_markdown_foreign_text_stays_in_its_fence(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert diff("v1", "v2", "--markdown") == 0
    said = capsys.readouterr().out
    fences = [line for line in said.splitlines() if re.match("`{3,}", line)]
    assert len(fences) == 6
    inside = said.partition("rows that changed")[2]
    fence = re.search(r"^(`{3,})diff$", inside, re.MULTILINE)
    assert fence is not None
    assert len(fence[1]) == 5  # one more than the text has
    assert "@somebody" not in inside.partition(f"{fence[1]}diff")[2].partition(f"\n{fence[1]}\n")[2]
    assert "| `corpus/one` | 175 | 170 |  | 5 | 3 |" in said


class Tags(HTMLParser):
    """The tags and the text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""
        self.addresses: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_holds_no_script_and_asks_for_nothing(root: Path, tmp_path: Path) -> None:
    assert diff("v1", "v2", "--html", str(tmp_path / "diff.html")) == 0
    page = Tags((tmp_path / "diff.html").read_text("utf-8"))
    assert {"script", "img", "link"} & page.tags == set()
    assert page.addresses == []
    assert {"ins", "del"} <= page.tags
    assert "<script>alert(1)</script>" in page.text


def test_an_unknown_version_is_refused_with_the_names_that_are_near(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert diff("v3") == 2
    assert "did you mean v2 or v1?" in capsys.readouterr().err


def test_a_version_whose_data_is_not_at_hand_is_refused_with_the_way_to_get_it(
    history: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    other = Clone(tmp_path, environment(history))
    other.run("git", "clone", "--quiet", str(history), "other")
    monkeypatch.chdir(tmp_path / "other")
    assert diff("v1", "v2") == 2
    said = capsys.readouterr().err
    assert "expected the data of v1, got none in DVC's cache of this clone" in said
    assert "`dvc fetch --all-tags data/dataset`" in said


def test_a_commit_without_a_dataset_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clone = Clone(tmp_path, environment(tmp_path))
    clone.run("git", "init", "--quiet")
    Repo.init(str(tmp_path)).close()
    clone.commit("Nothing yet")
    monkeypatch.chdir(tmp_path)
    assert diff("HEAD", "HEAD") == 2
    assert "expected a version that has a dataset, got none at HEAD" in capsys.readouterr().err
