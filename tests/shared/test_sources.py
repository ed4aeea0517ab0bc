from pathlib import Path

import pytest

from stages.shared.errors import InputError
from stages.shared.sources import bare, read_sources


@pytest.fixture
def table(repository: Path) -> Path:
    return repository / "data/sources/benchmarks/superni-test-sources.yaml"


def test_every_official_test_task_is_in_the_table(table: Path, test_data: Path) -> None:
    official = set((test_data / "eval/superni_test_tasks.txt").read_text("utf-8").split())
    assert len(official) == 119
    assert official <= read_sources(table).tasks


def test_every_shipped_benchmark_task_is_in_the_table(table: Path, repository: Path) -> None:
    shipped = {path.stem for path in (repository / "data/sources/benchmarks/superni").glob("*.json")}
    assert len(shipped) >= 8
    assert shipped <= read_sources(table).tasks


@pytest.mark.parametrize(
    ("origin", "held"),
    [
        ("glue:rte", True),
        ("bigscience/P3:super_glue_copa_C1_or_C2", True),
        ("bigscience/P3:wiki_hop_original_explain_relation", False),
        ("nyu-mll/glue:rte", True),
        ("somebody/GLUE:x", True),
        ("tuetschek/e2e-nlg:default", True),
        ("wiki_auto:manual", True),
        ("gsm8k:main", True),
        ("openai/gsm8k:main", True),
        ("super_glue:copa:odd", True),
        ("banking77:default", False),
        ("glue_like:default", False),
        ("seed_task_0", False),
    ],
)
def test_a_source_counts_with_and_without_namespace(table: Path, origin: str, held: bool) -> None:
    assert read_sources(table).hold(origin) is held


@pytest.mark.parametrize(
    ("part", "taskname", "made"),
    [
        ("corpus/dynosaur-full", "glue-mrpc", True),
        ("corpus/dynosaur-full", "SetFit/glue-mrpc-en", True),
        ("corpus/dynosaur-full", "multi_nli", True),
        ("corpus/dynosaur-full", "bigscience/P3-glue_mrpc_equivalent", True),
        ("corpus/dynosaur-full", "bigscience/P3-gluey_mrpc_equivalent", False),
        ("corpus/dynosaur-full", "gluey-mrpc", False),
        ("corpus/dynosaur-full", "banking77", False),
        ("corpus/dynosaur-full", "banking77-glue", False),
        ("hub/2022-05", "glue-mrpc", False),  # of a hub's rows the origin decides
    ],
)
def test_a_record_of_a_corpus_that_tells_its_hub_dataset_counts_by_that(
    table: Path, part: str, taskname: str, made: bool
) -> None:
    row = {"part": part, "origin": "#17", "taskname": taskname}
    assert read_sources(table).made(row) is made


def test_names_are_compared_without_namespace_case_and_separator() -> None:
    assert bare("GEM/Web-NLG") == bare("web_nlg") == "web_nlg"


@pytest.mark.parametrize(
    "content", ["[]", "benchmark: x", "benchmark: x\ntasks: {a: null}", "benchmark: x\ntasks: {a: b}"]
)
def test_a_table_of_another_form_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "table.yaml"
    path.write_text(content, "utf-8")
    with pytest.raises(InputError, match=r"table\.yaml"):
        read_sources(path)
