"""The books of the store: no order of claims, charges and payments passes a cap or loses an amount."""

import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from stages.shared.llm import books
from stages.shared.llm.books import Stored
from stages.shared.records import Answer, Usage

USAGE = Usage(input=10, cached_input=2, output=5)


def answer(key: str = "k", usage: Usage | None = USAGE, reply: str = "Yes.") -> Answer:
    return Answer(
        key=key, item="toy", setting="aware", draw=0, provider="lab", model="m", reply=reply, finish_reason="stop",
        usage=usage,
    )  # fmt: skip


def new() -> sqlite3.Connection:
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.executescript(books.TABLES)
    return db


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    found = new()
    yield found
    found.close()


def budget(db: sqlite3.Connection, id: str = "b") -> tuple[int, int, int]:
    found: tuple[int, int, int] = db.execute(
        "SELECT paid, uncertain, reserved FROM budgets WHERE id = ?", (id,)
    ).fetchone()
    return found


def row(db: sqlite3.Connection, key: str = "k") -> tuple[object, ...]:
    found: tuple[object, ...] = db.execute(f"SELECT {books.COLUMNS} FROM answers WHERE key = ?", (key,)).fetchone()
    return found


@pytest.mark.parametrize("usage", [USAGE, None])
@pytest.mark.parametrize("cost", [7, None])
def test_a_row_gives_back_what_was_stored(db: sqlite3.Connection, usage: Usage | None, cost: int | None) -> None:
    entry = Stored(answer=answer(usage=usage, reply="Ünï\x00code"), cost=cost, budget="b", at=1)
    assert books.put(db, entry)
    assert books.stored(row(db)) == entry


def test_the_first_answer_to_a_request_stays(db: sqlite3.Connection) -> None:
    assert books.put(db, Stored(answer=answer(reply="first"), cost=None, budget=None, at=1))
    assert not books.put(db, Stored(answer=answer(reply="second"), cost=None, budget=None, at=2))
    assert row(db)[7] == "first"


@pytest.mark.parametrize("column", ["reply", "model", "cost", "output", "seal", "item"])
def test_a_row_that_was_touched_is_not_taken_for_an_answer(db: sqlite3.Connection, column: str) -> None:
    books.put(db, Stored(answer=answer(), cost=7, budget="b", at=1))
    db.execute(f"UPDATE answers SET {column} = '3'")
    assert books.stored(row(db)) is None


def test_a_claim_is_refused_to_others_until_it_is_given_up(db: sqlite3.Connection) -> None:
    assert books.claim(db, "k", "me", "b", 5, None) == "mine"
    assert books.claim(db, "k", "you", "b", 5, None) == "held"
    books.release(db, "k")
    assert books.claim(db, "k", "you", "b", 5, None) == "mine"


def test_an_answered_request_can_not_be_claimed(db: sqlite3.Connection) -> None:
    books.put(db, Stored(answer=answer(), cost=None, budget=None, at=1))
    assert books.claim(db, "k", "me", "b", 5, None) == "answered"


def test_what_does_not_fit_waits_while_money_is_held_back_and_is_refused_then(db: sqlite3.Connection) -> None:
    assert books.claim(db, "a", "me", "b", 6, 10) == "mine"
    assert books.claim(db, "k", "me", "b", 5, 10) == "full"
    books.settle(db, answer("a"), 6, "b", 1)
    assert books.claim(db, "k", "me", "b", 5, 10) == "spent"
    assert books.claim(db, "k", "me", "b", 4, 10) == "mine"


def test_an_answer_is_kept_and_paid_for_in_one_step(db: sqlite3.Connection) -> None:
    books.claim(db, "k", "me", "b", 9, 10)
    books.settle(db, answer(), 4, "b", 1)
    assert budget(db) == (4, 0, 0)
    assert db.execute("SELECT count(*) FROM claims").fetchone() == (0,)


def test_an_answer_without_usage_is_paid_with_what_was_held_back(db: sqlite3.Connection) -> None:
    books.claim(db, "k", "me", "b", 9, 10)
    books.settle(db, answer(usage=None), None, "b", 1)
    assert budget(db) == (9, 9, 0)


