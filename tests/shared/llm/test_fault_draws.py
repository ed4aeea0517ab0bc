"""Draws: the same for a request in whatever order requests come, bounded, and begun by `first`."""

import random

import pytest

from stages.shared.llm.fault_draws import Drawn, Draws
from stages.shared.llm.fault_plan import BatchPlan, Plan

MIXED = Plan(seed=3, latency_ms=(1, 9), faults={"429": 0.2, "half": 0.2, "reset": 0.1}, max_faults_per_request=None)


def drawn(plan: Plan, digests: list[str]) -> dict[tuple[str, int], Drawn]:
    draws, came = Draws(plan), dict.fromkeys(digests, 0)
    found = {}
    for digest in digests:
        found[digest, came[digest]] = draws.call(digest)
        came[digest] += 1
    return found


def test_order_changes_nothing() -> None:
    digests = [f"request {number}" for number in range(50)] * 4
    shuffled = random.Random(1).sample(digests, len(digests))
    assert drawn(MIXED, digests) == drawn(MIXED, shuffled)


def test_the_order_of_faults_in_the_plan_changes_nothing() -> None:
    turned = MIXED.model_copy(update={"faults": dict(reversed(MIXED.faults.items()))})
    digests = [f"request {number}" for number in range(50)]
    assert drawn(MIXED, digests) == drawn(turned, digests)


def test_another_seed_draws_otherwise() -> None:
    digests = [f"request {number}" for number in range(50)]
    assert drawn(MIXED, digests) != drawn(MIXED.model_copy(update={"seed": 4}), digests)


def test_faults_have_their_shares_and_latencies_their_range() -> None:
    found = [Draws(MIXED).call(f"request {number}") for number in range(3000)]
    assert sum(one.fault == "half" for one in found) / 3000 == pytest.approx(0.2, abs=0.03)
    assert sum(one.fault is None for one in found) / 3000 == pytest.approx(0.5, abs=0.03)
    assert 0.001 <= min(one.latency_s for one in found) < 0.002
    assert 0.008 < max(one.latency_s for one in found) < 0.009


def test_a_request_has_so_many_faults_and_no_more() -> None:
    draws = Draws(Plan(faults={"500": 1}, max_faults_per_request=2))
    assert [draws.call("a").fault for _ in range(4)] == ["500", "500", None, None]
    assert draws.call("b").fault == "500"


def test_without_a_bound_faults_never_end() -> None:
    draws = Draws(Plan(faults={"500": 1}, max_faults_per_request=None))
    assert {draws.call("a").fault for _ in range(20)} == {"500"}


def test_first_comes_in_order_of_arrival_before_shares_and_bound() -> None:
    draws = Draws(Plan(first=("429", None, "hang"), faults={"500": 1}, max_faults_per_request=0))
    assert [draws.call(digest).fault for digest in "abcd"] == ["429", None, "hang", None]


def test_faults_of_first_count_towards_the_bound() -> None:
    draws = Draws(Plan(first=("429",), faults={"500": 1}, max_faults_per_request=2))
    assert [draws.call("a").fault for _ in range(3)] == ["429", "500", None]


def test_a_second_admits_so_many_calls() -> None:
    draws = Draws(Plan(requests_per_second=2))
    assert [draws.admitted(now) for now in (10.0, 10.5, 10.9, 11.0, 11.4, 11.5)] == [
        True,
        True,
        False,
        True,
        False,
        True,
    ]


def test_requests_of_batches_draw_their_own_faults() -> None:
    plan = Plan(batch=BatchPlan(expire_share=0.3, fail_share=0.3), max_faults_per_request=1)
    draws = Draws(plan)
    found = [draws.line(f"request {number}") for number in range(1000)]
    assert found == [Draws(plan).line(f"request {number}") for number in range(1000)]
    assert found.count("batch_expired") / 1000 == pytest.approx(0.3, abs=0.05)
    assert found.count("batch_failed") / 1000 == pytest.approx(0.3, abs=0.05)
    failed = found.index("batch_failed")
    assert draws.line(f"request {failed}") is None
