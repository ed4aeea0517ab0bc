"""Signatures against datasketch and plain sets; bands and candidates against a slow loop."""

from typing import Any

import datasketch
import numpy as np
import pytest
from pydantic import ValidationError

from stages.dataset import near, wording
from tests.dataset.parts import NEAR, row

PARAMS = near.NearParams(**NEAR)


def sets(count: int) -> list[tuple[set[int], set[int], float]]:
    """Pairs of sets of numbers with Jaccard indexes from 0 to 1."""
    rng = np.random.default_rng(7)
    found = []
    for place in range(count):
        numbers = rng.integers(1, 2**62, 200).tolist()
        shared = round(200 * place / (count - 1))
        one, other = set(numbers[:shared]), set(numbers[:shared])
        one |= set(rng.integers(1, 2**62, (200 - shared) // 2).tolist())
        other |= set(rng.integers(1, 2**62, (200 - shared) // 2).tolist())
        found.append((one, other, len(one & other) / len(one | other)))
    return found


def test_signatures_tell_the_jaccard_index_as_well_as_those_of_datasketch() -> None:
    params = PARAMS.model_copy(update={"permutations": 256, "bands": 32})
    ours, theirs = [], []
    for one, other, true in sets(41):
        starts = np.cumsum([0, len(one), len(other)])
        found = near.signatures(np.array([*one, *other], np.uint64), starts, params)
        ours.append(abs((found[0] == found[1]).mean() - true))
        slow = [datasketch.MinHash(num_perm=256) for _ in range(2)]
        for hashed, numbers in zip(slow, (one, other), strict=True):
            hashed.update_batch([str(number).encode() for number in numbers])
        theirs.append(abs(slow[0].jaccard(slow[1]) - true))
    assert np.mean(ours) < 1.3 * np.mean(theirs)
    assert max(ours) < 0.15


def test_a_signature_is_of_the_set_and_not_of_order_repeats_or_neighbours() -> None:
    runs = np.array([5, 7, 9, 9, 5, 7, 1, 5], np.uint64)
    found = near.signatures(runs, np.array([0, 3, 7, 8]), PARAMS)
    assert found[0].tolist() != found[1].tolist()
    assert found[0].tolist() == near.signatures(runs[2:6], np.array([0, 4]), PARAMS)[0].tolist()
    assert found.shape == (3, 128)


def runs_of(text: str, length: int) -> list[set[tuple[Any, ...]]]:
    """The runs of each line of a text, and its first and last words, in plain Python."""
    found = []
    for line in text.split("\n"):
        words = line.split()
        runs: set[tuple[Any, ...]] = {tuple(words[at : at + length]) for at in range(len(words) - length + 1)}
        for part in range(1, length):
            runs |= {("first", part, *words[:part]), ("last", part, *words[-part:])}
        found.append(runs)
    return found


@pytest.mark.parametrize("length", [1, 2, 3, 5])
def test_lines_have_as_many_runs_in_common_as_plain_sets_of_words(length: int) -> None:
    texts = [
        "the cat sat on the old mat by the door",
        "the cat sat on the mat",
        "cat",
        "the cat",
        "mat\nthe old door by",
    ]
    pieces = [piece for text in texts for piece in near.pieces(row("Go.", text, "yes"))]
    runs, starts, lines = near.shingles(wording.read(pieces), length)
    for place, text in enumerate(texts):
        mine, of = runs[starts[place] : starts[place + 1]], lines[starts[place] : starts[place + 1]]
        assert [len(set(mine[of == line].tolist())) for line in np.unique(of)] == list(map(len, runs_of(text, length)))
        for other, text_of_other in enumerate(texts):
            yours = runs[starts[other] : starts[other + 1]]
            plain = set().union(*runs_of(text, length)) & set().union(*runs_of(text_of_other, length))
            assert len(set(mine.tolist()) & set(yours.tolist())) == len(plain)


def test_candidates_are_all_pairs_of_small_bands_and_a_few_of_large_ones() -> None:
    rng = np.random.default_rng(3)
    bands = rng.integers(0, 40, (60, 3)).astype(np.uint64)
    few = [
        (later << 32) | earlier
        for later in range(60)
        for earlier in range(later)
        if any(bands[later, band] == bands[earlier, band] != 0 for band in range(3))
    ]
    assert max(np.unique(bands[:, band], return_counts=True)[1].max() for band in range(3)) <= 2 * near.NEIGHBOURS
    assert near.candidates(bands).tolist() == sorted(few)
    many = near.candidates(np.ones((1000, 1), np.uint64))
    assert len(many) <= 1000 * 2 * near.NEIGHBOURS
    assert len(np.unique(many >> np.uint64(32))) == 999


def test_bands_that_have_no_equal_shares_are_refused() -> None:
    with pytest.raises(ValidationError, match="7 bands have no equal shares of 128 permutations"):
        near.NearParams(**{**NEAR, "bands": 7})


def record(instruction: list[int], *lines: range) -> np.ndarray[Any, np.dtype[np.uint32]]:
    """What `alike` is given of an instance: words of its instruction, and the runs of each line of its input."""
    sizes = [len(line) for line in lines]
    runs = [run for line in lines for run in line]
    return np.array([len(instruction), len(lines), *instruction, *sizes, *runs], np.uint32)


def test_two_instances_are_alike_from_the_threshold_on_in_every_line_and_in_their_instructions() -> None:
    ten = range(10)
    assert near.alike(record([1], range(8)), record([1], ten), PARAMS)  # a Jaccard index of 0.8
    assert not near.alike(record([1], range(15)), record([1], range(19)), PARAMS)
    assert not near.alike(record([1], ten, range(3)), record([1], ten, range(5)), PARAMS)
    assert not near.alike(record([1], ten), record([1], ten, range(1)), PARAMS)
    five = record([1, 2, 3, 4, 5], range(9))
    assert near.alike(five, record([1, 2, 3, 4, 6], range(9)), PARAMS)  # ROUGE-L of 4 of 5 words: 0.8
    assert not near.alike(five, record([1, 2, 3, 7, 6], range(9)), PARAMS)


def test_a_dialogue_is_compared_by_what_was_said() -> None:
    turns: list[dict[str, Any]] = [{"role": "user", "content": "hi", "name": None, "tool_calls": None}]
    turns.append({"role": "assistant", "content": None, "name": None, "tool_calls": '{"name": "f"}'})
    assert near.pieces(row("", "", "", messages=turns)) == ("", 'hi\n{"name": "f"}', "", "")
    turns[1]["content"] = "Let me see."
    assert near.pieces(row("", "", "", messages=turns)) == ("", 'hi\nLet me see.\n{"name": "f"}', "", "")


def test_a_conversation_of_one_exchange_says_what_an_instance_says() -> None:
    turns = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "ho"}]
    assert near.pieces(row("", messages=turns)) == near.pieces(row("hi", "", "ho"))
    led = [{"role": "system", "content": "Greet."}, *turns]
    assert near.pieces(row("", messages=led)) == near.pieces(row("Greet.", "hi", "ho"))
    assert near.pieces(row("", messages=[*turns, *turns])) == ("", "hi\nho\nhi\nho", "", "")
