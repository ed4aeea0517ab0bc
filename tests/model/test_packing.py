from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import (
    BloomConfig,
    BloomForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    MambaConfig,
    MambaForCausalLM,
)

from stages.model import packing, tokenizing
from stages.model.conversation import Asked, Turn
from stages.model.tokenizing import IGNORED, Tokens
from stages.shared.errors import InputError
from tests.model import tokenizers

FILLER = 0
SIZES = st.lists(st.integers(1, 20), max_size=60)


def example(seed: int, size: int) -> Tokens:
    ids = [(seed * 31 + place * 7) % 90 + 5 for place in range(size)]
    return Tokens(ids, [IGNORED if place % 3 == 0 else id for place, id in enumerate(ids)], 0)


def examples(sizes: list[int]) -> list[Tokens]:
    return [example(seed, size) for seed, size in enumerate(sizes)]


def real() -> list[Tokens]:
    """Short seed tasks and conversations of several turns, one with a tool, as ids."""
    format = tokenizing.open_format("chat", tokenizers.chatty())
    turns = tuple(Turn(role, text) for role, text in [("user", "Hello"), ("assistant", "Hi."), ("user", "2 + 2?")])
    called = Turn("assistant", "", tool_calls='[{"name": "add", "arguments": {"a": 2, "b": 2}}]')
    talks = [
        Asked("", "", "", (*turns, Turn("assistant", "4"))),
        Asked("", "", "", (*turns, called, Turn("tool", "4", name="add"), Turn("assistant", "It is 4."))),
    ]
    asked = [Asked(*texts) for texts in tokenizers.seeds() if sum(map(len, texts)) < 200][:14] + talks
    found = [tokenizing.train_causal(format, one, 150) for one in asked]
    return [one for one in found if isinstance(one, Tokens)]


@cache
def llama(attention: str) -> Any:
    torch.set_num_threads(1)
    torch.manual_seed(1)
    config = LlamaConfig(
        vocab_size=1000,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        initializer_range=0.2,
        attn_implementation=attention,
    )
    return LlamaForCausalLM(config).eval()


def first_fit(sizes: list[int], limit: int, window: int) -> list[list[int]]:
    """The numbers of the examples in each row, in the order in which rows are closed: every row is looked at."""
    rows: list[list[int]] = []
    closed: list[int] = []
    for number, size in enumerate(sizes):
        still_open = [row for row in range(len(rows)) if row not in closed]
        fitting = [row for row in still_open if sum(sizes[one] for one in rows[row]) + size <= limit]
        if fitting:
            row = fitting[0]
        else:
            if len(still_open) == window:
                closed.append(still_open[0])
            rows.append([])
            row = len(rows) - 1
        rows[row].append(number)
        if sum(sizes[one] for one in rows[row]) == limit:
            closed.append(row)
    return [rows[row] for row in closed] + [row for number, row in enumerate(rows) if number not in closed]


@given(SIZES, st.integers(20, 50), st.integers(1, 5))
def test_packing_is_first_fit_in_the_order_of_the_data(sizes: list[int], limit: int, window: int) -> None:
    made = examples(sizes)
    found = [[made.index(one) for one in row] for row in packing.packed(made, limit, window)]
    assert found == first_fit(sizes, limit, window)
    assert sorted(number for row in found for number in row) == list(range(len(sizes)))


def test_packing_streams() -> None:
    read: list[int] = []

    def stream() -> Any:
        for number in range(1000):
            read.append(number)
            yield example(number, 7)

    rows = packing.packed(stream(), 20, 3)
    for number in range(50):
        next(rows)
        assert len(read) <= 2 * (number + 3) + 1


def test_an_example_over_the_limit_is_an_error() -> None:
    with pytest.raises(ValueError, match="21 ids does not fit into a row of 20"):
        list(packing.packed([example(0, 21)], 20, 2))


def test_no_example_teaches_its_first_id_to_the_one_before_it() -> None:
    labels = packing.packed_batch([[Tokens([1, 2], [1, 2], 0), Tokens([3, 4], [3, 4], 0)]], FILLER)["labels"]
    assert labels.tolist() == [[IGNORED, 2, IGNORED, 4]]


@given(SIZES.filter(bool), st.integers(20, 50))
def test_a_packed_batch_holds_each_id_with_its_place_and_label(sizes: list[int], limit: int) -> None:
    rows = list(packing.packed(examples(sizes), limit, 4))
    batch = packing.packed_batch(rows, FILLER)
    width = max(sum(len(one.ids) for one in row) for row in rows)
    for number, row in enumerate(rows):
        column = 0
        for one in row:
            for place in range(len(one.ids)):
                assert batch["input_ids"][number, column] == one.ids[place]
                assert batch["position_ids"][number, column] == place
                assert batch["labels"][number, column] == (one.labels[place] if place else IGNORED)
                column += 1
        for rest in range(column, width):
            assert [int(batch[name][number, rest]) for name in ("input_ids", "labels", "position_ids")] == [0, -100, 0]
    assert "attention_mask" not in batch


