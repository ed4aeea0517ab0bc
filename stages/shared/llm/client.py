"""How endpoints are asked (`llm.client` in params.yaml): addresses, limits and money.

None of it changes an answer, so no stage depends on it: changing a price, a budget or the concurrency reruns nothing.
"""

import os
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from stages.shared import params
from stages.shared.errors import ParamsError
from stages.shared.llm.money import Price
from stages.shared.llm.seam import ModelParams
from stages.shared.params import Section


class Endpoint(Section):
    """base_url: the address with its version (null: the SDK's own, or the SDK's environment variable).

    key_env: the environment variable that holds the key; null for an endpoint that asks for none.
    """

    base_url: str | None
    key_env: str | None

    @field_validator("base_url")
    @classmethod
    def _is_address(cls, url: str | None) -> str | None:
        if url is not None:
            found = urlsplit(url)
            if found.scheme not in ("http", "https") or not found.hostname or found.port == 0:
                raise ValueError("an address begins with http:// or https:// and a host")
        return url


class ClientParams(Section):
    """Addresses, limits and money.

    endpoints: label to address. concurrency: requests under way at most. requests_per_minute, tokens_per_minute:
    null for no limit. timeout_s: seconds for one call, its whole body included. attempts: calls for one prompt at
    most; refusals for haste (429) don't count. patience_s: seconds for one prompt with all its attempts and waits.
    max_failed_share: the share of prompts that may stay without an answer before the stage fails. budget_usd: what
    may be paid under budget_id over all stages, processes and days; null for no cap. pay_again: whether answers of
    the last commit that are not at hand may be paid for again. poll_s: seconds between two looks at a batch. prices:
    model to price.
    """

    endpoints: dict[str, Endpoint]
    concurrency: int = Field(ge=1)
    requests_per_minute: float | None = Field(gt=0)
    tokens_per_minute: float | None = Field(gt=0)
    timeout_s: float = Field(gt=0)
    attempts: int = Field(ge=1)
    patience_s: float = Field(gt=0)
    max_failed_share: float = Field(ge=0, le=1)
    budget_usd: float | None = Field(ge=0, allow_inf_nan=False)
    budget_id: str
    pay_again: bool
    poll_s: float = Field(gt=0)
    prices: dict[str, Price]


def read() -> ClientParams:
    """The client's section of params.yaml."""
    return params.read("llm.client", ClientParams)


def endpoint_of(name: str, model: ModelParams, client: ClientParams) -> Endpoint:
    """Where a model is asked; raise ParamsError where llm.client.endpoints has no such label."""
    if model.endpoint not in client.endpoints:
        raise ParamsError(
            f"one of the endpoints {', '.join(client.endpoints) or '(none)'}",
            repr(model.endpoint),
            f"params.yaml, key llm.models.{name}.endpoint",
            "correct it, or describe the endpoint in llm.client.endpoints",
        )
    return client.endpoints[model.endpoint]


def secret(endpoint: Endpoint, label: str) -> str:
    """The key of an endpoint from the environment; raise ParamsError, which never shows a key, where it is not set.

    An endpoint without a key gets a word in its place, since the SDKs insist on one.
    """
    if endpoint.key_env is None:
        return "none"
    found = os.environ.get(endpoint.key_env, "").strip()
    if not found:
        raise ParamsError(
            f"a key in the environment variable {endpoint.key_env}",
            "none",
            f"params.yaml, key llm.client.endpoints.{label}.key_env",
            f"set it: export {endpoint.key_env}=...",
        )
    if not (found.isascii() and found.isprintable()) or " " in found:
        raise ParamsError(
            f"a key of letters, digits and signs in the environment variable {endpoint.key_env}",
            "one with blanks, line breaks or other characters in it",
            f"params.yaml, key llm.client.endpoints.{label}.key_env",
            "copy the key once more",
        )
    return found
