"""Plans: defaults, the forms that a value may take, and refusals that name file and key."""

import textwrap
from pathlib import Path
from typing import get_args

import pytest

from stages.shared.errors import InputError
from stages.shared.llm import fault_plan
from stages.shared.llm.fault_plan import BILLED_FAULTS, BROKEN_FAULTS, FAULTS, FaultName, Plan, read_plan


def written(folder: Path, text: str) -> Path:
    path = folder / "plan.yaml"
    path.write_text(text, "utf-8")
    return path


def test_every_fault_is_described() -> None:
    assert set(FAULTS) == set(get_args(FaultName))
    assert set(FAULTS) >= BILLED_FAULTS | BROKEN_FAULTS


def test_an_empty_plan_is_one_without_faults(tmp_path: Path) -> None:
    assert read_plan(written(tmp_path, "")) == Plan()
    assert Plan().faults == {}


def test_the_example_in_the_documentation_is_a_plan(tmp_path: Path) -> None:
    example = (fault_plan.__doc__ or "").split("\n\n")[1]
    plan = read_plan(written(tmp_path, textwrap.dedent(example)))
    assert (plan.latency_ms, plan.retry_after, plan.batch.polls) == ((20, 200), 2, 3)


def test_a_fault_may_be_written_as_the_number_it_is(tmp_path: Path) -> None:
    plan = read_plan(written(tmp_path, 'faults: {429: 0.1, "500": 0.2, half: 0.1}\nfirst: [503, null, "hang"]\n'))
    assert plan.faults == {"429": 0.1, "500": 0.2, "half": 0.1}
    assert plan.first == ("503", None, "hang")


def test_a_number_is_a_range_of_one(tmp_path: Path) -> None:
    plan = read_plan(written(tmp_path, "latency_ms: 5\noutput_tokens: [3, 9]\n"))
    assert (plan.latency_ms, plan.output_tokens) == ((5, 5), (3, 9))


def test_ten_shares_of_a_tenth_are_not_too_many() -> None:
    assert sum(Plan(faults=dict.fromkeys(list(FAULTS)[:10], 0.1)).faults.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("fault: {}", "fault: extra inputs are not permitted"),
        ("faults: {explode: 0.1}", "faults.explode"),
        ("faults: {hang: 0.7, half: 0.7}", "faults: value error, the shares must add up to 1 or less"),
        ("faults: {hang: 1.5}", "faults.hang"),
        ("first: [explode]", "first.0"),
        ("latency_ms: [9, 3]", "latency_ms: value error, the lower end must come first"),
        ("latency_ms: -1", "latency_ms.0"),
        ("latency_ms: .inf", "latency_ms.0"),
        ("output_tokens: 1.5", "output_tokens.0"),
        ("retry_after: date", "retry_after: date and retry_after_s: seconds go together"),
        ("retry_after_s: 3", "retry_after: date and retry_after_s: seconds go together"),
        ("requests_per_second: 0", "requests_per_second"),
        ("batch: {polls: 0}", "batch.polls"),
        ("batch: {expire_share: 0.6, fail_share: 0.6}", "batch: value error, expire_share and fail_share"),
        ("- hang", "record"),
    ],
)
def test_a_bad_plan_is_refused_with_file_and_key(tmp_path: Path, text: str, key: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(InputError) as caught:
        read_plan(path)
    assert str(caught.value).startswith(f"{path}: expected a fault plan with the keys seed, latency_ms, faults")
    assert key in caught.value.came
    assert str(caught.value).endswith("add, remove or correct the key.")


def test_a_plan_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected a plan, a YAML file, got none; correct the path"):
        read_plan(tmp_path / "none.yaml")


def test_a_plan_can_not_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Plan().seed = 1  # type: ignore[misc]
