"""The tables of the answer store, and what is done to them inside one transaction.

answers: one row per request that was ever answered, sealed with a hash over the row. claims: requests that somebody
is asking right now, with what they may cost at most. budgets: what was paid, and what claims hold back, per
budget_id. batches: batches at an endpoint that are not fetched yet. Amounts are picodollars.
"""

import json
import sqlite3
from typing import Literal

from stages.shared.llm.owners import BATCH
from stages.shared.records import Answer, Frozen, digest

VERSION = 1
TABLES = """
CREATE TABLE IF NOT EXISTS answers (
  key TEXT NOT NULL, label TEXT NOT NULL, model TEXT NOT NULL, item TEXT NOT NULL, setting TEXT NOT NULL,
  draw INTEGER NOT NULL, turn INTEGER NOT NULL, reply TEXT NOT NULL, finish_reason TEXT NOT NULL,
  input INTEGER, cached_input INTEGER, output INTEGER, cost INTEGER, budget TEXT, at INTEGER NOT NULL,
  seal TEXT NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS answers_by_key ON answers (key);
CREATE TABLE IF NOT EXISTS claims (
  key TEXT PRIMARY KEY, owner TEXT NOT NULL, budget TEXT NOT NULL, amount INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS claims_of_an_owner ON claims (owner);
CREATE TABLE IF NOT EXISTS budgets (
  id TEXT PRIMARY KEY, paid INTEGER NOT NULL, uncertain INTEGER NOT NULL, reserved INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS batches (
  id TEXT PRIMARY KEY, label TEXT NOT NULL, model TEXT NOT NULL, keys TEXT NOT NULL);
"""
COLUMNS = "key, label, model, item, setting, draw, turn, reply, finish_reason, input, cached_input, output, "
COLUMNS += "cost, budget, at, seal"


class Stored(Frozen):
    """One answered request: the answer for whoever asked first, what it cost, from which budget, and when.

    cost: None where the price is not known, or where somebody else paid. budget: None where it was not paid from this
    store, but read from a file. at: Unix time in seconds.
    """

    answer: Answer
    cost: int | None
    budget: str | None
    at: int

    def row(self) -> tuple[str | int | None, ...]:
        """The row as it is stored, its seal last."""
        one, usage = self.answer, self.answer.usage
        tokens = (usage.input, usage.cached_input, usage.output) if usage else (None, None, None)
        values = (
            one.key, one.provider, one.model, one.item, one.setting, one.draw, one.turn, one.reply, one.finish_reason,
            *tokens, self.cost, self.budget, self.at,
        )  # fmt: skip
        return (*values, digest(list(values), 32))


def stored(row: tuple[object, ...]) -> Stored | None:
    """The record of a row; None where the row is not the one that was sealed."""
    *values, seal = row
    try:
        if digest(values, 32) != seal:
            return None
        key, label, model, item, setting, draw, turn, reply, finish, spent, cached, output, cost, budget, at = values
        usage = None if spent is None else {"input": spent, "cached_input": cached, "output": output}
        answer = {
            "key": key, "item": item, "setting": setting, "draw": draw, "turn": turn, "provider": label,
            "model": model, "reply": reply, "finish_reason": finish, "usage": usage,
        }  # fmt: skip
        return Stored.model_validate({"answer": answer, "cost": cost, "budget": budget, "at": at})
    except (ValueError, TypeError):  # a damaged page can hold bytes where text was
        return None


def put(db: sqlite3.Connection, entry: Stored) -> bool:
    """Keep an answer, unless there is one: the first stays. Return whether it was new."""
    marks = ", ".join("?" * 16)
    return bool(db.execute(f"INSERT OR IGNORE INTO answers ({COLUMNS}) VALUES ({marks})", entry.row()).rowcount)  # noqa: S608


Claim = Literal["mine", "answered", "held", "full", "spent"]
"""What comes of a claim: it is ours; the answer is there already; somebody else is asking; it doesn't fit the budget
while other claims hold money back; it doesn't fit at all."""


