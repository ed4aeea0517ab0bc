"""Train a model further on preferences: of two answers to a prompt, the better one more likely, the worse one less.

By DPO as trl has it, against the model that it starts from. Pairs are those of a corpus that merge lets in, by their
licence and by the benchmarks. It needs the extra `dpo`: pip install -e ".[dpo]". A killed one goes on from its last
checkpoint, with the same result.
"""

import argparse
import math
import shutil
from collections import Counter
from collections.abc import Iterator
from importlib import metadata
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import torch
import transformers

from stages.model import checkpoints, facts, network
from stages.model.coding import opened
from stages.model.conversation import ASSISTANT, USER, Asked, Turn, UnfitError, question
from stages.model.facts import Facts, Place
from stages.model.network import Model
from stages.model.opening import open_model, origins
from stages.model.recipe import AlignParams
from stages.model.shards import rows
from stages.model.tokenizing import TOO_LONG, UNFIT, Format, causal
from stages.model.trained import FILE
from stages.model.work import fingerprint, finish, work_folder
from stages.shared import params, stage
from stages.shared.errors import InputError, ParamsError
from stages.shared.files import remove, replacing, write_json
from stages.shared.ledger import Ledger
from stages.shared.ledger import opened as opened_ledger
from stages.shared.networks import is_out_of_memory

COLUMNS = ("prompt", "chosen", "rejected", *facts.COLUMNS)

SAME = "same-answers"
"""The reason of a pair whose two answers are one text: nothing is preferred."""

TOLD = ("loss", "rewards/accuracies", "rewards/margins")
"""What trl tells of each point: the loss; how often the better answer gained more than the worse; and by how much."""

IDS = pa.schema([pa.field(name, pa.list_(pa.int64())) for name in ("prompt_ids", "chosen_ids", "rejected_ids")])

BATCH_PAIRS = 1000
"""Pairs in memory while they are written."""

Curve = list[dict[str, float]]
"""The points of a training: step and TOLD."""

Ids = dict[str, list[int]]
"""A pair as trl reads it: prompt_ids, chosen_ids, rejected_ids."""


def pair(format: Format, prompt: list[dict[str, Any]], chosen: str, rejected: str, limit: int) -> Ids | str:
    """A pair as ids, `limit` of them at most in question and answer together, or the reason why it is left out.

    The question's ids are the very ones that the model is asked with (tokenizing.py).
    """
    if chosen == rejected:
        return SAME
    found: Ids = {}
    for name, answer in (("chosen_ids", chosen), ("rejected_ids", rejected)):
        try:
            segments = format.write(_asked(prompt, answer))
        except UnfitError:
            return UNFIT
        ids = causal(format, segments)[0]
        if len(ids) > limit:
            return TOO_LONG
        found["prompt_ids"] = causal(format, question(segments))[0]
        found[name] = ids[len(found["prompt_ids"]) :]
    return found


def pairs(path: Path, model: Model, book: Ledger, places: Counter[Place]) -> Iterator[Ids]:
    """The pairs of a corpus that a model can hold; the others are dropped with a reason.

    places: gets how many come from where.
    """
    format, prompt = opened(model)
    for row in rows(path, COLUMNS):
        book.read("pairs")
        found = pair(format, row["prompt"], row["chosen"], row["rejected"], prompt.max_length or 0)
        if isinstance(found, str):
            book.drop("pairs", row["origin"], found)
            continue
        book.keep("pairs")
        places[facts.place(row)] += 1
        yield found


def gathered(found: Iterator[Ids], work: Path) -> Path:
    """Pairs in a file of Arrow's, read from where it lies, so that memory does not grow with them."""
    work.mkdir(parents=True, exist_ok=True)
    path = work / "pairs.arrow"
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, IDS) as writer:
        while some := list(islice(found, BATCH_PAIRS)):
            writer.write_table(pa.Table.from_pylist(some, IDS))
    return path


def prefer(model: Model, reference: Model, found: Iterator[Ids], settings: AlignParams, work: Path) -> Curve:
    """Train a model in place on pairs, against `reference`, from its last checkpoint in `work` on; return the curve.

    work: where trl keeps what it needs. Raises InputError without trl or pairs, ParamsError where memory is too short
    or the loss is no number.
    """
    try:
        # Loaded here: they are an extra, and take seconds.
        from datasets import Dataset, disable_progress_bars  # noqa: PLC0415
        from trl import DPOConfig, DPOTrainer  # noqa: PLC0415
    except ImportError as error:
        remedy = 'install the extra: pip install -e ".[dpo]"'
        raise InputError("trl, which trains on preferences", str(error), "stage align", remedy) from error

    class Prepared(DPOTrainer):
        """The trainer for pairs that are ids already."""

        def _prepare_dataset(self, dataset: Any, *_: Any) -> Any:
            return dataset

    disable_progress_bars()
    for torn in work.glob("checkpoint-*"):
        remove(torn)
    data = Dataset.from_file(str(gathered(found, work)))
    if not len(data):
        remedy = "name a corpus that holds some in `alignments`, or see in metrics/dataset.json why merge left them out"
        raise InputError("at least one pair that the model can hold", "none", "stage align, --pairs", remedy)
    trainer = Prepared(
        model.network,
        reference.network,
        DPOConfig(**_given(settings, work)),
        train_dataset=data,
        processing_class=model.tokenizer,
        callbacks=[_Watch(work)],
    )
    _train(trainer, checkpoints.last(work), settings.micro_batch)
    return [
        {"step": one["step"], **{name: round(one[name], 4) for name in TOLD}}
        for one in trainer.state.log_history
        if "rewards/margins" in one
    ]