def test_a_call_that_broke_off_counts_as_paid_and_its_repetition_is_held_back_anew(db: sqlite3.Connection) -> None:
    books.claim(db, "k", "me", "b", 3, 10)
    books.charge(db, "k")
    assert budget(db) == (3, 3, 0)
    assert books.claim(db, "k", "me", "b", 3, 10) == "mine"
    books.settle(db, answer(), 2, "b", 1)
    assert budget(db) == (5, 3, 0)


def test_an_answer_that_two_processes_bring_is_paid_once(db: sqlite3.Connection) -> None:
    books.claim(db, "k", "me", "b", 9, 10)
    books.settle(db, answer(), 4, "b", 1)
    books.settle(db, answer(), 4, "b", 1)
    assert budget(db) == (4, 0, 0)


def test_the_claims_of_the_dead_count_as_paid(db: sqlite3.Connection) -> None:
    books.claim(db, "k", "dead", "b", 3, 10)
    books.claim(db, "l", "dead", "b", 3, 10)
    books.claim(db, "m", "alive", "b", 3, 10)
    assert books.bury(db, "dead") == 2
    assert budget(db) == (6, 6, 3)


def test_a_batch_takes_claims_over_and_gives_back_what_it_leaves(db: sqlite3.Connection) -> None:
    for key in "kl":
        books.claim(db, key, "me", "b", 3, 10)
    books.hand_over(db, "unsent", "lab", "m", {"k": ["toy", "aware", 0, 0], "l": ["toy", "unaware", 0, 0]})
    books.rename_batch(db, "unsent", "batch_1")
    assert books.bury(db, "me") == 0
    books.settle(db, answer("k"), 1, "b", 1)
    books.close_batch(db, "batch_1", billed=False)
    assert budget(db) == (1, 0, 0)
    assert books.claim(db, "l", "me", "b", 3, 10) == "mine"


class Spending(RuleBasedStateMachine):
    """Whatever two owners do in whatever order, paid and held back together stay under the cap."""

    @initialize(cap=st.integers(0, 60))
    def start(self, cap: int) -> None:
        self.db = new()
        self.cap = cap
        self.funded: dict[str, int] = {}
        self.paid = 0

    @rule(key=st.sampled_from("abcdef"), owner=st.sampled_from(["me", "you"]), amount=st.integers(0, 25))
    def claim(self, key: str, owner: str, amount: int) -> None:
        if key not in self.funded and books.claim(self.db, key, owner, "b", amount, self.cap) == "mine":
            self.funded[key] = amount

    @rule(key=st.sampled_from("abcdef"), share=st.floats(0, 1), metered=st.booleans())
    def settle(self, key: str, share: float, metered: bool) -> None:
        if key in self.funded:
            amount = self.funded.pop(key)
            cost = int(amount * share)
            books.settle(self.db, answer(key, USAGE if metered else None), cost if metered else None, "b", 1)
            self.paid += cost if metered or not amount else amount

    @rule(key=st.sampled_from("abcdef"))
    def break_off(self, key: str) -> None:
        if key in self.funded:
            self.paid += self.funded.pop(key)
            books.charge(self.db, key)

    @rule(key=st.sampled_from("abcdef"))
    def release(self, key: str) -> None:
        if key in self.funded:
            books.release(self.db, key)
            del self.funded[key]

    @rule(owner=st.sampled_from(["me", "you"]))
    def die(self, owner: str) -> None:
        gone = [k for (k,) in self.db.execute("SELECT key FROM claims WHERE owner = ?", (owner,))]
        books.bury(self.db, owner)
        self.paid += sum(self.funded.pop(key, 0) for key in gone)

    @invariant()
    def the_books_are_right(self) -> None:
        if hasattr(self, "db"):
            paid, _, reserved = budget(self.db) if self.db.execute("SELECT 1 FROM budgets").fetchone() else (0, 0, 0)
            assert (paid, reserved) == (self.paid, sum(self.funded.values()))
            assert paid + reserved <= self.cap

    def teardown(self) -> None:
        if hasattr(self, "db"):
            self.db.close()


TestSpending = Spending.TestCase
TestSpending.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