def claim(db: sqlite3.Connection, key: str, owner: str, budget: str, amount: int, cap: int | None) -> Claim:
    """Claim a request and hold back what it may cost; `cap` is the budget's, None for no cap."""
    if db.execute("SELECT 1 FROM answers WHERE key = ?", (key,)).fetchone():
        return "answered"
    held = db.execute("SELECT owner, amount FROM claims WHERE key = ?", (key,)).fetchone()
    if held and held[0] != owner:
        return "held"
    db.execute("INSERT OR IGNORE INTO budgets VALUES (?, 0, 0, 0)", (budget,))
    if cap is not None:
        paid, reserved = db.execute("SELECT paid, reserved FROM budgets WHERE id = ?", (budget,)).fetchone()
        if paid + reserved + amount > cap:
            return "full" if reserved else "spent"
    before = held[1] if held else 0
    db.execute("INSERT OR REPLACE INTO claims VALUES (?, ?, ?, ?)", (key, owner, budget, before + amount))
    db.execute("UPDATE budgets SET reserved = reserved + ? WHERE id = ?", (amount, budget))
    return "mine"


def charge(db: sqlite3.Connection, key: str) -> None:
    """Count what a claim holds back as paid, since the call broke off and may have been billed; the claim stays."""
    found = db.execute("SELECT budget, amount FROM claims WHERE key = ?", (key,)).fetchone()
    if found:
        budget, amount = found
        db.execute(
            "UPDATE budgets SET paid = paid + ?, uncertain = uncertain + ?, reserved = reserved - ? WHERE id = ?",
            (amount, amount, amount, budget),
        )
        db.execute("UPDATE claims SET amount = 0 WHERE key = ?", (key,))


def release(db: sqlite3.Connection, key: str) -> None:
    """Give up a claim and what it holds back: the request was not answered and not billed."""
    found = db.execute("DELETE FROM claims WHERE key = ? RETURNING budget, amount", (key,)).fetchall()
    for budget, amount in found:
        db.execute("UPDATE budgets SET reserved = reserved - ? WHERE id = ?", (amount, budget))


def settle(db: sqlite3.Connection, answer: Answer, cost: int | None, budget: str, at: int) -> int | None:
    """Keep an answer and pay for it, in one step; without a usage it is paid with what its claim holds back.

    Return what was paid; None where that is not known.
    """
    found = db.execute("SELECT amount FROM claims WHERE key = ?", (answer.key,)).fetchone()
    uncertain = 0
    if answer.usage is None and found and found[0]:
        cost = uncertain = found[0]
    # `found` is None where somebody else has settled this very request: a batch that two processes waited for.
    if put(db, Stored(answer=answer, cost=cost, budget=budget, at=at)) and found:
        db.execute(
            "UPDATE budgets SET paid = paid + ?, uncertain = uncertain + ? WHERE id = ?",
            (cost or 0, uncertain, budget),
        )
    release(db, answer.key)
    return cost


def hand_over(db: sqlite3.Connection, batch: str, label: str, model: str, asked: dict[str, list[str | int]]) -> None:
    """Make a batch the owner of claims, so that they outlive this process.

    asked: for each key whose prompt made the request: item, setting, draw, turn.
    """
    db.execute("INSERT INTO batches VALUES (?, ?, ?, ?)", (batch, label, model, json.dumps(asked)))
    db.executemany("UPDATE claims SET owner = ? WHERE key = ?", [(BATCH + batch, key) for key in asked])


def rename_batch(db: sqlite3.Connection, batch: str, name: str) -> None:
    """Give a batch the name that the endpoint knows it by."""
    db.execute("UPDATE batches SET id = ? WHERE id = ?", (name, batch))
    db.execute("UPDATE claims SET owner = ? WHERE owner = ?", (BATCH + name, BATCH + batch))


def close_batch(db: sqlite3.Connection, batch: str, *, billed: bool) -> None:
    """Forget a batch; claims of requests that it left unanswered are released, or counted as paid if `billed`."""
    for (key,) in db.execute("SELECT key FROM claims WHERE owner = ?", (BATCH + batch,)).fetchall():
        if billed:
            charge(db, key)
        release(db, key)
    db.execute("DELETE FROM batches WHERE id = ?", (batch,))


def bury(db: sqlite3.Connection, owner: str) -> int:
    """Settle the claims of a process that died: what was under way may have been billed. Return how many there were."""
    keys = [key for (key,) in db.execute("SELECT key FROM claims WHERE owner = ?", (owner,)).fetchall()]
    for key in keys:
        charge(db, key)
        release(db, key)
    return len(keys)
