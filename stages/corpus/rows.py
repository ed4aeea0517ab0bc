"""The rows that clean writes: instances and pairs, each with where it is from and what it is under.

What a record tells of itself goes before what the description tells of all.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from stages.corpus.forms import Chat, Message, Preference, Single
from stages.corpus.source import Corpus, CorpusRecord
from stages.shared.records import digest, instance_id
from stages.shared.terms import terms_of


class Origin(NamedTuple):
    """Where something was found: the record, and what it holds as JSON."""

    record: CorpusRecord
    raw: dict[str, Any]


def instance(found: Single | Chat, row: str, language: str, origin: Origin, corpus: Corpus) -> dict[str, Any]:
    """A row of INSTANCES. A conversation has its first question as instruction and its last answer as output."""
    messages = None
    if isinstance(found, Chat):
        messages = [vars(message) for message in found.messages]
        asked = next(one.content for one in found.messages if one.role == "user")
        answer = next(one.content for one in reversed(found.messages) if one.role == "assistant")
        found = Single(asked, "", answer)
    task = corpus.told(origin.raw, "taskname")
    return {
        "instance_id": instance_id(found.instruction, found.input, found.output, messages),
        "instruction": found.instruction,
        "input": found.input,
        "output": found.output,
        "messages": messages,
        "task_id": digest([corpus.name, task or origin.record.id, found.instruction]),
        **_lineage(row, language, origin, corpus),
    }


def pair(found: Preference, row: str, language: str, origin: Origin, corpus: Corpus) -> dict[str, Any]:
    """A row of PAIRS."""
    return {
        "prompt": [vars(message) for message in found.prompt],
        "chosen": found.chosen,
        "rejected": found.rejected,
        **_lineage(row, language, origin, corpus),
    }


def _lineage(row: str, language: str, origin: Origin, corpus: Corpus) -> dict[str, str]:
    """The columns LINEAGE. Terms that nobody tells of are those of the generator, as for what a model is asked here."""
    record, raw = origin
    generator = corpus.told(raw, "generator") or corpus.generator
    return {
        "license": corpus.license_of(raw),
        "terms": corpus.told(raw, "terms") or corpus.terms or terms_of(generator),
        "website": corpus.told(raw, "website") or corpus.website,
        "taskname": corpus.told(raw, "taskname") or corpus.name,
        "part": corpus.part,
        "origin": record.id,
        "revision": corpus.pinned_at(record.file),
        "row": row,
        "generator": generator,
        "language": language,
    }


def single(messages: Sequence[Message]) -> Single | Chat:
    """A conversation of one exchange, without a system or tools, as an instruction; any other as it is."""
    plain = [message.role for message in messages] == ["user", "assistant"] and not messages[1].tool_calls
    return Single(messages[0].content, "", messages[1].content) if plain else Chat(tuple(messages))
