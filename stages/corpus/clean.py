"""Clean a corpus: make instances of its records, by rules that can be read in two lists (RULES, PAIR_RULES).

Before they judge, texts are mended (`mended`): HTML becomes Markdown, what a page left goes, turns that can be cut are.
The records are read in spans, by several processes where there are many; what they give is gathered in order, so their
number changes no byte. Where records name a source that low diversity may drop, the records are read once before.
"""

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
from pydantic import ValidationError
from tqdm import tqdm

from stages.corpus import detection, diversity, gathering, markdown, reading, rows, streaming, texts, turns
from stages.corpus.candidate import Candidate, answers
from stages.corpus.forms import Chat, Found, Message, Preference, Single
from stages.corpus.gathering import Entry, Gathering
from stages.corpus.policies import CleanParams, Policies
from stages.corpus.rows import Origin
from stages.corpus.source import DETECT, Corpus, CorpusRecord, read_corpus
from stages.corpus.splitting import Piece, counter, split
from stages.corpus.streaming import Span
from stages.corpus.summary import measure
from stages.shared import files, ledger, params, stage, workers
from stages.shared.records import INSTANCES, PAIRS, digest

MALFORMED = "malformed"
"""The reason word for a record that lacks what its format requires."""

BATCH_ROWS = 1000
"""Instances of a row group."""

LOOKED_AT = 1000
"""Records that show the format of a corpus whose description leaves it open."""

MANY_SPANS = 20
"""Spans from which on it pays to start worker processes."""

Rule = Callable[[Candidate], str]

RULES: tuple[Rule, ...] = (
    turns.tools_unwanted,
    turns.too_few_turns,
    turns.role_order,
    turns.too_short,
    turns.blocked_word,
    texts.empty_instruction,
    texts.empty_output,
    texts.too_long,
    texts.refusal,
    texts.boilerplate,
    texts.toxic,
    texts.wrong_list,
    texts.digit_run,
    texts.language_unwanted,
)
"""For instructions and conversations: each returns "" to keep one, or the reason word; the first word counts. What came
before in the corpus is dropped when all is gathered, as `repeat` or `same-opening`."""

PAIR_RULES: tuple[Rule, ...] = (
    texts.empty_prompt,
    texts.empty_answer,
    texts.equal_answers,
    texts.too_long,
    texts.toxic,
    texts.digit_run,
    texts.language_unwanted,
)
"""For preferences; their answers may be refusals, which is what many of them are about."""

MARKS: dict[str, Callable[[Candidate], bool]] = {
    "toxic": texts.abuses,
    "refusal": texts.refuses,
    "boilerplate": texts.recites,
}
"""What is counted in all that is found, whether policy drops it or not."""


def mended(found: Found, policies: Policies) -> tuple[Found, tuple[tuple[int, str], ...]]:
    """What was found without what can be put right, and the turns cut for it; ValueError for HTML beyond reading."""
    if isinstance(found, Single):
        return texts.mended(found, policies.format in policies.params.citation_marks), ()
    if isinstance(found, Preference):
        return Preference(found.prompt, found.chosen.strip(), found.rejected.strip()), ()
    tidied = turns.tidied([_mended(message, policies.params.html) for message in found.messages])
    return Chat(tuple(tidied.messages)), tuple(tidied.cuts)


def _mended(message: Message, html: str) -> Message:
    """A turn as text; what tools and systems say stays as it is."""
    if message.role not in ("user", "assistant"):
        return message
    text = message.content
    if (html == "all" or (html == "answers" and message.role == "assistant")) and markdown.is_html(text):
        text = markdown.from_html(text)
    return Message(message.role, markdown.without_leftovers(text), message.name, message.tool_calls)


def judge(candidate: Candidate) -> str:
    """The reason to drop what was found, "" to keep it."""
    rules = PAIR_RULES if isinstance(candidate.found, Preference) else RULES
    return next((reason for rule in rules if (reason := rule(candidate))), "")


