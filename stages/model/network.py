"""A model of transformers, whatever its kind: asked for loss and for text, and saved.

Same inputs, same weights on the same machine and torch build: seeded, deterministic kernels, a fixed number of threads.
"""

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Threads that wait for each other sleep instead of spinning: beside any other work on the machine, spinning made
# training four times slower and more (measured). OpenMP reads this once, when torch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# Deterministic products of matrices on a GPU need a workspace of a fixed size; cuBLAS reads this once too.
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")

import torch
import torch.utils.deterministic
import transformers

from stages.model.codec import PAD, Encoding, text
from stages.model.decoding import Decode
from stages.model.packing import Row, one_row, packed_batch, padded_batch, takes_one_row
from stages.model.spec import PROMPT_FILE, Prompt
from stages.model.tokenizing import IGNORED, Tokens
from stages.shared import networks
from stages.shared.files import write_json

ENCODING_FILE = "encoding.json"
"""Beside a model over bytes: how much text it sees."""

GREEDY = Decode()
"""The likeliest id each time."""

KEPT = ("bos_token_id", "decoder_start_token_id", "forced_bos_token_id", "suppress_tokens", "begin_suppress_tokens")
"""What is kept of the habits of writing that a model comes with: what its ids are for, not how it draws them."""


@dataclass(frozen=True)
class Model:
    """A network (its own types are not complete), and what turns text into its ids.

    A model over bytes has an encoding. Any other has a tokenizer, and a prompt where it is known how to ask it.
    """

    network: Any
    tokenizer: Any = None
    encoding: Encoding | None = None
    prompt: Prompt | None = None

    @property
    def paired(self) -> bool:
        """Whether it is an encoder-decoder; else it is decoder-only."""
        return bool(self.network.config.is_encoder_decoder)

    @property
    def filler(self) -> int:
        """The id that fills rows up; nothing sees it."""
        if self.encoding:
            return PAD
        ids = (self.tokenizer.pad_token_id, self.tokenizer.eos_token_id)
        return next((id for id in ids if id is not None), 0)


def settle(threads: int, seed: int = 0) -> None:
    """Make torch repeatable: this many threads, deterministic kernels only, chance from a seed."""
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    # A few kernels of GPUs have no deterministic form; there it is a warning.
    torch.use_deterministic_algorithms(mode=True, warn_only=torch.cuda.is_available())
    # Memory is written before it is read here; filling it first costs a twentieth of the time.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    networks.quiet()


def save(model: Model, folder: Path, weights: Mapping[str, Any] | None = None) -> None:
    """Write weights (safetensors), configuration, and what the model needs to be asked into a folder.

    weights: those to write, where the network holds only a share of them.
    """
    model.network.save_pretrained(folder, state_dict=weights)
    if model.encoding:
        write_json(folder / ENCODING_FILE, model.encoding.model_dump())
        return
    model.tokenizer.save_pretrained(folder)
    if model.prompt:
        write_json(folder / PROMPT_FILE, model.prompt.model_dump())


def batch_of(model: Model, rows: Sequence[Row], packing: bool, device: torch.device) -> dict[str, Any]:
    """Rows as tensors on a device; without packing each row holds one example."""
    if packing:
        single = takes_one_row(str(getattr(model.network.config, "_attn_implementation", "")))
        batch = packed_batch(one_row(rows) if single else rows, model.filler)
    else:
        batch = padded_batch([row[0] for row in rows], model.filler)
    return {name: one.to(device) if isinstance(one, torch.Tensor) else one for name, one in batch.items()}


def nats(network: Any, batch: Mapping[str, Any], paired: bool) -> torch.Tensor:
    """The cross-entropy in nats of the labels of each row, a sum; network: the model's, or what processes share."""
    logits, labels = _guessed(network, batch, paired)
    return _entropy(logits, labels).sum(dim=1)


def _guessed(network: Any, batch: Mapping[str, Any], paired: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """What the network expects at each place, and the id that stands there; both rows by places."""
    labels = batch["labels"]
    given = {"use_cache": False, **batch}
    if not paired:
        del given["labels"]
    logits = network(**given).logits
    if not paired:  # the id at a place is told by what stands before it
        logits, labels = logits[:, :-1], labels[:, 1:]
    return logits, labels


def _entropy(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.cross_entropy(
        logits.transpose(1, 2).float(), labels, ignore_index=IGNORED, reduction="none"
    )


def weights(model: Model, examples: Sequence[Tokens]) -> list[tuple[float, int, int]]:
    """Of each answer, when the model is told what came before: the bits it needs to write it, how many ids that is (end
    mark included), and of how many of them the right one was the likeliest.
    """
    model.network.eval()
    with torch.inference_mode():
        batch = batch_of(model, [[one] for one in examples], packing=False, device=model.network.device)
        logits, labels = _guessed(model.network, batch, model.paired)
        hits = (logits.argmax(dim=-1) == labels).sum(dim=1)
        sums = zip(_entropy(logits, labels).sum(dim=1), (labels != IGNORED).sum(dim=1), hits, strict=True)
        return [(float(nats) / math.log(2), int(ids), int(hits)) for nats, ids, hits in sums]


def write_until_ends(
    model: Model, questions: Sequence[Sequence[int]], new_ids: int, ends: Sequence[int], decode: Decode = GREEDY
) -> list[tuple[str, bool]]:
    """What the model writes to each question, drawn as `decode` says, `new_ids` at most; and whether it came to an end.

    What is sampled follows from torch's seed and from what is asked together.
    """
    model.network.eval()
    width = max(map(len, questions))
    rows = [_padded(list(one), [model.filler] * (width - len(one)), model.paired) for one in questions]
    masks = [_padded([1] * len(one), [0] * (width - len(one)), model.paired) for one in questions]
    own = model.network.generation_config
    made: Any = transformers.GenerationConfig
    model.network.generation_config = made(
        do_sample=decode.temperature > 0,
        num_beams=decode.beams,
        **({"temperature": decode.temperature, "top_p": decode.top_p, "top_k": 0} if decode.temperature > 0 else {}),
        max_new_tokens=new_ids,
        eos_token_id=list(ends),
        pad_token_id=model.filler,
        **{key: getattr(own, key, None) for key in KEPT},
    )
    device = model.network.device
    with torch.inference_mode():
        written = model.network.generate(
            inputs=torch.tensor(rows, device=device), attention_mask=torch.tensor(masks, device=device)
        )
    new = written.tolist() if model.paired else written[:, width:].tolist()
    stops = set(ends)
    return [(said(model, _until(row, stops)), not stops.isdisjoint(row)) for row in new]


def said(model: Model, ids: Sequence[int]) -> str:
    """The text of some ids, marks left out."""
    if model.encoding:
        return text(ids)
    found: str = model.tokenizer.decode(ids, skip_special_tokens=True)
    return found


def parameters(model: Model) -> int:
    """How many numbers the model has."""
    return sum(weight.numel() for weight in model.network.parameters())


def _padded(row: list[int], filling: list[int], paired: bool) -> list[int]:
    """A decoder-only model goes on from the last id, so its rows are filled up on the left."""
    return row + filling if paired else filling + row


def _until(row: Sequence[int], ends: set[int]) -> Sequence[int]:
    return row[: next((at for at, id in enumerate(row) if id in ends), len(row))]
