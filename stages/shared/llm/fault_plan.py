"""The plan of a fault server: what it answers, how late, and how it misbehaves.

    latency_ms: [20, 200]
    faults: {429: 0.1, 503: 0.05, half: 0.02, hang: 0.01}
    retry_after: 2
    replies: [{contains: JSON, reply: '{"task1": {}}'}]
    batch: {polls: 3, expire_share: 0.1}

A plan is a YAML file; every key may be left out. `reply` and `replies` may hold `{digest}`, which becomes the first
16 hex digits of the SHA-256 of the canonical messages (stages/shared/llm/fault_requests.py). Keys and their meaning
are the fields of Plan and BatchPlan; the names of the faults are the table FAULTS.
"""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    NonNegativeInt,
    PositiveInt,
    ValidationError,
    field_validator,
    model_validator,
)

from stages.shared.errors import InputError
from stages.shared.files import explain, read_yaml

FaultName = Literal[
    "429", "500", "502", "503", "529", "401", "400", "insufficient_quota", "hang", "drip", "keepalive", "half", "cut",
    "empty", "html", "reset", "no_usage", "bad_json", "truncated", "filtered", "no_choices",
]  # fmt: skip

FAULTS: dict[FaultName, str] = {
    "429": "status 429, a rate limit error, with Retry-After where the plan sets one",
    "500": "status 500, a server error",
    "502": "status 502, a server error",
    "503": "status 503, a server error, with Retry-After where the plan sets one",
    "529": "status 529, an overloaded error",
    "401": "status 401, an authentication error",
    "400": "status 400, an invalid request error",
    "insufficient_quota": "status 429 with error.code insufficient_quota and no Retry-After (Messages: 402)",
    "hang": "the request is taken and never answered",
    "drip": "a right reply in ten pieces, `drip_s` seconds from the first to the last",
    "keepalive": "status 200 and headers, then blank lines for ever",
    "half": "status 200, no length, JSON that ends in its middle, the connection closed in an orderly way",
    "cut": "status 200, half of the length that was promised, the connection closed",
    "empty": "status 200, no body",
    "html": "status 200, an HTML page",
    "reset": "the connection is reset before the first byte",
    "no_usage": "a right reply without usage",
    "bad_json": "a right reply whose content is prose that is no JSON",
    "truncated": "a right reply with half of its content and the finish reason length (Messages: max_tokens)",
    "filtered": "a right reply without content and the finish reason content_filter (Messages: refusal)",
    "no_choices": "status 200, no choices (Messages: no content), usage of nought",
}
"""Every fault and what the client sees of it."""

BILLED_FAULTS = frozenset({"drip", "no_usage", "bad_json", "truncated", "filtered"})
"""Faults with which a complete right reply leaves the server: they are answered and billed."""

BROKEN_FAULTS = frozenset({"half", "cut"})
"""Faults with which a reply breaks off: billed only where the plan says `bill_broken`."""


