"""Pairs of verb and object over different instructions, counted by hand."""

from stages.shared import pairs

ASKED = ["Write a poem.", "Write a poem.", "Write the poem again.", "Write a song.", "Give a reason.", "Is it so?"]


def test_pairs_are_counted_once_for_each_different_instruction() -> None:
    found = pairs.counted([*ASKED, "Determine whether it rains."])
    assert found == {("write", "poem"): 2, ("write", "song"): 1, ("give", "reason"): 1, ("determine", ""): 1}


def test_their_mean_and_spread_are_over_pairs_with_an_object() -> None:
    found = pairs.spread(pairs.counted([*ASKED, "Determine whether it rains."]))
    # Of 2, 1, 1 the mean is 4/3 and the variance (4/9 + 1/9 + 1/9) / 3 = 2/9.
    assert found == {"with_pair": 4, "unique_pairs": 3, "mean": 1.3333, "spread": 0.4714}
    assert pairs.spread(pairs.counted([]))["mean"] is None


def test_verbs_come_with_their_commonest_objects() -> None:
    found = pairs.counted(ASKED)
    assert pairs.verbs(found, 1) == [("write", 3, [("poem", 2)]), ("give", 1, [("reason", 1)])]
    assert pairs.commonest(found)[0] == (("write", "poem"), 2)
