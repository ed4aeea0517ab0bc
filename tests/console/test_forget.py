"""`sauropod forget` writes `merge.drop` and nothing else."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from stages.console.main import main
from tests.house import ROOT

LICENSES = "license,terms,part,dataset,website,instances,tasks\nmit,,hub/a,glue,w,93,2\nmit,,hub/b,glue,w,7,1\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "params.yaml").write_text((ROOT / "params.yaml").read_text("utf-8"), "utf-8")
    (tmp_path / "data/dataset").mkdir(parents=True)
    (tmp_path / "data/dataset/licenses.csv").write_text(LICENSES + "mit,,hub/b,qasc,w,1,1\n", "utf-8")
    told = ["squad-v2", "squad", "squadron", "glue-cola", "c"]
    rows = {"part": ["corpus/c"] * len(told), "taskname": told}
    pq.write_table(pa.table(rows), tmp_path / "data/dataset/corpus-c.parquet")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def dropped(root: Path) -> list[str]:
    found: list[str] = yaml.safe_load((root / "params.yaml").read_text("utf-8"))["merge"]["drop"]
    return found


def test_a_source_is_forgotten_and_let_in_again_without_another_byte_of_params(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (root / "params.yaml").read_bytes()
    main(["forget", "glue", "--json"])
    assert json.loads(capsys.readouterr().out) == {
        "dataset": "glue",
        "forgotten": True,
        "instances": {"hub/a": 93, "hub/b": 7, "corpus/c": 1},
        "dry_run": False,
    }
    main(["forget", "qasc"])
    assert "1 instances of hub/b leave with the next merge" in capsys.readouterr().out
    assert dropped(root) == ["glue", "qasc"]
    main(["forget", "--undo", "glue"])
    assert dropped(root) == ["qasc"]
    main(["forget", "--undo", "qasc"])
    assert (root / "params.yaml").read_bytes() == before


def test_a_dataset_that_only_rows_of_a_corpus_tell_of_is_forgotten_too(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["forget", "squad", "--json"])
    assert json.loads(capsys.readouterr().out)["instances"] == {"corpus/c": 2}
    assert dropped(root) == ["squad"]


def test_a_dry_run_writes_nothing(root: Path) -> None:
    before = (root / "params.yaml").read_bytes()
    main(["forget", "glue", "--dry-run"])
    assert (root / "params.yaml").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["glu"], "got glu; name it as that file does, or as rows of a corpus tell it: glue"),
        (["squadd"], "rows of a corpus tell it: squad, "),
        (["--undo", "glue"], "expected a dataset that was forgotten (none), got glue"),
    ],
)
def test_what_is_not_there_is_refused(
    words: list[str], told: str, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["forget", *words])
    assert ended.value.code == 2
    assert told in capsys.readouterr().err
    assert dropped(root) == []