def _name(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _names(value: Any) -> Any:
    """A mapping with its numbers written out: YAML reads the fault 429 as a number."""
    return {_name(key): share for key, share in value.items()} if isinstance(value, dict) else value


def _range(value: Any) -> Any:
    """A number N is the range from N to N."""
    return (value, value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]
Fault = Annotated[FaultName, BeforeValidator(_name)]


class Settings(BaseModel):
    """A part of a plan: it can't be changed and knows no other keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Rule(Settings):
    """`reply` is the completion for requests in which a message's content holds `contains`."""

    contains: str
    reply: str


class BatchPlan(Settings):
    """What becomes of batches.

    polls: the GET of a batch, counted from 1, that finds it at its end. expire_share, fail_share: shares of its
    requests that end in the error file as `batch_expired` (the batch is then `expired`) or with a response of status
    500; drawn anew each time a request is sent, and bounded by max_faults_per_request. reject: every batch fails at
    validation.
    """

    polls: PositiveInt = 1
    expire_share: Share = 0.0
    fail_share: Share = 0.0
    reject: bool = False

    @model_validator(mode="after")
    def _at_most_all(self) -> Self:
        if self.expire_share + self.fail_share > 1:
            raise ValueError("expire_share and fail_share must add up to 1 or less")
        return self


class Plan(Settings):
    """What a fault server does.

    seed: begins all chance. What happens to a call follows from the seed, the digest of its body and how often that
    body came before; so it is the same in whatever order calls come.
    latency_ms: milliseconds before anything is answered, a number or [low, high] (uniform); replies overtake
    each other.
    faults: fault name -> share of calls, together at most 1; a call has at most one fault.
    first: faults of the first calls in order of arrival, null for none; they come before shares and bounds.
    max_faults_per_request: after so many faults a body is answered properly; null for no bound.
    retry_after: sent with 429 and 503: seconds, or `date` for an HTTP date `retry_after_s` seconds ahead, rounded up
    to a whole second.
    drip_s: seconds that the fault `drip` takes.
    reply, replies: the completion; the first of `replies` that fits wins over `reply`.
    output_tokens: reported for a reply, a number or [low, high], drawn from the digest of the body. A request's own
    limit cuts tokens and text, with the finish reason length.
    cached_input_share: share of the input tokens that is reported as cached.
    rejects_schema: a request for structured output gets status 400 and error.param with its key (`response_format`).
    requests_per_second: calls beyond so many within one second get status 429; these are no draws of chance.
    bill_broken: replies that break off (`half`, `cut`) are billed too.
    batch: see BatchPlan.
    """

    seed: int = 0
    latency_ms: Annotated[tuple[Seconds, Seconds], BeforeValidator(_range)] = (0.0, 0.0)
    faults: Annotated[dict[Fault, Share], BeforeValidator(_names)] = {}
    first: tuple[Fault | None, ...] = ()
    max_faults_per_request: NonNegativeInt | None = 3
    retry_after: Seconds | Literal["date"] | None = None
    retry_after_s: Seconds | None = None
    drip_s: Seconds = 1.0
    reply: str = "An answer to {digest}."
    replies: tuple[Rule, ...] = ()
    output_tokens: Annotated[tuple[NonNegativeInt, NonNegativeInt], BeforeValidator(_range)] = (16, 16)
    cached_input_share: Share = 0.0
    rejects_schema: bool = False
    requests_per_second: PositiveInt | None = None
    bill_broken: bool = False
    batch: BatchPlan = BatchPlan()

    def completion(self, texts: tuple[str, ...], digest: str) -> tuple[str, str]:
        """The completion for a request with these messages, whose digest is this, and why it ends where it does."""
        reply = next((rule.reply for rule in self.replies if any(rule.contains in one for one in texts)), self.reply)
        return reply.replace("{digest}", digest), "stop"

    @field_validator("faults")
    @classmethod
    def _shares_of_one(cls, faults: dict[FaultName, float]) -> dict[FaultName, float]:
        if sum(faults.values()) > 1 + 1e-9:  # ten times 0.1 is allowed
            raise ValueError("the shares must add up to 1 or less")
        return faults

    @field_validator("latency_ms", "output_tokens")
    @classmethod
    def _low_to_high(cls, pair: tuple[float, float]) -> tuple[float, float]:
        if pair[0] > pair[1]:
            raise ValueError("the lower end must come first")
        return pair

    @model_validator(mode="after")
    def _date_with_seconds(self) -> Self:
        if (self.retry_after == "date") != (self.retry_after_s is not None):
            raise ValueError("retry_after: date and retry_after_s: SECONDS go together")
        return self


def read_plan(path: Path) -> Plan:
    """Read a plan; raise InputError naming file and key where it is not there or not as Plan describes."""
    if not path.is_file():
        raise InputError("a plan, a YAML file", "none", str(path), "correct the path")
    found = read_yaml(path)
    try:
        return Plan.model_validate({} if found is None else found)
    except ValidationError as error:
        keys = ", ".join(Plan.model_fields)
        raise InputError(
            f"a fault plan with the keys {keys}", explain(error), str(path), "add, remove or correct the key"
        ) from error
