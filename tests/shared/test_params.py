"""params.yaml says everything: unknown, missing and impossible keys are refused by name."""

from pathlib import Path

import pytest

from stages.shared import params
from stages.shared.errors import ParamsError


class Example(params.Section):
    """A section as a stage would declare it."""

    rows: int
    splits: list[str]


def read(tmp_path: Path, text: str) -> Example:
    path = tmp_path / "params.yaml"
    path.write_text(text, "utf-8")
    return params.read("crawl", Example, path)


def test_a_section_is_read_as_it_stands(tmp_path: Path) -> None:
    assert read(tmp_path, "crawl: {rows: 100, splits: [train]}") == Example(rows=100, splits=["train"])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("crawl: {rows: 100}", "splits: field required"),
        ("crawl: {rows: 100, splits: [train], rosw: 3}", "rosw: extra inputs are not permitted"),
        ("crawl: {rows: many, splits: [train]}", "rows: input should be a valid integer"),
        ("select: {}", "the key 'crawl'"),
        ("crawl: [", "a YAML document"),
    ],
)
def test_a_fault_is_named_with_file_and_key(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(Exception, match=r"params\.yaml") as raised:
        read(tmp_path, text)
    assert told in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_missing_file_says_where_to_run(tmp_path: Path) -> None:
    with pytest.raises(ParamsError, match="run from the repository's root"):
        params.read("crawl", Example, tmp_path / "params.yaml")
