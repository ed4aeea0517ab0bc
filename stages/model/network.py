"""The encoder-decoder itself: made, loaded, saved, asked for loss and for text.

Same inputs, same weights on the same machine and torch build: seeded, deterministic kernels, a fixed number of threads.
"""

import json
import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

# Threads that wait for each other sleep instead of spinning: beside any other work on the machine, spinning made
# training four times slower and more (measured). OpenMP reads this once, when torch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch
import torch.utils.deterministic
import transformers
from safetensors import SafetensorError
from transformers import T5Config, T5ForConditionalGeneration

from stages.model.codec import END, PAD, VOCABULARY, Encoding, text
from stages.model.spec import Spec, read_spec
from stages.shared.errors import InputError
from stages.shared.files import explain, read_json, write_json

ENCODING_FILE = "encoding.json"
IGNORED = -100
"""The label that adds nothing to the loss, as transformers has it."""


Ids = Sequence[Sequence[int]]


@dataclass(frozen=True)
class Model:
    """A network (T5ForConditionalGeneration, whose own types are not complete) and how much text it sees."""

    network: Any
    encoding: Encoding


def settle(threads: int, seed: int = 0) -> None:
    """Make torch repeatable: this many threads, deterministic kernels only, chance from a seed."""
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(mode=True)
    # Memory is written before it is read here; filling it first costs a twentieth of the time.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    logging: Any = transformers.utils.logging
    logging.set_verbosity_error()
    logging.disable_progress_bar()


def open_model(path: Path) -> Model:
    """Make a model from its description (a YAML file) or load a trained one (a folder)."""
    return _load(path) if path.is_dir() else _make(read_spec(path))


def save(model: Model, folder: Path) -> None:
    """Write weights (safetensors), configuration and encoding into a folder."""
    model.network.save_pretrained(folder)
    write_json(folder / ENCODING_FILE, model.encoding.model_dump())


def pad(rows: Ids, filler: int) -> torch.Tensor:
    """Rows of ids as one tensor, filled up on the right."""
    width = max(len(row) for row in rows)
    return torch.tensor([[*row, *[filler] * (width - len(row))] for row in rows])


def loss(model: Model, sources: Ids, targets: Ids) -> torch.Tensor:
    """The cross-entropy in nats of each target's ids given its source, one sum a row."""
    inputs, labels = pad(sources, PAD), pad(targets, IGNORED)
    logits = model.network(input_ids=inputs, attention_mask=(inputs != PAD).long(), labels=labels).logits
    each = torch.nn.functional.cross_entropy(logits.transpose(1, 2), labels, ignore_index=IGNORED, reduction="none")
    return each.sum(dim=1)


def learner(
    model: Model, learning_rate: float, weight_decay: float, clip: float, rate: Callable[[int], float]
) -> Callable[[Ids, Ids], float]:
    """A function that takes one step of AdamW on sources and their targets and returns their loss in nats.

    `rate` gives each step's share of the learning rate, the first step being 0; gradients are cut to length `clip`.
    """
    weights = list(model.network.parameters())
    optimizer = torch.optim.AdamW(weights, lr=learning_rate, weight_decay=weight_decay, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)

    def learn(sources: Ids, targets: Ids) -> float:
        model.network.train()
        summed = loss(model, sources, targets).sum()
        torch.autograd.backward(summed / sum(map(len, targets)))
        torch.nn.utils.clip_grad_norm_(weights, clip)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        return float(summed.detach())

    return learn


def bits(model: Model, sources: Ids, targets: Ids) -> list[float]:
    """How many bits the model needs to write each target, its end mark included, when it is told what came before."""
    model.network.eval()
    with torch.inference_mode():
        return [float(nats) / math.log(2) for nats in loss(model, sources, targets)]


def write_answers(model: Model, sources: Ids) -> list[str]:
    """What the model writes to each source, always taking the likeliest next byte."""
    model.network.eval()
    inputs = pad(sources, PAD)
    with torch.inference_mode():
        written = model.network.generate(
            input_ids=inputs,
            attention_mask=(inputs != PAD).long(),
            max_new_tokens=model.encoding.target_bytes,
            do_sample=False,
            num_beams=1,
        )
    return [text(row) for row in written.tolist()]


def parameters(model: Model) -> int:
    """How many numbers the model learns."""
    return sum(weight.numel() for weight in model.network.parameters())


def _make(spec: Spec) -> Model:
    settings: dict[str, Any] = spec.t5.model_dump() | {
        "vocab_size": VOCABULARY,
        "pad_token_id": PAD,
        "eos_token_id": END,
        "decoder_start_token_id": PAD,
        "tie_word_embeddings": True,
        # The position bias keeps torch's fused kernel away; written out, attention is faster.
        "attn_implementation": "eager",
    }
    with torch.random.fork_rng():
        torch.manual_seed(spec.seed)
        network = T5ForConditionalGeneration(T5Config(**settings))
    _prefer_near(network)
    return Model(network, spec.encoding)


def _prefer_near(network: Any) -> None:
    """Let attention start out preferring what is near, each head half as much as the one before.

    Among bytes the neighbours say most; a model that has to find that out first wastes a good part of a short
    training (measured: 3.8 bits a byte after 200 steps without this, 3.5 with it).
    """
    with torch.no_grad():
        for stack, sides in ((network.encoder, 2), (network.decoder, 1)):
            bias = stack.block[0].layer[0].SelfAttention.relative_attention_bias.weight
            buckets, heads = bias.shape
            distance = torch.arange(buckets) % (buckets // sides)
            slope = 2.0 ** -torch.arange(heads)
            bias.copy_(-distance[:, None] * slope[None, :])


def _load(folder: Path) -> Model:
    remedy = "run `dvc repro train`, which makes it again"
    try:
        encoding = Encoding.model_validate(read_json(folder / ENCODING_FILE))
        network = T5ForConditionalGeneration.from_pretrained(
            folder, local_files_only=True, attn_implementation="eager", dtype=torch.float32
        )
    except ValidationError as error:
        raise InputError("an encoding", explain(error), str(folder / ENCODING_FILE), remedy) from error
    except (OSError, SafetensorError, RuntimeError, json.JSONDecodeError) as error:
        came = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError("a trained model", came, str(folder), remedy) from error
    return Model(network, encoding)
