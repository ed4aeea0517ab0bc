"""One line that tells how the asking goes."""

import io

from stages.shared.llm import progress
from stages.shared.llm.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_line_counts_what_is_done_from_where_for_how_much() -> None:
    found = Progress("m generate", 10, io.StringIO())
    found.stored()
    found.answered(1_500_000, 4)
    found.without()
    found.retried("timeout")
    assert found.line().startswith("m generate: 3/10 answered · 1 from store · 4 in flight · ")
    assert "$0.000002 · 1 without answer · again: timeout 1 · 0:00:0" in found.line()


def test_one_unknown_price_makes_the_sum_unknown() -> None:
    found = Progress("m", None, io.StringIO())
    found.answered(5, 1)
    found.answered(None, 1)
    assert "price unknown" in found.line()
    assert "m: 2 answered" in found.line()


def test_more_prompts_than_expected_don_t_read_as_more_than_all() -> None:
    found = Progress("m", 1, io.StringIO())
    found.stored()
    found.stored()
    assert "m: 2/2 answered" in found.line()


def test_nothing_is_shown_of_what_came_from_the_store_alone() -> None:
    out = io.StringIO()
    found = Progress("m", 2, out)
    found.stored()
    found.finish()
    assert out.getvalue() == ""


def test_elsewhere_each_line_is_a_line_and_on_a_terminal_it_is_written_over() -> None:
    for out, expected in ((io.StringIO(), False), (Terminal(), True)):
        found = Progress("m", 2, out)
        found.answered(1, 1)
        found.finish()
        assert out.getvalue().startswith("\r") == expected
        assert out.getvalue().endswith("\n")


def test_the_line_is_shown_now_and_then_while_it_goes_on(monkeypatch: object) -> None:
    out = io.StringIO()
    found = Progress("m", 2, out)
    found._shown -= progress.FILE_SECONDS
    found.answered(1, 1)
    found.answered(1, 1)
    assert out.getvalue().count("\n") == 1
