"""One loop for every model: a step of training on any number of processes, on accelerate.

A step's loss is the sum over all its answers' ids divided by their number, however they are laid out: in one turn or
several, packed or padded, on one process or many.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import DistributedType
from safetensors.torch import save_file

from stages.model.batches import Example, rows_of, turns
from stages.model.network import Model, batch_of, nats
from stages.model.packing import refuse_leaks
from stages.model.recipe import BYTES, Lora, Recipe, rate
from stages.model.tokenizing import IGNORED
from stages.shared.errors import ParamsError
from stages.shared.files import write_json
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
    with _room("the model's weights", f"params.yaml, key recipes.{name}", "switch lora on, or launch on more GPUs"):
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
    longest = max(len(each.ids) for each in tokens)
    what = f"step {step} with {one.recipe.micro_batch} rows at a time, the longest of {longest} ids"
    with _room(what, f"{one.where}.micro_batch", _smaller(one.recipe)):
        found = _step(one, step, rows, sum(label != IGNORED for each in tokens for label in each.labels))
    if not math.isfinite(found):
        raise ParamsError(
            "a loss that is a number",
            f"{found} at step {step} of {one.total}, on {len(examples)} instances from {examples[0].instance_id} on",
            one.where,
            "lower learning_rate, raise warmup, set clip, or compute in bf16 or fp32",
        )
    return found


@contextmanager
def _room(what: str, where: str, remedy: str) -> Iterator[None]:
    """Tell of memory that is too short for something in one sentence with what to change."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise ParamsError("a training that fits into memory", f"out of memory at {what}", where, remedy) from error


def _smaller(recipe: Recipe) -> str:
    """What of a recipe can be changed to need less memory, as a phrase."""
    keys = ["micro_batch"] if recipe.micro_batch > 1 else []
    keys += [key for key in ("max_length", "source_length", "target_length") if getattr(recipe, key)]
    ways = [f"lower {' or '.join(keys)}"] if keys else []
    if not recipe.gradient_checkpointing:
        ways.append("switch gradient_checkpointing on")
    if recipe.lora is None and recipe.format != BYTES:
        ways.append("train with lora")
    return ", or ".join(ways) or "train a smaller model"


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
    what = f"validation with {one.recipe.micro_batch} rows at a time"
    with torch.no_grad(), _room(what, f"{one.where}.micro_batch", _smaller(one.recipe)):
        for turn in turns(rows, one.recipe.micro_batch, one.team.process_index, one.team.num_processes):
            batch = batch_of(one.model, turn, packing=False, device=one.team.device)
            summed += nats(one.network, batch, one.model.paired).sum()
    found = float(one.team.reduce(summed, "sum"))
    return round(found / math.log(2) / max(sum(example.bytes for example in held), 1), 4)


@dataclass(frozen=True)
class Adapters:
    """Adapters apart from the model they were trained beside. weights: their tensors by name. settings: peft's."""

    weights: Mapping[str, Any]
    settings: Mapping[str, Any]


def adapters(one: Learner, base: str) -> Adapters | None:
    """The adapters of a training, to be taken before they are merged; None where all weights were trained.

    base: what they go on top of, as peft looks for it.
    """
    if one.recipe.lora is None:
        return None
    import peft  # noqa: PLC0415 - see _adapted

    network = one.team.unwrap_model(one.network)
    # peft keeps names in sets, which have another order in each process.
    settings = {
        key: sorted(value) if isinstance(value, set) else value
        for key, value in network.peft_config["default"].to_dict().items()
    }
    weights = {name: weight.detach().cpu().clone() for name, weight in peft.get_peft_model_state_dict(network).items()}
    return Adapters(weights, {**settings, "base_model_name_or_path": base, "inference_mode": True})


def save_adapters(found: Adapters, folder: Path) -> None:
    """Write adapters as peft reads them."""
    folder.mkdir()
    save_file(dict(found.weights), folder / "adapter_model.safetensors", {"format": "pt"})
    write_json(folder / "adapter_config.json", found.settings)


def finished(one: Learner) -> tuple[Model, dict[str, Any] | None]:
    """The trained model with its adapters merged, and its weights where no process holds all of them.

    All processes have to ask.
    """
    network = one.team.unwrap_model(one.network)
    if one.recipe.lora:
        network = network.merge_and_unload()
    shared = one.team.distributed_type == DistributedType.FSDP
    return replace(one.model, network=network), one.team.get_state_dict(one.network) if shared else None
