"""How many ids of answers a second are learned from packed rows and from padded ones.

`python -m tests.benchmarks.packing`. The data are the 175 seed tasks that are shipped and LLaMA-Factory's sample of
Alpaca, 999 rows, shuffled once, in Alpaca's prompt and the ids of a byte-level BPE trained on them. The model is a
small Llama made on the spot. Each way learns the same examples with the same optimizer, about as many a step; passes
take turns, one core, the processor's time, and the median counts. Padded batches that are sorted by length are shown
too: they waste little, but teach less (stages/model/batches.py).
"""

import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from stages.model import packing, tokenizing
from stages.model.conversation import Asked
from stages.model.packing import Row
from stages.model.tokenizing import IGNORED, Tokens
from tests.house import ROOT

DATA = Path(os.environ.get("SAUROPOD_TEST_DATA", ROOT.parent / "shared" / "data"))
LIMIT, WINDOW, BATCH, STEPS, PASSES, AIM = 512, 32, 16, 8, 3, 1.5
FILLER = 0
Batches = list[dict[str, Any]]


def instances() -> list[Asked]:
    """The real short instructions."""
    lines = (ROOT / "data/sources/corpora/self-instruct-seeds.jsonl").read_text("utf-8").splitlines()
    seeds = [json.loads(line) for line in lines]
    found = [Asked(one["instruction"], one["instances"][0]["input"], one["instances"][0]["output"]) for one in seeds]
    rows = json.loads((DATA / "corpora/llamafactory_alpaca_en_demo.json").read_text("utf-8"))
    found += [Asked(one["instruction"], one["input"], one["output"]) for one in rows]
    Random("packing").shuffle(found)
    return found


def tokenizer(asked: Sequence[Asked]) -> Any:
    """A byte-level BPE of 4,000 tokens."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=4000, special_tokens=["<pad>", "</s>"], initial_alphabet=alphabet, show_progress=False
    )
    made.train_from_iterator((text for one in asked for text in (one.instruction, one.input, one.output)), trainer)
    return PreTrainedTokenizerFast(tokenizer_object=made, eos_token="</s>", pad_token="<pad>")


def network() -> Any:
    """A Llama of about two million numbers."""
    torch.manual_seed(1)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=4000,
            hidden_size=128,
            intermediate_size=344,
            num_hidden_layers=4,
            num_attention_heads=4,
            num_key_value_heads=4,
            max_position_embeddings=LIMIT,
            attn_implementation="sdpa",
        )
    )


def parts(examples: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """So many at a time."""
    return (examples[start : start + size] for start in range(0, len(examples), size))


def padded(examples: Sequence[Tokens]) -> Batches:
    """A row for each example."""
    return [packing.padded_batch(some, FILLER) for some in parts(examples, BATCH)]


def packed(examples: Sequence[Tokens]) -> Batches:
    """As many rows in a batch as hold about `BATCH` examples."""
    rows: list[Row] = list(packing.packed(examples, LIMIT, WINDOW))
    size = max(round(len(rows) * BATCH / len(examples)), 1)
    return [packing.packed_batch(some, FILLER) for some in parts(rows, size)]


def learned(model: Any, batches: Batches) -> tuple[float, int]:
    """Seconds of the processor that a pass takes, and the ids of answers in it."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
    start, answers = time.process_time(), 0
    for batch in batches:
        answers += int((batch["labels"] != IGNORED).sum())
        model(**batch).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return time.process_time() - start, answers


def filled(batches: Batches) -> float:
    """The share of places in the batches that an example fills."""
    places = sum(batch["input_ids"].numel() for batch in batches)
    return sum(int((batch["input_ids"] != FILLER).sum()) for batch in batches) / places


def main() -> None:
    """Print how full the batches are, ids of answers a second, and the ratio."""
    torch.set_num_threads(1)
    asked = instances()
    format = tokenizing.open_format("alpaca", tokenizer(asked))
    start = time.process_time()
    found = [tokenizing.train_causal(format, one, LIMIT) for one in asked]
    examples = [one for one in found if isinstance(one, Tokens)]
    taken = time.process_time() - start
    lengths = sorted(len(one.ids) for one in examples)
    sys.stdout.write(
        f"{len(asked)} instances, {len(asked) - len(examples)} too long, {sum(one.left_out > 0 for one in examples)} "
        f"cut; ids: median {statistics.median(lengths):.0f}, longest {lengths[-1]}; "
        f"{len(asked) / taken:.0f} instances/s tokenised\n"
    )
    used, model = examples[: BATCH * STEPS], network()
    packing.refuse_leaks(model)
    ways: dict[str, Callable[[Sequence[Tokens]], Batches]] = {
        "padded": padded,
        "packed": packed,
        "sorted": lambda some: padded(sorted(some, key=lambda one: len(one.ids))),
    }
    batches = {name: way(used) for name, way in ways.items()}
    learned(model, batches["padded"][:1])
    speeds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(PASSES):
        for name in ways:
            seconds, answers = learned(model, batches[name])
            speeds[name].append(answers / seconds)
    median = {name: statistics.median(found) for name, found in speeds.items()}
    for name in ways:
        sys.stdout.write(f"{name}: {filled(batches[name]):.0%} filled, {median[name]:.0f} ids of answers/s\n")
    sys.stdout.write(f"ratio {median['packed'] / median['padded']:.2f} (aim {AIM})\n")
    sys.stdout.write(f"ratio to sorted by length {median['packed'] / median['sorted']:.2f}\n")


if __name__ == "__main__":
    main()
