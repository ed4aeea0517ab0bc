"""What answers cost: prices, costs and bounds in whole picodollars (1e-12 USD), so that sums are exact.

A price that is not known stays unknown (None) all the way; it is never taken for zero.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from pydantic import Field

from stages.shared.files import dump_json
from stages.shared.llm.seam import Request
from stages.shared.params import Section
from stages.shared.records import Usage

PICODOLLARS = 10**12
MESSAGE_TOKENS = 16
"""More tokens than any chat template is known to put around a message."""


class Price(Section):
    """US dollars per million tokens, as published at `as_of` (a date or a month).

    cached_input: of input that the endpoint read from its prompt cache; null where it costs as much as other input.
    batch_discount: the share that the Batch API takes off; null where there is none.
    """

    input: float = Field(ge=0, allow_inf_nan=False)
    cached_input: float | None = Field(None, ge=0, allow_inf_nan=False)
    output: float = Field(ge=0, allow_inf_nan=False)
    batch_discount: float | None = Field(None, ge=0, le=1)
    as_of: str


@dataclass(frozen=True)
class Rate:
    """Picodollars per token, rounded up to whole ones."""

    input: int
    cached_input: int
    output: int

    def cost(self, usage: Usage) -> int:
        """What an answer with this usage costs."""
        cached = min(usage.cached_input, usage.input)
        return (usage.input - cached) * self.input + cached * self.cached_input + usage.output * self.output

    def at_most(self, request: Request, max_tokens: int) -> int:
        """More than the request can cost: a token is at least one byte of what is sent."""
        return input_bound(request) * max(self.input, self.cached_input) + max_tokens * self.output


def rate(price: Price, *, batch: bool) -> Rate:
    """The rate of a price, with the batch discount where answers come through the Batch API."""
    kept = Decimal(1) - Decimal(str(price.batch_discount or 0)) if batch else Decimal(1)
    cached = price.input if price.cached_input is None else price.cached_input
    return Rate(*(_per_token(usd, kept) for usd in (price.input, cached, price.output)))


def rate_of(model: str, prices: Mapping[str, Price], *, batch: bool = False) -> Rate | None:
    """The rate of a model; None where params.yaml names no price for it."""
    return rate(prices[model], batch=batch) if model in prices else None


def input_bound(request: Request) -> int:
    """More tokens than the request's messages and schema can make, for tokenizers that work on bytes."""
    schema = len(dump_json(request.schema).encode("utf-8", "surrogatepass")) if request.schema else 0
    texts = sum(len(text.encode("utf-8", "surrogatepass")) for one in request.messages for text in one.values())
    return texts + schema + MESSAGE_TOKENS * (len(request.messages) + 1)


def picodollars(usd: float) -> int:
    """An amount of dollars as params.yaml has it; parts of a picodollar are dropped."""
    return int(Decimal(str(usd)) * PICODOLLARS)


def dollars(amount: int) -> float:
    """Picodollars as dollars, for reports."""
    return float(Decimal(amount) / PICODOLLARS)


def shown(amount: int | None) -> str:
    """Dollars for people: cents from a dollar on, six places below; `unknown` where the price is."""
    if amount is None:
        return "unknown"
    usd = dollars(amount)
    return f"${usd:,.2f}" if usd >= 1 or amount == 0 else f"${usd:.6f}"


def _per_token(usd_per_million: float, kept: Decimal) -> int:
    exact = Decimal(str(usd_per_million)) * kept * (PICODOLLARS // 10**6)
    return int(exact.to_integral_value(ROUND_CEILING))
