"""How a model's answers are drawn, and what else decides them."""

from pydantic import Field

from stages.shared.params import Section


class Decode(Section):
    """How answers are drawn.

    temperature, top_p: of sampling; 0 takes the likeliest each time. beams: of beam search, 1 for none. seed: of
    sampling, another for another draw. new_ids: what an answer may have at most, where the model was not trained on a
    target length of its own; null for that of `predict`.
    """

    temperature: float = Field(default=0, ge=0)
    top_p: float = Field(default=1, gt=0, le=1)
    beams: int = Field(default=1, gt=0)
    seed: int = 0
    new_ids: int | None = Field(default=None, gt=0)


class PredictParams(Section):
    """Keys of `predict` in params.yaml. batch: instances at a time. threads: CPU threads.

    new_ids: what an answer may have at most, where the model was not trained on a target length of its own. decode: how
    answers are drawn where the benchmark doesn't say; a model at an endpoint has its own sampling for that.
    """

    batch: int = Field(gt=0)
    threads: int = Field(gt=0)
    new_ids: int = Field(gt=0)
    decode: Decode = Decode()
