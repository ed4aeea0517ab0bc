"""How a run is trained: an entry of `recipes` in params.yaml, and what `train` and `align` are told beside it.

Steps and passes are counted, never seconds, so that the same inputs give the same weights however fast the machine is.
"""

import math
from typing import Final, Literal, Self

from pydantic import Field, model_validator

from stages.model.prompts import Name
from stages.model.spec import Prompt, check_lengths
from stages.shared import params
from stages.shared.params import Section

BYTES: Final = "bytes"
"""The format of the model over bytes: its own encoding (codec.py), whose limits stand in the model's description."""

Targets = Literal["all-linear"] | list[str]


class Lora(Section):
    """Low-rank adapters in place of training all weights; they are merged into the weights when the run ends.

    r: rank. alpha: the scale, as alpha / r. dropout: of their input. targets: names of the layers they are put beside,
    or `all-linear`.
    """

    r: int = Field(gt=0)
    alpha: float = Field(gt=0)
    dropout: float = Field(ge=0, lt=1)
    targets: Targets


class Recipe(Section):
    """Keys of `recipes.NAME` in params.yaml. Lengths are in ids, a batch in instances.

    format: a prompt format, or `bytes` for the model over bytes. max_length: of question and answer together, for a
    decoder-only model. source_length, target_length: for an encoder-decoder model. packing: short instances share a
    row of max_length. epochs: how often each instance is seen; or steps: training steps at most, and passes: how often
    an instance is seen at most. batch: instances a step, over all processes. micro_batch: rows that a process works on
    at a time; it changes speed and memory. learning_rate: the highest; schedule: what becomes of it after warmup, which
    is a number of steps (whole) or a share of all steps (below 1). weight_decay: of AdamW. clip: the longest gradient
    (Euclidean), null for any. precision: of the computation; auto is bf16 where the hardware has it, else fp32. lora:
    null trains all weights. gradient_checkpointing: computes again what it would else remember, for less memory.
    save_every: steps between checkpoints, null for none. seed: fixes order, dropout and adapters. log_every: steps
    between points of the curve. validation_instances: how many each point is measured on at most.
    """

    format: Literal["bytes"] | Name
    max_length: int | None = Field(gt=1)
    source_length: int | None = Field(gt=1)
    target_length: int | None = Field(gt=0)
    packing: bool
    epochs: int | None = Field(gt=0)
    steps: int | None = Field(gt=0)
    passes: int | None = Field(gt=0)
    batch: int = Field(gt=0)
    micro_batch: int = Field(gt=0)
    learning_rate: float = Field(gt=0)
    schedule: Literal["constant", "linear", "cosine"]
    warmup: int | float = Field(ge=0)
    weight_decay: float = Field(ge=0)
    clip: float | None = Field(gt=0)
    precision: Literal["auto", "fp32", "bf16", "fp16"]
    lora: Lora | None
    gradient_checkpointing: bool
    save_every: int | None = Field(gt=0)
    seed: int
    log_every: int = Field(gt=0)
    validation_instances: int = Field(ge=0)

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if (self.epochs is None) == (self.steps is None) or (self.steps is None) != (self.passes is None):
            raise ValueError("give epochs, or steps with passes, and null for the other")
        if isinstance(self.warmup, float) and self.warmup >= 1:
            raise ValueError("warmup is a whole number of steps, or a share below 1")
        if self.format == BYTES:
            if self.max_length or self.source_length or self.target_length or self.packing or self.lora:
                raise ValueError("the format bytes takes no lengths, no packing and no lora")
            return self
        check_lengths(self.max_length, self.source_length, self.target_length)
        if self.packing and self.max_length is None:
            raise ValueError("packing is for decoder-only models, which have a max_length")
        return self

    @property
    def prompt(self) -> Prompt | None:
        """How a model that it trains is asked; None for the model over bytes, which has a way of its own."""
        if self.format == BYTES:
            return None
        return Prompt(
            format=self.format,
            max_length=self.max_length,
            source_length=self.source_length,
            target_length=self.target_length,
        )


class TrainParams(Section):
    """Keys of `train` in params.yaml. threads: CPU threads of a process; another number gives other last digits."""

    threads: int = Field(gt=0)


class AlignParams(Section):
    """Keys of `align` in params.yaml.

    beta: how dearly the model pays for leaving the one it starts from. epochs, batch, micro_batch, learning_rate,
    warmup (a share of all steps), save_every, seed and log_every: as in `recipes`; checkpoints are kept at points of
    the curve alone, since trl forgets what it counts between two. threads: of the CPU. Lengths and the form in which
    the model is asked are its own.
    """

    beta: float = Field(gt=0)
    epochs: int = Field(gt=0)
    batch: int = Field(gt=0)
    micro_batch: int = Field(gt=0)
    learning_rate: float = Field(gt=0)
    warmup: float = Field(ge=0, lt=1)
    save_every: int | None = Field(gt=0)
    seed: int
    log_every: int = Field(gt=0)
    threads: int = Field(gt=0)

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.batch % self.micro_batch:
            raise ValueError(f"batch {self.batch} is to be a multiple of micro_batch {self.micro_batch}")
        if self.save_every and self.save_every % self.log_every:
            raise ValueError(f"save_every {self.save_every} is to be a multiple of log_every {self.log_every}")
        return self


class Alignment(Section):
    """An entry of `alignments` in params.yaml. init: the model that it starts from. corpus: whose pairs it learns."""

    init: str
    corpus: str


def read_recipe(name: str) -> Recipe:
    """The recipe of that name; raise ParamsError for none, an unknown key or an impossible value."""
    return params.read(f"recipes.{name}", Recipe)


def length(instances: int, recipe: Recipe) -> int:
    """How many steps a training takes: its epochs, or its steps unless its passes end before."""
    in_a_pass = math.ceil(instances / recipe.batch)
    if recipe.epochs is not None:
        return in_a_pass * recipe.epochs
    return min(recipe.steps or 0, in_a_pass * (recipe.passes or 0))


def rate(step: int, total: int, recipe: Recipe) -> float:
    """The learning rate of a step, counted from 0, as a share of the highest.

    It rises on a line; then it stays (constant), falls on a line to 0, or on half a wave to 0 (cosine).
    """
    warmup = recipe.warmup if isinstance(recipe.warmup, int) else math.ceil(recipe.warmup * total)
    warmup = min(warmup, total)
    if step < warmup:
        return (step + 1) / warmup
    gone = (step - warmup) / max(total - warmup, 1)
    if recipe.schedule == "constant":
        return 1.0
    return 1 - gone if recipe.schedule == "linear" else (1 + math.cos(math.pi * gone)) / 2
