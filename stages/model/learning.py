"""One loop for every model: a step of training on any number of processes, on accelerate.

A step's loss is the sum over all its answers' ids divided by their number, however they are laid out: in one turn or
several, packed or padded, on one process or many.
"""

import math
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import DistributedType

from stages.model.batches import Example, rows_of, turns
from stages.model.network import Model, batch_of, nats
from stages.model.packing import refuse_leaks
from stages.model.recipe import BYTES, Lora, Recipe, rate
from stages.model.tokenizing import IGNORED
from stages.shared.errors import ParamsError
from stages.shared.networks import is_out_of_memory

OVER_BYTES, PAIRED, SINGLE = "a model over bytes", "an encoder-decoder", "a decoder-only model"
"""The kinds of model, in the words of errors."""


@dataclass(frozen=True)
class Learner:
    """A model in training. network: the model's, as the processes share it. name: of the recipe, for errors."""

    team: Accelerator
    model: Model
    network: Any
    optimizer: Any
    recipe: Recipe
    name: str
    total: int

    @property
    def where(self) -> str:
        """The recipe's place."""
        return f"params.yaml, key recipes.{self.name}"


def precision(recipe: Recipe, name: str) -> str:
    """The precision of the computation in accelerate's words; raise ParamsError for one the hardware lacks."""
    gpu = torch.cuda.is_available()
    if recipe.precision == "auto":
        return "bf16" if gpu and torch.cuda.is_bf16_supported() else "no"
    if recipe.precision == "fp16" and not gpu:
        raise ParamsError("a GPU for fp16", "none", f"params.yaml, key recipes.{name}.precision", "use auto")
    return "no" if recipe.precision == "fp32" else recipe.precision


def fitted(model: Model, recipe: Recipe, name: str) -> Model:
    """The model with the recipe's prompt and adapters; raise ParamsError where the recipe is for another kind.

    Raises InputError where packed examples would see each other.
    """
    wanted = OVER_BYTES if recipe.format == BYTES else PAIRED if recipe.source_length else SINGLE
    came = OVER_BYTES if model.encoding else PAIRED if model.paired else SINGLE
    if wanted != came:
        raise ParamsError(
            f"a recipe for {came}",
            f"one for {wanted} (format {recipe.format})",
            f"params.yaml, key recipes.{name}",
            "name another recipe or another starting model in the run",
        )
    model = replace(model, prompt=recipe.prompt)
    if recipe.packing:
        refuse_leaks(model.network)
    if recipe.gradient_checkpointing:
        model.network.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    return _adapted(model, recipe.lora, name) if recipe.lora else model


def _adapted(model: Model, lora: Lora, name: str) -> Model:
    # Loaded here: it takes seconds, and most runs need none of it.
    import peft  # noqa: PLC0415

    made: Any = peft.LoraConfig
    settings = made(
        r=lora.r,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=lora.targets,
        task_type="SEQ_2_SEQ_LM" if model.paired else "CAUSAL_LM",
    )
    try:
        return replace(model, network=peft.get_peft_model(model.network, settings))
    except ValueError as error:
        raise ParamsError(
            "layers of the model",
            ", ".join(lora.targets) if isinstance(lora.targets, list) else lora.targets,
            f"params.yaml, key recipes.{name}.lora.targets",
            "name layers that this model has, or all-linear",
        ) from error


def learner(team: Accelerator, model: Model, recipe: Recipe, name: str, total: int) -> Learner:
    """A model and its optimizer (AdamW), ready for `total` steps on all processes of the team."""
    if recipe.lora and team.distributed_type == DistributedType.FSDP:
        raise ParamsError(
            "lora on processes that each hold the whole model",
            "FSDP",
            f"params.yaml, key recipes.{name}.lora",
            "launch without FSDP, or set lora to null",
        )
    weights = [weight for weight in model.network.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=recipe.learning_rate, weight_decay=recipe.weight_decay, fused=True)
    network, optimizer = team.prepare(model.network, optimizer)
    # Each process drops other units out.
    torch.manual_seed(recipe.seed + team.process_index)
    return Learner(team, model, network, optimizer, recipe, name, total)


def learn(one: Learner, step: int, examples: Sequence[Example]) -> float:
    """Take a step, counted from 1, on the examples; return their loss in nats, summed over all processes.

    Raises ParamsError where it is no number, or where memory is too short.
    """
    tokens = [example.tokens for example in examples]
    rows = rows_of(tokens, one.recipe.max_length if one.recipe.packing else None)
    try:
        found = _step(one, step, rows, sum(label != IGNORED for each in tokens for label in each.labels))
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        longest = max(len(each.ids) for each in tokens)
        raise ParamsError(
            "a step that fits into memory",
            f"out of memory at step {step} with {one.recipe.micro_batch} rows at a time, the longest of {longest} ids",
            f"{one.where}.micro_batch",
            "lower it, shorten the lengths, or switch gradient_checkpointing or lora on",
        ) from error
    if not math.isfinite(found):
        raise ParamsError(
            "a loss that is a number",
            f"{found} at step {step} of {one.total}",
            one.where,
            "lower learning_rate, raise warmup, set clip, or compute in bf16 or fp32",
        )
    return found


def _step(one: Learner, step: int, rows: Sequence[Any], answers: int) -> float:
    team, recipe = one.team, one.recipe
    for group in one.optimizer.param_groups:
        group["lr"] = recipe.learning_rate * rate(step - 1, one.total, recipe)
    one.network.train()
    summed = torch.zeros((), device=team.device)
    own = turns(rows, recipe.micro_batch, team.process_index, team.num_processes)
    for number, turn in enumerate(own, start=1):
        # Processes exchange gradients, as a mean, in the last turn only.
        with nullcontext() if number == len(own) else team.no_sync(one.network):
            batch = batch_of(one.model, turn, recipe.packing, team.device)
            found = nats(one.network, batch, one.model.paired).sum()
            team.backward(found * (team.num_processes / max(answers, 1)))
        summed += found.detach()
    if recipe.clip is not None:
        team.clip_grad_norm_(one.network.parameters(), recipe.clip)
    one.optimizer.step()
    one.optimizer.zero_grad()
    return float(team.reduce(summed, "sum"))


def validate(one: Learner, held: Sequence[Example]) -> float | None:
    """Bits per byte of the answers set aside, or None where there are none."""
    if not held:
        return None
    one.network.eval()
    summed = torch.zeros((), device=one.team.device)
    rows = rows_of([example.tokens for example in held], None)
    with torch.no_grad():
        for turn in turns(rows, one.recipe.micro_batch, one.team.process_index, one.team.num_processes):
            batch = batch_of(one.model, turn, packing=False, device=one.team.device)
            summed += nats(one.network, batch, one.model.paired).sum()
    found = float(one.team.reduce(summed, "sum"))
    return round(found / math.log(2) / max(sum(example.bytes for example in held), 1), 4)


def finished(one: Learner) -> tuple[Model, dict[str, Any] | None]:
    """The trained model with its adapters merged, and its weights where no process holds all of them.

    All processes have to ask.
    """
    network = one.team.unwrap_model(one.network)
    if one.recipe.lora:
        network = network.merge_and_unload()
    shared = one.team.distributed_type == DistributedType.FSDP
    return replace(one.model, network=network), one.team.get_state_dict(one.network) if shared else None
