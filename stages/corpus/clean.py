"""Clean a corpus: make instances of its records, by rules that can be read in one list (RULES)."""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError

from stages.corpus.source import Corpus, CorpusRecord, read_corpus
from stages.shared import files, ledger, params, stage
from stages.shared.params import Section
from stages.shared.records import INSTANCES, PAIRS, digest, instance_id

MALFORMED = "malformed"
"""The reason word for a record that lacks what its format requires."""

BATCH_ROWS = 1000
"""Instances held in memory at once."""


class CleanParams(Section):
    """`clean` in params.yaml. longest_text: characters that an instruction, an input or an output may have."""

    longest_text: PositiveInt


class SeedInstance(BaseModel):
    """An input and its output, as Self-Instruct writes them."""

    model_config = ConfigDict(frozen=True, strict=True)

    input: str
    output: str


class SeedTask(BaseModel):
    """A task of Self-Instruct: one instruction and its instances; other keys are left alone."""

    model_config = ConfigDict(frozen=True, strict=True)

    instruction: str
    instances: Annotated[tuple[SeedInstance, ...], Field(min_length=1)]


@dataclass(frozen=True)
class Example:
    """What the rules judge: the texts of one instance without outer white space."""

    instruction: str
    input: str
    output: str


@dataclass(frozen=True)
class Context:
    """What the rules judge by. seen: the ids of the instances that the corpus has given so far."""

    params: CleanParams
    seen: set[str] = field(default_factory=set)


def empty_instruction(example: Example, _: Context) -> str:
    """Drop what asks nothing."""
    return "" if example.instruction else "empty-instruction"


def empty_output(example: Example, _: Context) -> str:
    """Drop what has no answer; an empty input is fine."""
    return "" if example.output else "empty-output"


def too_long(example: Example, context: Context) -> str:
    """Drop what is longer than `clean.longest_text`: a text cut short would teach a model to stop in mid-sentence."""
    longest = max(len(example.instruction), len(example.input), len(example.output))
    return "" if longest <= context.params.longest_text else "too-long"


def repeat(example: Example, context: Context) -> str:
    """Drop what the corpus has given before, text for text."""
    return "repeat" if _instance_id(example) in context.seen else ""


RULES: tuple[Callable[[Example, Context], str], ...] = (empty_instruction, empty_output, too_long, repeat)
"""Each returns "" to keep an example, or the reason word; the first word counts."""


def judge(example: Example, context: Context) -> str:
    """The reason to drop an example, "" to keep it; what is kept is remembered in `context.seen`."""
    for rule in RULES:
        if reason := rule(example, context):
            return reason
    context.seen.add(_instance_id(example))
    return ""


def examples(record: CorpusRecord) -> list[Example]:
    """The examples of a record of the format `self-instruct`; raise ValidationError where it has another shape."""
    task = SeedTask.model_validate_json(record.text)
    instruction = task.instruction.strip()
    return [Example(instruction, one.input.strip(), one.output.strip()) for one in task.instances]


def instance(example: Example, number: int, record: CorpusRecord, corpus: Corpus) -> dict[str, Any]:
    """A row of INSTANCES; its `row` is `line:number`, the line counted from 1 and the instance in it from 0."""
    return {
        "instance_id": _instance_id(example),
        "instruction": example.instruction,
        "input": example.input,
        "output": example.output,
        "messages": None,
        "license": corpus.license,
        "terms": corpus.terms,
        "website": corpus.website,
        "taskname": corpus.name,
        "task_id": digest([corpus.name, record.id, example.instruction]),
        "part": corpus.part,
        "origin": record.id,
        "revision": corpus.sha256,
        "row": f"{record.line}:{number}",
        "generator": corpus.generator,
        "language": corpus.language,
    }


def cleaned(record: CorpusRecord, corpus: Corpus, context: Context, book: ledger.Ledger) -> Iterator[dict[str, Any]]:
    """Yield the instances of a record that pass the rules and enter the record and all of them in the ledger."""
    book.read("records")
    try:
        found = examples(record)
    except ValidationError as error:
        book.drop("records", record.id, MALFORMED, files.explain(error))
        return
    book.keep("records")
    for number, example in enumerate(found):
        book.read("instances")
        if reason := judge(example, context):
            book.drop("instances", f"{record.id}:{number}", reason)
            continue
        book.keep("instances")
        yield instance(example, number, record, corpus)


def batches(rows: Iterator[dict[str, Any]]) -> Iterator[pa.RecordBatch]:
    """Gather rows of INSTANCES into batches of BATCH_ROWS."""
    held: list[dict[str, Any]] = []
    for row in rows:
        held.append(row)
        if len(held) == BATCH_ROWS:
            yield pa.RecordBatch.from_pylist(held, INSTANCES)
            held = []
    if held:
        yield pa.RecordBatch.from_pylist(held, INSTANCES)


def _instance_id(example: Example) -> str:
    return instance_id(example.instruction, example.input, example.output)


def main(paths: argparse.Namespace) -> None:
    """Write the instances of a corpus, and a file of preference pairs, which this format has none of."""
    context = Context(params.read("clean", CleanParams))
    corpus = read_corpus(paths.corpus)
    with ledger.opened("clean", paths.dropped, paths.metrics) as book:
        rows = (
            row
            for record in files.read_jsonl(paths.records, CorpusRecord)
            for row in cleaned(record, corpus, context, book)
        )
        with files.parquet_writer(paths.instances, INSTANCES) as writer:
            for batch in batches(rows):
                writer.write_batch(batch)
        with files.parquet_writer(paths.pairs, PAIRS):
            pass


if __name__ == "__main__":
    stage.run(main, __doc__, inputs=("corpus", "records"), outputs=("instances", "pairs", "dropped", "metrics"))
