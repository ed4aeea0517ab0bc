"""Texts as vectors by a sentence-embedding model: its last layer, averaged over the tokens of a text.

A text's vector depends on its own tokens alone; what else is in a batch can change the last digits. Nothing is ever
unpickled and no code of a model is run.
"""

import os
from collections.abc import Sequence
from typing import Any

# Threads that wait for each other sleep instead of spinning, which would slow down all other work on the machine.
# OpenMP reads this once, when torch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import numpy.typing as npt
import torch

from stages.shared import networks
from stages.shared.errors import ModelError

BATCH = 64
"""Texts that are read together, those of like length, since all are filled up to the longest."""

LONGEST = 512
"""Tokens of a text that are read at most, fewer where the model reads fewer; the rest of the text is left out."""


def sentence_vectors(texts: Sequence[str], model: str, revision: str | None) -> npt.NDArray[np.float32]:
    """A row for each text, as wide as the model has it, of length 1.

    model: a folder, or an id on the hub with its revision. Raises ModelError where it can't be loaded safely and whole.
    """
    tokenizer, network = _load(model, revision)
    longest = min(tokenizer.model_max_length, LONGEST)
    read = [tokenizer(text, truncation=True, max_length=longest)["input_ids"] for text in texts]
    order = sorted(range(len(texts)), key=lambda at: (len(read[at]), read[at]))
    found = np.empty((len(texts), network.config.hidden_size), np.float32)
    for start in range(0, len(order), BATCH):
        some = order[start : start + BATCH]
        found[some] = _averages(network, [read[at] for at in some])
    return found


def _averages(network: Any, rows: Sequence[Sequence[int]]) -> npt.NDArray[np.float32]:
    """The mean over the tokens of each row, brought to length 1."""
    width = max(map(len, rows))
    ids = torch.tensor([[*row, *[0] * (width - len(row))] for row in rows], device=network.device)
    mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows], device=network.device)
    with torch.inference_mode():
        states = network(input_ids=ids, attention_mask=mask).last_hidden_state
    summed = (states * mask[:, :, None]).sum(dim=1)
    unit: npt.NDArray[np.float32] = torch.nn.functional.normalize(summed, dim=1).cpu().numpy()
    return unit


def _load(model: str, revision: str | None) -> tuple[Any, Any]:
    """The tokenizer and the network, of an encoder-decoder its encoder."""
    found = networks.load(model, revision, torch.float32, "vectors")
    if isinstance(found, str):
        raise ModelError(
            "a sentence-embedding model with its tokenizer, its weights as safetensors",
            found,
            f"embedder {model}",
            "name a folder or hub id that holds all of it, at the right revision, or `lexical`",
        )
    network, tokenizer = found
    if network.config.is_encoder_decoder:
        network = network.get_encoder()
    return tokenizer, network.to("cuda" if torch.cuda.is_available() else "cpu").eval()