def _train(trainer: Any, checkpoint: Path | None, micro_batch: int) -> None:
    """Let trl train, from a checkpoint on where there is one."""
    try:
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        came = f"out of memory with {micro_batch} pairs at a time"
        where = "params.yaml, key align.micro_batch"
        raise ParamsError("a training that fits into memory", came, where, "lower it") from error


class _Watch(transformers.TrainerCallback):
    """What is done while trl trains: a checkpoint counts once it is whole, and a loss that is no number ends it."""

    def __init__(self, work: Path) -> None:
        self.work = work

    def on_save(self, args: Any, state: Any, control: Any, **more: Any) -> None:  # noqa: ARG002 - the library's form
        """Let the checkpoint that is now written take the place of the one before."""
        checkpoints.settle(self.work, self.work / f"checkpoint-{state.global_step}", state.global_step)

    def on_log(self, args: Any, state: Any, control: Any, **more: Any) -> None:  # noqa: ARG002 - the library's form
        """Raise ParamsError for a loss that is no number."""
        loss = more["logs"].get("loss", 0.0)
        if not math.isfinite(loss):
            came = f"{loss} up to step {state.global_step} of {state.max_steps}"
            remedy = "lower learning_rate, or raise warmup"
            raise ParamsError("a loss that is a number", came, "params.yaml, section align", remedy)


def _given(settings: AlignParams, work: Path) -> dict[str, Any]:
    """The settings in the words of trl."""
    return {
        "output_dir": str(work),
        "beta": settings.beta,
        "num_train_epochs": settings.epochs,
        "per_device_train_batch_size": settings.micro_batch,
        "gradient_accumulation_steps": settings.batch // settings.micro_batch,
        "learning_rate": settings.learning_rate,
        "warmup_steps": settings.warmup,
        "logging_steps": settings.log_every,
        "logging_nan_inf_filter": False,  # else a loss that is no number is told as the mean of those before
        "seed": settings.seed,
        "max_length": None,
        "use_cpu": not torch.cuda.is_available(),
        "bf16": torch.cuda.is_available(),
        "save_strategy": "steps" if settings.save_every else "no",
        "save_steps": settings.save_every or 1,
        "report_to": [],
    }


def _asked(prompt: list[dict[str, Any]], answer: str) -> Asked:
    """A prompt with an answer: of one question alone an instance, else a conversation."""
    if len(prompt) == 1 and prompt[0]["role"] == USER:
        return Asked(prompt[0]["content"] or "", "", answer)
    turns = [Turn(one["role"], one["content"] or "", one["name"] or "", one["tool_calls"] or "") for one in prompt]
    return Asked("", "", answer, (*turns, Turn(ASSISTANT, answer)))


def told(paths: argparse.Namespace, model: Model, settings: AlignParams, places: Counter[Place]) -> Facts:
    """What is known of the aligned model, for its card: all of the one it starts from, and the pairs."""
    run = paths.model.name
    base, runs, sources = facts.based_on(paths.init)
    before = facts.read_facts(paths.init) if paths.init.is_dir() else None
    return Facts(
        run=run,
        runs=[*runs, run],
        base=base,
        paired=False,
        recipe_name=before.recipe_name if before else "",
        recipe=before.recipe if before else None,
        parameters=network.parameters(model),
        sources=[*sources, *facts.counted(run, places)],
        shortened=before.shortened if before else 0,
        curve=before.curve if before else [],
        preferences=settings.model_dump(exclude_none=True),
    )


def main(paths: argparse.Namespace) -> None:
    """Read params, the pairs and the model; write the model that prefers the better answers."""
    settings = params.read("align", AlignParams)
    network.settle(settings.threads, settings.seed)
    model = open_model(paths.init)
    if model.encoding or model.paired:
        remedy = "start from another model in `alignments`"
        raise InputError("a decoder-only model with a tokenizer", "another kind", str(paths.init), remedy)
    inputs: list[Any] = [settings.model_dump(), torch.__version__, transformers.__version__, _version("trl")]
    inputs += [fingerprint(path) for path in (paths.pairs, *origins(paths.init))]
    work = work_folder("align", paths.model, inputs)
    extra: dict[str, object] = {}
    with replacing(paths.model) as folder:
        folder.mkdir()
        with opened_ledger("align", folder / "dropped.jsonl", paths.metrics, training=extra) as book:
            places: Counter[Place] = Counter()
            found = pairs(paths.pairs, model, book, places)
            curve = prefer(model, open_model(paths.init), found, settings, work)
            network.save(model, folder)
            write_json(folder / facts.FILE, told(paths, model, settings, places).model_dump())
            if (paths.init / FILE).is_file():
                shutil.copy(paths.init / FILE, folder / FILE)  # what the holdout may not measure it on
            extra["curve"] = curve
    finish(work)


def _version(package: str) -> str:
    """The version of a library that may be missing: then training says so."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


if __name__ == "__main__":
    stage.run(main, __doc__, inputs=("pairs", "init"), outputs=("model", "metrics"))