@given(SIZES.filter(bool))
def test_a_padded_batch_holds_each_example_in_its_row(sizes: list[int]) -> None:
    made = examples(sizes)
    batch = packing.padded_batch(made, FILLER)
    for number, one in enumerate(made):
        rest = max(sizes) - len(one.ids)
        assert batch["input_ids"][number].tolist() == one.ids + [FILLER] * rest
        assert batch["labels"][number].tolist() == one.labels + [IGNORED] * rest
        assert batch["attention_mask"][number].tolist() == [1] * len(one.ids) + [0] * rest


def test_source_and_target_are_padded_each_to_its_own_length() -> None:
    batch = packing.padded_batch([Tokens([5, 6, 7], [8], 0), Tokens([9], [8, 7], 0)], FILLER)
    assert batch["input_ids"].tolist() == [[5, 6, 7], [9, 0, 0]]
    assert batch["labels"].tolist() == [[8, IGNORED], [8, 7]]


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize("laid", [list, packing.one_row])
def test_packed_examples_have_the_logits_and_the_loss_of_padded_ones(attention: str, laid: Callable[..., Any]) -> None:
    network, made = llama(attention), real()
    rows = laid(packing.packed(made, 256, 4))
    assert len(rows) < len(made)
    order = [made.index(one) for row in rows for one in row]
    packed, padded = packing.packed_batch(rows, FILLER), packing.padded_batch([made[at] for at in order], FILLER)
    with torch.inference_mode():
        one, other = (network(**batch) for batch in (packed, padded))
        alone = [network(input_ids=torch.tensor([made[at].ids])).logits[0] for at in order]
    flat = [
        (number, sum(len(one.ids) for one in row[:place]), len(example.ids))
        for number, row in enumerate(rows)
        for place, example in enumerate(row)
    ]
    for place, (row, start, size) in enumerate(flat):
        logits = one.logits[row, start : start + size]
        torch.testing.assert_close(logits, other.logits[place, :size], atol=1e-5, rtol=0)
        torch.testing.assert_close(logits, alone[place], atol=1e-5, rtol=0)
    torch.testing.assert_close(one.loss, other.loss, atol=1e-5, rtol=0)
    assert counted(packed) == counted(padded) > 0


def counted(batch: dict[str, Any]) -> int:
    """How many ids of a batch count in the loss."""
    return int((batch["labels"] != IGNORED).sum())


def test_packed_and_padded_examples_teach_the_same() -> None:
    network, made = llama("sdpa"), real()
    gradients = []
    for batch in (
        packing.packed_batch(list(packing.packed(made, 256, 4)), FILLER),
        packing.padded_batch(made, FILLER),
    ):
        network.zero_grad()
        network(**batch).loss.backward()
        gradients.append(torch.cat([weight.grad.flatten() for weight in network.parameters()]))
    torch.testing.assert_close(*gradients, atol=1e-5, rtol=1e-4)


def test_the_loss_is_that_of_the_answers_one_after_another() -> None:
    network, made = llama("sdpa"), real()
    total, count = 0.0, 0
    with torch.inference_mode():
        for one in made:
            chances = network(input_ids=torch.tensor([one.ids])).logits[0].log_softmax(-1)
            for place, label in enumerate(one.labels):
                if label != IGNORED:
                    total -= float(chances[place - 1, label])
                    count += 1
        batch = packing.packed_batch(list(packing.packed(made, 256, 4)), FILLER)
        assert float(network(**batch).loss) == pytest.approx(total / count, abs=1e-5)
    assert counted(batch) == count


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_a_model_that_keeps_examples_apart_may_be_given_packed_ones(attention: str) -> None:
    packing.refuse_leaks(llama(attention))


@pytest.mark.parametrize(
    "network",
    [
        lambda: BloomForCausalLM(BloomConfig(vocab_size=99, hidden_size=16, n_layer=1, n_head=2)),
        lambda: MambaForCausalLM(MambaConfig(vocab_size=99, hidden_size=16, num_hidden_layers=1, state_size=4)),
    ],
)
def test_a_model_in_which_an_example_sees_the_one_before_is_refused(network: Callable[[], Any]) -> None:
    torch.manual_seed(1)
    with pytest.raises(InputError, match="expected a model that keeps packed examples apart, got one"):
        packing.refuse_leaks(network())


def test_flash_attention_takes_one_row() -> None:
    assert packing.takes_one_row("flash_attention_2")
    assert not packing.takes_one_row("sdpa")
    rows = list(packing.packed(examples([9, 9, 9, 9]), 20, 4))
    assert packing.one_row(rows) == [examples([9, 9, 9, 9])]