@dataclass
class Cleaning:
    """A corpus and how to clean it; `pieces` is pure, so that any number of spans can be done at once."""

    corpus: Corpus
    policies: Policies
    path: Path
    low_sources: frozenset[str] = frozenset()

    def sources(self, span: Span) -> Iterator[diversity.Sources]:
        """The outputs of a span by source, as they are found."""
        sources = diversity.Sources(self.policies.params.diversity.sample)
        for record in streaming.records(self.path, span):
            raw, found, _ = self._found(record)
            sources.add_all(self._source(raw), record.place, map(answers, found))
        yield sources

    def pieces(self, span: Span) -> Iterator[gathering.Piece]:
        """What a span gives."""
        made = _Made(diversity.Sources(self.policies.params.diversity.sample))
        for record in streaming.records(self.path, span):
            raw, found, fault = self._found(record)
            if fault:
                made.entries.append(Entry("records", record.id, MALFORMED, fault))
                continue
            made.entries.append(Entry("records", record.id))
            source = self._source(raw)
            made.sources.add_all(source, record.place, map(answers, found))
            low = source in self.low_sources
            for number, one in enumerate(found):
                made.entries.append(self._entry(one, number, Origin(record, raw), made, low))
        yield gathering.Piece(
            made.entries,
            pa.RecordBatch.from_pylist(made.instances, INSTANCES),
            [measure(row) for row in made.instances],
            pa.RecordBatch.from_pylist(made.pairs, PAIRS),
            made.sources,
        )

    def _source(self, raw: dict[str, Any]) -> str:
        """Where a record came from, as it says; the corpus where it does not."""
        return self.corpus.told(raw, "source") or self.corpus.name

    def _found(self, record: CorpusRecord) -> tuple[dict[str, Any], list[Found], str]:
        """A record as JSON, what it holds, and its fault, "" for none."""
        try:
            raw = orjson.loads(record.text)
            return raw, reading.read(self.policies.format, raw), ""
        except ValidationError as error:
            return {}, [], files.explain(error)
        except ValueError as error:
            return {}, [], str(error)

    def _entry(self, found: Found, number: int, origin: Origin, made: "_Made", low: bool) -> Entry:
        """Mend and judge one thing; put the rows of what is kept into `made`."""
        unit = "pairs" if isinstance(found, Preference) else "instances"
        record = origin.record
        id = f"{record.id}:{number}"
        try:
            mended_found, cuts = mended(found, self.policies)
        except ValueError as error:
            return Entry(unit, id, "html", str(error))
        candidate = Candidate(mended_found, self.policies)
        marks = tuple(name for name, there in MARKS.items() if there(candidate))
        reason = "low-diversity-source" if low else judge(candidate)
        if reason == "too-few-turns" and cuts:
            reason = cuts[0][1]
        if reason:
            return Entry(unit, id, reason, marks=marks)
        if isinstance(mended_found, Preference):
            pair = rows.pair(mended_found, f"{record.place}:{number}", candidate.language, origin, self.corpus)
            return Entry(unit, id, ids=(made.pair(pair),), marks=marks)
        chosen = self._split(mended_found)
        over = sum(piece.over for piece in chosen)
        if over and self.policies.params.split.over_limit == "drop":
            return Entry(unit, id, "over-limit", marks=marks)
        parts = [rows.single(piece.messages) for piece in chosen] if chosen else [mended_found]
        opening = turns.opening(mended_found)
        ids = []
        for place, one in enumerate(parts):
            row = f"{record.place}:{number}" if len(parts) == 1 else f"{record.place}:{number}:{place}"
            ids.append(made.row(rows.instance(one, row, candidate.language, origin, self.corpus)))
        count = len(found.messages) if isinstance(found, Chat) else 0
        sizes = tuple(len(piece.messages) for piece in chosen)
        return Entry(unit, id, "", "", tuple(ids), opening, count, cuts, marks, over, sizes)

    def _split(self, found: Single | Chat) -> list[Piece]:
        """The pieces of a conversation; [] for an instruction, which is not split."""
        if isinstance(found, Single):
            return []
        policy = self.policies.params.split
        if policy.limit is None:
            return [Piece(found.messages, tokens=0, over=False)]
        return split(found.messages, policy.limit, counter(policy), policy.per_turn)


@dataclass
class _Made:
    """A piece in the making."""

    sources: diversity.Sources
    entries: list[Entry] = field(default_factory=list)
    instances: list[dict[str, Any]] = field(default_factory=list)
    pairs: list[dict[str, Any]] = field(default_factory=list)

    def row(self, row: dict[str, Any]) -> int:
        """Take an instance; the hash of its content."""
        self.instances.append(row)
        return int(row["instance_id"], 16)

    def pair(self, row: dict[str, Any]) -> int:
        """Take a preference; the hash of its content."""
        self.pairs.append(row)
        return int(digest(["pair", row["prompt"], row["chosen"], row["rejected"]]), 16)


def _format(corpus: Corpus, path: Path, spans: Sequence[Span]) -> str:
    """The format of a corpus: as described, or as its first records show it."""
    if corpus.format != DETECT:
        return corpus.format
    first = islice((record for span in spans for record in streaming.records(path, span)), LOOKED_AT)
    return detection.detect([json.loads(record.text) for record in first], f"{corpus.name}, {path}")


def main(paths: argparse.Namespace) -> None:
    """Write the instances of a corpus, its preference pairs, and what was dropped."""
    section = params.read("clean", CleanParams)
    corpus = read_corpus(paths.corpus)
    spans = streaming.spans(paths.records)
    format = _format(corpus, paths.records, spans)
    cleaning = Cleaning(corpus, Policies(section, format, corpus.language), paths.records)
    count = workers.usable() if len(spans) >= MANY_SPANS else 1
    if section.diversity.least is not None and "source" in corpus.per_record:
        with workers.mapped(cleaning.sources, spans, count) as parts:
            measures = diversity.gathered(parts, section.diversity.sample).measures()
        cleaning.low_sources = diversity.low(measures, corpus.name, section.diversity)
    extra: dict[str, Any] = {}
    # The first span is done here: what it loads (models, word lists) is then shared by all workers.
    first = [piece for span in spans[:1] for piece in cleaning.pieces(span)]
    with (
        workers.mapped(cleaning.pieces, spans[1:], count) as pieces,
        ledger.opened("clean", paths.dropped, paths.metrics, found=extra) as book,
        files.parquet_writer(paths.instances, INSTANCES) as instances,
        files.parquet_writer(paths.pairs, PAIRS) as pairs,
    ):
        sources = diversity.Sources(section.diversity.sample)
        gathered = Gathering(instances, pairs, book, BATCH_ROWS, section.repeated_opening == "keep", sources)
        for piece in tqdm(chain(first, pieces), total=len(spans), desc="clean", unit=" MB", delay=5):
            gathered.add(piece)
        gathered.end()
        extra.update(gathering.counts(gathered), summary=gathered.summary.table(corpus))


if __name__ == "__main__":
    stage.run(main, __doc__, inputs=("corpus", "records"), outputs=("instances", "pairs", "dropped", "metrics"))
