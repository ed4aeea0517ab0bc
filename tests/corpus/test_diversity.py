from hypothesis import given
from hypothesis import strategies as st

from stages.corpus import diversity
from stages.corpus.diversity import OTHERS, Sources, low
from stages.corpus.policies import DiversityPolicy

POLICY = DiversityPolicy(least=0.5, fewest=20, sample=50)


def filled(rows: list[tuple[str, str]], size: int = 50) -> Sources:
    sources = Sources(size)
    for number, (name, output) in enumerate(rows):
        sources.add(name, f"{number}:0", output)
    return sources


def test_a_source_of_labels_is_seen_beside_one_of_answers() -> None:
    rows = [("p3", ("Yes", "No ", "yes")[n % 3]) for n in range(300)] + [("chip2", f"Answer {n}.") for n in range(30)]
    measures = filled(rows).measures()
    assert measures["p3"] == {
        "rows": 300, "sampled": 50, "distinct_outputs": 0.04, "distinct_openings": 0.04, "mean_words": 1.0,
    }  # fmt: skip
    assert measures["chip2"]["distinct_outputs"] == 1.0
    assert low(measures, "gpt4all", POLICY) == {"p3"}


def test_a_small_source_the_corpus_itself_and_a_null_threshold_drop_nothing() -> None:
    measures = filled([("p3", "yes")] * 19 + [("c", "yes")] * 40).measures()
    assert low(measures, "c", POLICY) == frozenset()
    assert low(measures, "other", POLICY) == {"c"}
    assert low(measures, "other", POLICY.model_copy(update={"least": None})) == frozenset()


def test_sources_beyond_the_most_are_counted_together() -> None:
    rows = [(f"s{n}", "yes") for n in range(diversity.MOST_SOURCES + 40)]
    sources = filled(rows)
    assert len(sources.by_name) == diversity.MOST_SOURCES + 1
    assert sources.by_name[OTHERS].rows == 40
    assert OTHERS not in low(sources.measures(), "c", POLICY)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["x", "y", "z w"])), max_size=60), st.integers(0, 60))
def test_parts_measured_apart_give_what_the_whole_gives(rows: list[tuple[str, str]], cut: int) -> None:
    whole = Sources(5)
    parts = [Sources(5), Sources(5)]
    for number, (name, output) in enumerate(rows):
        whole.add(name, str(number), output)
        parts[number >= cut].add(name, str(number), output)
    assert diversity.gathered(parts, 5).measures() == whole.measures()
