"""The seam between stages and models: one method, and for each Prompt its Answers or the reason why there is none.

A provider knows nothing of stages; a stage knows nothing of providers beyond this page. The identity of a request
is the hash of what a model would be sent, never of code, file order or the dataset object.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from stages.shared.errors import ParamsError
from stages.shared.params import Section
from stages.shared.records import Answer, digest


class Sampling(Section):
    """How a model draws its reply, in the words of the OpenAI API; what is None is not sent.

    max_tokens, max_completion_tokens: the bound on a reply, whichever of the two names the endpoint knows.
    """

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    seed: int | None = None
    stop: tuple[str, ...] | None = None
    reasoning_effort: str | None = None

    def sent(self) -> dict[str, Any]:
        """The parameters that are sent."""
        return self.model_dump(mode="json", exclude_none=True)

    @property
    def bound(self) -> int | None:
        """The most tokens that a reply can have; None where nothing bounds it."""
        return self.max_completion_tokens or self.max_tokens


class ModelParams(Section):
    """What decides the answers of a model (`llm.models.NAME` in params.yaml).

    provider: `template`, `recorded`, `openai`, `batch`, `anthropic` or `transformers`. model: the name that goes into
    every answer, and that an endpoint knows it by. endpoint: the label of where it is asked (llm.client.endpoints);
    `openai` and `batch` of one endpoint share their answers. sampling: how it draws. structured: whether a JSON schema
    is asked for where a prompt has one. path: the file that `recorded` replays, the folder or hub id that
    `transformers` loads. sha256: the hash of the recorded file. revision: the commit of a model on the hub.

    Answers are told apart by label and model, not by path, which differs from machine to machine: another local model
    needs another name.
    """

    provider: str
    model: str
    endpoint: str | None = None
    sampling: Sampling = Sampling()
    structured: bool = True
    path: str | None = None
    sha256: str | None = None
    revision: str | None = None

    @property
    def label(self) -> str:
        """Who answers: the endpoint, by its label, or else the provider, with the revision of a local model."""
        return self.endpoint or (f"{self.provider}@{self.revision}" if self.revision else self.provider)


FREE = ("template", "recorded")
"""Providers that ask nobody: their answers cost nothing to make again."""
LOCAL = ("transformers",)
"""Providers that take time on this machine, and no money."""

NOT_RECORDED = "not-recorded"

REASONS = {
    NOT_RECORDED: "the recorded answers hold none for this prompt",
    "timeout": "no whole reply came in time",
    "connection": "the connection failed or broke off",
    "broken-reply": "the reply was empty, cut off, or not what the API promises",
    "server-error": "the endpoint failed",
    "too-many-requests": "the endpoint would not answer at this rate, however long it was waited for",
    "rejected": "the endpoint refuses this request",
    "refused": "the endpoint refuses the key, the account or the model",
}
"""Why a prompt stays without an answer."""


def nothing_to_complain_of(reply: str) -> str:  # noqa: ARG001 - a check takes the reply
    """Every reply will do."""
    return ""


@dataclass(frozen=True)
class Prompt:
    """One request.

    item, setting, draw: whose it is (a taskname or node, the prompt's variant, a number where the same prompt is
    meant to be asked again). messages: what a model is sent, as role and content. schema: the JSON schema that the
    reply should follow. complaint: says what is wrong with a reply, "" if it will do; a model is asked once more with
    that sentence. subject: the material the messages were made from, for providers that answer without a model; it is
    no part of the request's identity.
    """

    item: str
    setting: str
    messages: tuple[Mapping[str, str], ...]
    draw: int = 0
    schema: Mapping[str, Any] | None = None
    complaint: Callable[[str], str] = nothing_to_complain_of
    subject: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Unanswered:
    """A prompt that has no answer: whose it is, the reason word, and what happened."""

    item: str
    setting: str
    draw: int
    reason: str
    detail: str = ""


class Provider(Protocol):
    """Whatever answers prompts."""

    def answer(self, prompts: Iterable[Prompt]) -> Iterator[Answer | Unanswered]:
        """Yield what comes of each Prompt, in the order of the prompts.

        A prompt has one Answer, or two where the first was complained of (`turn` 0 and 1), or it is Unanswered.
        """


Round = Callable[[Iterable[Prompt]], Iterator[Answer | Unanswered]]
"""Asks one round of prompts, where later prompts follow from earlier answers; yields what Provider.answer would."""

Rule = Callable[[Prompt], str]
"""Answers a prompt from its subject; each route brings its own for the `template` provider."""


@dataclass(frozen=True)
class Request:
    """What a model is sent, without whose prompt it is: two prompts that send the same are one request."""

    label: str
    model: str
    messages: tuple[Mapping[str, str], ...]
    sampling: Mapping[str, Any]
    schema: Mapping[str, Any] | None = None
    draw: int = 0

    @property
    def key(self) -> str:
        """SHA-256 of endpoint label, model, messages, schema, sampling parameters and draw."""
        sent = [dict(message) for message in self.messages]
        return digest([self.label, self.model, sent, self.schema, dict(self.sampling), self.draw], 64)


def request_of(model: ModelParams, prompt: Prompt) -> Request:
    """The request that a prompt makes of a model."""
    schema = prompt.schema if model.structured else None
    return Request(model.label, model.model, prompt.messages, model.sampling.sent(), schema, prompt.draw)


def answered(model: ModelParams, prompt: Prompt, reply: str) -> Answer:
    """The Answer of a provider without an endpoint to a prompt, nothing metered."""
    return Answer(
        key=request_of(model, prompt).key,
        item=prompt.item,
        setting=prompt.setting,
        draw=prompt.draw,
        provider=model.label,
        model=model.model,
        reply=reply,
        finish_reason="stop",
    )


def open_provider(name: str, model: ModelParams, rule: Rule, out: Path, expected: int | None = None) -> Provider:
    """Return the provider that `model` names (`name` is its key in llm.models).

    rule: what `template` answers with. out: the stage's own answers.jsonl, of which the last committed version is
    read back before anything is paid for. expected: how many prompts there will be at most, for the progress line.
    Raises ParamsError where there is no such provider or its keys are incomplete, BudgetError where a budget could
    not be kept.
    """
    # Imported here: each provider is loaded only where it is used.
    from stages.shared.llm.recorded import Recorded  # noqa: PLC0415
    from stages.shared.llm.template import Template  # noqa: PLC0415

    if model.provider == "template":
        return Template(model, rule)
    if model.provider == "recorded":
        return Recorded(name, model)
    from stages.shared.llm.asking import SENDERS, open_asking  # noqa: PLC0415

    if model.provider in SENDERS:
        return open_asking(name, model, out, expected)
    raise ParamsError(
        f"one of the providers template, recorded, {', '.join(SENDERS)}",
        repr(model.provider),
        f"params.yaml, key llm.models.{name}.provider",
        "correct it, or name another model in the stage's section",
    )


def open_rounds(name: str, model: ModelParams, out: Path) -> AbstractContextManager[Round]:
    """Return the provider that `model` names, to be asked round after round as long as the block runs.

    name, out: as for `open_provider`. Raises ParamsError where the provider answers known prompts only, or as
    `open_provider` does; leaving the block raises ModelError where too many prompts of all rounds had no answer.
    """
    from stages.shared.llm.asking import SENDERS, open_asking  # noqa: PLC0415

    if model.provider not in SENDERS:
        raise ParamsError(
            f"one of the providers {', '.join(SENDERS)}, since prompts follow from answers here",
            repr(model.provider),
            f"params.yaml, key llm.models.{name}.provider",
            "correct it, or name another model in the stage's section",
        )
    return open_asking(name, model, out, None).rounds()


def unasked(provider: Provider) -> list[str]:
    """What a provider holds that no prompt so far has asked for: lines of `recorded` answers that match nothing."""
    from stages.shared.llm.recorded import Recorded  # noqa: PLC0415

    return provider.unasked() if isinstance(provider, Recorded) else []
