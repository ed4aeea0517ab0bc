"""A model that a run starts from, or that is measured as it is, as data/sources/models/NAME.yaml describes it."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from stages.model.codec import Encoding
from stages.model.prompts import Name
from stages.shared.errors import InputError
from stages.shared.files import explain, read_yaml
from stages.shared.records import Frozen

PROMPT_FILE = "prompt.json"
"""Beside a trained model: how it was trained to be asked."""


class Prompt(Frozen):
    """How a model with a tokenizer is asked: a format (prompts.py), and limits in ids.

    Decoder-only: max_length holds a question and its answer. Encoder-decoder: source_length and target_length.
    """

    format: Name
    max_length: int | None = Field(default=None, gt=1)
    source_length: int | None = Field(default=None, gt=1)
    target_length: int | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _lengths(self) -> Self:
        check_lengths(self.max_length, self.source_length, self.target_length)
        return self


class T5Sizes(Frozen):
    """The sizes of an encoder-decoder, in the words of transformers' T5Config."""

    d_model: int = Field(gt=0)
    d_kv: int = Field(gt=0)
    d_ff: int = Field(gt=0)
    num_layers: int = Field(gt=0)
    num_decoder_layers: int = Field(gt=0)
    num_heads: int = Field(gt=0)
    relative_attention_num_buckets: int = Field(gt=0)
    relative_attention_max_distance: int = Field(gt=0)
    dropout_rate: float = Field(ge=0, lt=1)
    feed_forward_proj: str


class Configuration(Frozen):
    """A model to make: an encoder-decoder over bytes of these sizes.

    seed: fixes its first weights. encoding: how much text it sees.
    """

    kind: Literal["configuration"]
    seed: int
    encoding: Encoding
    t5: T5Sizes


class Folder(Frozen):
    """A model on this machine: a folder with config.json, weights as safetensors, and the files of its tokenizer.

    path: from the root of the repository, or absolute. DVC follows the description, not what is in the folder. prompt:
    how it is asked where it is measured as it is; a run that starts from it says so in its recipe. license: the hub's
    id of what its weights are under; "" where it is not known, and then no run that starts from it can be published
    with them.
    """

    kind: Literal["folder"]
    path: str = Field(min_length=1)
    prompt: Prompt | None = None
    license: str = ""


class Hub(Frozen):
    """A model on the Hugging Face hub, pinned to a commit. prompt, license: as of a Folder."""

    kind: Literal["hub"]
    id: str = Field(pattern=r"^[\w.-]+(/[\w.-]+)?$")
    revision: str = Field(pattern=r"^[0-9a-f]{40}$")
    prompt: Prompt | None = None
    license: str = ""


Spec = Configuration | Folder | Hub

_READ: TypeAdapter[Spec] = TypeAdapter(Annotated[Spec, Field(discriminator="kind")])


def read_spec(path: Path) -> Spec:
    """Read a model's description; raise InputError where it is none."""
    try:
        return _READ.validate_python(read_yaml(path))
    except ValidationError as error:
        raise InputError("a description of a model", explain(error), str(path), "mend the file") from error


def check_lengths(max_length: int | None, source_length: int | None, target_length: int | None) -> None:
    """Raise ValueError unless the limits are those of one kind of model."""
    paired = source_length is not None and target_length is not None
    if (max_length is not None) == paired or (source_length is None) != (target_length is None):
        raise ValueError("give max_length (decoder-only), or source_length and target_length (encoder-decoder)")
