"""`sauropod answers` shows, verifies, exports and refills the store, and never makes one where there is none."""

import json
import sqlite3
from pathlib import Path

import pytest

from stages.console.main import main
from stages.shared import files
from stages.shared.llm import books
from stages.shared.llm.store import open_store
from stages.shared.records import Answer, Usage

DAY = 86_400
START = 20_000 * DAY  # 2024-10-04


def answer(number: int, model: str = "gpt-4o-mini", **changes: object) -> Answer:
    usage = Usage(input=100, cached_input=40, output=10)
    known = Answer(
        key=f"{number:064x}", item="toy", setting="aware", draw=0, provider="openai", model=model, reply="r" * 900,
        finish_reason="stop", usage=usage,
    )  # fmt: skip
    return known.model_copy(update=changes)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the store is to be; nothing is there yet."""
    found = tmp_path / "store" / "answers.sqlite"
    monkeypatch.setenv("SAUROPOD_ANSWERS", str(found))
    return found


def pay(*answers: Answer, cost: int | None = 5_000_000, at: int = START) -> None:
    """Ask and pay for answers, as a stage does."""
    with open_store() as store:
        owner = store.owner.id

        def settled(db: sqlite3.Connection) -> None:
            for one in answers:
                assert books.claim(db, one.key, owner, "default", 10_000_000, None) == "mine"
                books.settle(db, one, cost, "default", at)

        store.writer.do(settled)


def claim_in_batch(batch: str, *keys: str) -> None:
    with open_store() as store:
        owner = store.owner.id

        def handed_over(db: sqlite3.Connection) -> None:
            for key in keys:
                books.claim(db, key, owner, "default", 3_000_000_000, None)
            books.hand_over(db, batch, "openai", "gpt-4o-mini", {key: ["toy", "aware", 0, 0] for key in keys})

        store.writer.do(handed_over)


def say(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    """Run `sauropod answers`, check its exit code, and return what it printed."""
    try:
        main(["answers", *words])
        ended = 0
    except SystemExit as error:
        ended = int(error.code or 0)
    told = capsys.readouterr()
    said = told.out + told.err
    assert ended == code, said
    return said


def found(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    known: dict[str, object] = json.loads(say(capsys, *words, "--json"))
    return known


def smash(path: Path, mark: bytes) -> None:
    """Overwrite the page of a database file that holds `mark`."""
    data = bytearray(path.read_bytes())
    start = data.index(mark) // 4096 * 4096
    data[start : start + 4096] = b"\xff" * 4096
    path.write_bytes(data)


def test_where_there_is_no_store_it_says_so_and_makes_none(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert str(path) in say(capsys)
    assert found(capsys, "--verify") == {"store": str(path), "exists": False}
    assert "--refill" in say(capsys, "--export", "out.jsonl", code=2)
    say(capsys, "--forget-batch", "batch_1", code=2)
    assert not path.parent.exists()


def test_an_empty_store_holds_nothing(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_store():
        pass
    assert "0 answers" in say(capsys)
    assert "all 0 answers" in say(capsys, "--verify")


def test_answers_are_summed_by_endpoint_and_model_with_unknown_and_foreign_costs_apart(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pay(answer(1), answer(2))
    pay(answer(3), cost=None, at=START + 3 * DAY)
    pay(answer(4, "other", usage=None), cost=7)
    with open_store() as store:
        store.refill([answer(5)])
    first, second = found(capsys)["models"]  # type: ignore[misc]
    newest = first.pop("newest")
    assert newest > "2024-10-07"
    assert first == {
        "endpoint": "openai", "model": "gpt-4o-mini", "answers": 4, "tokens_in": 400, "cached": 160, "tokens_out": 40,
        "usd": 0.00001, "price_unknown": 1, "paid_elsewhere": 1, "oldest": "2024-10-04",
    }  # fmt: skip
    assert (second["model"], second["tokens_in"], second["newest"]) == ("other", 0, "2024-10-04")
    line = next(line for line in say(capsys).splitlines() if "gpt-4o-mini" in line)
    assert line.split() == [
        "openai",
        "gpt-4o-mini",
        "4",
        "400",
        "160",
        "40",
        "$0.000010",
        "1",
        "1",
        "2024-10-04",
        newest,
    ]


def test_budgets_and_open_batches_are_shown(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pay(answer(1, usage=None))
    claim_in_batch("batch_1", "a", "b")
    known = found(capsys)
    # An answer without a usage is paid with what was held back for it.
    assert known["budgets"] == [{"id": "default", "paid": 0.00001, "uncertain": 0.00001, "held_back": 0.006}]
    assert known["batches"] == [{"id": "batch_1", "endpoint": "openai", "model": "gpt-4o-mini", "requests": 2}]
    said = say(capsys)
    assert "$0.006000" in said
    assert "batch_1" in said


def test_a_row_that_is_not_the_one_that_was_sealed_is_found_and_mended_by_a_refill(
    path: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    pay(answer(1), answer(2))
    db = sqlite3.connect(path)
    db.execute("UPDATE answers SET reply = 'another' WHERE key = ?", (answer(2).key,))
    db.commit()
    db.close()
    said = say(capsys, "--verify", code=9)
    assert "1 that are not" in said
    assert "1 sound" in said
    assert "--refill" in said
    assert found(capsys, "--export", str(tmp_path / "out.jsonl"))["damaged"] == 1
    files.write_jsonl(tmp_path / "known.jsonl", [answer(1), answer(2)])
    assert "2 answers, 1 of them new" in say(capsys, "--refill", str(tmp_path / "known.jsonl"))
    assert "all 2 answers" in say(capsys, "--verify")


def test_a_store_with_a_smashed_page_says_how_many_were_kept_and_keeps_the_file(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pay(*(answer(number, reply=f"{number:04}" + "r" * 900) for number in range(200)))
    smash(path, b"0100rrr")
    said = say(capsys, "--verify", code=9)
    assert "damage" in said
    said = say(capsys)
    kept = int(said.split(" answers were read out of it and kept")[0].split()[-1])
    assert 190 <= kept < 200
    assert f"{kept} answers" in said
    assert path.with_name("answers.sqlite.damaged-1").exists()
    assert f"all {kept} answers" in say(capsys, "--verify")


def test_damage_that_is_met_while_reading_is_repaired_at_once(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pay(*(answer(number, reply=f"{number:04}" + "r" * 900) for number in range(200)))
    smash(path, b"0100rrr")
    assert "answers were read out of it and kept" in say(capsys)


def test_what_is_exported_fills_another_store_and_is_new_there_once(
    path: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pay(*(answer(number) for number in (3, 1, 2)))
    out = tmp_path / "answers.jsonl"
    assert "3 answers written" in say(capsys, "--export", str(out))
    assert list(files.read_jsonl(out, Answer)) == [answer(1), answer(2), answer(3)]
    monkeypatch.setenv("SAUROPOD_ANSWERS", str(tmp_path / "other.sqlite"))
    files.write_jsonl(tmp_path / "rules.jsonl", [answer(9, provider="template"), answer(3)])
    told = found(capsys, "--refill", str(out), str(tmp_path / "rules.jsonl"))
    assert told["files"] == [
        {"file": str(out), "answers": 3, "new": 3, "left_out": 0},
        {"file": str(tmp_path / "rules.jsonl"), "answers": 1, "new": 0, "left_out": 1},
    ]
    again = tmp_path / "again.jsonl"
    say(capsys, "--export", str(again))
    assert again.read_bytes() == out.read_bytes()


def test_a_file_that_cannot_be_written_is_told(path: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    pay(answer(1))
    (tmp_path / "file").touch()
    for place in ("store", "file/answers.jsonl"):
        assert "expected a file that can be written" in say(capsys, "--export", str(tmp_path / place), code=2)


def test_of_a_file_with_a_bad_line_nothing_is_taken(
    path: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = tmp_path / "answers.jsonl"
    files.write_jsonl(out, [answer(1)])
    out.write_text(out.read_text("utf-8") + '{"key": "cut o', "utf-8")
    assert f"{out}, line 2" in say(capsys, "--refill", str(out), code=2)
    assert not path.exists()
    assert "nowhere.jsonl" in say(capsys, "--refill", "nowhere.jsonl", code=2)


def test_a_batch_that_is_forgotten_counts_as_paid_and_frees_its_requests(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    claim_in_batch("batch_1", "a", "b")
    assert "batch_1" in say(capsys, "--forget-batch", "batch_2", code=2)
    said = say(capsys, "--forget-batch", "batch_1")
    assert "2 of its requests" in said
    assert "$0.006000" in said
    known = found(capsys)
    assert known["batches"] == []
    assert known["budgets"] == [{"id": "default", "paid": 0.006, "uncertain": 0.006, "held_back": 0.0}]


def test_a_batch_that_is_just_being_sent_is_not_forgotten(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_store() as store:
        batch = f"unsent-{store.owner.id}-1"
        store.writer.do(lambda db: books.hand_over(db, batch, "openai", "gpt-4o-mini", {}))
        assert "just being sent" in say(capsys, "--forget-batch", batch, code=6)
    say(capsys, "--forget-batch", batch)


def test_one_action_at_a_time(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "not allowed with" in say(capsys, "--verify", "--export", "x", code=2)
