"""What can be known of asking a local model without loading one: its settings, prompts as text, where replies end."""

from collections.abc import Mapping, Sequence
from typing import Any

from jinja2 import TemplateError

from stages.shared.errors import ParamsError
from stages.shared.llm.calls import CallError
from stages.shared.llm.seam import ModelParams

SAMPLING = ("temperature", "top_p", "max_tokens", "max_completion_tokens", "seed", "stop")
"""The sampling parameters that a local model has."""

Messages = Sequence[Mapping[str, str]]


def check(name: str, model: ModelParams) -> None:
    """Raise ParamsError where a model's settings name no model, or sampling that is impossible here."""
    where, sampling = f"params.yaml, key llm.models.{name}", model.sampling
    if not model.path:
        raise ParamsError("a local folder or hub id", "none", f"{where}.path", "name the model to load")
    if model.endpoint:
        raise ParamsError("null, since a local model has no endpoint", model.endpoint, f"{where}.endpoint", "remove it")
    unknown = [key for key in sampling.sent() if key not in SAMPLING]
    if unknown:
        known, came = ", ".join(SAMPLING), ", ".join(unknown)
        raise ParamsError(f"none but {known}", came, f"{where}.sampling", f"remove {came}: a local model has none")
    bounds = [one for one in (sampling.max_tokens, sampling.max_completion_tokens) if one is not None]
    rules = (
        (sampling.temperature is None or sampling.temperature >= 0, "a temperature of 0 or more"),
        (sampling.top_p is None or 0 < sampling.top_p <= 1, "a top_p above 0 and up to 1"),
        (all(one > 0 for one in bounds), "a bound of 1 token or more"),
        (all(sampling.stop or ()), "stop strings that are not empty"),
    )
    for is_kept, expected in rules:
        if not is_kept:
            raise ParamsError(expected, str(sampling.sent()), f"{where}.sampling", "correct it")


def prompt_text(tokenizer: Any, messages: Messages, *, joined: bool) -> tuple[str, bool]:
    """A prompt as a model reads it, and whether the tokenizer's special tokens are still to be added.

    By the tokenizer's chat template, where it has one. Else a line `role: content` for each message and a last line
    `assistant:`, or, where `joined`, the contents with blank lines between them.
    """
    if tokenizer.chat_template:
        return _templated(tokenizer, messages), False
    if joined:
        return "\n\n".join(one["content"] for one in messages), True
    return "\n".join([*(f"{one['role']}: {one['content']}" for one in messages), "assistant:"]), True


def _templated(tokenizer: Any, messages: Messages) -> str:
    """A prompt by its chat template; where that refuses a system role, its text is put before the user's."""
    system = [one["content"] for one in messages if one["role"] == "system"]
    others = [dict(one) for one in messages if one["role"] != "system"]
    tries = [[dict(one) for one in messages]]
    if system:
        first = next((one for one in others if one["role"] == "user"), None)
        if first is None:
            others.insert(0, first := {"role": "user", "content": ""})
        first["content"] = "\n\n".join([*system, first["content"]]).rstrip()
        tries.append(others)
    refusal = ""
    for one in tries:
        try:
            return str(tokenizer.apply_chat_template(one, tokenize=False, add_generation_prompt=True))
        except TemplateError as error:
            refusal = str(error)
    raise CallError("rejected", f"the chat template refuses it: {refusal}", final=True)


def cut(text: str, stops: Sequence[str]) -> str:
    """A text up to the first of the stop strings in it."""
    return text[: min([at for stop in stops if (at := text.find(stop)) >= 0], default=len(text))]
