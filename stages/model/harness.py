"""Put a model to standard tasks (ARC, HellaSwag, MMLU, GSM8K, ...) by EleutherAI's lm-evaluation-harness, so that its
scores can stand beside those that others report.

The harness asks and scores by its own rules. It needs the extra `harness`: pip install -e ".[harness]". What a killed
process was told by the model is kept.
"""

import argparse
import difflib
import io
import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

# Tasks are read from the hub where they are not at hand; that they are is nobody's business.
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
# A bar for what takes long; tqdm reads this once, when it is loaded.
os.environ.setdefault("TQDM_DELAY", "5")

import torch
import transformers

from stages.model import network
from stages.model.coding import opened
from stages.model.conversation import ASSISTANT, SYSTEM, USER, Asked, Turn, question
from stages.model.harnessed import HarnessParams, Suite, results, told
from stages.model.network import Model
from stages.model.opening import open_to_ask, origins
from stages.model.work import fingerprint, finish, work_folder
from stages.shared import params, stage
from stages.shared.errors import InputError, ParamsError
from stages.shared.files import read_yaml, write_json, write_jsonl
from stages.shared.ledger import Ledger
from stages.shared.networks import first_sentence, is_out_of_memory

RESAMPLES = 1000
"""Of the bootstrap by which the harness finds the error of a metric that is no mean, such as F1."""

ANSWERS_ONLY = ("endpoint", "recorded")
"""Kinds of models (measured.py) that weigh no text."""


def library() -> Any:
    """The harness; raise InputError where it is not installed."""
    try:
        # Loaded here: it is an extra, and takes seconds.
        import lm_eval  # noqa: PLC0415
        import lm_eval.evaluator  # noqa: PLC0415
        import lm_eval.models.huggingface  # noqa: PLC0415
        import lm_eval.tasks  # noqa: PLC0415
    except ImportError as error:
        remedy = 'install the extra: pip install -e ".[harness]"'
        raise InputError("lm-evaluation-harness", first_sentence(error), "stage harness", remedy) from error
    logging.getLogger("lm_eval").setLevel(logging.ERROR)
    return lm_eval


def read_tasks(harness: Any, name: str, suite: Suite, own: Path, seed: int) -> dict[str, Any]:
    """The suite's tasks as the harness holds them: `tasks`, `groups` and `group_map`.

    Tasks of the folder `own` go before those of the harness, whose thousands are looked through only where one is
    asked for. Raises ParamsError where there is no such task, InputError where its data can't be had.
    """
    manager = harness.tasks.TaskManager(include_path=[own], include_defaults=False)
    if not set(suite.tasks) <= set(manager.all_tasks):
        manager = harness.tasks.TaskManager(include_path=[own])
    for task in suite.tasks:
        if task not in manager.all_tasks:
            near = difflib.get_close_matches(task, manager.all_tasks, 3) or ["arc_easy", "hellaswag", "mmlu"]
            where, remedy = f"params.yaml, key suites.{name}.tasks", "correct it; `lm_eval ls tasks` lists them all"
            raise ParamsError(f"a task of the harness, such as {', '.join(near)}", repr(task), where, remedy)
    try:
        loaded: dict[str, Any] = manager.load(suite.tasks)
    except (OSError, ValueError, ImportError) as error:  # datasets' errors are among them
        remedy = "see that the hub can be reached, or put the data beside the task and name it in the task's file"
        expected = f"the data of {', '.join(suite.tasks)}"
        raise InputError(expected, first_sentence(error), f"params.yaml, key suites.{name}.tasks", remedy) from error
    for task in loaded["tasks"].values():
        declared = task.get_config("num_fewshot")
        if suite.shots is not None and declared != 0:  # a task that says 0 has no examples to show
            task.set_config(key="num_fewshot", value=suite.shots)
        elif declared is None:
            task.set_config(key="num_fewshot", value=0)
        task.set_fewshot_seed(seed=seed)
    return loaded


def wrapped(harness: Any, model: Model, batch: int) -> Any:
    """A model as the harness asks it; one over bytes by the ids of ByT5, which are its own.

    It reads as much as its network can, as the harness has it, however short the texts were that it was trained on.
    """

    class Wrapped(harness.models.huggingface.HFLM):  # type: ignore[misc]
        """The harness's own model for transformers, but for how it is asked as it was trained."""

        def apply_chat_template(self, chat_history: list[dict[str, str]], add_generation_prompt: bool = True) -> str:
            if add_generation_prompt:
                return asked(model, chat_history)
            return asked(model, chat_history[:-1]) + chat_history[-1]["content"]  # the answer's given beginning

    return Wrapped(
        pretrained=model.network,
        tokenizer=transformers.ByT5Tokenizer(extra_ids=0) if model.encoding else model.tokenizer,
        backend="seq2seq" if model.paired else "causal",
        batch_size=batch,
    )


