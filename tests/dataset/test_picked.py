"""The sample of different texts: the same whatever the order, of parts as of the whole, and it counts what it left."""

from hypothesis import given
from hypothesis import strategies as st

from stages.dataset.picked import Picked

TEXTS = st.lists(st.text(max_size=4), max_size=30)


def picked(most: int, *batches: list[str]) -> Picked:
    found = Picked(most)
    for batch in batches:
        found.add(batch)
    return found


@given(TEXTS, st.randoms(use_true_random=False), st.integers(1, 12))
def test_the_order_and_repeats_do_not_matter(texts: list[str], chance: object, most: int) -> None:
    other = [*texts, *texts]
    chance.shuffle(other)  # type: ignore[attr-defined]
    one, two = picked(most, texts), picked(most, other[: len(texts)], other[len(texts) :])
    assert one.texts() == two.texts()
    assert (one.whole, one.different) == (two.whole, two.different)
    assert len(one.texts()) == min(most, len(set(texts)))
    assert one.whole == (len(set(texts)) <= most)
    if one.whole:
        assert sorted(one.texts()) == sorted(set(texts))
        assert one.different == len(set(texts))


@given(st.lists(TEXTS, max_size=4), st.integers(1, 8))
def test_the_sample_of_all_parts_is_taken_from_those_of_the_parts(parts: list[list[str]], most: int) -> None:
    merged = Picked(most)
    for part in parts:
        merged.merge(picked(most, part))
    whole = picked(most, [text for part in parts for text in part])
    assert merged.texts() == whole.texts()
    assert merged.whole == whole.whole


def test_how_many_there_were_is_estimated_within_a_tenth() -> None:
    found = picked(1000, [f"text {number}" for number in range(30_000)])
    assert not found.whole
    assert 27_000 < found.different < 33_000


def test_the_first_of_a_sample_are_a_smaller_sample() -> None:
    texts = [f"text {number}" for number in range(200)]
    assert picked(50, texts).texts()[:10] == picked(10, texts).texts()
