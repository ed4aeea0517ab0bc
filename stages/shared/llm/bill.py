"""What the answers of a part cost: tokens, dollars and what they propose, added up while the answers are written.

The bill follows from the answers and the prices alone, whoever paid for them and when, so it is the same on every
machine. What was really paid, with calls that broke off, is in the answer store.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from stages.shared import costs
from stages.shared.llm import money
from stages.shared.llm.seam import FREE, LOCAL, ModelParams
from stages.shared.records import Answer, Usage

Proposed = Callable[[Answer], int]
"""How many things can be read out of an answer: tasks of a hub dataset, subtasks or examples of a domain."""


class Bill:
    """Adds answers up, one at a time.

    proposed: counts what an answer proposes. rate: what a token costs; None where the price is unknown. as_of: when the
    price was taken. metered: whether the answers should report their tokens.
    """

    def __init__(
        self, proposed: Proposed, rate: money.Rate | None, as_of: str | None = None, *, metered: bool = True
    ) -> None:
        self._count, self._rate, self._as_of, self._metered = proposed, rate, as_of, metered
        self._answers = self._again = self._without_usage = self._proposed = self._cost = 0
        self._tokens: Counter[str] = Counter()

    def add(self, answer: Answer) -> None:
        """Enter one answer."""
        self._answers += 1
        self._again += answer.turn > 0
        self._proposed += self._count(answer)
        if answer.usage is None:
            self._without_usage += self._metered
            return
        self._tokens.update(answer.usage.model_dump())
        self._cost += self._rate.cost(answer.usage) if self._rate else 0

    def adding(self, answers: Iterable[Answer]) -> Iterator[Answer]:
        """Pass answers on, each entered."""
        for answer in answers:
            self.add(answer)
            yield answer

    def total(self) -> costs.Asked:
        """What was entered so far."""
        tokens = Usage(**self._tokens)
        cost = None if self._rate is None or self._without_usage else money.dollars(self._cost)
        return costs.Asked(
            answers=self._answers,
            asked_again=self._again,
            tokens=tokens,
            without_usage=self._without_usage,
            cost_usd=cost,
            prices_as_of=self._as_of,
            proposed_tasks=self._proposed,
            tokens_per_proposed_task=costs.rate(tokens.input + tokens.output, self._proposed),
            usd_per_proposed_task=costs.rate(cost, self._proposed),
        )


def opened(model: ModelParams, proposed: Proposed) -> Bill:
    """The empty bill of a model, at the price that params.yaml names now; raise ParamsError for a faulty llm.client."""
    if model.provider in FREE:
        return Bill(proposed, money.Rate(0, 0, 0), metered=False)
    if model.provider in LOCAL:
        return Bill(proposed, money.Rate(0, 0, 0))
    # Imported here: prices are read only where something can cost.
    from stages.shared.llm import client  # noqa: PLC0415

    prices = client.read().prices
    rate = money.rate_of(model.model, prices, batch=model.provider == "batch")
    return Bill(proposed, rate, prices[model.model].as_of if rate else None)
