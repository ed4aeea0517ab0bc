"""A network of transformers with its tokenizer, from a folder or the hub: the one door by which models come in.

Weights are read as safetensors only and no code of a model is run. What would load without an error and then answer
nonsense is refused too.
"""

import json
import os
from collections.abc import Set
from typing import Any, Literal

# Threads that wait for each other sleep instead of spinning, which would slow down all other work on the machine.
# OpenMP reads this once, when torch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch
import transformers
from safetensors import SafetensorError

FAULTS = (OSError, ValueError, ImportError, KeyError, RuntimeError, SafetensorError, json.JSONDecodeError)
"""What loading raises: no such folder or file, an unknown kind of model, a missing library, damage, no memory."""

UNUSED = "pooler."
"""Weights that a model for vectors may lack: those of a layer that averaging goes without."""

Use = Literal["text", "vectors"]
"""What a network is for: to write text (decoder-only, or encoder-decoder), or to turn it into vectors."""


def load(place: str, revision: str | None, dtype: Any, use: Use) -> tuple[Any, Any] | str:
    """The network and its tokenizer, on the CPU; or why they can't be used, as a phrase for an error.

    place: a folder, or an id on the hub with its revision. dtype: of torch, or `auto` for that of the file.
    """
    quiet()
    given: dict[str, Any] = {"trust_remote_code": False, **({"revision": revision} if revision else {})}
    try:
        config: Any = transformers.AutoConfig.from_pretrained(place, **given)
        tokenizer: Any = transformers.AutoTokenizer.from_pretrained(place, **given)
        network, info = _kind(config, use).from_pretrained(
            place, use_safetensors=True, dtype=dtype, output_loading_info=True, **given
        )
        fault = _mismatch(tokenizer, network, info["missing_keys"], use)
    except FAULTS as error:
        fault = first_sentence(error)
    return fault or (network, tokenizer)


def quiet() -> None:
    """Let transformers write no bars and no warnings: what matters is said in an error of ours."""
    logging: Any = transformers.utils.logging
    logging.set_verbosity_error()
    logging.disable_progress_bar()


def first_sentence(error: Exception) -> str:
    """The kind of an error and the first sentence of what it says, 300 characters of it at most."""
    said = " ".join(str(error).split()).partition(". ")[0].rstrip(".")[:300]
    return f"{type(error).__name__}, {said}" if said else type(error).__name__


def is_out_of_memory(error: Exception) -> bool:
    """Whether an error tells of too little memory; torch has no type of its own for that of the processor."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or "DefaultCPUAllocator" in str(error)


def _kind(config: Any, use: Use) -> Any:
    """The class that reads the weights; whether a model is an encoder-decoder is told by its configuration."""
    if use == "vectors":
        return transformers.AutoModel
    return transformers.AutoModelForSeq2SeqLM if config.is_encoder_decoder else transformers.AutoModelForCausalLM


def _mismatch(tokenizer: Any, network: Any, missing: Set[str], use: Use) -> str:
    """What would make a model that loads without an error give nonsense; "" where there is nothing."""
    lacking = sorted(name for name in missing if use == "text" or UNUSED not in name)
    if lacking:
        return f"weights that lack {lacking[0]}"
    known, size = len(tokenizer), network.get_input_embeddings().weight.shape[0]
    if known <= len(tokenizer.all_special_ids):
        return "a tokenizer without a vocabulary"
    return f"a tokenizer of {known:,} tokens and weights for {size:,}" if known > size else ""
