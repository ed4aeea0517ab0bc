"""A model that is yet to be made, as data/sources/models/NAME.yaml describes it."""

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from stages.model.codec import Encoding
from stages.shared.errors import InputError
from stages.shared.files import explain, read_yaml
from stages.shared.records import Frozen


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


class Spec(Frozen):
    """A model to make.

    kind: how to come by it; so far `configuration`, made from the sizes below. seed: fixes its first weights.
    encoding: how much text it sees.
    """

    kind: Literal["configuration"]
    seed: int
    encoding: Encoding
    t5: T5Sizes


def read_spec(path: Path) -> Spec:
    """Read a model's description; raise InputError where it is none."""
    try:
        return Spec.model_validate(read_yaml(path))
    except ValidationError as error:
        raise InputError("a description of a model", explain(error), str(path), "mend the file") from error
