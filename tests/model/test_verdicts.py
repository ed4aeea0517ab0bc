"""What judges' replies say, the published tables."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.model.verdicts import (
    CRITERIA,
    LOSE,
    MIRRORED,
    TIE,
    UNPARSED,
    VERDICTS,
    WIN,
    Bias,
    Tally,
    criteria_verdicts,
    position_bias,
    reconciled,
    released_verdict,
    tally,
    verdict,
)

# win, tie, lose and the beat rate of spec B8: brainstorming first, then rewriting.
BEAT_RATES = [
    (194, 1, 13, 93.72), (196, 1, 11, 94.69), (114, 56, 38, 75.00), (122, 55, 31, 79.74), (52, 71, 85, 37.96),
    (83, 69, 56, 59.71), (50, 38, 6, 89.29), (53, 37, 4, 92.98), (34, 49, 11, 75.56), (35, 53, 6, 85.37),
    (11, 59, 24, 31.43), (12, 56, 26, 31.58),
]  # fmt: skip

# The 15 rows of Dynosaur's Table 2 (spec A12), percent.
TABLE_2 = [
    (18.7, 59.1, 22.2), (17.5, 65.4, 17.1), (15.5, 70.6, 13.9), (27.8, 42.9, 29.3), (21.0, 59.9, 19.1),
    (19.8, 62.3, 17.9), (19.5, 61.5, 19.0), (15.5, 71.8, 12.7), (13.5, 73.8, 12.7), (17.1, 65.5, 17.4),
    (19.5, 59.9, 20.6), (15.5, 73.4, 11.1), (18.2, 63.9, 17.9), (17.9, 68.6, 13.5), (16.7, 70.2, 13.1),
]  # fmt: skip

# A reply, what it says for Assistant 1 by our reading, and by the released code, which was followed by hand.
REPLIES = [
    ("Assistant 1 > Assistant 2", WIN, WIN),
    ("Both are fine.\nAssistant 2 > Assistant 1", LOSE, LOSE),
    ("Assistant 1 < Assistant 2", LOSE, LOSE),
    ("Assistant 2 < Assistant 1", WIN, WIN),
    ("Assistant 1 = Assistant 2", TIE, TIE),
    ("Assistant 2 = Assistant 1", TIE, TIE),
    ("[Assistant 1] > [Assistant 2]", WIN, WIN),
    ("[Assistant 2] > [Assistant 1]", LOSE, LOSE),
    ("[Assistant 1] = [Assistant 2].", TIE, TIE),
    ("Assistant 1 >= Assistant 2", WIN, WIN),
    ("Assistant 1 > = Assistant 2", WIN, WIN),
    ("Assistant 1 => Assistant 2", WIN, WIN),
    ("Assistant 1 <= Assistant 2", LOSE, LOSE),
    ("Assistant 1 =< Assistant 2", LOSE, LOSE),
    ("Assistant 1 >> Assistant 2", WIN, WIN),
    ("Assistant 1 << Assistant 2", LOSE, LOSE),
    ("Assistant 1 == Assistant 2", TIE, TIE),
    ("Assistant 1 = = Assistant 2", TIE, TIE),
    ("Assistant 2 >= Assistant 1 in the end", LOSE, LOSE),
    # From here on the released code finds no order and calls it a tie, or finds another one first.
    ("Assistant 1 >>> Assistant 2", WIN, TIE),
    ("**Assistant 1** > **Assistant 2**", WIN, TIE),
    ("assistant 1 > assistant 2", WIN, TIE),
    ("Assistant 1>Assistant 2", WIN, TIE),
    ("Assistant 1 > [Assistant 2]", WIN, TIE),
    ("Accuracy: Assistant 1 > Assistant 2\nAssistant 2 > Assistant 1", LOSE, WIN),
    ("Detail: Assistant 1 = Assistant 2\nOverall: Assistant 1 > Assistant 2", WIN, WIN),
    ("Detail: Assistant 2 > Assistant 1\nOverall: Assistant 1 = Assistant 2", TIE, LOSE),
    ("Assistant 1 is better than Assistant 2.", UNPARSED, TIE),
    ("", UNPARSED, TIE),
    ("Assistant 1 > Assistant 1", UNPARSED, TIE),
    ("Assistant 1 <> Assistant 2", UNPARSED, TIE),
    ("Assistant 1 > Assistant 23", UNPARSED, WIN),
    ("Assistant 1 >\nAssistant 2", UNPARSED, TIE),
    ("As an AI I can't compare > or =.", UNPARSED, TIE),
]


@pytest.mark.parametrize(("reply", "ours", "released"), REPLIES)
def test_odd_replies_say_what_they_say(reply: str, ours: str, released: str) -> None:
    assert (verdict(reply), released_verdict(reply)) == (ours, released)
    assert (verdict(reply, side=2), released_verdict(reply, side=2)) == (MIRRORED[ours], MIRRORED[released])


ORDERS = st.lists(
    st.one_of(
        st.text(max_size=8),
        st.sampled_from(["Assistant 1", "Assistant 2", "[Assistant 1]", " > ", " < ", " = ", ">=", "\n", "12"]),
    ),
    max_size=8,
).map("".join)


@given(ORDERS)
def test_any_reply_has_a_verdict_and_a_mirrored_reply_the_mirrored_one(reply: str) -> None:
    mirrored = reply.translate(str.maketrans("12", "21"))
    assert verdict(reply) in VERDICTS
    assert verdict(mirrored) == MIRRORED[verdict(reply)]
    assert released_verdict(reply) in (WIN, TIE, LOSE)


def test_the_same_verdict_both_ways_counts_and_two_that_differ_are_a_tie() -> None:
    for one, other in product((WIN, TIE, LOSE), repeat=2):
        assert reconciled(one, other) == (one if one == other else TIE)
    for one in VERDICTS:
        assert reconciled(one, UNPARSED) == reconciled(UNPARSED, one) == UNPARSED


def test_a_judge_that_always_prefers_the_first_answer_ties_everything_and_is_exposed() -> None:
    reply = "Assistant 1 > Assistant 2"
    pairs = [(verdict(reply, side=1), verdict(reply, side=2))] * 5
    assert tally(reconciled(*pair) for pair in pairs) == Tally(0, 5, 0)
    assert position_bias([*pairs, (LOSE, WIN), (WIN, WIN), (WIN, UNPARSED)]) == Bias(first=5, second=1, pairs=7)


@pytest.mark.parametrize(("win", "tie", "lose", "rate"), BEAT_RATES)
def test_the_published_beat_rates_follow_from_their_counts(win: int, tie: int, lose: int, rate: float) -> None:
    counted = tally([WIN] * win + [TIE] * tie + [LOSE] * lose + [UNPARSED] * 3)
    assert counted == Tally(win, tie, lose, 3)
    assert counted.beat_rate() == rate


def test_without_a_win_or_a_loss_there_is_no_beat_rate_and_without_verdicts_no_shares() -> None:
    assert Tally(0, 5, 0).beat_rate() is None
    assert Tally(0, 0, 0, 9).shares() is None


def test_a_word_that_is_no_verdict_is_refused() -> None:
    with pytest.raises(ValueError, match="got 'won'"):
        tally(["won"])


def test_rows_of_table_2_come_out_of_whole_counts_over_252() -> None:
    # Spec A12: 13 of 15 rows are within 0.1 of whole counts, two missed as rows were made to sum to 100, which shares
    # are too. Each row is looked for among the counts near it.
    assert Tally(47, 149, 56).shares() == (18.7, 59.1, 22.2)
    near = 0
    for row in TABLE_2:
        assert round(sum(row), 1) == 100.0
        wins, ties = (range(int(252 * share / 100) - 1, int(252 * share / 100) + 3) for share in row[:2])
        found = [Tally(win, tie, 252 - win - tie).shares() for win, tie in product(wins, ties)]
        near += any(max(abs(a - b) for a, b in zip(row, one, strict=True)) < 0.15 for one in found if one)
    assert near == 15


@given(st.integers(0, 400), st.integers(0, 400), st.integers(1, 400))
def test_shares_sum_to_100_and_are_within_a_tenth_of_the_exact_ones(win: int, tie: int, lose: int) -> None:
    shares = Tally(win, tie, lose).shares()
    assert shares is not None
    assert round(sum(shares), 6) == 100
    for share, count in zip(shares, (win, tie, lose), strict=True):
        assert abs(share - 100 * count / (win + tie + lose)) <= 0.1


def test_three_criteria_are_read_from_their_lines() -> None:
    reply = """Helpfulness: Assistant 1 > Assistant 2
2. **Honest:** [Assistant 1] = [Assistant 2]
- Harmlessness - Assistant 2 > Assistant 1
Overall Assistant 1 > Assistant 2"""
    found = criteria_verdicts(reply)
    assert found == {"helpful": WIN, "honest": TIE, "harmless": LOSE}
    assert criteria_verdicts("Assistant 1 > Assistant 2") == dict.fromkeys(CRITERIA, UNPARSED)
    assert criteria_verdicts(reply, side=2) == {criterion: MIRRORED[said] for criterion, said in found.items()}
