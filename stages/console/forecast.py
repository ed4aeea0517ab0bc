"""What `dvc repro` would ask models, stage by stage: prompts, tokens, money and time, as JSON and as lines."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

from stages.console import costs, questions
from stages.console.costs import Earlier, Estimate, Spread, Tally
from stages.console.questions import Known, Wanted, many
from stages.shared import params
from stages.shared.errors import BudgetError
from stages.shared.llm import client, money
from stages.shared.llm.client import ClientParams
from stages.shared.llm.seam import FREE, LOCAL, ModelParams
from stages.shared.llm.store import Store, default_path, open_store

Found = dict[str, Any]
Opened = Callable[[Known], Wanted]
"""What a stage would ask about an item, from what is known."""


def of(changed: Sequence[str]) -> Found:
    """What the changed stages would ask, their sum, and what is left of the budget; as it is printed with --json."""
    asked: list[Found] = []
    paid: list[tuple[Found, Opened, ModelParams]] = []
    for asking in questions.ASKING:
        items = questions.concerned(asking, changed)
        if not items:
            continue
        name = params.value(f"{asking.stage}.model")
        if name is None:
            continue  # nobody is asked
        model = params.read(f"llm.models.{name}", ModelParams)
        free = model.provider in FREE
        own = [
            {
                "stage": f"{asking.stage}@{item}".removesuffix("@"),
                "model": name,
                "provider": model.provider,
                "free": free,
            }
            for item in items
        ]
        asked += own
        if not free:
            wanting = asking.opened()
            paid += [
                (entry, partial(wanting, item, ready, model), model)
                for entry, (item, ready) in zip(own, items.items(), strict=True)
            ]
    if any(name.startswith("predict@") for name in changed):
        # Loaded here: it reads benchmarks.
        from stages.console.hosted import measured  # noqa: PLC0415

        for name, model, opened in measured(changed):
            entry: Found = {"stage": name, "model": model.model, "provider": model.provider, "free": False}
            asked.append(entry)
            paid.append((entry, opened, model))
    return {"asks": asked, **(_priced(paid, client.read()) if paid else {})}


def _priced(opened: list[tuple[Found, Opened, ModelParams]], settings: ClientParams) -> Found:
    """Fill in what the stages take that ask for money; return their sum, the budget, and what stands in the way."""
    with _store() as store:
        known = Known(store, settings.pay_again)
        paid = [(entry, wanting(known), model) for entry, wanting, model in opened]
        counts = [_counted(wanted, model, known) for _, wanted, model in paid]
        total = Estimate(0, costs.NOTHING, costs.NOTHING)
        for (entry, wanted, model), (tally, earlier) in zip(paid, counts, strict=True):
            alike = [one for (_, _, other), (one, _) in zip(paid, counts, strict=True) if other.model == model.model]
            mean = costs.mean_input(earlier, alike)
            found = costs.estimate(tally, earlier, mean, model.sampling.bound, _rate(model, settings))
            total += found
            entry.update(_counts(wanted, tally), **_amounts(found), replies_from=_source(earlier, model))
            entry.update(_time(model, tally, known.rate(model.label, model.model), settings))
        held = store.paid(settings.budget_id) if store else (0, 0, 0)
    warnings = list(dict.fromkeys([*known.warnings, *_refusals([model for _, _, model in paid], settings)]))
    to_ask = sum(tally.to_ask for tally, _ in counts)
    return {
        "total": {"to_ask": to_ask, **_amounts(total)},
        "budget": _budget(settings, held, total.cost),
        "warnings": warnings,
    }


def _counted(wanted: Wanted, model: ModelParams, known: Known) -> tuple[Tally, Earlier]:
    """What a stage would ask, and what earlier answers took: those in the store, else those of its last commit."""
    tally = questions.counted(wanted, model, known)
    earlier = known.earlier(model.model, wanted.settings)
    return tally, earlier if earlier.usages else known.last()


def _store() -> AbstractContextManager[Store | None]:
    """The store; None where there is none, which stays so."""
    return open_store() if default_path().exists() else nullcontext()


def _rate(model: ModelParams, settings: ClientParams) -> money.Rate | None:
    if model.provider in LOCAL:
        return money.Rate(0, 0, 0)
    return money.rate_of(model.model, settings.prices, batch=model.provider == "batch")


def _counts(wanted: Wanted, tally: Tally) -> Found:
    return {
        "exact": wanted.exact,
        "from": wanted.basis,
        "prompts": tally.prompts,
        "in_store": tally.in_store,
        "under_way": tally.under_way,
        "again": tally.again,
        "to_ask": tally.to_ask,
    }


def _amounts(found: Estimate) -> Found:
    usd = None if found.cost is None else _spread(found.cost, money.dollars)
    return {"tokens_in": found.tokens_in, "tokens_out": _spread(found.tokens_out, int), "usd": usd}


def _spread(of: Spread, unit: Any) -> Found:
    return {"expected": unit(of.expected), "low": unit(of.low), "high": unit(of.high)}


def _source(earlier: Earlier, model: ModelParams) -> str:
    if earlier.usages:
        return f"as long as {many(len(earlier.usages), 'earlier one')}"
    bound = model.sampling.bound
    most = f"max_tokens, {bound:,}" if bound else f"an assumed {costs.ASSUMED_BOUND:,} tokens"
    return f"no earlier ones, half of {most}"


def _time(model: ModelParams, tally: Tally, measured: float | None, settings: ClientParams) -> Found:
    if not tally.to_ask:
        return {"seconds": 0.0, "time": "none"}
    if model.provider == "batch":
        return {"seconds": None, "time": "within a day"}
    found = costs.seconds(tally.to_ask, measured, settings.requests_per_minute)
    rate = f" at {tally.to_ask / found:,.1f} answers/s" if found else ""
    return {"seconds": found, "time": costs.duration(found) + rate}


def _refusals(models: list[ModelParams], settings: ClientParams) -> list[str]:
    """Why stages would refuse to start: a budget that can't be kept."""
    # Loaded here: it brings the client along.
    from stages.shared.llm.asking import purse_of  # noqa: PLC0415

    found = []
    for model in models:
        try:
            if model.provider not in LOCAL:
                purse_of(model, settings)
        except BudgetError as error:
            found.append(str(error))
    return found


