"""Which preference pairs merge passes on: those whose licence and terms fit the use, and that hold no benchmark."""

import json
import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stages.corpus.formats import preference
from stages.dataset import benchmark, contamination, preferences
from stages.dataset.survey import Policy
from stages.shared import files
from stages.shared.errors import InputError
from stages.shared.records import PAIRS
from tests.dataset.parts import Row, row, run, write_part

QUESTION = "Which of the planets of our sun has rings that can be seen with a small telescope?"
CAPITAL = "Name the capital of Latvia."
BENCHMARK = [{"question": QUESTION, "std_answer": "Saturn"}, {"question": CAPITAL, "std_answer": "Riga"}]
LOOKED_FOR = {"contamination": {"benchmarks": "all", "words": 13}}


def turn(role: str, content: str) -> Row:
    return {"role": role, "content": content, "name": "", "tool_calls": ""}


def pair(asked: str | list[Row], chosen: str = "Yes.", rejected: str = "No.", **others: Any) -> Row:
    lineage = {"license": "mit", "terms": "", "website": "", "taskname": "own", "origin": "#1", "revision": "r1"}
    lineage |= {"row": "1:0", "generator": "human", "language": "en"}
    prompt = [turn("user", asked)] if isinstance(asked, str) else asked
    return {"prompt": prompt, "chosen": chosen, "rejected": rejected, **lineage, **others}


def merged(folder: Path, pairs: list[Row], **rules: Any) -> tuple[list[Row], dict[str, Any], list[Row]]:
    """The pairs that are passed on, the metrics, and what was dropped."""
    write_part(folder, "corpus/own", [row("a")])
    table = pa.Table.from_pylist([{"part": "corpus/own", **one} for one in pairs], PAIRS)
    pq.write_table(table, folder / "corpus/own/pairs.parquet")
    (folder / "benchmarks/space").mkdir(parents=True)
    text = "\n".join(json.dumps(one) for one in BENCHMARK)
    (folder / "benchmarks/space/questions.jsonl").write_text(text, "utf-8")
    run(folder, ["corpus/own"], folder / "out", rules=rules, benchmarks=folder / "benchmarks")
    lines = (folder / "out/dropped.jsonl").read_text("utf-8").splitlines()
    kept: list[Row] = pq.read_table(folder / "out/pairs/own.parquet").to_pylist()
    return kept, files.read_json(folder / "out/dataset.json"), list(map(json.loads, lines))


def test_pairs_of_another_use_are_left_out_by_the_licence_and_terms_of_each(tmp_path: Path) -> None:
    bound: list[Row] = [
        {"license": "cc-by-nc-4.0"},
        {"license": ""},
        {"terms": "openai-terms"},
        {"license": "cc-by-nd-4.0"},
    ]
    pairs = [pair("b"), *(pair("c", row=f"{n}:0", **one) for n, one in enumerate(bound))]
    kept, metrics, dropped = merged(tmp_path, pairs, use="commercial")
    assert kept == [{"part": "corpus/own", **pairs[0]}]
    reasons = {"license-unknown": 1, "no-derivatives": 1, "non-commercial": 1, "terms": 1}
    assert metrics["ledger"]["pairs"] == {"read": 5, "kept": 1, "dropped": reasons}
    assert metrics["pairs"] == {
        "corpus/own": {"kept": 1, "licenses": {"mit": 1}, "terms": {"none": 1}, "left_out": reasons}
    }
    assert [(one["what"], one["id"], one["reason"]) for one in dropped] == [
        ("pair", "corpus/own #1 0:0", "non-commercial"),
        ("pair", "corpus/own #1 1:0", "license-unknown"),
        ("pair", "corpus/own #1 2:0", "terms"),
        ("pair", "corpus/own #1 3:0", "no-derivatives"),
    ]


@pytest.mark.parametrize(
    "one",
    [
        pair(QUESTION, "Saturn", "Mars"),
        pair([turn("system", "Be brief."), turn("user", QUESTION)]),
        pair([turn("user", "Hello."), turn("assistant", "Yes?"), turn("user", f"Tell me: {QUESTION}")]),
        pair("Ask me something.", f"Well. {QUESTION}", "No."),
        pair("Ask me something.", "No.", f"Well. {QUESTION}"),
        pair(CAPITAL, "Riga", "Oslo"),
        pair(CAPITAL, "Oslo", "Riga"),
    ],
)
def test_a_pair_with_a_text_of_a_benchmark_in_prompt_or_answer_is_left_out(one: Row, tmp_path: Path) -> None:
    other = pair("Name the capital of Norway.", "Oslo", "Riga")
    kept, metrics, [dropped] = merged(tmp_path, [other, one], **LOOKED_FOR)
    assert [found["prompt"] for found in kept] == [other["prompt"]]
    assert metrics["ledger"]["pairs"] == {"read": 2, "kept": 1, "dropped": {"contaminated": 1}}
    assert dropped["reason"] == "contaminated"
    assert dropped["detail"].startswith("space questions.jsonl:")


def runs(text: str) -> set[str]:
    """All thirteen words in a row of a text."""
    words = re.findall(r"[a-z0-9]+", text.lower())
    return {" ".join(words[at : at + 13]) for at in range(len(words) - 12)}


def test_of_300_real_pairs_those_go_in_which_a_plain_search_finds_a_question_of_the_benchmark(
    test_data: Path, repository: Path
) -> None:
    records = files.read_json(test_data / "corpora/llamafactory_dpo_en_demo.json")
    real = [found for record in records for found in preference.read(record)]
    pairs = [pair([vars(turn) for turn in one.prompt], one.chosen, one.rejected, part="corpus/own") for one in real]
    superni = benchmark.read(repository / "data/sources/benchmarks/superni")
    asked = set[str]().union(*(runs(item.text) for group in superni.groups for item in group))
    said = [[turn["content"] for turn in one["prompt"]] + [one["chosen"], one["rejected"]] for one in pairs]
    expected = {place for place, texts in enumerate(said) if any(runs(text) & asked for text in texts)}
    policy = Policy("all", frozenset(), None, contamination.index([superni], 13))
    assert set(preferences.refusals(pairs, policy)) == expected
    assert len(expected) == 1


def test_pairs_of_a_forgotten_dataset_leave_and_nobody_is_told_that_nothing_did(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept, metrics, _ = merged(tmp_path, [pair("b", taskname="glue-cola"), pair("c")], drop=["glue-cola"], use="all")
    assert [one["prompt"][0]["content"] for one in kept] == ["c"]
    assert metrics["pairs"]["corpus/own"]["left_out"] == {"forgotten": 1}
    assert "no row is from" not in capsys.readouterr().err


def test_no_pair_is_passed_on_from_another_corpus_or_without_its_terms(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected rows of corpus/own, got corpus/other"):
        merged(tmp_path, [pair("b", part="corpus/other")])
    table = pa.Table.from_pylist([], pa.schema([field for field in PAIRS if field.name != "terms"]))
    pq.write_table(table, tmp_path / "corpus/own/pairs.parquet")
    with pytest.raises(InputError, match="expected the columns terms"):
        run(tmp_path, ["corpus/own"], tmp_path / "again")
