"""Examples as batches of a decoder-only model: packed into rows without gaps, or padded.

A packed row holds several examples, one after another. They must not see each other, and each has positions from 0.
transformers does the first where it is given the second: without an attention mask and without a cache, it takes
positions that start again as the beginning of another example, for the kernels of torch (SDPA), its own (eager) and
flash attention alike. With a cache, which models fill by default in training too, all examples of a row see each other
(measured), so a batch says that it wants none. Flash attention reads only batches of a single row that way: for it,
rows are put end to end (`one_row`). The others would then compute attention between all rows, so they get several.
`refuse_leaks` makes sure that a model does as it should. DataCollatorWithFlattening of transformers always makes a
single row, as long as the batch, and leaves the cache on.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import torch

from stages.model.tokenizing import IGNORED, Tokens
from stages.shared.errors import InputError

Row = list[Tokens]
"""Examples that share a row, in order."""

LEAK = 1e-4
"""How far logits may move, as a share of the largest, when the example before them changes: most models don't at all,
one with experts rounds otherwise, an untrained Bloom, which does see that example, moves by 1e-3."""


def packed(examples: Iterable[Tokens], limit: int, window: int) -> Iterator[Row]:
    """Yield rows of `limit` ids at most that hold every example once: first fit, in the order of the examples.

    An example joins the oldest open row that has room. At most `window` rows are open; where one more is needed, the
    oldest is yielded. Memory follows `window`, not the examples. Raises ValueError for an example over the limit.
    """
    rows: list[Row] = []
    rooms: list[int] = []
    for example in examples:
        size = len(example.ids)
        if size > limit:
            raise ValueError(f"an example of {size} ids does not fit into a row of {limit}")
        place = next((place for place, room in enumerate(rooms) if room >= size), len(rows))
        if place == window:
            yield rows.pop(0)
            rooms.pop(0)
            place -= 1
        if place == len(rows):
            rows.append([])
            rooms.append(limit)
        rows[place].append(example)
        rooms[place] -= size
        if not rooms[place]:
            yield rows.pop(place)
            rooms.pop(place)
    yield from rows


def takes_one_row(attention: str) -> bool:
    """Whether an implementation of attention, in transformers' words, keeps examples apart in a single row only."""
    return "flash" in attention


def one_row(rows: Sequence[Row]) -> list[Row]:
    """All examples of a batch in a single row, as long as it takes."""
    return [[example for row in rows for example in row]]


def packed_batch(rows: Sequence[Row], filler: int) -> dict[str, Any]:
    """Rows as input_ids, labels and position_ids, each (rows, longest row); no attention mask, and use_cache off.

    What fills a row up are examples of one id each, without a label: nothing sees them.
    """
    width = max(sum(len(one.ids) for one in row) for row in rows)
    ids, labels, positions = [], [], []
    for row in rows:
        rest = width - sum(len(one.ids) for one in row)
        ids.append([id for one in row for id in one.ids] + [filler] * rest)
        # The last id of an example must not learn the first of the next one.
        labels.append([label for one in row for label in (IGNORED, *one.labels[1:])] + [IGNORED] * rest)
        positions.append([place for one in row for place in range(len(one.ids))] + [0] * rest)
    return {
        "input_ids": torch.tensor(ids),
        "labels": torch.tensor(labels),
        "position_ids": torch.tensor(positions),
        "use_cache": False,
    }


def padded_batch(examples: Sequence[Tokens], filler: int) -> dict[str, Any]:
    """A row for each example as input_ids, labels and attention_mask, each (examples, longest), filled on the right.

    Examples of an encoder-decoder model have labels of a length of their own: (examples, longest target).
    """
    sides = (([one.ids for one in examples], filler), ([one.labels for one in examples], IGNORED))
    ids, labels = (_filled(rows, value) for rows, value in sides)
    return {
        "input_ids": ids,
        "labels": labels,
        "attention_mask": _filled([[1] * len(one.ids) for one in examples], 0),
    }


def refuse_leaks(network: Any) -> None:
    """Raise InputError for a model in which a packed example sees the one before it, tried on it without a gradient.

    Such are models that are told of no positions, or that carry a state along the row.
    """
    first, second, other = (Tokens([seed + place for place in range(8)], [IGNORED] * 8, 0) for seed in (1, 3, 5))
    try:
        one, changed = (_logits(network, [before, second])[8:] for before in (first, other))
    except TypeError as error:
        raise _leaky(network, f"one that takes no position_ids ({error})") from error
    numbers = torch.finfo(one.dtype)
    moved = float((one - changed).abs().max() / one.abs().max().clamp_min(numbers.tiny))
    if not moved <= max(LEAK, 4 * numbers.eps):
        raise _leaky(network, f"one whose logits change by {moved:.1%} with the example before")


def _leaky(network: Any, came: str) -> InputError:
    return InputError(
        "a model that keeps packed examples apart",
        came,
        type(network).__name__,
        "switch packing off for this run, or name another implementation of attention",
    )


def _logits(network: Any, row: Row) -> torch.Tensor:
    batch = packed_batch([row], 0)
    batch |= {name: one.to(network.device) for name, one in batch.items() if isinstance(one, torch.Tensor)}
    training = network.training
    network.eval()
    with torch.inference_mode():
        found: torch.Tensor = network(**batch).logits[0]
    network.train(training)
    return found


def _filled(rows: Sequence[Sequence[int]], filler: int) -> torch.Tensor:
    width = max(map(len, rows))
    return torch.tensor([[*row, *[filler] * (width - len(row))] for row in rows])
