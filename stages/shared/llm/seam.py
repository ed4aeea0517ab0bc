"""The seam between stages and models: one method, an Answer per Prompt.

A provider knows nothing of stages; a stage knows nothing of providers beyond this page. The identity of a request
is the hash of what a model would be sent, never of code, file order or the dataset object.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from stages.shared.errors import ParamsError
from stages.shared.params import Section
from stages.shared.records import Answer, digest


class ModelParams(Section):
    """What decides the answers of a model (`llm.models.NAME` in params.yaml).

    provider: `template` or `recorded`. model: the name that goes into every answer. path, sha256: the file that
    `recorded` replays and the hash it must have.
    """

    provider: str
    model: str
    path: str | None = None
    sha256: str | None = None


NOT_RECORDED = "not-recorded"
"""The finish reason of an answer that `recorded` does not have: the reply is empty and stands for nothing."""


@dataclass(frozen=True)
class Prompt:
    """One request.

    item, setting, draw: whose it is (a taskname or node, the prompt's variant, a number where the same prompt is
    meant to be asked again). messages: what a model is sent, as role and content. subject: the material the messages
    were made from, for providers that answer without a model; it is no part of the request's identity.
    """

    item: str
    setting: str
    messages: tuple[Mapping[str, str], ...]
    draw: int = 0
    subject: Mapping[str, Any] = field(default_factory=dict)


class Provider(Protocol):
    """Whatever answers prompts."""

    def answer(self, prompts: Iterable[Prompt]) -> Iterator[Answer]:
        """Yield one Answer per Prompt, in the order of the prompts."""


Rule = Callable[[Prompt], str]
"""Answers a prompt from its subject; each route brings its own for the `template` provider."""


def request_key(model: ModelParams, prompt: Prompt) -> str:
    """The identity of a request: SHA-256 of provider, model, messages and draw."""
    return digest([model.provider, model.model, [dict(message) for message in prompt.messages], prompt.draw], 64)


def answered(model: ModelParams, prompt: Prompt, reply: str, finish_reason: str = "stop") -> Answer:
    """The Answer of a model to a prompt, nothing metered."""
    return Answer(
        key=request_key(model, prompt),
        item=prompt.item,
        setting=prompt.setting,
        draw=prompt.draw,
        provider=model.provider,
        model=model.model,
        reply=reply,
        finish_reason=finish_reason,
    )


def open_provider(name: str, model: ModelParams, rule: Rule) -> Provider:
    """Return the provider that `model` names; `rule` is what `template` answers with.

    Raises ParamsError where there is no such provider or its keys are incomplete.
    """
    # Imported here: each provider is loaded only where it is used.
    from stages.shared.llm.recorded import Recorded  # noqa: PLC0415
    from stages.shared.llm.template import Template  # noqa: PLC0415

    if model.provider == "template":
        return Template(model, rule)
    if model.provider == "recorded":
        return Recorded(name, model)
    raise ParamsError(
        "one of the providers template, recorded",
        repr(model.provider),
        f"params.yaml, key llm.models.{name}.provider",
        "correct it, or name another model in the stage's section",
    )


def unasked(provider: Provider) -> list[str]:
    """What a provider holds that no prompt so far has asked for: lines of `recorded` answers that match nothing."""
    from stages.shared.llm.recorded import Recorded  # noqa: PLC0415

    return provider.unasked() if isinstance(provider, Recorded) else []
