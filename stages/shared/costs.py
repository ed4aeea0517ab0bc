"""What asking a model costs, as metrics report it: the record of one stage's answers, rates, and the paper's figures.

It knows neither models nor prices, so a stage that only reports costs depends on none of the code that asks.
"""

from stages.shared.records import Frozen, Usage

PAPER_USD, PAPER_INSTANCES = 11.5, 801_900
"""What Dynosaur's authors paid for tasks, and the instances they made of them (spec A9)."""


class Asked(Frozen):
    """What a model answered for one part, and what that cost: `asked` in the metrics of the stage that asks.

    answers: how many there are; asked_again: those to a complaint among them. tokens: of the answers whose usage is
    reported; without_usage: answers of a paid model that report none. cost_usd: at the price of prices_as_of; None
    where the price is unknown or a usage is missing. proposed_tasks: what can be read out of the answers, before any
    rule has looked at it. The rates are None where nothing was proposed, or the cost is unknown.
    """

    answers: int
    asked_again: int
    tokens: Usage
    without_usage: int
    cost_usd: float | None
    prices_as_of: str | None
    proposed_tasks: int
    tokens_per_proposed_task: float | None
    usd_per_proposed_task: float | None


def rate(amount: float | None, count: float) -> float | None:
    """An amount for each of `count` things, to four digits; None where the amount is unknown or there is no thing."""
    return None if amount is None or not count else float(f"{amount / count:.4g}")
