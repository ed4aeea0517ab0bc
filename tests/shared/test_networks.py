"""Loading itself is tested where models are opened: tests/model and tests/shared/llm."""

import pytest
import torch

from stages.shared import networks as subject


def test_too_little_memory_of_the_processor_is_known_and_no_other_fault_is_taken_for_it() -> None:
    with pytest.raises(RuntimeError) as raised:
        torch.empty(2**60)
    assert subject.is_out_of_memory(raised.value)
    assert not subject.is_out_of_memory(RuntimeError("shapes don't match"))
