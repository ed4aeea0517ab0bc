"""The records that stages exchange, frozen and checked where they are read.

Cards, answers, tasks and dropped rows travel as JSON Lines; rows and instances as Parquet with the Arrow
schemas below.
"""

import hashlib
from typing import Annotated, Literal

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, StringConstraints

from stages.shared.files import dump_json

PART_ID = r"[a-z0-9][a-z0-9_-]*"
"""A wave, a domain or a corpus: what DVC can carry in a stage name and a shell word."""

Setting = Literal["aware", "unaware"]


class Frozen(BaseModel):
    """A record that can't be changed and knows no other keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Feature(Frozen):
    """The type of one column and, for a class label, the names of its classes in order.

    `type` is `label`, an Arrow scalar such as `string` or `int64`, `list<T>`, `struct<name: T, ...>`,
    or a modality: `image`, `audio`, `video`, `pdf`, `array`, `translation`.
    """

    type: str
    labels: tuple[str, ...] | None = None


class Card(Frozen):
    """What is known of one config of a hub dataset before a model is asked (spec A2, design 3).

    license: the normalised id, `a|b` where the card lists several, "" where none is declared.
    license_found: what the card said, untouched, and in which place.
    languages: those that the card declares. languages_detected: those that the text of its rows was found to be in,
    most text first; () where it says too little.
    splits: rows kept of each split that was read, in reading order.
    """

    taskname: str
    dataset: str
    config: str
    revision: str
    website: str
    license: str
    license_found: str
    languages: tuple[str, ...]
    task_categories: tuple[str, ...]
    task_ids: tuple[str, ...]
    summary: str
    supported_tasks: str
    data_fields: str
    features: dict[str, Feature]
    splits: dict[str, int]
    languages_detected: tuple[str, ...] = ()

    @property
    def language(self) -> str:
        """The language of its text: the one declared; where none or several are, the one detected; "" for unknown."""
        if len(self.languages) == 1:
            return self.languages[0]
        return next(iter(self.languages_detected or self.languages), "")


class Usage(Frozen):
    """Tokens an endpoint reports for one answer."""

    input: int = 0
    cached_input: int = 0
    output: int = 0


class Answer(Frozen):
    """What a model said to one prompt, untouched; `usage` is None where nothing was metered.

    key: the identity of the request. provider: the label of the endpoint that was asked, or `template`, `recorded`.
    turn: 0 for the first reply to a prompt, 1 for the reply to the complaint about it.
    """

    key: str
    item: str
    setting: str
    draw: int
    turn: int = 0
    provider: str
    model: str
    reply: str
    finish_reason: str
    usage: Usage | None = None


class Task(Frozen):
    """An instruction and the fields it works on, for one config of one dataset.

    output_field is a list as in Dynosaur's release; its first entry is what organize renders.
    license is the instruction's; generator says who wrote it (`provider:model`).
    """

    task_id: str
    taskname: str
    setting: Setting
    instruction: Annotated[str, StringConstraints(min_length=1)]
    input_fields: tuple[str, ...]
    output_field: tuple[str, ...]
    license: str
    answer_key: str
    generator: str


class Dropped(Frozen):
    """Something a stage did not pass on: what it was, which one, and the reason word."""

    what: str
    id: str
    stage: str
    reason: str
    detail: str


def digest(value: object, length: int = 16) -> str:
    """The first `length` hex digits of the SHA-256 of `value` as canonical JSON."""
    return hashlib.sha256(dump_json(value).encode("utf-8", "surrogatepass")).hexdigest()[:length]


def task_id(
    dataset: str, config: str, instruction: str, input_fields: tuple[str, ...], output_field: tuple[str, ...]
) -> str:
    """The identity of a task over revisions and settings (design 3)."""
    return digest([dataset, config, instruction, list(input_fields), list(output_field)])


def instance_id(instruction: str, input: str, output: str, messages: object = None) -> str:
    """The identity of an instance: its content alone, so the same text has the same id in every part and version."""
    return digest([instruction, input, output, messages])


ROWS = pa.schema(
    [
        pa.field("taskname", pa.string(), nullable=False),
        pa.field("split", pa.string(), nullable=False),
        pa.field("index", pa.int64(), nullable=False),
        pa.field("row", pa.string(), nullable=False),
    ]
)
"""Rows of source datasets: `index` counts from 0 in the split, `row` is one JSON object, keys in feature order."""

MESSAGE = pa.struct(
    [("role", pa.string()), ("content", pa.string()), ("name", pa.string()), ("tool_calls", pa.string())]
)

INSTANCES = pa.schema(
    [
        pa.field("instance_id", pa.string(), nullable=False),
        pa.field("instruction", pa.string(), nullable=False),
        pa.field("input", pa.string(), nullable=False),
        pa.field("output", pa.string(), nullable=False),
        pa.field("messages", pa.list_(MESSAGE)),
        pa.field("license", pa.string(), nullable=False),
        pa.field("terms", pa.string(), nullable=False),
        pa.field("website", pa.string(), nullable=False),
        pa.field("taskname", pa.string(), nullable=False),
        pa.field("task_id", pa.string(), nullable=False),
        pa.field("part", pa.string(), nullable=False),
        pa.field("origin", pa.string(), nullable=False),
        pa.field("revision", pa.string(), nullable=False),
        pa.field("row", pa.string(), nullable=False),
        pa.field("generator", pa.string(), nullable=False),
        pa.field("language", pa.string(), nullable=False),
    ]
)
"""Instances. part: `<kind>/<id>`; origin: `dataset:config` of a hub row, a path in a domain tree, a record of a corpus;
row: `split:index`; terms: conditions that come with the generator beside the licence, "" for none; license "" means
that the source declares none."""

LINEAGE = (
    "license",
    "terms",
    "website",
    "taskname",
    "part",
    "origin",
    "revision",
    "row",
    "generator",
    "language",
)
"""Columns of instances and pairs that say where one is from, what it is under and who wrote it (design 5.5)."""

PAIRS = pa.schema(
    [
        pa.field("prompt", pa.list_(MESSAGE), nullable=False),
        pa.field("chosen", pa.string(), nullable=False),
        pa.field("rejected", pa.string(), nullable=False),
        *(pa.field(name, pa.string(), nullable=False) for name in LINEAGE),
    ]
)
"""Preference pairs of a corpus: two answers to a prompt, one preferred to the other, and their lineage as instances
have it. They are no rows of the dataset; merge passes on those that may be trained on."""