def asked(model: Model, turns: Sequence[Mapping[str, str]]) -> str:
    """A question in the form that the model was trained to be asked in; a model over bytes knows no other than plain.

    turns: `role` and `content`, of a system and a user. Only a chat template has a place for the former's words.
    """
    if model.encoding:
        return "\n\n".join(one["content"] for one in turns)
    format, prompt = opened(model)
    system = [Turn(SYSTEM, one["content"]) for one in turns if one["role"] == SYSTEM]
    user = "\n\n".join(one["content"] for one in turns if one["role"] != SYSTEM)
    if prompt.format == "chat" and system:
        segments = format.write(Asked("", "", "", (*system, Turn(USER, user), Turn(ASSISTANT, ""))))
    else:
        segments = format.write(Asked("\n\n".join([*(one.content for one in system), user]), "", ""))
    return "".join(one.text for one in question(segments))


def measure(harness: Any, lm: Any, loaded: Mapping[str, Any], name: str, suite: Suite, unsafe: bool) -> dict[str, Any]:
    """What the harness finds (its EvalResults, samples included).

    Raises ParamsError for a task that runs code unasked, that the model can't be put to, or that memory is too short
    for.
    """
    where = f"params.yaml, key suites.{name}"
    for task, one in loaded["tasks"].items():
        if getattr(one, "UNSAFE_CODE", False) and not unsafe:
            remedy = "set harness.unsafe to true on a machine that you can lose, or leave it out"
            raise ParamsError("tasks that run no code written by a model", f"{task}, which does", where, remedy)
    try:
        found: dict[str, Any] = harness.evaluator.evaluate(
            lm=lm,
            task_dict=loaded,
            limit=suite.limit,
            bootstrap_iters=RESAMPLES,
            log_samples=True,
            apply_chat_template=suite.template,
            fewshot_as_multiturn=False,
            confirm_run_unsafe_code=unsafe,
        )
    # What the harness refuses it refuses in all these ways: a model too short for a task, a metric it can't compute ...
    except (RuntimeError, MemoryError, AssertionError, ValueError, NotImplementedError) as error:
        if is_out_of_memory(error):
            came, key = "out of memory", "params.yaml, key harness.batch"
            raise ParamsError("a batch that fits into memory", came, key, "lower it") from error
        remedy = "leave that task out, or measure a model that it fits"
        raise ParamsError("tasks that this model can be put to", first_sentence(error), where, remedy) from error
    return found


def main(paths: argparse.Namespace) -> None:
    """Read params, the model and the tasks; write what each question was answered, and the scores."""
    settings = params.read("harness", HarnessParams)
    suite = params.read(f"suites.{paths.suite}", Suite)
    if paths.model.is_file() and read_yaml(paths.model).get("kind") in ANSWERS_ONLY:
        where, remedy = f"params.yaml, key suites.{paths.suite}", "put it to `benchmarks`, or name a model with weights"
        came = f"{suite.path}, of which only answers can be had"
        raise ParamsError("a model that is loaded here, since choices are weighed", came, where, remedy)
    harness = library()
    network.settle(settings.threads, settings.seed)
    loaded = read_tasks(harness, paths.suite, suite, paths.own, settings.seed)
    lm = wrapped(harness, open_to_ask(paths.model), settings.batch)
    inputs = [settings.model_dump(), suite.model_dump(), fingerprint(paths.own)]
    inputs += [
        harness.__version__,
        torch.__version__,
        transformers.__version__,
        *map(fingerprint, origins(paths.model)),
    ]
    work = work_folder("harness", paths.samples, inputs)
    kept = harness.api.model.CachingLM(lm, str(work / "answers.sqlite"))
    found = measure(harness, kept, loaded, paths.suite, suite, settings.unsafe)
    ledger = Ledger("harness", io.StringIO())  # nothing is dropped
    count = sum(one["effective"] for one in found["n-samples"].values())
    ledger.read("questions", count)
    ledger.keep("questions", count)
    write_jsonl(paths.samples, told(found))
    own = {"model": suite.path, **suite.model_dump(include={"shots", "limit", "template"})}
    known = {"suite": own, "harness": harness.__version__, **results(lm, found)}
    write_json(paths.metrics, {**ledger.counts(), **known})
    kept.dbdict.close()
    finish(work)


if __name__ == "__main__":
    stage.run(main, __doc__, inputs=("model", "own"), outputs=("samples", "metrics"), values=("suite",))