def _budget(settings: ClientParams, held: tuple[int, int, int], cost: Spread | None) -> Found:
    """The cap, what is left of it, and a sentence where the upper end of what is to come passes that."""
    if settings.budget_usd is None:
        return {"id": settings.budget_id, "budget_usd": None, "left_usd": None, "passed": None}
    paid, _, reserved = held
    left = max(0, money.picodollars(settings.budget_usd) - paid - reserved)
    passed = None
    if cost is not None and cost.high > left:
        passed = (
            f"the upper end, {money.shown(cost.high)}, passes what is left of budget {settings.budget_id!r}, "
            f"{money.shown(left)}: asking would stop there with every answer kept; raise llm.client.budget_usd first"
        )
    return {
        "id": settings.budget_id,
        "budget_usd": settings.budget_usd,
        "left_usd": money.dollars(left),
        "passed": passed,
    }


def lines(found: Found) -> Iterator[str]:
    """What people are told."""
    if not found["asks"]:
        return
    yield ""
    free = [one for one in found["asks"] if one["free"]]
    for model in dict.fromkeys(one["model"] for one in free):
        yield f"{', '.join(one['stage'] for one in free if one['model'] == model)}: answered by {model}, free"
    paid = [one for one in found["asks"] if not one["free"]]
    for one in paid:
        yield from _told(one)
    if not paid:
        return
    if len(paid) > 1 and found["total"]["to_ask"]:
        yield f"in all: {many(found['total']['to_ask'], 'prompt')} to ask, {_taken(found['total'])}"
    yield _budget_told(found["budget"])
    if found["budget"]["passed"]:
        yield f"warning: {found['budget']['passed']}"
    for warning in found["warnings"]:
        yield f"warning: {warning}"


def _told(one: Found) -> Iterator[str]:
    """One stage: what it would ask and what that takes, and how that is known."""
    how = f"{'exact' if one['exact'] else 'estimated'}: {one['from']}"
    already = f"{one['in_store']:,} of {one['prompts']:,} in the store"
    if one["under_way"]:
        already += f", {one['under_way']:,} under way"
    if not one["to_ask"]:
        yield f"{one['stage']} asks {one['model']}: nothing to ask, {already}"
        yield f"  {how}"
        return
    again = f", {one['again']:,} of them over a complaint" if one["again"] else ""
    yield f"{one['stage']} asks {one['model']}: {many(one['to_ask'], 'prompt')} to ask{again}; {already}"
    yield f"  {_taken(one)}, {one['time']}"
    yield f"  {how}; replies: {one['replies_from']}"


def _taken(one: Found) -> str:
    out = one["tokens_out"]
    usd = one["usd"] and {key: money.shown(money.picodollars(value)) for key, value in one["usd"].items()}
    price = f"{usd['expected']} ({usd['low']} to {usd['high']})" if usd else "price unknown"
    return f"{one['tokens_in']:,} tokens in, {out['expected']:,} out ({out['low']:,} to {out['high']:,}), {price}"


def _budget_told(budget: Found) -> str:
    if budget["budget_usd"] is None:
        return "no budget is set (llm.client.budget_usd)"
    left, cap = (money.shown(money.picodollars(budget[key])) for key in ("left_usd", "budget_usd"))
    return f"budget {budget['id']!r}: {left} of {cap} left"
